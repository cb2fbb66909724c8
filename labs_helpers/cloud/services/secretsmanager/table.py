"""What Secrets Manager's operations ask for.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
The permissions that an operation needs beside its own stand in the API reference:
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Operations.html
Encrypting and decrypting with KMS is asked when the service calls KMS for the caller, not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.kms import timeline as kms_timeline
from labs_helpers.cloud.services.kms.keyring import parse_identifier as kms_name
from labs_helpers.cloud.services.secretsmanager import listing
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.secretsmanager.vault import vault
from labs_helpers.cloud.services.shared.authorization_table import Ask, Keys, Table, account_in
from labs_helpers.cloud.services.shared.table_rows import given, has, passes_role, sent, tags_in, word

# --- which secret ---------------------------------------------------------------------------------------------


def _find(call: Call, secret_id: str | None = None) -> Secret | None:
    secret_id = secret_id or call.parameters.get("SecretId")
    return vault(call.state).find(call.caller_account, call.region, secret_id) if secret_id else None


def _secret_arn(call: Call, secret_id: str) -> str:
    """The secret's ARN; of one that does not exist, the ARN that was given or that its name would begin."""
    found = _find(call, secret_id)
    if found is not None:
        return found.arn
    return secret_id if secret_id.startswith("arn:") else TABLE.fill("Secret", call, SecretId=secret_id)


def _arns(call: Call) -> list[str]:
    secret_id = call.parameters.get("SecretId")
    return [_secret_arn(call, secret_id) if secret_id else "*"]


def _created(call: Call) -> list[str]:
    """AWS adds six random characters to the name, which policies write as `-??????`.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples.html
    """
    name = call.parameters.get("Name")
    return [TABLE.fill("Secret", call, SecretId=f"{name}-??????") if name else "*"]


def _batch(call: Call) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The secrets that BatchGetSecretValue reads: those listed, or those its filters find. Each is asked for alone."""
    listed = call.parameters.get("SecretIdList") or ()
    named = listed or (
        [each.arn for each in listing.matching(call)] if call.parameters.get("Filters") else ()
    )
    for secret_id in dict.fromkeys(named):
        found = _find(call, secret_id)
        keys = _facts(found) if found is not None else {}
        yield secret_id, _secret_arn(call, secret_id), keys | {"secretsmanager:VersionStage": "AWSCURRENT"}


def _owner(call: Call) -> str | None:
    """The account in the ARN that was given: a secret of another account is named by its ARN."""
    secret_id = call.parameters.get("SecretId") or ""
    return account_in(secret_id)


# --- which condition keys -------------------------------------------------------------------------------------


def _resource(call: Call) -> dict[str, Any]:
    """What the secret is, for every action on an existing one."""
    found = _find(call)
    return _facts(found) if found is not None else {}


def _facts(secret: Secret) -> dict[str, Any]:
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


def _version(call: Call) -> dict[str, Any]:
    """Which version is read; AWSCURRENT unless the request names one.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    version, stage = call.parameters.get("VersionId"), call.parameters.get("VersionStage")
    keys = {"secretsmanager:VersionId": version} if version else {}
    if stage or not version:
        keys["secretsmanager:VersionStage"] = stage or "AWSCURRENT"
    return keys


def _deletion(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html: 30 days by default"""
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


# --- what is attached to the secret ---------------------------------------------------------------------------


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    found = _find(call, ask.resource) if _is_secret(ask) else None
    policy = found.content.policy if found is not None else None
    return (f"{found.arn} (resource policy)", policy) if found is not None and policy else None


def _resource_tags(call: Call, ask: Ask) -> Mapping[str, str]:
    found = _find(call, ask.resource) if _is_secret(ask) else None
    return found.content.tags if found is not None else {}


def _is_secret(ask: Ask) -> bool:
    # A secret that is being created has neither, even where its name is taken.
    return ask.type == "Secret" and not ask.resource.endswith("-??????")


# --- the table ------------------------------------------------------------------------------------------------

TABLE = Table(
    "secretsmanager",
    "secretsmanager",
    resources={"Secret": {"SecretId": "SecretId"}},
    owner=_owner,
    policy=_policy,
    tags=_resource_tags,
)


def _on_secret(
    operations: str, *keys: Keys, action: str | None = None, when: Callable[[Call], bool] | None = None
) -> None:
    TABLE.ask(operations, action=action, on="Secret", arns=_arns, keys=(_resource, *keys), when=when)


_on_secret(
    "CancelRotateSecret DeleteResourcePolicy DescribeSecret GetResourcePolicy ListSecretVersionIds PutSecretValue "
    "RemoveRegionsFromReplication RestoreSecret StopReplicationToReplica"
)
_on_secret("GetSecretValue", _version)
_on_secret("DeleteSecret", _deletion)
_on_secret("UpdateSecret", _kms_key, sent("secretsmanager", Description="Description", Type="Type"))
_on_secret("UpdateSecretVersionStage", sent("secretsmanager", VersionStage="VersionStage"))
_on_secret("PutResourcePolicy", _block_public)
_on_secret("TagResource UntagResource", _TAGS)
_on_secret("ReplicateSecretToRegions", _replicas)
_on_secret("ValidateResourcePolicy")
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
_on_secret("ValidateResourcePolicy", action="PutResourcePolicy")

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html: tags, replicas
_NEW: dict[str, Any] = {"on": "Secret", "arns": _created}
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
    found = _find(call)
    stored = (
        found.content.rotation.function if found is not None and found.content.rotation is not None else None
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

# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html: what may not be read is
# told in Errors.
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
