"""Bucket configurations, with S3's validation: default encryption, Object Lock, websites, replication.

moto stores these documents without validation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.moto.invalid_parameters import malformed_xml
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3.errors import invalid_argument, invalid_request, wrong_argument
from labs_helpers.cloud.services.s3.operations import require_digest
from labs_helpers.engine.policy.arn import Arn

_KMS = ("aws:kms", "aws:kms:dsse")
_LONGEST_DAYS, _LONGEST_YEARS = 36_500, 100
"""The maximum default retention in days and in years:

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
"""


# Default encryption


@operation("s3", "PutBucketEncryption")
def put_bucket_encryption(call: Call) -> Answer:
    """Set the bucket's only rule, for default encryption and for blocking SSE-C.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
    """
    bucket = call.parameters["Bucket"]
    rules = (call.parameters.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    if len(rules) != 1:
        raise malformed_xml()
    rule = rules[0]
    default = rule.get("ApplyServerSideEncryptionByDefault")
    blocked = (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType")
    if default is None and blocked is None:
        raise malformed_xml()
    if default is not None:
        algorithm = default.get("SSEAlgorithm")
        if algorithm not in ("AES256", *_KMS):
            raise malformed_xml()
        if default.get("KMSMasterKeyID") is not None and algorithm not in _KMS:
            raise invalid_argument(
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
            )
    if blocked is not None and (len(blocked) != 1 or blocked[0] not in ("SSE-C", "NONE")):
        raise malformed_xml()
    answer = call.moto()
    s3.set_default_encryption_requested(bucket, requested=default is not None)
    if blocked is not None:
        s3.block_encryption(bucket, tuple(blocked))
    return answer


@operation("s3", "GetBucketEncryption")
def get_bucket_encryption(call: Call) -> Mapping[str, Any]:
    """Return the bucket's only rule. Every bucket has default encryption.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
    """
    bucket = call.parameters["Bucket"]
    default = s3.default_encryption(bucket)
    by_default = {"SSEAlgorithm": default.algorithm or "AES256"}
    if default.key:
        by_default["KMSMasterKeyID"] = default.key
    rule: dict[str, Any] = {
        "ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": default.bucket_key,
    }  # fmt: skip
    blocked = s3.blocked_encryption(bucket)
    if blocked:
        rule["BlockedEncryptionTypes"] = {"EncryptionType": list(blocked)}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


# Object Lock


@operation("s3", "PutObjectLockConfiguration")
def put_object_lock_configuration(call: Call) -> Mapping[str, Any]:
    """Turn on Object Lock, with or without default retention. Object Lock can't be turned off.

    Rejects a bucket without versioning.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html
    """
    require_digest(call)
    bucket = call.parameters["Bucket"]
    given = call.parameters.get("ObjectLockConfiguration") or {}
    rule = given.get("Rule")
    default = (rule or {}).get("DefaultRetention")
    if given.get("ObjectLockEnabled") != "Enabled" or (rule is not None and not default):
        raise malformed_xml()
    mode, days, years = ((default or {}).get(name) for name in ("Mode", "Days", "Years"))
    if default and (not mode or (days is None) == (years is None)):
        raise malformed_xml()
    if default and not 1 <= (days or years or 0) <= (_LONGEST_DAYS if years is None else _LONGEST_YEARS):
        unit, length = ("Days", days) if years is None else ("Years", years)
        short = (length or 0) < 1
        raise wrong_argument(
            "Default retention period must be a positive integer value."
            if short
            else f"Default retention period is too large: at most {_LONGEST_YEARS} years",
            unit, str(length),
        )  # fmt: skip
    if not s3.keeps_versions(bucket):
        raise ServiceError(
            "InvalidBucketState",
            "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
            409,
        )
    s3.set_object_lock(bucket, mode, days, years)
    return {}


@operation("s3", "GetObjectLockConfiguration")
def get_object_lock_configuration(call: Call) -> Mapping[str, Any]:
    """Return the bucket's Object Lock and default retention.

    Raises ObjectLockConfigurationNotFoundError for a bucket without Object Lock.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
    """
    bucket = call.parameters["Bucket"]
    if not s3.object_lock_enabled(bucket):
        raise ServiceError(
            "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket",
            404, BucketName=bucket,
        )  # fmt: skip
    mode, days, years = s3.default_retention(bucket)
    default = {name: value for name, value in (("Mode", mode), ("Days", days), ("Years", years)) if value}
    configuration: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    return {
        "ObjectLockConfiguration": configuration | ({"Rule": {"DefaultRetention": default}} if mode else {})
    }


# Websites


@around("s3", "PutBucketWebsite", stage=Stage.VALIDATED)
def check_website(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a website configuration unless it redirects all requests, or has an index document with a valid suffix.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
    """
    given = call.parameters.get("WebsiteConfiguration") or {}
    index, redirect = given.get("IndexDocument"), given.get("RedirectAllRequestsTo")
    if redirect is not None:
        if index is not None or given.get("ErrorDocument") or given.get("RoutingRules"):
            message = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
            raise wrong_argument(message, "RedirectAllRequestsTo", "not null")
        return perform()
    if index is None:
        message = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise wrong_argument(message, "IndexDocument", "null")
    suffix = index.get("Suffix") or ""
    if not suffix or "/" in suffix:
        raise wrong_argument("The IndexDocument Suffix is not well formed", "IndexDocument", suffix)
    rules = given.get("RoutingRules")
    if rules is not None and not rules:
        raise malformed_xml()
    for rule in rules or ():
        _check_routing(rule)
    return perform()


