"""Changes to a user's attributes, by the user or an administrator, including verification and aliases.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.errors import invalid
from labs_helpers.cloud.services.cognito_idp.messages import confirmation_codes
from labs_helpers.cloud.services.cognito_idp.pools import attribute_schema
from labs_helpers.cloud.services.cognito_idp.state import Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory


def update(
    call: Call, pool: UserPool, client: Client | None, user: User, values: Mapping[str, str]
) -> list[dict[str, str]]:
    """Set attributes and return the CodeDeliveryDetails for the codes that were sent.

    An empty value deletes the attribute. Raises InvalidParameterException for an invalid value, or AliasExistsException
    for another user's alias, without changing anything.
    """
    attribute_schema.check_values(pool, values)
    _check_kept(pool, values)
    changed = {name: value for name, value in values.items() if user.attributes.get(name, "") != value}
    _check_verified(user, values)
    _check_unique(pool, user, values, changed)
    waiting = _pending(pool, values, changed)
    for name, value in changed.items():
        if name in waiting:
            continue
        # A new address isn't verified, unless an administrator states that it is.
        if name in directory.CONTACTS and f"{name}_verified" not in values:
            user.attributes.pop(f"{name}_verified", None)
            if value:
                user.attributes[f"{name}_verified"] = "false"
        if value:
            user.attributes[name] = value
        else:
            user.attributes.pop(name, None)
        user.pending.pop(name, None)
    directory.claim_aliases(pool, user)
    user.modified = call.time
    return [_send(call, pool, client, user, name, value) for name, value in _to_verify(pool, values, changed)]


def _check_kept(pool: UserPool, values: Mapping[str, str]) -> None:
    """Raise InvalidParameterException if a required attribute would be deleted."""
    gone = [name for name, value in values.items() if not value and pool.schema[name]["Required"]]
    if gone:
        problems = "".join(f"{name}: The attribute is required\n" for name in gone)
        raise invalid(f"Attributes did not conform to the schema: {problems}")


def _check_verified(user: User, values: Mapping[str, str]) -> None:
    for name in directory.CONTACTS:
        if values.get(f"{name}_verified") == "true" and not values.get(name, user.attributes.get(name)):
            raise invalid(f"{name} is required to verify/un-verify {name}")


def _check_unique(pool: UserPool, user: User, values: Mapping[str, str], changed: Mapping[str, str]) -> None:
    """Raise AliasExistsException for a value that is another user's alias.

    An address or number is checked once it is verified. A preferred user name, or an address that is the user name, is
    checked immediately.
    """
    at_once = {
        name: value for name, value in {**changed, **_newly_verified(user, values)}.items()
        if value and (
            name in pool.username_attributes or name == "preferred_username"
            or values.get(f"{name}_verified") == "true"
        )
    }  # fmt: skip
    directory.refuse_taken(pool, user, at_once)


def _newly_verified(user: User, values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: values.get(name) or user.attributes.get(name, "")
        for name in directory.CONTACTS
        if values.get(f"{name}_verified") == "true"
    }


def _verified_before_update(pool: UserPool) -> list[str]:
    found: list[str] = (pool.settings.get("UserAttributeUpdateSettings") or {}).get(
        "AttributesRequireVerificationBeforeUpdate"
    ) or []
    return found


def _pending(pool: UserPool, values: Mapping[str, str], changed: Mapping[str, str]) -> set[str]:
    """Return the attributes that keep their old value until the new one is verified."""
    return {
        name
        for name in _verified_before_update(pool)
        if changed.get(name) and values.get(f"{name}_verified") != "true"
    }


def _to_verify(
    pool: UserPool, values: Mapping[str, str], changed: Mapping[str, str]
) -> Iterable[tuple[str, str]]:
    auto = {*(pool.settings.get("AutoVerifiedAttributes") or ()), *_verified_before_update(pool)}
    for name in directory.CONTACTS:
        if name in auto and changed.get(name) and values.get(f"{name}_verified") != "true":
            yield name, changed[name]


def _send(
    call: Call, pool: UserPool, client: Client | None, user: User, name: str, value: str
) -> dict[str, str]:
    if name in _verified_before_update(pool):
        user.pending[name] = value
    return confirmation_codes.send(
        call,
        pool,
        client,
        user,
        confirmation_codes.verification_purpose(name),
        "UpdateUserAttribute",
        name,
        value,
    )


def delete(call: Call, pool: UserPool, user: User, names: Iterable[str]) -> None:
    """Delete attributes. Raises InvalidParameterException for attributes that are required or aren't in the schema."""
    wanted = list(names)
    unknown = [name for name in wanted if name not in pool.schema]
    if unknown:
        problems = "".join(f"user.{name}: Attribute does not exist in the schema.\n" for name in unknown)
        raise invalid(f"Invalid user attributes: {problems}")
    for name in wanted:
        if pool.schema[name]["Required"] or name in pool.username_attributes:
            raise invalid(f"user.{name}: Attribute cannot be deleted, it is required.")
        if not pool.schema[name]["Mutable"]:
            raise invalid(f"user.{name}: Attribute cannot be deleted. (changing an immutable attribute)")
    for name in wanted:
        user.attributes.pop(name, None)
        if name in directory.CONTACTS:
            user.attributes.pop(f"{name}_verified", None)
            user.pending.pop(name, None)
    directory.claim_aliases(pool, user)
    user.modified = call.time
