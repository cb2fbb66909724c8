"""A pool's schema: attributes of users, their constraints, and the permissions of clients to read and write them.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from labs_helpers.cloud.services.cognito_idp.errors import invalid, not_authorized
from labs_helpers.cloud.services.cognito_idp.state import Client, UserPool

CUSTOM_LIMIT = 50
"""The maximum number of custom attributes per pool.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#resource-quotas
"""
LONGEST = 2048
VERIFIED = ("email_verified", "phone_number_verified")
_FIXED = ("sub", "identities")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+[1-9]\d{1,14}", re.ASCII)


def _standard(kind: str, minimum: str = "0", maximum: str = "2048") -> dict[str, Any]:
    entry: dict[str, Any] = {
        "AttributeDataType": kind, "DeveloperOnlyAttribute": False, "Mutable": True, "Required": False,
    }  # fmt: skip
    if kind == "String":
        entry["StringAttributeConstraints"] = {"MinLength": minimum, "MaxLength": maximum}
    elif kind == "Number":
        entry["NumberAttributeConstraints"] = {"MinValue": minimum}
    return entry


STANDARD: Mapping[str, dict[str, Any]] = {
    "sub": {**_standard("String", "1"), "Mutable": False, "Required": True},
    **{
        name: _standard("String")
        for name in (
            "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
            "picture", "website", "email",
        )
    },
    "email_verified": _standard("Boolean"),
    "gender": _standard("String"),
    "birthdate": _standard("String", "10", "10"),
    **{name: _standard("String") for name in ("zoneinfo", "locale", "phone_number")},
    "phone_number_verified": _standard("Boolean"),
    "address": _standard("String"),
    "updated_at": _standard("Number"),
}  # fmt: skip
"""The standard attributes, defined by OpenID Connect, that every pool has."""


# --- the schema -----------------------------------------------------------------------------------------------


def new_schema(given: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return a new pool's schema: the standard attributes, with the changes and additions in `given`."""
    schema = {name: {"Name": name, **entry} for name, entry in STANDARD.items()}
    seen = set()
    for attribute in given:
        name = attribute.get("Name") or ""
        if name in seen:
            raise invalid(f"Duplicate attribute {name} in the schema.")
        seen.add(name)
        if name in STANDARD:
            schema[name] = _changed_standard(name, attribute)
        else:
            add_custom(schema, attribute)
    return schema


