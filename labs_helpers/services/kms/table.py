"""What KMS operations ask for.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
Which policy grants what, and across accounts: https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
Condition keys: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from labs_helpers.core.call import Call
from labs_helpers.core.errors import AccessDenied, ServiceError
from labs_helpers.services.kms import moto_view as moto_kms
from labs_helpers.services.kms.moto_view import KeyView
from labs_helpers.services.rows import has, sent, tags_in, word
from labs_helpers.services.table import Ask, Keys, Table

Which = Callable[[Call], "str | None"]
"""The identifier (id, ARN, alias, alias ARN) of a key that a call is about."""

_CROSS_ACCOUNT = frozenset((
    "CreateGrant", "Decapsulate", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encapsulate", "Encrypt",
    "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext",
    "GenerateMac", "GetKeyRotationStatus", "GetPublicKey", "ListGrants", "ReEncrypt", "RetireGrant", "RevokeGrant",
    "Sign", "Verify", "VerifyMac",
))  # fmt: skip
"""Operations on keys of other accounts; all others fail there whatever the policies say.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
"""

# --- which key ------------------------------------------------------------------------------------------------


def _key_id(call: Call) -> str | None:
    """KeyId; where Decrypt leaves it out, the key that made the ciphertext."""
    return call.parameters.get("KeyId") or _key_of_ciphertext(call)


def _source_id(call: Call) -> str | None:
    return call.parameters.get("SourceKeyId") or _key_of_ciphertext(call)


def _destination_id(call: Call) -> str | None:
    return call.parameters.get("DestinationKeyId")


def _target_id(call: Call) -> str | None:
    return call.parameters.get("TargetKeyId")


def _alias_name(call: Call) -> str | None:
    """The alias that is created, moved or deleted: as a key identifier, the key it points to now."""
    return call.parameters.get("AliasName")


def _granted_id(call: Call) -> str | None:
    """RetireGrant names a grant by its token, or by key and grant id."""
    found = moto_kms.of_grant_token(call.region, call.parameters.get("GrantToken") or "")
    return found[0].arn if found else call.parameters.get("KeyId")


def _key_of_ciphertext(call: Call) -> str | None:
    """Symmetric ciphertexts carry the name of their key: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html"""
    blob = call.parameters.get("CiphertextBlob")
    if not blob:
        return None
    ciphertext = blob if isinstance(blob, bytes) else base64.b64decode(blob)
    found = moto_kms.of_ciphertext(call.caller_account, call.region, ciphertext)
    return found.arn if found else None


def _find(call: Call, which: Which) -> KeyView | None:
    identifier = which(call)
    return moto_kms.find(call.caller_account, call.region, identifier) if identifier else None


def _arn(which: Which) -> Callable[[Call], list[str]]:
    """The key's ARN; of a key that does not exist, the ARN that was asked for."""

    def arns(call: Call) -> list[str]:
        found = _find(call, which)
        if found is not None:
            return [found.arn]
        identifier = which(call)
        return [moto_kms.name(call.caller_account, call.region, identifier).arn if identifier else "*"]

    return arns


def _account(which: Which) -> Callable[[Call], str | None]:
    def account(call: Call) -> str | None:
        found = _find(call, which)
        return found.account if found else None

    return account


_NAMED: Mapping[str, tuple[Which, ...]] = {
    "ReEncrypt": (_source_id, _destination_id), "RetireGrant": (_granted_id,), "UpdateAlias": (_target_id,),
    "CreateAlias": (_target_id,), "ListAliases": (), "ListRetirableGrants": (),
}  # fmt: skip


def _owner(call: Call) -> str | None:
    """The account of the key (ReEncrypt: of the destination).

    Raises `ServiceError` where KMS answers before it asks a policy: it cannot ask the policy of a key that it does not
    find. In other accounts a missing key is not told from one that may not be used.
    """
    owner = None
    for which in _NAMED.get(call.operation, (_key_id,)):
        identifier = which(call)
        if identifier is not None:
            owner = _owner_of(call, identifier)
        elif call.parameters.get("CiphertextBlob"):
            raise ServiceError(
                "AccessDeniedException",
                "The ciphertext refers to a customer master key that does not exist, does not exist in this region, "
                "or you are not allowed to access.",
                400,
            )
    return owner


