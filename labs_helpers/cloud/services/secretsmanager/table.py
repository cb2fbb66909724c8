"""The permissions that Secrets Manager's operations require.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
The API reference lists the additional permissions that operations require:
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
The table doesn't contain KMS permissions, which are checked when the service calls KMS for the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.kms import timeline as kms_timeline
from labs_helpers.cloud.services.kms.keyring import parse_identifier as kms_name
from labs_helpers.cloud.services.secretsmanager import listing
from labs_helpers.cloud.services.secretsmanager.requests import refuse_before_policies
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.secretsmanager.vault import vault
from labs_helpers.cloud.services.shared.authorization_table import Ask, Keys, Table, account_in
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import given, has, passes_role, sent, tags_in, word
from labs_helpers.engine.policy import AccessRequest

# --- the secret that a call names -----------------------------------------------------------------------------


def _secret(call: Call, secret_id: str | None = None) -> Secret | None:
    secret_id = secret_id or call.parameters.get("SecretId")
    return vault(call.state).find(call.caller_account, call.region, secret_id) if secret_id else None


def _secret_arn(call: Call, secret_id: str) -> str:
    """Return the secret's ARN or, if there is no such secret, the ARN in the call or an ARN without a suffix."""
    secret = _secret(call, secret_id)
    if secret is not None:
        return secret.arn
    return secret_id if secret_id.startswith("arn:") else TABLE.fill("Secret", call, SecretId=secret_id)


def _arns(call: Call) -> list[str]:
    secret_id = call.parameters.get("SecretId")
    return [_secret_arn(call, secret_id) if secret_id else "*"]


def _arns_to_create(call: Call) -> list[str]:
    """Return the ARN of the secret to create, with `-??????` for the six random characters, as policies write them.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html
    """
    name = call.parameters.get("Name")
    return [TABLE.fill("Secret", call, SecretId=f"{name}-??????") if name else "*"]


def _batch(call: Call) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the secrets that BatchGetSecretValue reads, listed or selected by filters: item, ARN, condition keys."""
    listed = call.parameters.get("SecretIdList") or ()
    named = listed or (
        [each.arn for each in listing.matching(call)] if call.parameters.get("Filters") else ()
    )
    for secret_id in dict.fromkeys(named):
        secret = _secret(call, secret_id)
        keys = _secret_facts(secret) if secret is not None else {}
        yield secret_id, _secret_arn(call, secret_id), keys | {"secretsmanager:VersionStage": "AWSCURRENT"}


def _owner(call: Call) -> str | None:
    """Return the account in the ARN that the call names: secrets of other accounts are named by ARN."""
    secret_id = call.parameters.get("SecretId") or ""
    return account_in(secret_id)


# --- condition keys -------------------------------------------------------------------------------------------


def _secret_facts_of_call(call: Call) -> dict[str, Any]:
    """Return the facts about an existing secret."""
    secret = _secret(call)
    return _secret_facts(secret) if secret is not None else {}


def _secret_facts(secret: Secret) -> dict[str, Any]:
    content = secret.content
    keys: dict[str, Any] = {
        f"secretsmanager:ResourceTag/{name}": value for name, value in content.tags.items()
    }
    keys["secretsmanager:SecretId"] = secret.arn
    if content.rotation is not None:
        keys["secretsmanager:resource/AllowRotationLambdaArn"] = content.rotation.function
    if secret.is_replicated:
        keys["secretsmanager:SecretPrimaryRegion"] = content.primary_region
    return keys


def _kms_key(call: Call) -> dict[str, Any]:
    identifier = call.parameters.get("KmsKeyId")
    if not identifier:
        return {}
    key = kms_timeline.ring(call.state).find(call.caller_account, call.region, identifier)
    arn = key.arn if key else kms_name(call.caller_account, call.region, identifier).arn
    return {"secretsmanager:KmsKeyId": identifier, "secretsmanager:KmsKeyArn": arn}


def _replicas(call: Call) -> dict[str, Any]:
    regions = [replica.get("Region", "") for replica in call.parameters.get("AddReplicaRegions") or ()]
    keys: dict[str, Any] = {"secretsmanager:AddReplicaRegions": regions} if regions else {}
    overwrite = bool(call.parameters.get("ForceOverwriteReplicaSecret"))
    return keys | {"secretsmanager:ForceOverwriteReplicaSecret": word(overwrite)}


def _version_read(call: Call) -> dict[str, Any]:
    """Return the version that is read: AWSCURRENT unless the request names one.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    version, stage = call.parameters.get("VersionId"), call.parameters.get("VersionStage")
    keys = {"secretsmanager:VersionId": version} if version else {}
    if stage or not version:
        keys["secretsmanager:VersionStage"] = stage or "AWSCURRENT"
    return keys


