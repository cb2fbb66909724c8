"""The permissions that KMS operations require.

Actions, resource types, condition keys:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html
Policies that grant the permissions, and cross-account calls:
https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
Condition keys: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.kms import (
    access,
    grants,
    key_policies,
    managed,
    parameter_validation,
    refusal_words,
    timeline,
)
from labs_helpers.cloud.services.kms.aliases import refuse_alias_name
from labs_helpers.cloud.services.kms.ciphertext import NotACiphertext, read_header
from labs_helpers.cloud.services.kms.encryption import named_by_ciphertext, not_decryptable
from labs_helpers.cloud.services.kms.keyring import parse_identifier
from labs_helpers.cloud.services.kms.keys import Key
from labs_helpers.cloud.services.shared.authorization_table import Ask, Keys, Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import has, sent, tags_in, word

Identify = Callable[[Call], "str | None"]
"""A function that returns the identifier (ID, ARN, alias name, or alias ARN) of the key that a call specifies."""

# --- the key that a call names --------------------------------------------------------------------------------


def _key_id(call: Call) -> str | None:
    """Return KeyId or, if Decrypt omits it, the key that the ciphertext names."""
    return _decrypting_id(call, "KeyId") if call.operation == "Decrypt" else call.parameters.get("KeyId")


def _source_id(call: Call) -> str | None:
    return _decrypting_id(call, "SourceKeyId")


def _decrypting_id(call: Call, parameter: str) -> str | None:
    """Return the key for decryption. A bare key ID can identify another account's key if the ciphertext names that key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html: Cross-account use
    """
    identifier = call.parameters.get(parameter)
    if identifier is not None and (":" in identifier or identifier.startswith("alias/")):
        return str(identifier)
    named = named_by_ciphertext(call)
    return named.arn if named is not None and identifier in (None, named.id) else identifier


def _destination_id(call: Call) -> str | None:
    return call.parameters.get("DestinationKeyId")


def _target_id(call: Call) -> str | None:
    return call.parameters.get("TargetKeyId")


def _alias_name(call: Call) -> str | None:
    """Return the alias that the call creates, updates, or deletes. It identifies the key to which it points."""
    return call.parameters.get("AliasName")


def _key_id_of_grant(call: Call) -> str | None:
    """Return the key whose grant RetireGrant specifies, either by token or by key and grant ID."""
    named = grants.grant_to_retire(call)
    return named[0].arn if named else call.parameters.get("KeyId")


def _key_of(call: Call, identify: Identify) -> Key | None:
    identifier = identify(call)
    return (
        timeline.ring(call.state).find(call.caller_account, call.region, identifier) if identifier else None
    )


def _arn(identify: Identify) -> Callable[[Call], list[str]]:
    """Return a function that returns the key's ARN, or the ARN that the call names if the key doesn't exist."""

    def arns(call: Call) -> list[str]:
        """Return the ARN as a list, or `*` if the call doesn't name a key."""
        key = _key_of(call, identify)
        if key is not None:
            return [key.arn]
        identifier = identify(call)
        return [parse_identifier(call.caller_account, call.region, identifier).arn if identifier else "*"]

    return arns


def _account(identify: Identify) -> Callable[[Call], str | None]:
    def account(call: Call) -> str | None:
        """Return the account of the key, or None if it doesn't exist."""
        key = _key_of(call, identify)
        return key.account if key else None

    return account


_IDENTIFIERS: Mapping[str, tuple[Identify, ...]] = {
    "ReEncrypt": (_source_id, _destination_id), "RetireGrant": (_key_id_of_grant,), "UpdateAlias": (_target_id,),
    "CreateAlias": (_target_id,), "ListRetirableGrants": (),
}  # fmt: skip


def _refuse_before_policies(call: Call) -> None:
    """Raise `ServiceError` for invalid parameters and nonexistent keys, before policies are evaluated."""
    parameter_validation.refuse_invalid(call.operation, call.parameters)
    refuse = _REFUSALS.get(call.operation)
    if refuse is not None:
        refuse(call)
    for identify in _IDENTIFIERS.get(call.operation, (_key_id,)):
        identifier = identify(call)
        if identifier is not None:
            access.owner_of(call, identifier)
        elif call.parameters.get("CiphertextBlob"):
            raise _unreadable_ciphertext(call)


def _owner(call: Call) -> str | None:
    """Return the account that owns the key (for ReEncrypt, the destination key)."""
    owner = None
    for identify in _IDENTIFIERS.get(call.operation, (_key_id,)):
        identifier = identify(call)
        if identifier is not None:
            owner = parse_identifier(call.caller_account, call.region, identifier).account
    return owner