def _owner_of(call: Call, identifier: str) -> str:
    named = moto_kms.name(call.caller_account, call.region, identifier)
    if named.region != call.region:
        raise ServiceError("NotFoundException", f"Invalid arn {named.region}", 400)
    if named.account != call.caller_account:
        if call.operation not in _CROSS_ACCOUNT:
            action = f"kms:{call.operation}"
            raise AccessDenied(
                "AccessDeniedException",
                f"User: {call.principal.arn} is not authorized to perform: {action} on resource: {named.arn}",
                400,
            )
        return named.account
    if moto_kms.find(call.caller_account, call.region, identifier) is None:
        message = f"Alias {named.arn} is not found." if named.alias else f"Key '{named.arn}' does not exist"
        raise ServiceError("NotFoundException", message, 400)
    return named.account


# --- which condition keys -------------------------------------------------------------------------------------


def _caller(call: Call) -> dict[str, Any]:
    return {"kms:CallerAccount": call.caller_account}


def _common(call: Call) -> dict[str, Any]:
    """Who calls, and through which service: `s3.us-east-1.amazonaws.com`."""
    keys = _caller(call)
    if call.via_service:
        service = call.via_service.removesuffix(".amazonaws.com")
        region = "" if service.endswith(f".{call.region}") else f".{call.region}"
        keys["kms:ViaService"] = f"{service}{region}.amazonaws.com"
    return keys


def _facts(which: Which) -> Keys:
    """What the key is."""

    def keys(call: Call) -> dict[str, Any]:
        key = _find(call, which)
        if key is None:
            return {}
        facts: dict[str, Any] = {
            "kms:KeySpec": key.spec, "kms:KeyUsage": key.usage, "kms:KeyOrigin": key.origin,
            "kms:MultiRegion": word(key.multi_region),
        }  # fmt: skip
        if key.aliases:
            facts["kms:ResourceAliases"] = list(key.aliases)
        if key.multi_region_type:
            facts["kms:MultiRegionKeyType"] = key.multi_region_type
        return facts

    return keys


def _created_facts(call: Call) -> dict[str, Any]:
    """What the key will be, with CreateKey's defaults."""
    given = call.parameters
    multi_region = bool(given.get("MultiRegion"))
    facts = {
        "kms:KeySpec": given.get("KeySpec") or given.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT",
        "kms:KeyUsage": given.get("KeyUsage") or "ENCRYPT_DECRYPT",
        "kms:KeyOrigin": given.get("Origin") or "AWS_KMS",
        "kms:MultiRegion": word(multi_region),
    }
    return facts | ({"kms:MultiRegionKeyType": "PRIMARY"} if multi_region else {})


def _alias(which: str) -> Keys:
    """kms:RequestAlias: the alias by which the request names the key, if it does."""

    def keys(call: Call) -> dict[str, Any]:
        identifier = call.parameters.get(which)
        alias = moto_kms.name("", "", identifier).alias if identifier else None
        return {"kms:RequestAlias": alias} if alias else {}

    return keys


def _context(parameter: str = "EncryptionContext") -> Keys:
    """The encryption context, pair by pair, and its names."""
    return lambda call: _pairs(call.parameters.get(parameter))


def _pairs(context: Mapping[str, str] | None) -> dict[str, Any]:
    if not context:
        return {}
    keys: dict[str, Any] = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
    return keys | {"kms:EncryptionContextKeys": list(context)}


def _value(key: str, parameter: str, default: Any = None) -> Keys:
    """A condition key that repeats a parameter, or its default."""

    def keys(call: Call) -> dict[str, Any]:
        value = call.parameters.get(parameter)
        value = default if value is None else value
        return {} if value is None else {f"kms:{key}": word(value)}

    return keys


def _constraints(constraints: Mapping[str, Any] | None) -> dict[str, Any]:
    """A grant's constraints: their type, and the encryption context that they fix.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-constraint-type
    """
    keys: dict[str, Any] = {}
    for kind in ("EncryptionContextEquals", "EncryptionContextSubset"):
        if (constraints or {}).get(kind):
            keys |= _pairs((constraints or {})[kind]) | {"kms:GrantConstraintType": kind}
    return keys


def _grant(call: Call) -> dict[str, Any]:
    given = call.parameters
    keys = _constraints(given.get("Constraints")) | {
        "kms:GrantOperations": list(given.get("Operations") or ())
    }
    source = (given.get("Constraints") or {}).get("SourceArn")
    return keys | ({"kms:GrantConstraintSourceArn": source} if source else {})


_GRANT_PRINCIPALS = sent(
    "kms", GranteePrincipal="GranteePrincipal", RetiringPrincipal="RetiringPrincipal",
    GranteeServicePrincipal="GranteeServicePrincipal", RetiringServicePrincipal="RetiringServicePrincipal",
)  # fmt: skip


def _for_resource(call: Call) -> dict[str, Any]:
    """Whether an AWS service manages the grant on the caller's behalf."""
    return {"kms:GrantIsForAWSResource": word(call.via_service is not None)}


