"""The checks of the posture checker, one function each. A check yields its findings as (ARN, evidence, source)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import unquote

from labs_helpers.course.days.day1.check_registry import Auditor, Evidence, check
from labs_helpers.course.days.day1.policies import Place, full_access_statements, public_statements
from labs_helpers.course.days.day1.repository import Repository

_GROUPS = {
    "http://acs.amazonaws.com/groups/global/AllUsers": "everyone",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers": "everyone with an AWS account",
}
_ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
_PORTS = (
    20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601, 8080, 8088,
    8888, 9200, 9300,
)  # fmt: skip
"""The high-risk ports of EC2.19: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19"""
_WIDEST = 8
"""A CIDR block whose prefix is shorter than this, such as half of all addresses, is treated as the whole internet."""
_OLD, _UNUSED = timedelta(days=90), timedelta(days=45)


# --- S3 -------------------------------------------------------------------------------------------------------


@check(
    "public-bucket", "critical", "A bucket policy lets everyone in", "FSBP S3.2", "FSBP S3.8", "CIS v5.0.0 2.1.4",
    fix="Remove the statement, or name the intended principal. Then turn on all four settings of Block Public Access.",
)  # fmt: skip
def _find_public_bucket(auditor: Auditor) -> Iterator[Evidence]:
    for bucket in auditor("s3").list_buckets()["Buckets"]:
        name = bucket["Name"]
        text = auditor.get_setting("s3", "get_bucket_policy", Bucket=name).get("Policy")
        if text and not _blocks(auditor, name).get("RestrictPublicBuckets"):
            for place in public_statements(text):
                yield f"arn:aws:s3:::{name}", place, "bucket policy"


def _blocks(auditor: Auditor, bucket: str) -> dict[str, bool]:
    found = auditor.get_setting("s3", "get_public_access_block", Bucket=bucket)
    return dict(found.get("PublicAccessBlockConfiguration", {}))


@check(
    "acl-leftover", "critical", "An access control list lets outsiders in", "FSBP S3.2", "FSBP S3.12",
    "CIS v5.0.0 2.1.4",
    fix="Reset the bucket's ACL to private, then set its object ownership to BucketOwnerEnforced. That disables ACLs.",
)  # fmt: skip
def _find_acl_leftover(auditor: Auditor) -> Iterator[Evidence]:
    for bucket in auditor("s3").list_buckets()["Buckets"]:
        name = bucket["Name"]
        if _blocks(auditor, name).get("IgnorePublicAcls") or _acls_disabled(auditor, name):
            continue
        for grant in auditor.get_setting("s3", "get_bucket_acl", Bucket=name).get("Grants", ()):
            if grant["Grantee"].get("URI") in _GROUPS:
                yield f"arn:aws:s3:::{name}", json.dumps(grant, indent=2), "bucket ACL"


def _acls_disabled(auditor: Auditor, bucket: str) -> bool:
    found = auditor.get_setting("s3", "get_bucket_ownership_controls", Bucket=bucket)
    rules = found.get("OwnershipControls", {}).get("Rules", [])
    return not rules or rules[0]["ObjectOwnership"] == "BucketOwnerEnforced"


# --- IAM ------------------------------------------------------------------------------------------------------


@check(
    "root-key", "critical", "The root user has an access key", "FSBP IAM.4", "CIS v5.0.0 1.3",
    fix="Delete the key, as the root user. Give a role to whatever used it.",
)  # fmt: skip
def _find_root_key(auditor: Auditor) -> Iterator[Evidence]:
    summary = auditor("iam").get_account_summary()["SummaryMap"]
    if summary["AccountAccessKeysPresent"]:
        shown = json.dumps({"AccountAccessKeysPresent": summary["AccountAccessKeysPresent"]})
        yield f"arn:aws:iam::{auditor.account}:root", shown, "GetAccountSummary"


@check(
    "trust-everyone", "critical", "A role trusts everyone", "IAM Access Analyzer: external access",
    fix="In the trust policy, name the intended account, and require the external ID that was agreed on.",
)  # fmt: skip
def _find_trust_everyone(auditor: Auditor) -> Iterator[Evidence]:
    for role in auditor.list_items("iam", "list_roles", "Roles"):
        for place in public_statements(_document_text(role["AssumeRolePolicyDocument"])):
            yield role["Arn"], place, "trust policy"


def _document_text(document: Any) -> str:
    """Return a policy as the console shows it; boto3 has already parsed IAM's JSON."""
    return json.dumps(document, indent=2) if isinstance(document, dict) else unquote(document)


