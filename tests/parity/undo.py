"""The calls that undo a call. The runner writes them to the journal for each call that succeeds.

A row is `method Parameter Other=answer.Path`: a parameter without a value is the one that was sent, `answer.Path` is
from the answer, anything else is the value itself. An operation's rows are called in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jmespath

_ACCESS_KEY = (
    "iam.delete_access_key UserName=answer.AccessKey.UserName AccessKeyId=answer.AccessKey.AccessKeyId"
)
_FUNCTION = (
    "lambda.delete_function FunctionName",
    "logs.delete_log_group logGroupName=/aws/lambda/{FunctionName}",
)
_IDENTITY_POOL = "cognito-identity.delete_identity_pool IdentityPoolId=answer.IdentityPoolId"
_SECRET = "secretsmanager.delete_secret SecretId=answer.ARN ForceDeleteWithoutRecovery=true"
_BUCKET = ("parity.empty_bucket Bucket", "s3.delete_bucket Bucket")
UNDO: Mapping[str, tuple[str, ...]] = {
    "cognito-identity.create_identity_pool": (_IDENTITY_POOL,),
    "cognito-idp.create_user_pool": ("cognito-idp.delete_user_pool UserPoolId=answer.UserPool.Id",),
    "dynamodb.create_table": ("dynamodb.delete_table TableName",),
    "ec2.create_key_pair": ("ec2.delete_key_pair KeyName",),
    "ec2.create_security_group": ("ec2.delete_security_group GroupId=answer.GroupId",),
    "ec2.create_subnet": ("ec2.delete_subnet SubnetId=answer.Subnet.SubnetId",),
    "ec2.create_vpc": ("ec2.delete_vpc VpcId=answer.Vpc.VpcId",),
    "events.create_event_bus": ("events.delete_event_bus Name",),
    "events.put_rule": ("events.delete_rule Name EventBusName",),
    "events.put_targets": ("events.remove_targets Rule EventBusName Ids=sent.Targets[].Id",),
    "iam.add_user_to_group": ("iam.remove_user_from_group GroupName UserName",),
    "iam.attach_group_policy": ("iam.detach_group_policy GroupName PolicyArn",),
    "iam.attach_role_policy": ("iam.detach_role_policy RoleName PolicyArn",),
    "iam.attach_user_policy": ("iam.detach_user_policy UserName PolicyArn",),
    "iam.add_role_to_instance_profile": ("iam.remove_role_from_instance_profile InstanceProfileName RoleName",),
    "iam.create_access_key": (_ACCESS_KEY,),
    "iam.create_group": ("iam.delete_group GroupName",),
    "iam.create_instance_profile": ("iam.delete_instance_profile InstanceProfileName",),
    "iam.create_login_profile": ("iam.delete_login_profile UserName=answer.LoginProfile.UserName",),
    "iam.create_policy": ("iam.delete_policy PolicyArn=answer.Policy.Arn",),
    "iam.create_policy_version": ("iam.delete_policy_version PolicyArn VersionId=answer.PolicyVersion.VersionId",),
    "iam.create_role": ("iam.delete_role RoleName",),
    "iam.create_user": ("iam.delete_user UserName",),
    "iam.put_group_policy": ("iam.delete_group_policy GroupName PolicyName",),
    "iam.put_role_policy": ("iam.delete_role_policy RoleName PolicyName",),
    "iam.put_user_policy": ("iam.delete_user_policy UserName PolicyName",),
    "kms.create_alias": ("kms.delete_alias AliasName",),
    "kms.create_key": ("kms.schedule_key_deletion KeyId=answer.KeyMetadata.KeyId PendingWindowInDays=7",),
    "lambda.create_function": _FUNCTION,
    "logs.create_log_group": ("logs.delete_log_group logGroupName",),
    "logs.put_resource_policy": ("logs.delete_resource_policy policyName",),
    "s3.create_bucket": _BUCKET,
    "secretsmanager.create_secret": (_SECRET,),
    "sns.subscribe": ("sns.unsubscribe SubscriptionArn=answer.SubscriptionArn",),
    "sns.create_topic": ("sns.delete_topic TopicArn=answer.TopicArn",),
    "sqs.create_queue": ("sqs.delete_queue QueueUrl=answer.QueueUrl",),
}  # fmt: skip
"""What `clean` does about each operation that makes something that stays."""

WITH_OTHERS: Mapping[str, str] = {
    "cognito-idp": "AdminCreateUser AdminSetUserPassword CreateUserPoolClient SignUp ConfirmSignUp ChangePassword "
    "InitiateAuth",
    "cognito-identity": "SetIdentityPoolRoles",
    "dynamodb": "BatchExecuteStatement ExecuteStatement PutItem PutResourcePolicy TransactWriteItems UpdateItem",
    "ec2": "AuthorizeSecurityGroupIngress CreateTags ModifySnapshotAttribute RevokeSecurityGroupIngress RunInstances "
    "TerminateInstances",
    "events": "DisableRule PutEvents PutPermission RemovePermission",
    "iam": "TagUser UpdateAccessKey UpdateAssumeRolePolicy RemoveUserFromGroup DetachUserPolicy",
    "kms": "CancelKeyDeletion CreateGrant DisableKey EnableKey EnableKeyRotation ImportKeyMaterial PutKeyPolicy "
    "RevokeGrant RotateKeyOnDemand ScheduleKeyDeletion",
    "lambda": "AddPermission CreateAlias CreateFunctionUrlConfig Invoke PublishVersion RemovePermission "
    "UpdateFunctionCode UpdateFunctionConfiguration",
    "logs": "CreateLogStream PutLogEvents PutMetricFilter PutRetentionPolicy PutSubscriptionFilter",
    "s3": "CompleteMultipartUpload CopyObject CreateMultipartUpload PutBucketAcl PutBucketEncryption PutBucketPolicy "
    "PutBucketTagging PutBucketVersioning PutObject PutObjectAcl PutObjectLockConfiguration PutObjectRetention "
    "PutObjectTagging UploadPart",
    "secretsmanager": "PutResourcePolicy PutSecretValue RestoreSecret RotateSecret UpdateSecretVersionStage",
    "sns": "AddPermission ConfirmSubscription Publish RemovePermission SetSubscriptionAttributes SetTopicAttributes "
    "Unsubscribe",
    "sqs": "AddPermission ChangeMessageVisibility PurgeQueue RemovePermission SendMessage SendMessageBatch "
    "SetQueueAttributes",
    "cloudtrail": "PutEventSelectors StopLogging",
    "sts": "",
}
"""Operations that change only what another call has made: it goes with that."""

GONE = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "KMSInvalidState", "ResourceNotFound")
"""Parts of the codes by which a service says that there is nothing left to take back."""


def undo(
    method: str, sent: Mapping[str, Any], answer: Mapping[str, Any] | None
) -> list[tuple[str, dict[str, Any]]]:
    """Return the calls that undo a call. Raises `LookupError` if they need its answer, and there is none."""
    steps: list[tuple[str, dict[str, Any]]] = []
    if answer is not None and answer.get("SubscriptionArn") == "pending confirmation":
        return steps  # it has no ARN, and goes by itself unless somebody confirms it
    for row in UNDO.get(method, ()):
        step, *wanted = row.split()
        steps.append(
            (step, {name: value for name, value in _parameters(wanted, sent, answer) if value is not None})
        )
    return steps


def _parameters(wanted: list[str], sent: Mapping[str, Any], answer: Mapping[str, Any] | None) -> Any:
    for each in wanted:
        name, given, text = each.partition("=")
        if not given:
            yield name, sent.get(name)
        elif text.startswith("answer."):
            if answer is None:
                raise LookupError(f"{each}: the answer isn't known")
            yield name, jmespath.search(text.removeprefix("answer."), answer)
        elif text.startswith("sent."):
            yield name, jmespath.search(text.removeprefix("sent."), sent)
        else:
            yield name, _literal(text.format(**sent))


def _literal(text: str) -> Any:
    return True if text == "true" else int(text) if text.isdigit() else text
