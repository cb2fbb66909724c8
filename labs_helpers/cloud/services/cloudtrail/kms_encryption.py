"""Validation of the KMS key in a request to create or update a trail.

The log files are encrypted when they are delivered; see `services.s3.kms_encryption`.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
"""

from __future__ import annotations

import re

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.kms import for_services, timeline
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.engine.policy.arn import Arn

SERVICE = "cloudtrail.amazonaws.com"
_FORMS = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(?:key|alias)/[\w/-]+|alias/[\w/-]+|[\w-]+")


def key_arn(call: Call, trail_arn: str, bucket: str, identifier: str) -> str:
    """Return the ARN of the key that a request specifies. Raises `ServiceError` for a key that CloudTrail can't use."""
    if not _FORMS.fullmatch(identifier):
        raise ServiceError("InvalidKmsKeyIdException", f"KMS key Id {identifier} is not valid.", 400)
    key = timeline.ring(call.state).find(call.caller_account, call.region, identifier)
    if key is None or key.region != s3.bucket_region(bucket):
        raise ServiceError(
            "KmsKeyNotFoundException",
            f"Unknown KMS key {identifier}: it does not exist in the Region of the S3 bucket {bucket}.",
            400,
        )
    context = {"aws:cloudtrail:arn": trail_arn, "aws:s3:arn": f"arn:aws:s3:::{bucket}"}
    try:
        for_services.ask_as(
            call.state, SERVICE, "GenerateDataKey",
            {"KeyId": key.arn, "KeySpec": "AES_256", "EncryptionContext": context},
            account=Arn.parse(trail_arn).account, region=key.region, source_arn=trail_arn,
        )  # fmt: skip
    except ServiceError as error:
        if error.code == "AccessDeniedException":
            message = f"Insufficient permissions to access S3 bucket {bucket} or KMS key {key.arn}."
            raise ServiceError("InsufficientEncryptionPolicyException", message, 400) from error
        raise ServiceError("KmsException", error.message, 400) from error
    return key.arn