def _deletion_facts(call: Call) -> dict[str, Any]:
    """Return the facts about a deletion, with a recovery window of 30 days by default.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
    """
    forced = bool(call.parameters.get("ForceDeleteWithoutRecovery"))
    keys = {"secretsmanager:ForceDeleteWithoutRecovery": word(forced)}
    if not forced:
        keys["secretsmanager:RecoveryWindowInDays"] = str(call.parameters.get("RecoveryWindowInDays") or 30)
    return keys


def _rotation(call: Call) -> dict[str, Any]:
    parameters = call.parameters
    keys = {
        "secretsmanager:RotateImmediately": word(parameters.get("RotateImmediately") is not False),
        "secretsmanager:ModifyRotationRules": word(parameters.get("RotationRules") is not None),
    }
    return {**keys, **_ROTATION_ARNS(call)}


def _block_public(call: Call) -> dict[str, Any]:
    return {"secretsmanager:BlockPublicPolicy": word(bool(call.parameters.get("BlockPublicPolicy")))}


_ROTATION_ARNS = sent(
    "secretsmanager", RotationLambdaARN="RotationLambdaARN",
    ExternalSecretRotationRoleArn="ExternalSecretRotationRoleArn",
)  # fmt: skip
_TAGS = tags_in("Tags", "TagKeys")


# --- policy and tags of the secret ----------------------------------------------------------------------------


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    secret = _secret(call, ask.resource) if _is_secret(ask) else None
    policy = secret.content.policy if secret is not None else None
    return (f"{secret.arn} (resource policy)", policy) if secret is not None and policy else None


def _resource_tags(call: Call, ask: Ask) -> Mapping[str, str]:
    secret = _secret(call, ask.resource) if _is_secret(ask) else None
    return secret.content.tags if secret is not None else {}


def _is_secret(ask: Ask) -> bool:
    # A secret that is being created has neither policy nor tags, even if its name is taken.
    return ask.type == "Secret" and not ask.resource.endswith("-??????")


# --- the table ------------------------------------------------------------------------------------------------


def _named(call: Call, request: AccessRequest) -> str | None:
    """Return the resource in Secrets Manager's denial messages: the name as it was sent if there is no such secret."""
    if request.resource == "*":
        return ""
    name = call.parameters.get("SecretId") or call.parameters.get("Name")
    return name if name and _secret(call, name) is None else None


TABLE = Table(
    "secretsmanager",
    "secretsmanager",
    resources={"Secret": {"SecretId": "SecretId"}},
    before=refuse_before_policies,
    owner=_owner,
    policy=_policy,
    tags=_resource_tags,
    facts=Facts(names_resource=_named),
)


def _on_secret(
    operations: str, *keys: Keys, action: str | None = None, when: Callable[[Call], bool] | None = None
) -> None:
    TABLE.ask(
        operations, action=action, on="Secret", arns=_arns, keys=(_secret_facts_of_call, *keys), when=when
    )


