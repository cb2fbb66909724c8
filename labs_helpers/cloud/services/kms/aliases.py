"""The operations that create, update, delete, and list aliases.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.kms import specs, timeline
from labs_helpers.cloud.services.kms.access import find, key_of
from labs_helpers.cloud.services.kms.keyring import Keyring
from labs_helpers.cloud.services.kms.keys import Alias, Key
from labs_helpers.cloud.services.kms.pages import PAGES
from labs_helpers.cloud.services.kms.parameter_validation import invalid

_PREFIX, _RESERVED = "alias/", "alias/aws/"
_MAX_ALIASES = 50
"""Aliases per key: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html#aliases-per-key"""


def refuse_alias_name(name: str, *, reserved: bool = False) -> None:
    """Raise `ServiceError` for an invalid alias name.

    `reserved` allows the names of AWS's own aliases, `alias/aws/…`.
    https://docs.aws.amazon.com/kms/latest/developerguide/alias-create.html
    """
    if not name.startswith(_PREFIX):
        raise invalid(
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if name.startswith(_RESERVED) and not reserved:
        message = f"{name} is not valid: the prefix alias/aws/ is reserved for AWS managed keys."
        raise ServiceError("InvalidAliasNameException", message, 400)
    if name == _PREFIX or ":" in name:
        message = f"{name} contains invalid characters for an alias"
        raise ServiceError("InvalidAliasNameException", message, 400)


@operation("kms", "CreateAlias")
def create_alias(call: Call) -> Mapping[str, Any]:
    """Create an alias for a key. Rejects a name that is already in use, and a key's 51st alias.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
    """
    name, ring = call.parameters["AliasName"], timeline.ring(call.state)
    key = key_of(call, "TargetKeyId")
    existing = ring.alias(call.account, call.region, name)
    if existing is not None:
        message = f"An alias with the name {existing.arn} already exists"
        raise ServiceError("AlreadyExistsException", message, 400)
    _refuse_too_many(key)
    ring.point(name, key, call.time)
    return {}


def _refuse_too_many(key: Key) -> None:
    if len(key.aliases) >= _MAX_ALIASES:
        message = f"The KMS key {key.arn} has {_MAX_ALIASES} aliases, the most that a key can have."
        raise ServiceError("LimitExceededException", message, 400)


def _existing(call: Call, ring: Keyring) -> Alias:
    name = call.parameters["AliasName"]
    alias = ring.alias(call.account, call.region, name)
    if alias is None:
        arn = f"arn:aws:kms:{call.region}:{call.account}:{name}"
        raise ServiceError("NotFoundException", f"Alias {arn} is not found.", 400)
    return alias


@operation("kms", "UpdateAlias")
def update_alias(call: Call) -> Mapping[str, Any]:
    """Point an alias to another key, which must have the same type and usage as the current key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html
    """
    ring = timeline.ring(call.state)
    alias = _existing(call, ring)
    key = key_of(call, "TargetKeyId")
    current = ring.keys(call.account, call.region)[alias.key_id]
    if (specs.kind(current.spec), current.usage) != (specs.kind(key.spec), key.usage):
        raise invalid(
            f"Alias {alias.arn} cannot be changed from {current.arn} to {key.arn}: the keys must have the same key "
            "type and key usage."
        )
    if key is not current:
        _refuse_too_many(key)
    # The event doesn't show the key that the alias pointed to before:
    # https://docs.aws.amazon.com/kms/latest/developerguide/ct-updatealias.html
    call.shown["resources"] = [("AWS::KMS::Key", alias.arn), ("AWS::KMS::Key", key.arn)]
    ring.point(alias.name, key, call.time)
    return {}


@operation("kms", "DeleteAlias")
def delete_alias(call: Call) -> Mapping[str, Any]:
    """Delete an alias without deleting its key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html
    """
    ring = timeline.ring(call.state)
    ring.unalias(_existing(call, ring))
    return {}


@operation("kms", "ListAliases")
def list_aliases(call: Call) -> Mapping[str, Any]:
    """List the aliases of a key, or of the account in the Region, sorted by name.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html
    """
    identifier = call.parameters.get("KeyId")
    if identifier is not None:
        key = find(call, identifier)
        aliases = list(key.aliases.values())
    else:
        aliases = list(timeline.ring(call.state).aliases.get((call.account, call.region), {}).values())
        call.shown["resources"] = []
    listed = [
        {
            "AliasName": alias.name, "AliasArn": alias.arn, "TargetKeyId": alias.key_id,
            "CreationDate": alias.created, "LastUpdatedDate": alias.updated,
        }
        for alias in sorted(aliases, key=lambda alias: alias.name)
    ]  # fmt: skip
    return PAGES.page(call, "Aliases", listed, default=50, most=100)
