"""Keys, buckets, and the trails that write to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.course.days.day6.company import Company, policy_text


def key(company: Company, name: str, part: Any, before: Any) -> None:
    """Create a KMS key with its alias, restore a key that is pending deletion, or update its policy and rotation."""
    kms = company.client("kms", part["account"])
    if before is None and ("keys", name) in company.ids:
        _restore_key(company, name, part)
    elif before is None:
        made = kms.create_key(Description=part["about"][:8000], Policy=policy_text(part["policy"]))
        company.known[f"key:{name}"] = made["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=made["KeyMetadata"]["KeyId"])
    elif before["policy"] != part["policy"]:
        kms.put_key_policy(KeyId=company.known[f"key:{name}"], Policy=policy_text(part["policy"]))
    if part["rotation"] != (before["rotation"] if before else False):
        change = kms.enable_key_rotation if part["rotation"] else kms.disable_key_rotation
        change(KeyId=company.known[f"key:{name}"])


def _restore_key(company: Company, name: str, part: Any) -> None:
    """Cancel the deletion of a key, because it encrypted data that still exists."""
    kms, key = company.client("kms", part["account"]), company.ids.pop(("keys", name))
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)
    kms.put_key_policy(KeyId=key, Policy=policy_text(part["policy"]))
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    company.known[f"key:{name}"] = key


def remove_key(company: Company, name: str) -> None:
    """Schedule a key's deletion and delete its alias."""
    part = company.built["keys", name]
    kms, key = company.client("kms", part["account"]), company.known[f"key:{name}"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    kms.delete_alias(AliasName=f"alias/{name}")
    company.ids["keys", name] = company.known.pop(f"key:{name}")


def bucket(company: Company, name: str, part: Any, before: Any) -> None:
    """Create or update a bucket: versioning, objects, default encryption, Block Public Access."""
    s3, bucket = company.client("s3", part["account"]), {"Bucket": part["name"]}
    if before is None:
        s3.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": company.known["home"]})
    if part["versioning"] != (before["versioning"] if before else False):
        status = "Enabled" if part["versioning"] else "Suspended"
        s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": status})
    for key, body in part["objects"].items():
        if before is None or before["objects"].get(key) != body:
            s3.put_object(**bucket, Key=key, Body=body.encode())
    if part["key"] != (before["key"] if before else None):
        s3.put_bucket_encryption(
            **bucket, ServerSideEncryptionConfiguration=_encryption(company, part["key"])
        )
    if part["closed"] != (before["closed"] if before else True):
        _close(s3, bucket, part["closed"])


def _encryption(company: Company, key: str | None) -> dict[str, Any]:
    default: dict[str, Any] = {"SSEAlgorithm": "AES256"}
    if key is not None:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": company.known[f"key:{key}"]}
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": False}]}


def _close(s3: Any, bucket: Mapping[str, str], closed: bool) -> None:
    every = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=dict.fromkeys(every, closed))


def bucket_policy(company: Company, name: str, part: Any, before: Any) -> None:
    """Put or delete a bucket's policy."""
    s3, bucket = company.client("s3", part["account"]), {"Bucket": part["name"]}
    if part["policy"] is not None:
        s3.put_bucket_policy(**bucket, Policy=policy_text(part["policy"]))
    elif before is not None and before["policy"] is not None:
        s3.delete_bucket_policy(**bucket)


def trail(company: Company, name: str, part: Any, before: Any) -> None:
    """Create or update a trail and its event selectors, and start logging if it is new."""
    cloudtrail = company.client("cloudtrail", part["account"])
    options = {
        "Name": name,
        "S3BucketName": part["bucket"],
        "IsMultiRegionTrail": part["all_regions"],
        "EnableLogFileValidation": part["validated"],
        "IsOrganizationTrail": part["organization"],
        "KmsKeyId": company.known[f"key:{part['key']}"] if part["key"] else "",
    }
    if before is None:
        cloudtrail.create_trail(**{each: value for each, value in options.items() if value != ""})
    else:
        cloudtrail.update_trail(**options)
    if part["data"] != (before["data"] if before else []):
        cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=event_selectors(part["data"]))
    if before is None:
        cloudtrail.start_logging(Name=name)


def event_selectors(buckets: list[str]) -> list[dict[str, Any]]:
    """Return advanced event selectors for management events and the data events of these buckets."""
    management = {"Field": "eventCategory", "Equals": ["Management"]}
    chosen = [{"Name": "management", "FieldSelectors": [management]}]
    if buckets:
        arns = [f"arn:aws:s3:::{bucket}/" for bucket in buckets]
        fields = [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", "StartsWith": arns},
        ]
        chosen.append({"Name": "objects", "FieldSelectors": fields})
    return chosen


def remove_trail(company: Company, name: str) -> None:
    """Delete a trail."""
    part = company.built["trails", name]
    company.client("cloudtrail", part["account"]).delete_trail(Name=name)


def restore_trail(company: Company, name: str, part: Any) -> None:
    """Restore a trail to the way it was built, whether it was changed, stopped, or deleted."""
    cloudtrail = company.client("cloudtrail", part["account"])
    gone = not cloudtrail.describe_trails(trailNameList=[name])["trailList"]
    trail(company, name, part, None if gone else {**part, "data": None})
    cloudtrail.start_logging(Name=name)