_on_secret(
    "CancelRotateSecret DeleteResourcePolicy DescribeSecret GetResourcePolicy ListSecretVersionIds PutSecretValue "
    "RemoveRegionsFromReplication RestoreSecret StopReplicationToReplica"
)
_on_secret("GetSecretValue", _version_read)
_on_secret("DeleteSecret", _deletion_facts)
_on_secret("UpdateSecret", _kms_key, sent("secretsmanager", Description="Description", Type="Type"))
_on_secret("UpdateSecretVersionStage", sent("secretsmanager", VersionStage="VersionStage"))
_on_secret("PutResourcePolicy", _block_public)
_on_secret("TagResource UntagResource", _TAGS)
_on_secret("ReplicateSecretToRegions", _replicas)
_on_secret("ValidateResourcePolicy")
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
_on_secret("ValidateResourcePolicy", action="PutResourcePolicy")

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html: tags, replicas
_NEW: dict[str, Any] = {"on": "Secret", "arns": _arns_to_create}
TABLE.ask(
    "CreateSecret", **_NEW,
    keys=(sent("secretsmanager", Name="Name", Description="Description", Type="Type"), _kms_key, _replicas, _TAGS),
)  # fmt: skip
TABLE.ask("CreateSecret", action="TagResource", **_NEW, keys=(_TAGS,), when=has("Tags"))
TABLE.ask(
    "CreateSecret",
    action="ReplicateSecretToRegions",
    **_NEW,
    keys=(_replicas,),
    when=has("AddReplicaRegions"),
)
TABLE.ask("CreateSecret", action="PutResourcePolicy", **_NEW, when=has("CrossAccountPrimaryARN"))


def _rotation_lambda(call: Call) -> list[str]:
    secret = _secret(call)
    stored = (
        secret.content.rotation.function
        if secret is not None and secret.content.rotation is not None
        else None
    )
    arn = call.parameters.get("RotationLambdaARN") or stored
    return [arn] if arn else []


# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
_on_secret("RotateSecret", _rotation)
TABLE.ask("RotateSecret", action="lambda:InvokeFunction", on="function", arns=_rotation_lambda)
passes_role(
    TABLE, "RotateSecret", "secretsmanager.amazonaws.com",
    lambda call: [call.parameters.get("ExternalSecretRotationRoleArn")],
)  # fmt: skip

# Replicas in other accounts:
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_AssociateCrossAccountReplica.html
_on_secret("AssociateCrossAccountReplica DisassociateCrossAccountReplica ListResourcePolicies")
_on_secret("AssociateCrossAccountReplica", action="GetSecretValue")
TABLE.ask(
    "AssociateCrossAccountReplica", action="AcceptCrossAccountReplication", on="Secret",
    arns=given("CrossAccountReplicaARN"),
    account=lambda call: account_in(call.parameters.get("CrossAccountReplicaARN") or ""),
)  # fmt: skip
passes_role(
    TABLE, "AssociateCrossAccountReplica", "secretsmanager.amazonaws.com",
    lambda call: [call.parameters.get("ReplicationRoleARN")],
)  # fmt: skip

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html: Errors lists the secrets
# that the caller isn't allowed to read.
TABLE.ask("BatchGetSecretValue")
TABLE.ask("BatchGetSecretValue", action="ListSecrets", when=has("Filters"))
TABLE.ask("BatchGetSecretValue", action="GetSecretValue", on="Secret", items=_batch)
TABLE.ask("GetRandomPassword ListSecrets")

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html: "but not both"
TABLE.one_of(
    "BatchGetSecretValue", "SecretIdList", "Filters",
    code="InvalidParameterException", message="Either 'SecretIdList' or 'Filters' must be provided, but not both.",
)  # fmt: skip
TABLE.one_of(
    "CreateSecret PutSecretValue UpdateSecret", "SecretString", "SecretBinary",
    code="InvalidParameterException",
    message="You can't specify both a binary secret value and a string secret value in the same secret.",
)  # fmt: skip