def _retired(call: Call) -> dict[str, Any]:
    """The constraints of the grant that is retired."""
    found = moto_kms.of_grant_token(call.region, call.parameters.get("GrantToken") or "")
    if found is None:
        key = _find(call, _granted_id)
        wanted = call.parameters.get("GrantId")
        grants = moto_kms.grants(key.arn) if key else []
        grant = next((grant for grant in grants if grant.get("GrantId") == wanted), {})
    else:
        grant = found[1]
    return _constraints(grant.get("Constraints"))


def _same_key(call: Call) -> dict[str, Any]:
    same = _arn(_source_id)(call) == _arn(_destination_id)(call)
    return {"kms:ReEncryptOnSameKey": word(same)}


def _valid_to(call: Call) -> dict[str, Any]:
    value = call.parameters.get("ValidTo")
    if value is None:
        return {}
    return {
        "kms:ValidTo": value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)
    }


_ALGORITHM = _value("EncryptionAlgorithm", "EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
_ONLY_SYMMETRIC: Keys = lambda _: {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}  # noqa: E731
_BYPASS = _value("BypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", False)
_POLICY_NAME = _value("PolicyName", "PolicyName", "default")
_REQUEST_ALIAS = _alias("KeyId")
_TAGS = tags_in("Tags", "TagKeys")


# --- what is attached to the key ------------------------------------------------------------------------------


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    """The key policy. Aliases have none, and a key that is being created has not got one yet."""
    if ask.type != "key":
        return None
    if call.operation in ("CreateKey", "ReplicateKey") and ask.action == "kms:TagResource":
        return "default key policy", _DEFAULT_POLICY.replace("ACCOUNT", call.account)
    key = moto_kms.find(call.caller_account, call.region, ask.resource)
    return (f"{key.arn} (key policy)", key.policy) if key else None


_DEFAULT_POLICY = json.dumps({
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::ACCOUNT:root"}, "Action": "kms:*", "Resource": "*",
    }],
})  # fmt: skip
"""https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html: it leaves the decision to IAM."""


def _tags(_: Call, ask: Ask) -> Mapping[str, str]:
    return moto_kms.tags(ask.resource) if ask.type == "key" else {}


def _grants(_: Call, ask: Ask) -> list[dict[str, Any]]:
    return moto_kms.grants(ask.resource) if ask.type == "key" else []


# --- the table ------------------------------------------------------------------------------------------------

TABLE = Table(
    "kms",
    "kms",
    resources={
        "alias": {"Alias": lambda call: (call.parameters.get("AliasName") or "").removeprefix("alias/")},
        "key": {"KeyId": "KeyId"},
    },
    owner=_owner,
    policy=_policy,
    tags=_tags,
    grants=_grants,
)
ask = TABLE.ask


def _on_key(
    operations: str, *keys: Keys, which: Which = _key_id, action: str | None = None,
    when: Callable[[Call], bool] | None = None,
) -> None:  # fmt: skip
    ask(
        operations, action=action, on="key", arns=_arn(which), keys=(_common, _facts(which), *keys), when=when,
        account=_account(which),
    )  # fmt: skip


# Managing keys
_on_key(
    "CancelKeyDeletion DeleteImportedKeyMaterial DisableKey DisableKeyRotation EnableKey GetKeyLastUsage "
    "GetKeyRotationStatus ListKeyPolicies ListKeyRotations ListResourceTags RotateKeyOnDemand UpdateKeyDescription"
)
_on_key("EnableKeyRotation", _value("RotationPeriodInDays", "RotationPeriodInDays", 365))
_on_key("ScheduleKeyDeletion", _value("ScheduleKeyDeletionPendingWindowInDays", "PendingWindowInDays", 30))
# https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html names kms:PolicyName
_on_key("GetKeyPolicy", _POLICY_NAME)
_on_key("PutKeyPolicy", _POLICY_NAME, _BYPASS)
_on_key("TagResource UntagResource", _TAGS)
_on_key(
    "GetParametersForImport",
    sent("kms", WrappingAlgorithm="WrappingAlgorithm", WrappingKeySpec="WrappingKeySpec"),
)
_on_key("ImportKeyMaterial", _value("ExpirationModel", "ExpirationModel", "KEY_MATERIAL_EXPIRES"), _valid_to)
_on_key("DescribeKey GetPublicKey", _REQUEST_ALIAS)

