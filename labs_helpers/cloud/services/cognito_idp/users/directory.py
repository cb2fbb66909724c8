"""Functions that find a pool's users by user name, `sub`, or alias, and add, remove, and describe users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp.errors import error
from labs_helpers.cloud.services.cognito_idp.state import UnknownName, User, UserPool

CONTACTS = ("email", "phone_number")
_UNKNOWN_NAMES = 1_000
MEDIUMS = {"email": "EMAIL", "phone_number": "SMS"}


def comparable(pool: UserPool, name: str) -> str:
    """Return a user name or alias in the form that the pool uses for comparison."""
    return name if pool.case_sensitive else name.lower()


def find(pool: UserPool, name: str) -> User | None:
    """Return the user with this user name, alias, or `sub`, or None if there isn't one.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
    """
    return _named(pool, name) or by_sub(pool, name)


def _named(pool: UserPool, name: str) -> User | None:
    compared = comparable(pool, name)
    user = pool.users.get(compared)
    if user is not None:
        return user
    for attribute in ("email", "phone_number", "preferred_username"):
        username = pool.aliases.get((attribute, compared))
        if username is not None:
            return pool.users.get(username)
    return None


def by_sub(pool: UserPool, sub: str) -> User | None:
    """Return the user with this `sub`, or None if there isn't one."""
    return next((each for each in pool.users.values() if each.sub == sub), None)


def add(pool: UserPool, user: User) -> None:
    """Add a user. The aliases in the user's attributes are taken from any previous owners."""
    pool.users[comparable(pool, user.username)] = user
    claim_aliases(pool, user, force=True)


def remove(pool: UserPool, user: User) -> None:
    """Delete a user, along with their aliases, group memberships, and tokens."""
    name = comparable(pool, user.username)
    pool.users.pop(name, None)
    pool.aliases = {alias: owner for alias, owner in pool.aliases.items() if owner != name}
    for group in pool.groups.values():
        group.members.discard(user.username)
    pool.grants = {origin: grant for origin, grant in pool.grants.items() if grant.username != user.username}


def sign_in_aliases(pool: UserPool, user: User) -> Iterable[tuple[str, str]]:
    """Return the (attribute, value) pairs with which a user can sign in, besides the user name.

    An email address or phone number becomes an alias once it is verified, or immediately in pools where it is the user
    name. Users from external providers have no aliases, so that a provider can't take over another user's address.
    """
    if user.status == "EXTERNAL_PROVIDER":
        return
    for attribute in ("email", "phone_number", "preferred_username"):
        value = user.attributes.get(attribute)
        if not value:
            continue
        if attribute in pool.username_attributes or (
            attribute in pool.alias_attributes
            and (attribute == "preferred_username" or user.attributes.get(f"{attribute}_verified") == "true")
        ):
            yield attribute, value


def owner_of(pool: UserPool, attribute: str, value: str) -> User | None:
    """Return the user who signs in with this address, number, or preferred user name, or None if there isn't one."""
    username = pool.aliases.get((attribute, comparable(pool, value)))
    return pool.users.get(username) if username is not None else None


def claim_aliases(pool: UserPool, user: User, *, force: bool = False) -> None:
    """Replace the user's aliases with the aliases in the user's attributes.

    With `force`, an alias is taken from its owner, whose attribute becomes unverified. Without `force`, raises
    AliasExistsException for another user's alias, without changing anything.
    """
    name = comparable(pool, user.username)
    wanted = {
        (attribute, comparable(pool, value)): attribute for attribute, value in sign_in_aliases(pool, user)
    }
    for alias, attribute in wanted.items():
        owner = pool.users.get(pool.aliases.get(alias, ""))
        if owner is None or owner is user:
            continue
        if not force:
            raise alias_exists(attribute)
        if f"{attribute}_verified" in owner.attributes:
            owner.attributes[f"{attribute}_verified"] = "false"
    pool.aliases = {alias: owner for alias, owner in pool.aliases.items() if owner != name}
    pool.aliases |= dict.fromkeys(wanted, name)