@check(  # FSBP's IAM.1 checks customer managed policies only, and this one is inline
    "admin-app-role", "high", "A machine's role is allowed to do everything", "CIS v5.0.0 1.15",
    fix="Allow only what the application does, on the resources it uses. The trail and IAM's access report show both.",
)  # fmt: skip
def _find_admin_app_role(auditor: Auditor) -> Iterator[Evidence]:
    for role in auditor.list_items("iam", "list_roles", "Roles"):
        if '"Service"' not in _document_text(role["AssumeRolePolicyDocument"]):
            continue
        for name, text in _policies(auditor, role["RoleName"]):
            for place in full_access_statements(text):
                yield role["Arn"], place, f"policy {name}"


def _policies(auditor: Auditor, role: str) -> Iterator[tuple[str, str]]:
    """Yield the name and text of each inline and attached policy of a role."""
    for name in auditor.list_items("iam", "list_role_policies", "PolicyNames", RoleName=role):
        found = auditor("iam").get_role_policy(RoleName=role, PolicyName=name)
        yield name, _document_text(found["PolicyDocument"])
    for each in auditor.list_items("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=role):
        arn = each["PolicyArn"]
        version = auditor("iam").get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = auditor("iam").get_policy_version(PolicyArn=arn, VersionId=version)
        yield each["PolicyName"], _document_text(found["PolicyVersion"]["Document"])


@check(
    "no-mfa", "medium", "A user has a password but no MFA device", "FSBP IAM.5", "CIS v5.0.0 1.9",
    fix="Enable an MFA device for the user (CreateVirtualMFADevice, EnableMFADevice).",
)  # fmt: skip
def _find_no_mfa(auditor: Auditor) -> Iterator[Evidence]:
    for user in auditor.list_items("iam", "list_users", "Users"):
        name = user["UserName"]
        if not auditor.get_setting("iam", "get_login_profile", UserName=name):
            continue
        if not auditor("iam").list_mfa_devices(UserName=name)["MFADevices"]:
            yield user["Arn"], '{"MFADevices": []}', "ListMFADevices"


def _keys(auditor: Auditor) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield every user with each of their active keys."""
    for user in auditor.list_items("iam", "list_users", "Users"):
        for key in auditor.list_items(
            "iam", "list_access_keys", "AccessKeyMetadata", UserName=user["UserName"]
        ):
            if key["Status"] == "Active":
                yield user, key


def _age(auditor: Auditor, since: datetime) -> timedelta:
    return auditor.cloud.clock.now() - since


def _shown_key(key: dict[str, Any], **more: Any) -> str:
    return json.dumps(
        {"AccessKeyId": key["AccessKeyId"], "Status": key["Status"], **more}, default=str, indent=2
    )


@check(
    "old-key", "medium", "An access key is older than 90 days", "FSBP IAM.3", "CIS v5.0.0 1.13",
    fix="Create a new key, hand it over, deactivate the old one, and delete it if nothing breaks. Better: use a role.",
)  # fmt: skip
def _find_old_key(auditor: Auditor) -> Iterator[Evidence]:
    for user, key in _keys(auditor):
        if _age(auditor, key["CreateDate"]) > _OLD:
            yield user["Arn"], _shown_key(key, CreateDate=key["CreateDate"]), "ListAccessKeys"


@check(
    "stale-user", "medium", "A key is unused, or its user has left", "FSBP IAM.8", "CIS v5.0.0 1.11",
    fix="Deactivate the key. If nothing breaks, delete the key and the user.",
)  # fmt: skip
def _find_stale_user(auditor: Auditor) -> Iterator[Evidence]:
    """Report keys of former employees (tag `contract-ends`), and keys unused for 45 days.

    A key that was never used has been unused since its creation.
    """
    for user, key in _keys(auditor):
        used = auditor("iam").get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
        last = used.get("LastUsedDate")
        left = _contract_ends(auditor, user["UserName"])
        if left and left < f"{auditor.cloud.clock.now():%Y-%m-%d}":
            yield user["Arn"], _shown_key(key, contract_ends=left), "ListUserTags"
        elif _age(auditor, last or key["CreateDate"]) > _UNUSED:
            shown = _shown_key(key, CreateDate=key["CreateDate"], LastUsedDate=last or "never")
            yield user["Arn"], shown, "ListAccessKeys, GetAccessKeyLastUsed"


def _contract_ends(auditor: Auditor, user: str) -> str:
    tags = auditor("iam").list_user_tags(UserName=user)["Tags"]
    return next((tag["Value"] for tag in tags if tag["Key"] == "contract-ends"), "")


@check(
    "keys-in-repository", "critical", "An active key is in a repository's history",
    "none: FSBP and CIS controls don't scan repositories; secret scanners do",
    fix="Deactivate the key first: deleting the line, or the repository, doesn't undo the leak. Deploy with a role.",
)  # fmt: skip
def _find_keys_in_repository(auditor: Auditor) -> Iterator[Evidence]:
    active = {key["AccessKeyId"]: user for user, key in _keys(auditor)}
    for found in Repository(auditor.cloud).leaks():
        if found.key_id in active:
            user = active[found.key_id]["Arn"]
            yield (
                user,
                Place(found.text, found.line, found.column),
                f"commit {found.commit[:8]}, {found.path}",
            )


# --- EC2 and RDS ----------------------------------------------------------------------------------------------


@check(
    "imds-v1", "high", "An instance's metadata service doesn't require a token", "FSBP EC2.8", "CIS v5.0.0 5.7",
    fix="Require tokens (HttpTokens required), and keep them on the machine (HttpPutResponseHopLimit 1).",
)  # fmt: skip
def _find_imds_v1(auditor: Auditor) -> Iterator[Evidence]:
    for reservation in auditor.list_items("ec2", "describe_instances", "Reservations"):
        for instance in reservation["Instances"]:
            options = instance.get("MetadataOptions", {})
            running = instance["State"]["Name"] in ("pending", "running", "stopping", "stopped")
            if (
                running
                and options.get("HttpEndpoint") == "enabled"
                and options.get("HttpTokens") == "optional"
            ):
                arn = f"arn:aws:ec2:us-east-1:{auditor.account}:instance/{instance['InstanceId']}"
                yield arn, json.dumps(options, indent=2), "DescribeInstances, MetadataOptions"


@check(
    "open-database-port", "critical", "A security group opens a high-risk port to the whole internet",
    "FSBP EC2.19", fix="Allow the security group of the machines that need access, instead of a range of addresses.",
)  # fmt: skip
def _find_open_database_port(auditor: Auditor) -> Iterator[Evidence]:
    for group in auditor.list_items("ec2", "describe_security_groups", "SecurityGroups"):
        for rule in group["IpPermissions"]:
            blocks = [each["CidrIp"] for each in rule.get("IpRanges", ())]
            blocks += [each["CidrIpv6"] for each in rule.get("Ipv6Ranges", ())]
            wide = [each for each in blocks if ip_network(each).prefixlen < _WIDEST]
            if wide and any(_covers(rule, port) for port in _PORTS):
                arn = f"arn:aws:ec2:us-east-1:{auditor.account}:security-group/{group['GroupId']}"
                yield arn, json.dumps(rule, indent=2), f"security group {group['GroupName']}, inbound rule"


def _covers(rule: dict[str, Any], port: int) -> bool:
    return rule["IpProtocol"] == "-1" or (
        rule["IpProtocol"] in ("tcp", "6") and rule["FromPort"] <= port <= rule["ToPort"]
    )


@check(
    "shared-volume", "critical", "Anyone can create a disk from a snapshot of an unencrypted volume", "FSBP EC2.1",
    fix="Remove the group `all` from createVolumePermission, and encrypt: encrypted snapshots can't be public.",
)  # fmt: skip
def _find_shared_volume(auditor: Auditor) -> Iterator[Evidence]:
    if auditor("ec2").get_snapshot_block_public_access_state()["State"] == "block-all-sharing":
        return
    for snapshot in auditor.list_items("ec2", "describe_snapshots", "Snapshots", OwnerIds=["self"]):
        id = snapshot["SnapshotId"]
        found = auditor("ec2").describe_snapshot_attribute(SnapshotId=id, Attribute="createVolumePermission")
        if any(each.get("Group") == "all" for each in found["CreateVolumePermissions"]):
            shown = {
                "CreateVolumePermissions": found["CreateVolumePermissions"],
                "Encrypted": snapshot["Encrypted"],
            }
            yield (
                f"arn:aws:ec2:us-east-1::snapshot/{id}",
                json.dumps(shown, indent=2),
                "DescribeSnapshotAttribute",
            )


@check(
    "public-database", "critical", "A database has a public address", "FSBP RDS.2", "CIS v5.0.0 2.2.3",
    fix="Set PubliclyAccessible to false on the instance. Applications in the VPC reach it at its private address.",
)  # fmt: skip
def _find_public_database(auditor: Auditor) -> Iterator[Evidence]:
    for instance in auditor.list_items("rds", "describe_db_instances", "DBInstances"):
        if instance["PubliclyAccessible"]:
            yield instance["DBInstanceArn"], '{"PubliclyAccessible": true}', "DescribeDBInstances"


@check(
    "shared-db-snapshot", "critical", "Anyone can restore a snapshot of a database", "FSBP RDS.1",
    fix="Remove `all` from the snapshot's restore attribute.",
)  # fmt: skip
def _find_shared_db_snapshot(auditor: Auditor) -> Iterator[Evidence]:
    for snapshot in auditor.list_items("rds", "describe_db_snapshots", "DBSnapshots", SnapshotType="manual"):
        name = snapshot["DBSnapshotIdentifier"]
        found = auditor("rds").describe_db_snapshot_attributes(DBSnapshotIdentifier=name)
        for each in found["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]:
            if "all" in each["AttributeValues"]:
                yield snapshot["DBSnapshotArn"], json.dumps(each, indent=2), "DescribeDBSnapshotAttributes"


# --- SQS, KMS, CloudTrail -------------------------------------------------------------------------------------


@check(
    "open-queue", "critical", "A queue's policy lets everyone in", "FSBP SQS.3",
    fix="Remove the statement, or name the principal that is allowed to send, or the source resource (aws:SourceArn).",
)  # fmt: skip
def _find_open_queue(auditor: Auditor) -> Iterator[Evidence]:
    for url in auditor.list_items("sqs", "list_queues", "QueueUrls"):
        wanted = ["Policy", "QueueArn"]
        found = auditor.get_setting("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=wanted)
        held = found.get("Attributes", {})
        for place in public_statements(held["Policy"]) if held.get("Policy") else ():
            yield held["QueueArn"], place, "access policy"


@check(
    "open-key", "critical", "A key policy lets everyone use the key", "FSBP KMS.5",
    fix="Remove the statement, or restrict it to the roles that need the key. Keep the account's own statement.",
)  # fmt: skip
def _find_open_key(auditor: Auditor) -> Iterator[Evidence]:
    for key in auditor.list_items("kms", "list_keys", "Keys"):
        known = auditor.get_setting("kms", "describe_key", KeyId=key["KeyId"]).get("KeyMetadata")
        if not known or known["KeyManager"] != "CUSTOMER" or known["KeyState"] == "PendingDeletion":
            continue
        found = auditor.get_setting("kms", "get_key_policy", KeyId=key["KeyId"], PolicyName="default")
        for place in public_statements(found["Policy"]) if found else ():
            yield key["KeyArn"], place, "key policy"


@check(
    "trail-off", "high", "No trail records management events in all Regions", "FSBP CloudTrail.1", "CIS v5.0.0 3.1",
    fix="Start the trail again (StartLogging). It must cover all Regions, and record all management events.",
)  # fmt: skip
def _find_trail_off(auditor: Auditor) -> Iterator[Evidence]:
    trails = auditor("cloudtrail").describe_trails()["trailList"]
    for trail in trails:
        logging = auditor("cloudtrail").get_trail_status(Name=trail["TrailARN"])["IsLogging"]
        recorded = recorded_management_events(auditor("cloudtrail"), trail["TrailARN"])
        if logging and trail["IsMultiRegionTrail"] and recorded == {"read", "write"}:
            return
    shown = [{"Name": each["Name"], "IsMultiRegionTrail": each["IsMultiRegionTrail"]} for each in trails]
    yield (
        f"arn:aws:iam::{auditor.account}:root",
        json.dumps(shown, indent=2),
        "DescribeTrails, GetTrailStatus",
    )


def recorded_management_events(cloudtrail: Any, trail: str) -> set[str]:
    """Return which management events a trail's event selectors choose: `read`, `write`, both, or none.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
    """
    found = cloudtrail.get_event_selectors(TrailName=trail)
    recorded: set[str] = set()
    for basic in found.get("EventSelectors") or ():
        if basic["IncludeManagementEvents"]:
            recorded |= {"ReadOnly": {"read"}, "WriteOnly": {"write"}}.get(
                basic["ReadWriteType"], {"read", "write"}
            )
    for advanced in found.get("AdvancedEventSelectors") or ():
        equals = {each["Field"]: each.get("Equals") for each in advanced["FieldSelectors"]}
        if equals["eventCategory"] == ["Management"]:
            read_only = equals.get("readOnly") or ("true", "false")
            recorded |= {"read" if each == "true" else "write" for each in read_only}
    return recorded