def _check_routing(rule: Mapping[str, Any]) -> None:
    """Reject a routing rule with an empty condition or redirect, or with two replacements for one key.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_RoutingRule.html
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Redirect.html
    """
    redirect, condition = rule.get("Redirect") or {}, rule.get("Condition")
    if not redirect:
        raise malformed_xml()
    if condition is not None and not condition:
        raise invalid_request(
            "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't "
            "be present."
        )
    if "ReplaceKeyPrefixWith" in redirect and "ReplaceKeyWith" in redirect:
        raise invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")


# Replication and inventories


@around("s3", "PutBucketReplication", stage=Stage.PRECONDITIONS)
def check_replication(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject destination buckets that don't exist or don't have versioning enabled.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html
    """
    rules = (call.parameters.get("ReplicationConfiguration") or {}).get("Rules") or ()
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
    for name, what in (("ID", "ID"), ("Priority", "priority")):
        given = [rule[name] for rule in rules if rule.get(name) is not None]
        if len(set(given)) < len(given):
            raise wrong_argument(
                f"Rule {what} must be unique. Found same {what} for more than one rule", name, name
            )
    for rule in rules:
        target = Arn.read((rule.get("Destination") or {}).get("Bucket") or "")
        if target is None or s3.bucket_owner(target.resource) is None:
            raise invalid_request("Destination bucket must exist.")
        if not s3.keeps_versions(target.resource):
            raise invalid_request("Destination bucket must have versioning enabled.")
    return perform()


@around("s3", "GetPublicAccessBlock", stage=Stage.ANSWERED, refuses=False)
def explain_missing_block(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Add the bucket's name to the error for a bucket without Block Public Access settings.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
    """
    answer = perform()
    if answer.status == 404:
        message = "The public access block configuration was not found"
        bucket = call.parameters["Bucket"]
        raise ServiceError("NoSuchPublicAccessBlockConfiguration", message, 404, BucketName=bucket)
    return answer


@around("s3", "GetBucketInventoryConfiguration", stage=Stage.ANSWERED, refuses=False)
def explain_missing_inventory(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Replace moto's error for a missing inventory configuration with S3's NoSuchConfiguration.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html
    """
    answer = perform()
    if answer.status == 404:
        raise ServiceError("NoSuchConfiguration", "The specified configuration does not exist.", 404)
    return answer