ask("CreateKey", keys=(_common, _created_facts, _BYPASS, _TAGS))
# https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html: tags need kms:TagResource (IAM policy)
ask(
    "CreateKey", action="TagResource", on="key", arns=lambda call: [TABLE.fill("key", call, KeyId="*")],
    keys=(_common, _TAGS), when=has("Tags"),
)  # fmt: skip


def _in_region(parameter: str) -> Callable[[Call], list[str]]:
    """The related key of another region: multi-Region keys share their id."""

    def arns(call: Call) -> list[str]:
        found = _find(call, _key_id)
        region = call.parameters.get(parameter)
        return [found.arn.replace(f":{found.region}:", f":{region}:")] if found and region else ["*"]

    return arns


def _replica_region(call: Call) -> dict[str, Any]:
    return {"aws:RequestedRegion": call.parameters.get("ReplicaRegion", call.region)}


# https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html: a key is created in the replica's Region
_on_key("ReplicateKey", sent("kms", ReplicaRegion="ReplicaRegion"))
ask("ReplicateKey", action="CreateKey", keys=(_common, _BYPASS, _TAGS, _replica_region))
ask(
    "ReplicateKey", action="TagResource", on="key", arns=_in_region("ReplicaRegion"),
    keys=(_common, _TAGS, _replica_region), when=has("Tags"),
)  # fmt: skip
# https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdatePrimaryRegion.html: on both keys
_on_key("UpdatePrimaryRegion", sent("kms", PrimaryRegion="PrimaryRegion"))
ask(
    "UpdatePrimaryRegion", on="key", arns=_in_region("PrimaryRegion"),
    keys=(_common, sent("kms", PrimaryRegion="PrimaryRegion")),
)  # fmt: skip

ask("ListAliases ListKeys", keys=(_common,))

# Aliases: https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html. The alias takes no condition keys.
ask("CreateAlias UpdateAlias DeleteAlias", on="alias")
_on_key("CreateAlias UpdateAlias", which=_target_id)


def _points_elsewhere(call: Call) -> bool:
    current = _find(call, _alias_name)
    return current is not None and [current.arn] != _arn(_target_id)(call)


_on_key("UpdateAlias DeleteAlias", which=_alias_name, when=_points_elsewhere)

# Cryptography
_CRYPTO = (_REQUEST_ALIAS, _context())
_on_key("Encrypt Decrypt", *_CRYPTO, _ALGORITHM)
_on_key("GenerateDataKey GenerateDataKeyWithoutPlaintext", *_CRYPTO, _ONLY_SYMMETRIC)
_on_key(
    "GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext", *_CRYPTO, _ONLY_SYMMETRIC,
    sent("kms", KeyPairSpec="DataKeyPairSpec"),
)  # fmt: skip
_on_key("GenerateMac VerifyMac", _REQUEST_ALIAS, sent("kms", MacAlgorithm="MacAlgorithm"))
_on_key(
    "Sign Verify", _REQUEST_ALIAS, sent("kms", SigningAlgorithm="SigningAlgorithm"),
    _value("MessageType", "MessageType", "RAW"),
)  # fmt: skip
_on_key("DeriveSharedSecret", _REQUEST_ALIAS, sent("kms", KeyAgreementAlgorithm="KeyAgreementAlgorithm"))
_on_key(
    "Encapsulate Decapsulate", _REQUEST_ALIAS, sent("kms", EncapsulationAlgorithm="EncapsulationAlgorithm")
)
# https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html: one permission on each key
_on_key(
    "ReEncrypt", _alias("SourceKeyId"), _context("SourceEncryptionContext"), _same_key,
    _value("EncryptionAlgorithm", "SourceEncryptionAlgorithm", "SYMMETRIC_DEFAULT"), which=_source_id,
    action="ReEncryptFrom",
)  # fmt: skip
_on_key(
    "ReEncrypt", _alias("DestinationKeyId"), _context("DestinationEncryptionContext"), _same_key,
    _value("EncryptionAlgorithm", "DestinationEncryptionAlgorithm", "SYMMETRIC_DEFAULT"), which=_destination_id,
    action="ReEncryptTo",
)  # fmt: skip
ask("GenerateRandom", keys=(_caller,))

# Grants: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
_on_key("CreateGrant", _grant, _GRANT_PRINCIPALS, _for_resource)
_on_key("ListGrants RevokeGrant", _for_resource)
_on_key("RetireGrant", _retired, which=_granted_id)
# https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html: the resource is the principal
ask("ListRetirableGrants", arns=lambda call: [call.parameters.get("RetiringPrincipal") or "*"])

# Custom key stores
ask(
    "ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores DisconnectCustomKeyStore "
    "UpdateCustomKeyStore",
    keys=(_caller,),
)
