"""Calls to KMS by other services, on behalf of their callers and with the encryption contexts of the services.

These calls are authorized and recorded.
https://docs.aws.amazon.com/kms/latest/developerguide/service-integration.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.kms import encryption, managed, specs, timeline
from labs_helpers.cloud.services.kms.keys import ENABLED, Key
from labs_helpers.engine.policy.arn import Arn


@dataclass(frozen=True, slots=True)
class Sealed:
    """A service's encrypted data key, and the ARN of the KMS key that encrypted it.

    `grant` is the ID of the grant that allows the service to keep using the KMS key, or None if no grant is needed.
    """

    blob: bytes = field(repr=False)
    key_arn: str
    grant: str | None = None


def ask(call: Call, operation: str, **parameters: Any) -> Mapping[str, Any]:
    """Call KMS on behalf of a call's principal, with the service that received the call as the value of kms:ViaService.

    Raises `ServiceError` if KMS denies the call.
    """
    assert call.state.caller is not None, "a running cloud has a caller"
    return call.state.caller.as_principal(call, "kms", operation, parameters, context=call.caller_context)


def ask_as(
    state: State, sender: str, operation: str, parameters: Mapping[str, Any], **where: str
) -> Mapping[str, Any]:
    """Call KMS as a service, or as a role that was passed to the service.

    `where` contains the arguments for `as_service`: the `account`, `region`, and `source_arn` of the resource for which
    the service calls KMS. Raises `ServiceError` if KMS denies the call.
    """
    assert state.caller is not None, "a running cloud has a caller"
    return state.caller.as_service(sender, "kms", operation, parameters, **where)


def retire_grant(call: Call, sender: str, sealed: Sealed, source_arn: str) -> None:
    """Retire the grant for a resource's data key, acting as the service. A grant that no longer exists is ignored."""
    given = {"KeyId": sealed.key_arn, "GrantId": sealed.grant}
    with suppress(ServiceError):  # the grant was revoked or its key was deleted: there is nothing to retire
        ask_as(
            call.state, sender, "RetireGrant", given, account=call.account, region=call.region, source_arn=source_arn
        )  # fmt: skip


def data_key(call: Call, key: str, context: Mapping[str, str]) -> tuple[bytes, str]:
    """Return an encrypted data key and the ARN of the KMS key that encrypted it. The plaintext is discarded."""
    answer = ask(call, "GenerateDataKey", KeyId=key, KeySpec="AES_256", EncryptionContext=dict(context))
    return answer["CiphertextBlob"], answer["KeyId"]


def unwrap(call: Call, sealed: bytes, context: Mapping[str, str]) -> None:
    """Have KMS decrypt a data key and discard the plaintext.

    Raises `ServiceError` if the caller isn't allowed to decrypt the data key.
    """
    ask(call, "Decrypt", CiphertextBlob=sealed, EncryptionContext=dict(context))


def default_key(call: Call, service: str) -> str:
    """Return the ARN of a service's AWS managed key in the account of the call's principal."""
    key = managed.managed_key(call.state, call.caller_account, call.region, service)
    assert key is not None, f"{service} has an AWS managed key"
    return key.arn


def key_named(call: Call, identifier: str, service: str) -> Key | None:
    """Return the key that a service's parameter specifies.

    If it specifies the service's AWS managed key, the key is created if necessary.
    """
    alias = f"{managed.PREFIX}{service}"
    if identifier == alias or identifier.endswith(f":{alias}"):
        default_key(call, service)
    return timeline.ring(call.state).find(call.caller_account, call.region, identifier)


def key_for(state: State, resource: str, identifier: str) -> Key | None:
    """Return the KMS key that encrypts a resource.

    Key IDs and aliases are looked up in the resource's account and Region.
    """
    _, service, region, account, _ = Arn.parse(resource)
    ring = timeline.ring(state)
    alias = f"{managed.PREFIX}{service}"
    if identifier == alias or identifier.endswith(f":{alias}"):
        return managed.managed_key(state, account, region, service)
    return ring.find(account, region, identifier)


def made_by_service(call: Call, key: Key, context: Mapping[str, str]) -> bytes:
    """Return an encrypted data key that a service generated locally, for an action that has no caller."""
    sealed, _ = encryption.seal(key, specs.SYMMETRIC, os.urandom(32), context)
    return sealed


def may_encrypt_as(
    state: State, sender: str, key: Key, context: Mapping[str, str], source_arn: str, account: str
) -> bool:
    """Return True if a service, or a role passed to it, can get a data key.

    The trail shows the calls to KMS. `account` owns `source_arn`, the resource from which the service makes
    deliveries.
    """
    where = {"account": account, "region": key.region, "source_arn": source_arn}
    given = {"KeyId": key.arn, "KeySpec": "AES_256", "EncryptionContext": dict(context)}
    try:
        blob = ask_as(state, sender, "GenerateDataKey", given, **where)["CiphertextBlob"]
        opened = {"CiphertextBlob": blob, "EncryptionContext": dict(context)}
        ask_as(state, sender, "Decrypt", opened, **where)
    except ServiceError:
        return False
    return True


def conditions_of_decryption(key: Key, context: Mapping[str, str], service: str) -> dict[str, Any]:
    """Return KMS's condition keys for a decryption through a service."""
    return {
        **{f"kms:EncryptionContext:{name}": value for name, value in context.items()},
        "kms:EncryptionContextKeys": list(context),
        "kms:ViaService": f"{service}.{key.region}.amazonaws.com",
    }


def usable(state: State, arn: str) -> bool:
    """Return True if there is an enabled key with this ARN."""
    key = timeline.ring(state).of_arn(arn)
    return key is not None and key.state == ENABLED


def accessible(state: State, sealed: Sealed) -> bool:
    """Return True if a service can still decrypt its data key: the KMS key is enabled, and the grant exists."""
    key = timeline.ring(state).of_arn(sealed.key_arn)
    if key is None or key.state != ENABLED:
        return False
    return sealed.grant is None or sealed.grant in key.grants


def fingerprint(state: State, arn: str) -> str:
    """Return a string that changes when a key's state, policy, tags, aliases, or grants change."""
    key = timeline.ring(state).of_arn(arn)
    if key is None:
        return ""
    return repr((key.state, key.policy, key.tags, sorted(key.aliases), sorted(key.grants)))