def _changed_standard(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a standard attribute with the properties that can be chosen once, when the pool is created."""
    entry = {"Name": name, **STANDARD[name]}
    kind = given.get("AttributeDataType")
    if (kind and kind != entry["AttributeDataType"]) or given.get("DeveloperOnlyAttribute"):
        raise invalid(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute "
            f"{name}"
        )
    if name == "sub" and (given.get("Mutable") or given.get("Required") is False):
        raise invalid("Schema attribute sub cannot be changed.")
    for member in ("Mutable", "Required"):
        if given.get(member) is not None:
            entry[member] = given[member]
    constraints = _constraints(name, entry["AttributeDataType"], given)
    return entry | {member: {**entry.get(member, {}), **value} for member, value in constraints.items()}


def add_custom(schema: dict[str, dict[str, Any]], given: Mapping[str, Any]) -> None:
    """Add a custom attribute to the schema. Custom attributes can never be changed, removed, or required.

    Raises InvalidParameterException if the attribute isn't valid.
    """
    base = given.get("Name")
    if not base:
        raise invalid("Attribute name cannot be empty.")
    kind = given.get("AttributeDataType")
    if not kind:
        raise invalid("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
    developer = bool(given.get("DeveloperOnlyAttribute"))
    name = f"{'dev:' if developer else ''}custom:{base.removeprefix('custom:')}"
    if given.get("Required"):
        raise invalid("Required custom attributes are not supported currently.")
    if name in schema:
        raise invalid(f"{name}: Existing attribute already has name {name}.")
    if sum("custom:" in each for each in schema) >= CUSTOM_LIMIT:
        raise invalid(f"A user pool can have at most {CUSTOM_LIMIT} custom attributes.")
    entry: dict[str, Any] = {
        "Name": name, "AttributeDataType": kind, "DeveloperOnlyAttribute": developer,
        "Mutable": given.get("Mutable", True), "Required": False,
    }  # fmt: skip
    constraints = _constraints(name, kind, given)
    if kind == "String":
        constraints.setdefault("StringAttributeConstraints", {})
    elif kind == "Number":
        constraints.setdefault("NumberAttributeConstraints", {})
    schema[name] = entry | constraints


def _constraints(name: str, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Check and return the constraints for an attribute's type. Constraints for other types are ignored."""
    if kind == "String" and given.get("StringAttributeConstraints"):
        limits = given["StringAttributeConstraints"]
        shortest = _limit(name, "StringAttributeConstraints", limits.get("MinLength"))
        longest = _limit(name, "StringAttributeConstraints", limits.get("MaxLength"))
        if max(shortest or 0, longest or 0) > LONGEST:
            raise invalid(f"user.{name}: String attributes cannot have a length of more than {LONGEST}")
        if shortest is not None and longest is not None and shortest > longest:
            raise invalid(f"user.{name}: Max length cannot be less than min length.")
        return {"StringAttributeConstraints": dict(limits)}
    if kind == "Number" and given.get("NumberAttributeConstraints"):
        limits = given["NumberAttributeConstraints"]
        least = _limit(name, "NumberAttributeConstraints", limits.get("MinValue"), signed=True)
        most = _limit(name, "NumberAttributeConstraints", limits.get("MaxValue"), signed=True)
        if least is not None and most is not None and least > most:
            raise invalid(f"user.{name}: Max value cannot be less than min value.")
        return {"NumberAttributeConstraints": dict(limits)}
    return {}


def _limit(name: str, member: str, text: str | None, *, signed: bool = False) -> int | None:
    if not text:
        return None
    pattern = r"-?\d{1,400}" if signed else r"\d{1,400}"
    if not re.fullmatch(pattern, text, re.ASCII):
        raise invalid(f"Invalid {member} for schema attribute {name}")
    return int(text)


# --- values ---------------------------------------------------------------------------------------------------


def as_dict(pairs: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Return a list of name-value pairs as a mapping. If a name is repeated, its last value is used."""
    return {pair["Name"]: pair.get("Value") or "" for pair in pairs or ()}


def check_values(pool: UserPool, values: Mapping[str, str], *, new: bool = False) -> None:
    """Check attribute values against the schema. An empty value isn't checked, because it deletes the attribute.

    With `new`, the user is being created, and immutable attributes can be set. Raises InvalidParameterException for a
    value that isn't allowed.
    """
    for fixed in _FIXED:
        if fixed in values:
            raise invalid(f"Cannot modify the non-mutable attribute {fixed}")
    _check_schema(pool, values)
    if not new:
        for name in values:
            if not pool.schema[name]["Mutable"]:
                raise invalid(f"user.{name}: Attribute cannot be updated. (changing an immutable attribute)")
    if values.get("email") and not is_email(values["email"]):
        raise invalid("Invalid email address format.")
    if values.get("phone_number") and not is_phone(values["phone_number"]):
        raise invalid("Invalid phone number format.")


def _check_schema(pool: UserPool, values: Mapping[str, str]) -> None:
    """Raise InvalidParameterException if values don't conform to the schema. The error names all of them."""
    problems = []
    for name, value in values.items():
        entry = pool.schema.get(name)
        if entry is None:
            problems.append(f"{name}: Attribute does not exist in the schema.\n")
        elif value and (problem := _value_problem(entry, value)):
            problems.append(f"{name}: {problem}\n")
    if problems:
        raise invalid("Attributes did not conform to the schema: " + "".join(problems))


def _value_problem(entry: Mapping[str, Any], value: str) -> str | None:
    match entry["AttributeDataType"]:
        case "Boolean":
            return None if value in ("true", "false") else "Attribute value must be true or false"
        case "Number":
            return _number_problem(entry.get("NumberAttributeConstraints") or {}, value)
        case "DateTime":
            return None if _is_date(value[:10]) or value.isdigit() else "Attribute value is not a valid date"
    if entry["Name"] == "birthdate":
        return None if _is_date(value) else "Attribute value must be a date of the form YYYY-MM-DD"
    limits = entry.get("StringAttributeConstraints") or {}
    if len(value) < int(limits.get("MinLength") or 0):
        return f"String must be at least {limits['MinLength']} characters long"
    if len(value) > int(limits.get("MaxLength") or LONGEST):
        return f"String must be no longer than {limits.get('MaxLength') or LONGEST} characters"
    return None


def _number_problem(limits: Mapping[str, str], value: str) -> str | None:
    if not re.fullmatch(r"-?\d{1,400}(\.\d{1,400})?", value, re.ASCII):
        return "Attribute value is not a number"
    number = float(value)
    if limits.get("MinValue") and number < int(limits["MinValue"]):
        return f"Number must be at least {limits['MinValue']}"
    if limits.get("MaxValue") and number > int(limits["MaxValue"]):
        return f"Number must be no more than {limits['MaxValue']}"
    return None


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def missing_required(pool: UserPool, values: Mapping[str, str]) -> list[str]:
    """Return the required attributes that have no value, in the schema's order."""
    return [
        name
        for name, entry in pool.schema.items()
        if entry["Required"] and name != "sub" and not values.get(name)
    ]


def check_required(pool: UserPool, values: Mapping[str, str]) -> None:
    """Raise InvalidParameterException if required attributes have no value. The error names all of them."""
    if absent := missing_required(pool, values):
        problems = "".join(f"{name}: The attribute is required\n" for name in absent)
        raise invalid(f"Attributes did not conform to the schema: {problems}")


def is_email(text: str) -> bool:
    """Return True if a string is an email address."""
    return _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Return True if a string is a phone number in E.164 format."""
    return _PHONE.fullmatch(text) is not None


# --- permissions of clients -----------------------------------------------------------------------------------


def readable(pool: UserPool, client: Client) -> set[str]:
    """Return the attributes that the client's users can read, by default the standard attributes and verified flags.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
    """
    chosen = client.settings.get("ReadAttributes")
    return {*chosen, "sub"} if chosen is not None else {*STANDARD, "identities"}


def writable(pool: UserPool, client: Client) -> set[str]:
    """Return the attributes that the client's users can write.

    By default, these are the standard attributes without the verified flags.
    """
    chosen = client.settings.get("WriteAttributes")
    names = set(chosen) if chosen is not None else set(STANDARD)
    return names - {*VERIFIED, *_FIXED}


def check_write(pool: UserPool, client: Client, values: Iterable[str]) -> None:
    """Raise NotAuthorizedException if the client's users aren't allowed to write one of the attributes."""
    allowed = writable(pool, client)
    for name in values:
        entry = pool.schema.get(name)
        if entry is not None and (name not in allowed or entry["DeveloperOnlyAttribute"]):
            raise not_authorized("A client attempted to write unauthorized attribute")


def check_permissions(pool: UserPool, settings: Mapping[str, Any], doing: str) -> None:
    """Check a client's ReadAttributes and WriteAttributes against the schema.

    Raises InvalidParameterException if an attribute doesn't exist or can't be used.

    `doing` is "creating" or "updating", and appears in the error message.
    """
    read, write = settings.get("ReadAttributes"), settings.get("WriteAttributes")
    unreadable = [name for name in read or () if name not in pool.schema and name != "identities"]
    if unreadable or any(
        pool.schema[name]["DeveloperOnlyAttribute"] for name in read or () if name in pool.schema
    ):
        raise invalid(f"Invalid read attributes specified while {doing} a client")
    if write is None:
        return
    known = [pool.schema.get(name) for name in write]
    if any(entry is None or entry["DeveloperOnlyAttribute"] for entry in known) or (
        {*VERIFIED, *_FIXED}.intersection(write)
    ):
        raise invalid(f"Invalid write attributes specified while {doing} a client")
    required = {name for name, entry in pool.schema.items() if entry["Required"] and name != "sub"}
    if not required <= set(write):
        raise invalid(f"Invalid write attributes specified while {doing} a client")