def _unreadable_ciphertext(call: Call) -> ServiceError:
    """Return the error for a ciphertext whose key isn't in this cloud, or for data that isn't a ciphertext."""
    try:
        read_header(call.parameters["CiphertextBlob"])
    except NotACiphertext:
        return not_decryptable()
    return refusal_words.no_such_key(call)


def _refuse_alias(call: Call) -> None:
    refuse_alias_name(call.parameters.get("AliasName") or "", reserved=call.operation != "CreateAlias")


def _make_managed_key(call: Call) -> None:
    """Create an AWS managed key if DescribeKey names it by its alias.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
    """
    named = parse_identifier(call.caller_account, call.region, call.parameters.get("KeyId") or "")
    if (named.alias or "").startswith(managed.PREFIX) and named.account == call.caller_account:
        service = (named.alias or "").removeprefix(managed.PREFIX)
        managed.managed_key(call.state, named.account, named.region, service)


def _refuse_foreign_principal(call: Call) -> None:
    """Raise an error if ListRetirableGrants names a principal outside the caller's account."""
    principal = call.parameters.get("RetiringPrincipal")
    if principal is None:
        return
    account = grants.account_of(principal)
    if account is None:
        message = f"ARN does not refer to a valid retiring principal: {principal}"
        raise ServiceError("InvalidArnException", message, 400)
    if account != call.caller_account:
        raise access.denied(call, principal)


_REFUSALS: Mapping[str, Callable[[Call], None]] = {
    **dict.fromkeys(("CreateAlias", "UpdateAlias", "DeleteAlias"), _refuse_alias),
    "DescribeKey": _make_managed_key,
    "ListRetirableGrants": _refuse_foreign_principal,
    "RetireGrant": grants.refuse_retirement,
}


# --- condition keys -------------------------------------------------------------------------------------------


def _caller(call: Call) -> dict[str, Any]:
    return {"kms:CallerAccount": call.caller_account}


def _common(call: Call) -> dict[str, Any]:
    """Return the caller's account and the service through which the call comes: `s3.us-east-1.amazonaws.com`."""
    keys = _caller(call)
    if call.via_service:
        service = call.via_service.removesuffix(".amazonaws.com")
        region = "" if service.endswith(f".{call.region}") else f".{call.region}"
        keys["kms:ViaService"] = f"{service}{region}.amazonaws.com"
    return keys


def _key_facts(identify: Identify) -> Keys:
    """Return a function that returns the condition keys about the key."""

    def keys(call: Call) -> dict[str, Any]:
        """Return the facts about the key, or none if it doesn't exist."""
        key = _key_of(call, identify)
        if key is None:
            return {}
        multi_region = key.family.multi_region
        facts = _kind_facts(key.spec, key.usage, key.origin, multi_region)
        if key.aliases:
            facts["kms:ResourceAliases"] = list(key.aliases)
        if multi_region:
            facts["kms:MultiRegionKeyType"] = "PRIMARY" if key.is_primary else "REPLICA"
        return facts

    return keys


def _kind_facts(spec: str, usage: str, origin: str, multi_region: bool) -> dict[str, Any]:
    """Return the facts about a kind of key. Spec and usage also have older names, which policies can still use."""
    return {
        "kms:KeySpec": spec, "kms:CustomerMasterKeySpec": spec, "kms:KeyUsage": usage,
        "kms:CustomerMasterKeyUsage": usage, "kms:KeyOrigin": origin, "kms:MultiRegion": word(multi_region),
    }  # fmt: skip


def _new_key_facts(call: Call) -> dict[str, Any]:
    """Return the facts about the key that CreateKey would create, with the operation's defaults."""
    given = call.parameters
    multi_region = bool(given.get("MultiRegion"))
    facts = _kind_facts(
        given.get("KeySpec") or given.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT",
        given.get("KeyUsage") or "ENCRYPT_DECRYPT", given.get("Origin") or "AWS_KMS", multi_region,
    )  # fmt: skip
    return facts | ({"kms:MultiRegionKeyType": "PRIMARY"} if multi_region else {})


def _unused_days(call: Call) -> dict[str, Any]:
    """Return the number of whole days since the key was last used or, if it never was, since it was created."""
    key = _key_of(call, _key_id)
    if key is None:
        return {}
    since = key.last_use.time if key.last_use is not None else key.created
    return {"kms:TrailingDaysWithoutKeyUsage": str((call.time - since).days)}


