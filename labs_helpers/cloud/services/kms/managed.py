"""AWS managed keys, each created for an account when a service first needs it, and used only by that service.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
"""

from __future__ import annotations

import json
from datetime import timedelta

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.kms import specs, timeline
from labs_helpers.cloud.services.kms.keyring import new_id
from labs_helpers.cloud.services.kms.keys import OURS, Family, Key

PREFIX = "alias/aws/"
_YEAR = 365
_VIA = {"ebs": "ec2", "codecommit": "codecommit", "elasticfilesystem": "elasticfilesystem", "ssm": "ssm"}
"""The name in the key's alias → the service in kms:ViaService, for aliases where the two can differ."""
_PROTECTS = {
    "acm": ("ACM", "ACM private keys"), "backup": ("AWS Backup", "backup data"),
    "cloud9": ("Cloud9", "Cloud9 volumes"), "codeartifact": ("CodeArtifact", "packages"),
    "codecommit": ("CodeCommit", "CodeCommit repositories"), "dms": ("DMS", "DMS replication data"),
    "dynamodb": ("DynamoDB", "DynamoDB table storage"), "ebs": ("EBS", "EBS volumes"),
    "elasticfilesystem": ("EFS", "EFS filesystems"), "es": ("Elasticsearch", "domains"),
    "fsx": ("FSx", "FSx resources"), "glue": ("Glue", "Glue data"), "kinesis": ("Kinesis", "Kinesis streams"),
    "lambda": ("Lambda", "Lambda functions"), "logs": ("CloudWatch Logs", "log data"), "rds": ("RDS", "RDS databases"),
    "redshift": ("Redshift", "Redshift clusters"), "s3": ("S3", "S3 objects"),
    "secretsmanager": ("AWS Secrets Manager", "Secrets Manager data"), "ses": ("SES", "SES messages"),
    "sns": ("SNS", "SNS data"), "sqs": ("SQS", "SQS messages"), "ssm": ("SSM", "SSM parameters"),
    "workspaces": ("WorkSpaces", "WorkSpaces volumes"), "xray": ("X-Ray", "X-Ray data"),
}  # fmt: skip
"""The name in an AWS managed key's alias → the service's name, and what the key protects."""


def managed_key(state: State, account: str, region: str, service: str) -> Key | None:
    """Return the AWS managed key `aws/<service>` for an account and Region. It is created if it doesn't exist.

    Returns None for a service without an AWS managed key.
    """
    ring = timeline.ring(state)
    existing = ring.alias(account, region, f"{PREFIX}{service}")
    if existing is not None:
        return ring.keys(account, region)[existing.key_id]
    if service not in _PROTECTS:
        return None
    now = state.clock.now()
    family = Family(new_id(state.ids, False), specs.SYMMETRIC, specs.ENCRYPT, OURS, region)
    family.renew()
    family.rotation_period, family.rotates = _YEAR, now + timedelta(days=_YEAR)
    description = f"Default key that protects my {_PROTECTS[service][1]} when no other key is defined"
    key = Key(family, account, region, now, _policy(account, region, service), description, service=service)
    ring.add(key)
    ring.point(f"{PREFIX}{service}", key, now)
    timeline.plan(state, key)
    return key


def _policy(account: str, region: str, service: str) -> str:
    """Return the policy of an AWS managed key: use through the service, and read access to metadata for the account.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-viewing.html
    """
    name = _PROTECTS[service][0]
    via = f"{_VIA.get(service, service)}.{region}.amazonaws.com"
    use = {
        "Sid": f"Allow access through {name} for all principals in the account that are authorized to use {name}",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [
            "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant",
            "kms:DescribeKey",
        ],
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:CallerAccount": account, "kms:ViaService": via}},
    }  # fmt: skip
    metadata = {
        "Sid": "Allow direct access to key metadata to the account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        "Resource": "*",
    }
    return json.dumps(
        {"Version": "2012-10-17", "Id": f"auto-{service}-2", "Statement": [use, metadata]}, indent=2
    )
