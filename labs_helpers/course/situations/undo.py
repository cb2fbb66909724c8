"""A function that undoes a situation, so that it can be set up again whatever the learner has changed."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.situations.described_calls import Performer

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.content.schema import Step


def undo(cloud: Cloud, steps: Sequence[Step]) -> None:
    """Undo the steps, starting with the last one. Resources that no longer exist are skipped."""
    performer = Performer(cloud)
    for step in reversed(steps):
        for each in step.undo:
            with _if_it_exists():
                performer.make(each.model_dump(exclude_none=True))
        delete = _DELETERS.get((step.service, step.call))
        if delete is not None:
            # The profile that made the call might have lost its keys or permissions since then; an administrator has
            # both.
            client = performer.client({**step.model_dump(exclude_none=True), "who": None})
            with _if_it_exists():
                delete(client, step.parameters)


@contextlib.contextmanager
def _if_it_exists() -> Iterator[None]:
    """Ignore AWS's errors in the block: the learner might have deleted anything."""
    with contextlib.suppress(ClientError, LookupError):
        yield


def _delete_user(iam: Any, given: Mapping[str, Any]) -> None:
    name = {"UserName": given["UserName"]}
    for key in iam.list_access_keys(**name)["AccessKeyMetadata"]:
        iam.delete_access_key(**name, AccessKeyId=key["AccessKeyId"])
    for device in iam.list_mfa_devices(**name)["MFADevices"]:
        iam.deactivate_mfa_device(**name, SerialNumber=device["SerialNumber"])
    for group in iam.list_groups_for_user(**name)["Groups"]:
        iam.remove_user_from_group(**name, GroupName=group["GroupName"])
    for inline in iam.list_user_policies(**name)["PolicyNames"]:
        iam.delete_user_policy(**name, PolicyName=inline)
    for policy in iam.list_attached_user_policies(**name)["AttachedPolicies"]:
        iam.detach_user_policy(**name, PolicyArn=policy["PolicyArn"])
    with _if_it_exists():
        iam.delete_login_profile(**name)
    with _if_it_exists():
        iam.delete_user_permissions_boundary(**name)
    iam.delete_user(**name)


def _delete_group(iam: Any, given: Mapping[str, Any]) -> None:
    name = {"GroupName": given["GroupName"]}
    for user in iam.get_group(**name)["Users"]:
        iam.remove_user_from_group(**name, UserName=user["UserName"])
    for inline in iam.list_group_policies(**name)["PolicyNames"]:
        iam.delete_group_policy(**name, PolicyName=inline)
    for policy in iam.list_attached_group_policies(**name)["AttachedPolicies"]:
        iam.detach_group_policy(**name, PolicyArn=policy["PolicyArn"])
    iam.delete_group(**name)


def _delete_role(iam: Any, given: Mapping[str, Any]) -> None:
    name = {"RoleName": given["RoleName"]}
    for profile in iam.list_instance_profiles_for_role(**name)["InstanceProfiles"]:
        iam.remove_role_from_instance_profile(**name, InstanceProfileName=profile["InstanceProfileName"])
    for inline in iam.list_role_policies(**name)["PolicyNames"]:
        iam.delete_role_policy(**name, PolicyName=inline)
    for policy in iam.list_attached_role_policies(**name)["AttachedPolicies"]:
        iam.detach_role_policy(**name, PolicyArn=policy["PolicyArn"])
    iam.delete_role(**name)


def _delete_policy(iam: Any, given: Mapping[str, Any]) -> None:
    pages = iam.get_paginator("list_policies").paginate(Scope="Local")
    arns = [
        policy["Arn"]
        for page in pages
        for policy in page["Policies"]
        if policy["PolicyName"] == given["PolicyName"]
    ]
    for arn in arns:
        held = iam.list_entities_for_policy(PolicyArn=arn)
        for user in held["PolicyUsers"]:
            iam.detach_user_policy(UserName=user["UserName"], PolicyArn=arn)
        for group in held["PolicyGroups"]:
            iam.detach_group_policy(GroupName=group["GroupName"], PolicyArn=arn)
        for role in held["PolicyRoles"]:
            iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
        for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=arn)


def _delete_bucket(s3: Any, given: Mapping[str, Any]) -> None:
    name = {"Bucket": given["Bucket"]}
    with _if_it_exists():
        s3.delete_bucket_policy(**name)
    for page in s3.get_paginator("list_object_versions").paginate(**name):
        for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            s3.delete_object(**name, Key=each["Key"], VersionId=each["VersionId"])
    s3.delete_bucket(**name)


def _delete_queue(sqs: Any, given: Mapping[str, Any]) -> None:
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=given["QueueName"])["QueueUrl"])


def _delete_secret(secrets: Any, given: Mapping[str, Any]) -> None:
    secrets.delete_secret(SecretId=given["Name"], ForceDeleteWithoutRecovery=True)


def _delete_alias(kms: Any, given: Mapping[str, Any]) -> None:
    """Delete an alias and schedule its key for deletion: AWS never deletes a key immediately."""
    name = given["AliasName"]
    key = kms.describe_key(KeyId=name)["KeyMetadata"]
    kms.delete_alias(AliasName=name)
    if key["KeyState"] != "PendingDeletion":
        kms.schedule_key_deletion(KeyId=key["Arn"], PendingWindowInDays=7)


def _delete_table(dynamodb: Any, given: Mapping[str, Any]) -> None:
    dynamodb.delete_table(TableName=given["TableName"])


_DELETERS: dict[tuple[str | None, str | None], Callable[[Any, Mapping[str, Any]], None]] = {
    ("iam", "create_user"): _delete_user,
    ("iam", "create_group"): _delete_group,
    ("iam", "create_role"): _delete_role,
    ("iam", "create_policy"): _delete_policy,
    ("s3", "create_bucket"): _delete_bucket,
    ("sqs", "create_queue"): _delete_queue,
    ("secretsmanager", "create_secret"): _delete_secret,
    ("dynamodb", "create_table"): _delete_table,
    ("kms", "create_alias"): _delete_alias,
}