def refuse_taken(pool: UserPool, user: User | None, attributes: dict[str, str]) -> None:
    """Raise AliasExistsException if one of these values, once verified, would be another user's alias."""
    for attribute, value in attributes.items():
        if attribute in (*pool.username_attributes, *pool.alias_attributes):
            owner = owner_of(pool, attribute, value)
            if owner is not None and owner is not user:
                raise alias_exists(attribute)


def alias_exists(attribute: str) -> Exception:
    """Return the error for an attribute whose value is another user's alias."""
    return error("AliasExists", f"An account with the {attribute} already exists.")


def unknown_name(pool: UserPool, name: str) -> UnknownName:
    """Return the counters for a name that doesn't belong to a user. The least recently used names are discarded."""
    compared = comparable(pool, name)
    while len(pool.unknown_names) >= _UNKNOWN_NAMES and compared not in pool.unknown_names:
        del pool.unknown_names[next(iter(pool.unknown_names))]
    return pool.unknown_names.setdefault(compared, UnknownName())


def note_subject(call: Call, user: User) -> User:
    """Record the user that a call is about, so that CloudTrail can show the user.

    CloudTrail contains the `sub`, never the user name.
    https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-info-in-cloudtrail.html
    """
    call.shown["additionalEventData"] = {"sub": user.sub}
    return user


def find_for(call: Call, pool: UserPool, name: str) -> User | None:
    """Return a user like `find`, and record for CloudTrail that the call is about this user."""
    user = find(pool, name)
    return user if user is None else note_subject(call, user)


def find_to_sign_in(call: Call, pool: UserPool, name: str) -> User | None:
    """Return a user like `find_for`, but accept a `sub` only if it is the user name."""
    user = _named(pool, name)
    return user if user is None else note_subject(call, user)


def attribute_list(attributes: dict[str, str]) -> list[dict[str, str]]:
    """Return attributes as a list of names and values."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def all_attributes(user: User) -> dict[str, str]:
    """Return a user's attributes with `sub`, and with `identities` for users from external providers.

    OBSERVED in 2022: the attribute `identities` contains JSON values of any type, whereas the claim in a token contains
    strings.
    https://repost.aws/questions/QUEv8N8G1PTjybjVz_DQ_FCw
    """
    import json

    shown = {"sub": user.sub, **user.attributes}
    if user.identities:
        listed = [
            {**each, "primary": each["primary"] == "true", "dateCreated": int(each["dateCreated"])}
            for each in user.identities
        ]
        shown["identities"] = json.dumps(listed, separators=(",", ":"))
    return shown


def user_type(user: User, only: Iterable[str] | None = None) -> dict[str, Any]:
    """Return a user in the form of UserType, with all attributes or only those in `only`."""
    attributes = all_attributes(user)
    if only is not None:
        wanted = set(only)
        attributes = {name: value for name, value in attributes.items() if name in wanted}
    answer: dict[str, Any] = {
        "Username": user.username,
        "Attributes": attribute_list(attributes),
        "UserCreateDate": user.created,
        "UserLastModifiedDate": user.modified,
        "Enabled": user.enabled,
        "UserStatus": user.status,
    }
    if options := mfa_options(user):
        answer["MFAOptions"] = options
    return answer


def mfa_options(user: User) -> list[dict[str, str]]:
    """Return MFAOptions, the legacy member that lists SMS as a second factor."""
    return [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}] if "SMS_MFA" in user.mfa else []


def mfa_members(user: User) -> dict[str, Any]:
    """Return the response members that list a user's second factors."""
    shown: dict[str, Any] = {}
    if options := mfa_options(user):
        shown["MFAOptions"] = options
    if user.preferred_mfa:
        shown["PreferredMfaSetting"] = user.preferred_mfa
    if user.mfa:
        shown["UserMFASettingList"] = list(user.mfa)
    return shown