def _request_alias(parameter: str) -> Keys:
    """Return a function that returns kms:RequestAlias, the alias by which the request names the key."""

    def keys(call: Call) -> dict[str, Any]:
        """Return the alias, or no condition key if the request names the key in another way."""
        identifier = call.parameters.get(parameter)
        alias = parse_identifier("", "", identifier).alias if identifier else None
        return {"kms:RequestAlias": alias} if alias else {}

    return keys


def _context(parameter: str = "EncryptionContext") -> Keys:
    """Return a function that returns the condition keys of an encryption context: each pair, and the list of names."""
    return lambda call: _pairs(call.parameters.get(parameter))


def _pairs(context: Mapping[str, str] | None) -> dict[str, Any]:
    if not context:
        return {}
    keys: dict[str, Any] = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
    return keys | {"kms:EncryptionContextKeys": list(context)}


def _value(key: str, parameter: str, default: Any = None) -> Keys:
    """Return a function that returns a condition key with the value of a parameter, or its default."""

    def keys(call: Call) -> dict[str, Any]:
        """Return the condition key, or none if there is neither a value nor a default."""
        value = call.parameters.get(parameter)
        value = default if value is None else value
        return {} if value is None else {f"kms:{key}": word(value)}

    return keys


def _constraints(constraints: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a grant's constraints: their type, and the encryption context that they require.

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


def _for_aws_resource(call: Call) -> dict[str, Any]:
    """Return kms:GrantIsForAWSResource: true if an AWS service manages the grant on the caller's behalf."""
    return {"kms:GrantIsForAWSResource": word(call.via_service is not None)}


def _constraints_to_retire(call: Call) -> dict[str, Any]:
    """Return the constraints of the grant to retire."""
    named = grants.grant_to_retire(call)
    return _constraints(named[1].constraints) if named else {}


def _on_same_key(call: Call) -> dict[str, Any]:
    same = _arn(_source_id)(call) == _arn(_destination_id)(call)
    return {"kms:ReEncryptOnSameKey": word(same)}


def _valid_to(call: Call) -> dict[str, Any]:
    """Return the expiration time in seconds since 1970, which both date operators and numeric operators read.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-valid-to
    """
    value = call.parameters.get("ValidTo")
    if not isinstance(value, datetime):
        return {}
    return {"kms:ValidTo": str((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())}


_ALGORITHM = _value("EncryptionAlgorithm", "EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
_ONLY_SYMMETRIC: Keys = lambda _: {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}  # noqa: E731
_BYPASS = _value("BypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", False)
_POLICY_NAME = _value("PolicyName", "PolicyName", "default")
_REQUEST_ALIAS = _request_alias("KeyId")
_TAGS = tags_in("Tags", "TagKeys")


# --- policies, tags and grants of the key ---------------------------------------------------------------------


def _policy(call: Call, ask: Ask) -> tuple[str, str] | None:
    """Return the key policy's name and text, or None for an alias or a key that doesn't exist yet.

    A key policy can't allow kms:RetireGrant: the grant determines whether it is allowed.
    https://docs.aws.amazon.com/kms/latest/developerguide/grant-delete.html
    """
    if ask.type != "key" or ask.action == "kms:RetireGrant":
        return None
    if call.operation in ("CreateKey", "ReplicateKey") and ask.action == "kms:TagResource":
        return "default key policy", key_policies.default_policy(call.account)
    key = _key_of_ask(call, ask)
    return (f"{key.arn} (key policy)", key_policies.effective(key.policy)) if key else None


def _key_of_ask(call: Call, ask: Ask) -> Key | None:
    return timeline.ring(call.state).of_arn(ask.resource) if ask.type == "key" else None


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    key = _key_of_ask(call, ask)
    return key.tags if key is not None else {}


def _grants(call: Call, ask: Ask) -> list[dict[str, Any]]:
    key = _key_of_ask(call, ask)
    return grants.grants_in_force(call, ask.action, key) if key is not None and key.grants else []


def _is_aws_managed(call: Call, ask: Ask) -> bool:
    """Return True for an AWS managed key, to which RCPs don't apply.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
    """
    key = _key_of_ask(call, ask)
    return key is not None and key.service is not None


# --- the table ------------------------------------------------------------------------------------------------

TABLE = Table(
    "kms",
    "kms",
    resources={
        "alias": {"Alias": lambda call: (call.parameters.get("AliasName") or "").removeprefix("alias/")},
        "key": {"KeyId": "KeyId"},
    },
    before=_refuse_before_policies,
    owner=_owner,
    policy=_policy,
    tags=_tags,
    grants=_grants,
    beyond_rcps=_is_aws_managed,
    facts=Facts(conceals=refusal_words.concealed),
)
ask = TABLE.ask


def _on_key(
    operations: str, *keys: Keys, identify: Identify = _key_id, action: str | None = None,
    when: Callable[[Call], bool] | None = None,
) -> None:  # fmt: skip
    ask(
        operations, action=action, on="key", arns=_arn(identify), keys=(_common, _key_facts(identify), *keys),
        when=when, account=_account(identify),
    )  # fmt: skip


# Managing keys
_on_key("DisableKey", _unused_days)
_on_key(
    "CancelKeyDeletion DeleteImportedKeyMaterial DisableKeyRotation EnableKey GetKeyLastUsage "
    "GetKeyRotationStatus ListKeyPolicies ListKeyRotations ListResourceTags RotateKeyOnDemand UpdateKeyDescription"
)
_on_key("EnableKeyRotation", _value("RotationPeriodInDays", "RotationPeriodInDays", 365))
_on_key(
    "ScheduleKeyDeletion",
    _value("ScheduleKeyDeletionPendingWindowInDays", "PendingWindowInDays", 30),
    _unused_days,
)
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

ask("CreateKey", keys=(_common, _new_key_facts, _BYPASS, _TAGS))
# https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html: tags need kms:TagResource (IAM policy)
ask(
    "CreateKey", action="TagResource", on="key", arns=lambda call: [TABLE.fill("key", call, KeyId="*")],
    keys=(_common, _TAGS), when=has("Tags"),
)  # fmt: skip


def _in_region(parameter: str) -> Callable[[Call], list[str]]:
    """Return a function that returns the ARN of the related key in the Region that a parameter names."""

    def arns(call: Call) -> list[str]:
        """Return the ARN as a list: related multi-Region keys share their ID."""
        key = _key_of(call, _key_id)
        region = call.parameters.get(parameter)
        return [key.arn.replace(f":{key.region}:", f":{region}:")] if key and region else ["*"]

    return arns


def _has_replica(call: Call) -> bool:
    """Return True if there is a related key in the Region that the request names for the primary key."""
    key = _key_of(call, _key_id)
    return key is not None and call.parameters.get("PrimaryRegion") in key.family.members


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
    "UpdatePrimaryRegion", on="key", arns=_in_region("PrimaryRegion"), when=_has_replica,
    keys=(_common, sent("kms", PrimaryRegion="PrimaryRegion")),
)  # fmt: skip

ask("ListAliases ListKeys", keys=(_common,))

# Aliases: https://docs.aws.amazon.com/kms/latest/developerguide/alias-access.html. They have no condition keys.
ask("CreateAlias UpdateAlias DeleteAlias", on="alias")
_on_key("CreateAlias UpdateAlias", identify=_target_id)


def _points_elsewhere(call: Call) -> bool:
    current = _key_of(call, _alias_name)
    return current is not None and [current.arn] != _arn(_target_id)(call)


_on_key("UpdateAlias DeleteAlias", identify=_alias_name, when=_points_elsewhere)

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
    "ReEncrypt", _request_alias("SourceKeyId"), _context("SourceEncryptionContext"), _on_same_key,
    _value("EncryptionAlgorithm", "SourceEncryptionAlgorithm", "SYMMETRIC_DEFAULT"), identify=_source_id,
    action="ReEncryptFrom",
)  # fmt: skip
_on_key(
    "ReEncrypt", _request_alias("DestinationKeyId"), _context("DestinationEncryptionContext"), _on_same_key,
    _value("EncryptionAlgorithm", "DestinationEncryptionAlgorithm", "SYMMETRIC_DEFAULT"), identify=_destination_id,
    action="ReEncryptTo",
)  # fmt: skip
ask("GenerateRandom", keys=(_caller,))

# Grants: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
_on_key("CreateGrant", _grant, _GRANT_PRINCIPALS, _for_aws_resource)
_on_key("ListGrants RevokeGrant", _for_aws_resource)
_on_key("RetireGrant", _constraints_to_retire, identify=_key_id_of_grant)
# https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html: the resource is the principal
ask("ListRetirableGrants", arns=lambda call: [call.parameters.get("RetiringPrincipal") or "*"])

# Custom key stores
ask(
    "ConnectCustomKeyStore CreateCustomKeyStore DeleteCustomKeyStore DescribeCustomKeyStores DisconnectCustomKeyStore "
    "UpdateCustomKeyStore",
    keys=(_caller,),
)
