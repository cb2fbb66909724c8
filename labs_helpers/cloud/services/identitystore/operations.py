"""The identity store's operations.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Operations.html
Only the instance's account and Identity Center's delegated administrator can call write operations. Member accounts of
the organization can call read operations.
https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-identity-source-sso.html
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from botocore.validate import ParamValidator

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.moto.constraints import sentence, violations
from labs_helpers.cloud.services.identitystore import allowed_networks
from labs_helpers.cloud.services.identitystore.customer_key import unseal
from labs_helpers.cloud.services.identitystore.errors import invalid
from labs_helpers.cloud.services.identitystore.pages import PAGES
from labs_helpers.cloud.services.identitystore.state import Entity, IdentityStore, IdentityStores, Membership
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.shared.resources import with_found

_SERVICE = "sso.amazonaws.com"
_RESERVED = ("administrator", "awsadministrators")
_USER = (
    "UserName Name DisplayName NickName ProfileUrl Emails Addresses PhoneNumbers UserType Title PreferredLanguage "
    "Locale Timezone Photos Website Birthdate Roles"
).split()
_GROUP = ["DisplayName", "Description"]
_REQUIRED = {"USER": ("UserName", "DisplayName", "Name"), "GROUP": ("DisplayName",)}
_PARTS = {
    "Name": "Formatted FamilyName GivenName MiddleName HonorificPrefix HonorificSuffix".split(),
    "Emails": ["Value", "Type", "Primary"],
    "PhoneNumbers": ["Value", "Type", "Primary"],
    "Addresses": "StreetAddress Locality Region PostalCode Country Formatted Type Primary".split(),
    "Photos": ["Value", "Type", "Display", "Primary"],
    "Roles": ["Value", "Type", "Primary"],
}

_ENTERPRISE = "aws:identitystore:enterprise"
"""The only supported extension, with SCIM's attributes.

https://www.rfc-editor.org/rfc/rfc7643#section-4.3
"""
_ENTERPRISE_PARTS = "employeeNumber costCenter organization division department manager".split()
_MANAGER_PARTS = ("value", "displayName")
_ARNS = {"USER": ":::user", "GROUP": ":::group", "GROUP_MEMBERSHIP": ":::membership"}
"""By type: the end of the ARN's part before the ID.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentitystore.html
"""
_LONGEST = 1_024
_WITHOUT_KEY = ("DescribeIdentityStore", "UpdateIdentityStore")
"""Operations that don't access users or groups, and therefore don't access data that a customer's key encrypts."""
_BIRTHDATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _usable_store(call: Call) -> tuple[IdentityStore]:
    store = _store(call)
    allowed_networks.check(call, store.network)
    if store.sealed is not None and call.operation not in _WITHOUT_KEY:
        unseal(call, store.sealed)
    return (store,)


_with_store = with_found(_usable_store)
"""A decorator that passes the store in the request to an operation.

It first checks that the caller's network and the store's key allow the call.
"""


# --- errors and lookups ---------------------------------------------------------------------------------------


def _not_found(kind: str, identifier: str | None = None) -> ServiceError:
    """Return ResourceNotFoundException. `identifier` is the ID that wasn't found, if there was one."""
    fields = {} if identifier is None else {"ResourceId": identifier}
    return ServiceError("ResourceNotFoundException", f"{kind} not found.", 400, ResourceType=kind, **fields)


def _conflict(message: str, reason: str = "UNIQUENESS_CONSTRAINT_VIOLATION") -> ServiceError:
    return ServiceError("ConflictException", message, 400, Reason=reason)


def _store(call: Call) -> IdentityStore:
    """Return the store that the call names, in its Region.

    Raises `ServiceError` if the caller's account can't see the store, or can't write to it.
    """
    identifier = call.parameters["IdentityStoreId"]
    store = call.state.part(IdentityStores).find(identifier)
    if store is None or store.region != call.region:
        raise _not_found("IDENTITY_STORE", identifier)
    if store.account == call.caller_account:
        return store
    organization = call.state.part(Organizations).of(call.caller_account)
    if organization is None or organization.management != store.account:
        raise _not_found("IDENTITY_STORE", identifier)
    reads = call.operation.startswith(("Describe", "Get", "List", "IsMember"))
    if not reads and not organization.administers(call.caller_account, _SERVICE):
        raise ServiceError(
            "AccessDeniedException", "You do not have sufficient access to perform this action."
        )
    return store


def _id(value: str, kind: str) -> str:
    """Return an ID or, if `value` is an ARN, its ID. Raises `ServiceError` for an ARN of a different type."""
    arn, _, identifier = value.rpartition("/")
    if arn and not arn.endswith(_ARNS[kind]):
        raise _not_found(kind, identifier)
    return identifier


def _entity(call: Call, store: IdentityStore, kind: str) -> Entity:
    return _find(store, kind, call.parameters["UserId" if kind == "USER" else "GroupId"])


def _find(store: IdentityStore, kind: str, given: str) -> Entity:
    identifier = _id(given, kind)
    entity = (store.users if kind == "USER" else store.groups).get(identifier)
    if entity is None:
        raise _not_found(kind, identifier)
    return entity


def _new_id(call: Call, store: IdentityStore) -> str:
    return f"{store.id.removeprefix('d-')}-{call.state.ids.uuid()}"


# --- users and groups -----------------------------------------------------------------------------------------


@operation("identitystore", "CreateUser")
@_with_store
def create_user(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Create a user with a user name and email addresses that no other user in the store has."""
    return _create(call, store, "USER", _USER)


@operation("identitystore", "CreateGroup")
@_with_store
def create_group(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Create a group with a display name that no other group in the store has."""
    return _create(call, store, "GROUP", _GROUP)


def _create(call: Call, store: IdentityStore, kind: str, names: list[str]) -> Mapping[str, Any]:
    parameters = call.parameters
    attributes = {name: copy.deepcopy(parameters[name]) for name in names if parameters.get(name) is not None}
    _check(store, kind, attributes, None)
    extensions = copy.deepcopy(parameters.get("Extensions") or {})
    for name, held in extensions.items():
        _check_extension(name, held)
    caller = call.principal.arn
    entity = Entity(
        _new_id(call, store), attributes, call.time, caller, call.time, caller, extensions=extensions
    )
    (store.users if kind == "USER" else store.groups)[entity.id] = entity
    return _identity(store, kind, entity)


def _check(store: IdentityStore, kind: str, attributes: Mapping[str, Any], own: str | None) -> None:
    """Raise `ServiceError` for missing attributes, reserved names, and values that another entity has."""
    missing = [name for name in _REQUIRED[kind] if not attributes.get(name)]
    if missing:
        raise invalid(f"{missing[0][:1].lower() + missing[0][1:]} is a required attribute")
    _check_details(attributes)
    if kind == "USER" and not all(attributes["Name"].get(part) for part in ("GivenName", "FamilyName")):
        raise invalid("givenName and familyName are required attributes")
    name = attributes["UserName" if kind == "USER" else "DisplayName"]
    if name.lower() in _RESERVED:
        raise invalid(f"{name} is a reserved name")
    taken = store.user_named(name) if kind == "USER" else store.group_named(name)
    if taken is not None and taken.id != own:
        raise _conflict(f"Duplicate {'UserName' if kind == 'USER' else 'GroupDisplayName'}")
    for email in attributes.get("Emails") or ():
        other = store.user_with(str(email.get("Value", "")))
        if other is not None and other.id != own:
            raise _conflict("Duplicate Email")


def _check_form(store: IdentityStore, kind: str, attributes: Mapping[str, Any]) -> None:
    """Raise `ServiceError` for values that don't have the form that CreateUser and CreateGroup require.

    The values in an update are documents, which aren't checked against the API's model.
    """
    model = protocols.model("identitystore")
    assert model is not None
    shape = model.operation_model("CreateUser" if kind == "USER" else "CreateGroup").input_shape
    parameters = {"IdentityStoreId": store.id, **attributes}
    if ParamValidator().validate(parameters, shape).has_errors():
        raise invalid("The value of an attribute has the wrong type or is too short.")
    broken = violations(parameters, shape)
    if broken:
        raise invalid(sentence(broken))


def _check_details(attributes: Mapping[str, Any]) -> None:
    if "Birthdate" in attributes and not _is_day(attributes["Birthdate"]):
        raise invalid("birthdate must have the format YYYY-MM-DD")
    if sum(bool(photo.get("Primary")) for photo in attributes.get("Photos") or ()) > 1:
        raise invalid("only one photo can be primary")


def _is_day(text: str) -> bool:
    try:
        return _BIRTHDATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _check_extension(name: str, held: Any) -> None:
    if name != _ENTERPRISE:
        raise invalid(f"Unsupported extension: {name}")
    if not isinstance(held, Mapping):
        raise invalid(f"The value of {name} has the wrong type")
    for part, value in held.items():
        _check_enterprise(_enterprise_part(part), value)


def _check_enterprise(part: str, value: Any) -> None:
    """Raise `ServiceError` unless the value is text or, for `manager`, an object with strings."""
    texts = value.values() if part == "manager" and isinstance(value, Mapping) else [value]
    if not all(isinstance(text, str) and 1 <= len(text) <= _LONGEST for text in texts):
        raise invalid(f"The value of {part} isn't text of 1 to {_LONGEST} characters")


def _enterprise_part(part: str) -> str:
    """Return the extension attribute with this name (case-insensitive) in SCIM's spelling."""
    known = next((each for each in _ENTERPRISE_PARTS if each.lower() == part.lower()), None)
    if known is None:
        raise invalid(f"Unsupported attribute: {part}")
    return known


@operation("identitystore", "DescribeUser")
@_with_store
def describe_user(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Return a user, including the extensions that the call requests."""
    entity = _entity(call, store, "USER")
    return _entity_output(store, "USER", entity) | _requested_extensions(call, entity)


def _requested_extensions(call: Call, entity: Entity) -> dict[str, Any]:
    """Return the extensions that the call names, if the user has them."""
    names = call.parameters.get("Extensions") or ()
    for name in names:
        _check_extension(name, {})
    held = {name: entity.extensions[name] for name in names if entity.extensions.get(name)}
    return {"Extensions": held} if held else {}


@operation("identitystore", "DescribeGroup")
@_with_store
def describe_group(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Return a group."""
    return _entity_output(store, "GROUP", _entity(call, store, "GROUP"))


@operation("identitystore", "UpdateUser")
@_with_store
def update_user(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Change a user's attributes: either all of the requested changes or none."""
    return _update(call, store, "USER", _USER)


@operation("identitystore", "UpdateGroup")
@_with_store
def update_group(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Change a group's attributes: either all of the requested changes or none."""
    return _update(call, store, "GROUP", _GROUP)


def _update(call: Call, store: IdentityStore, kind: str, names: list[str]) -> Mapping[str, Any]:
    """Perform all changes or none. Each one sets an attribute, or removes it if there is no value."""
    entity = _entity(call, store, kind)
    _check_revision(call, entity)
    attributes, extensions = copy.deepcopy(entity.attributes), copy.deepcopy(entity.extensions)
    for change in call.parameters["Operations"]:
        path, value = change["AttributePath"], change.get("AttributeValue")
        if path.startswith(_ENTERPRISE) and kind == "USER":
            _extend(extensions, path.removeprefix(_ENTERPRISE).removeprefix("."), value)
        else:
            _apply(attributes, path, value, names)
    _check_form(store, kind, attributes)
    _check(store, kind, attributes, entity.id)
    entity.attributes, entity.extensions, entity.revision = attributes, extensions, entity.revision + 1
    entity.updated, entity.updated_by = call.time, call.principal.arn
    return _identity(store, kind, entity)


def _apply(attributes: dict[str, Any], path: str, value: Any, names: list[str]) -> None:
    first, _, rest = path.partition(".")
    name = next((each for each in names if each.lower() == first.lower()), None)
    if name is None:
        raise invalid(f"Unsupported attribute path: {path}")
    if not rest:
        value = _named(name, value)
        if value is None:
            attributes.pop(name, None)
        else:
            attributes[name] = value
        return
    part = next((each for each in _PARTS.get(name, ()) if each.lower() == rest.lower()), None)
    if part is None or name != "Name":
        raise invalid(f"Unsupported attribute path: {path}")
    inner = attributes.setdefault(name, {})
    if value is None:
        inner.pop(part, None)
    else:
        inner[part] = value


def _extend(extensions: dict[str, dict[str, Any]], part: str, value: Any) -> None:
    """Set the extension or one of its attributes, or remove it if there is no value."""
    if not part:
        _check_extension(_ENTERPRISE, value or {})
        extensions[_ENTERPRISE] = dict(value or {})
        return
    held = extensions.setdefault(_ENTERPRISE, {})
    first, _, rest = part.partition(".")
    name = _enterprise_part(first)
    if rest:
        value = _with_part(held.get(name), name, rest, value)
    if value is None:
        held.pop(name, None)
    else:
        _check_enterprise(name, value)
        held[name] = value


def _with_part(held: Any, name: str, part: str, value: Any) -> dict[str, Any] | None:
    """Return the manager after a change to one of its parts, or None if no part is left."""
    known = next((each for each in _MANAGER_PARTS if each.lower() == part.lower()), None)
    if name != "manager" or known is None:
        raise invalid(f"Unsupported attribute: {name}.{part}")
    changed = {each: text for each, text in dict(held or {}).items() if each.lower() != known.lower()}
    return (changed | ({} if value is None else {known: value})) or None


def _named(name: str, value: Any) -> Any:
    """Return a value with the API's member names. In documents, they can begin with a lowercase letter."""
    if isinstance(value, list):
        return [_named(name, each) for each in value]
    if isinstance(value, Mapping):
        known = {each.lower(): each for each in _PARTS.get(name, ())}
        unknown = [key for key in value if key.lower() not in known]
        if unknown:
            raise invalid(f"Unsupported attribute: {unknown[0]}")
        return {known[key.lower()]: each for key, each in value.items()}
    if name in _PARTS and value is not None:
        raise invalid(f"The value of {name} has the wrong type")
    return value


def _check_revision(call: Call, entity: Entity) -> None:
    expected = call.parameters.get("Revision")
    if expected is not None and expected != str(entity.revision):
        raise _conflict("The revision is not the current one.", "CONCURRENT_MODIFICATION")


@operation("identitystore", "DeleteUser")
@_with_store
def delete_user(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Delete a user and its memberships."""
    return _delete(call, store, "USER")


@operation("identitystore", "DeleteGroup")
@_with_store
def delete_group(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Delete a group and its memberships."""
    return _delete(call, store, "GROUP")


def _delete(call: Call, store: IdentityStore, kind: str) -> Mapping[str, Any]:
    entity = _entity(call, store, kind)
    _check_revision(call, entity)
    store.remove(kind, entity.id)
    return {}


def _identity(store: IdentityStore, kind: str, entity: Entity) -> dict[str, Any]:
    word = "User" if kind == "USER" else "Group"
    arn = f"arn:aws:identitystore:::{word.lower()}/{entity.id}"
    return {
        "IdentityStoreId": store.id, f"{word}Id": entity.id, f"{word}Arn": arn, "Revision": str(entity.revision),
    }  # fmt: skip


def _entity_output(store: IdentityStore, kind: str, entity: Entity) -> dict[str, Any]:
    shown = _identity(store, kind, entity) | entity.attributes
    if kind == "USER":
        shown["UserStatus"] = "DISABLED" if entity.disabled else "ENABLED"
    return shown | {
        "CreatedAt": entity.created, "CreatedBy": entity.created_by, "UpdatedAt": entity.updated,
        "UpdatedBy": entity.updated_by,
    }  # fmt: skip


# --- lookups by attribute -------------------------------------------------------------------------------------


@operation("identitystore", "ListUsers")
@_with_store
def list_users(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """List all users, or the user with a given user name."""
    return _list(call, store, "USER", "Users", "UserName")


@operation("identitystore", "ListGroups")
@_with_store
def list_groups(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """List all groups, or the group with a given display name."""
    return _list(call, store, "GROUP", "Groups", "DisplayName")


def _list(call: Call, store: IdentityStore, kind: str, name: str, attribute: str) -> Mapping[str, Any]:
    """List entities. The only filter is deprecated: it matches the whole name, ignoring case."""
    entities = list((store.users if kind == "USER" else store.groups).values())
    for wanted in call.parameters.get("Filters") or ():
        if wanted["AttributePath"].lower() != attribute.lower():
            raise invalid(f"Unsupported filter: {wanted['AttributePath']}")
        value = wanted["AttributeValue"].lower()
        entities = [each for each in entities if str(each.attributes.get(attribute, "")).lower() == value]
    return PAGES.page(
        call,
        name,
        [_entity_output(store, kind, each) | _requested_extensions(call, each) for each in entities],
    )


@operation("identitystore", "GetUserId")
@_with_store
def get_user_id(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Return the ID of the user with a given user name or email address."""
    path, value = _unique_attribute(call)
    finders = {"username": store.user_named, "emails.value": store.user_with}
    entity = _find_by(finders, path, value, "USER")
    return {name: value for name, value in _identity(store, "USER", entity).items() if name != "Revision"}


@operation("identitystore", "GetGroupId")
@_with_store
def get_group_id(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Return the ID of the group with a given display name."""
    path, value = _unique_attribute(call)
    entity = _find_by({"displayname": store.group_named}, path, value, "GROUP")
    return {name: value for name, value in _identity(store, "GROUP", entity).items() if name != "Revision"}


def _unique_attribute(call: Call) -> tuple[str, str]:
    """Return the (path, value) of the unique attribute that identifies an entity.

    Only entities from SCIM have external IDs, and SCIM isn't modeled, so no entity has one.
    """
    alternate = call.parameters["AlternateIdentifier"]
    attribute = alternate.get("UniqueAttribute")
    if attribute is None:
        raise _not_found("USER" if call.operation == "GetUserId" else "GROUP")
    if not isinstance(attribute["AttributeValue"], str):
        raise invalid("The value of the attribute isn't text.")
    return attribute["AttributePath"].lower(), attribute["AttributeValue"]


def _find_by(
    finders: Mapping[str, Callable[[str], Entity | None]], path: str, value: str, kind: str
) -> Entity:
    if path not in finders:
        raise invalid(f"Unsupported attribute path: {path}")
    entity = finders[path](value)
    if entity is None:
        raise _not_found(kind)
    return entity


# --- memberships ----------------------------------------------------------------------------------------------


@operation("identitystore", "CreateGroupMembership")
@_with_store
def create_group_membership(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Add a user to a group. Rejects the call if the user is already a member."""
    group = _find(store, "GROUP", call.parameters["GroupId"])
    user = _find(store, "USER", _member(call))
    if store.membership_of(group.id, user.id) is not None:
        raise _conflict("Member and group relationship already exists.")
    membership = Membership(_new_id(call, store), group.id, user.id, call.time, call.principal.arn)
    store.memberships[membership.id] = membership
    return {
        "IdentityStoreId": store.id,
        "MembershipId": membership.id,
        "MembershipArn": _membership_arn(membership),
    }


@operation("identitystore", "DescribeGroupMembership")
@_with_store
def describe_group_membership(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Return a membership."""
    return _membership_output(store, _membership(call, store))


@operation("identitystore", "DeleteGroupMembership")
@_with_store
def delete_group_membership(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Remove a user from a group."""
    del store.memberships[_membership(call, store).id]
    return {}


@operation("identitystore", "GetGroupMembershipId")
@_with_store
def get_group_membership_id(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Return the ID of a user's membership in a group."""
    group = _find(store, "GROUP", call.parameters["GroupId"])
    user = _find(store, "USER", _member(call))
    membership = store.membership_of(group.id, user.id)
    if membership is None:
        raise _not_found("GROUP_MEMBERSHIP")
    return {
        "IdentityStoreId": store.id,
        "MembershipId": membership.id,
        "MembershipArn": _membership_arn(membership),
    }


@operation("identitystore", "ListGroupMemberships")
@_with_store
def list_group_memberships(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """List the memberships of a group."""
    group = _find(store, "GROUP", call.parameters["GroupId"])
    memberships = [_membership_output(store, each) for each in store.members_of(group.id)]
    return PAGES.page(call, "GroupMemberships", memberships)


@operation("identitystore", "ListGroupMembershipsForMember")
@_with_store
def list_group_memberships_for_member(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """List the memberships of a user."""
    user = _find(store, "USER", _member(call))
    memberships = [_membership_output(store, each) for each in store.groups_of(user.id)]
    return PAGES.page(call, "GroupMemberships", memberships)


@operation("identitystore", "IsMemberInGroups")
@_with_store
def is_member_in_groups(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Return whether the user is in each of the given groups."""
    user = _find(store, "USER", _member(call))
    results = []
    for identifier in call.parameters["GroupIds"]:
        group = _find(store, "GROUP", identifier)
        is_member = store.membership_of(group.id, user.id) is not None
        results.append({"GroupId": group.id, "MemberId": {"UserId": user.id}, "MembershipExists": is_member})
    return {"Results": results}


def _member(call: Call) -> str:
    member = call.parameters["MemberId"].get("UserId")
    if not member:
        raise invalid("MemberId must have a UserId")
    return str(member)


def _membership(call: Call, store: IdentityStore) -> Membership:
    identifier = _id(call.parameters["MembershipId"], "GROUP_MEMBERSHIP")
    if identifier not in store.memberships:
        raise _not_found("GROUP_MEMBERSHIP", identifier)
    return store.memberships[identifier]


def _membership_arn(membership: Membership) -> str:
    return f"arn:aws:identitystore:::membership/{membership.id}"


def _membership_output(store: IdentityStore, membership: Membership) -> dict[str, Any]:
    return {
        "IdentityStoreId": store.id, "MembershipId": membership.id, "MembershipArn": _membership_arn(membership),
        "GroupId": membership.group, "MemberId": {"UserId": membership.user},
        "CreatedAt": membership.created, "CreatedBy": membership.created_by,
        "UpdatedAt": membership.created, "UpdatedBy": membership.created_by,
    }  # fmt: skip


# --- the store itself -----------------------------------------------------------------------------------------


@operation("identitystore", "DescribeIdentityStore")
@_with_store
def describe_identity_store(_: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Return the store, with its network configuration if it has one."""
    shown = {"IdentityStoreId": store.id, "IdentityStoreArn": store.arn}
    return shown | ({"NetworkConfiguration": store.network} if store.network is not None else {})


@operation("identitystore", "UpdateIdentityStore")
@_with_store
def update_identity_store(call: Call, store: IdentityStore) -> Mapping[str, Any]:
    """Set the networks from which the store can be called. A caller outside these networks can no longer call it."""
    network = call.parameters.get("NetworkConfiguration")
    if network is not None:
        store.network = allowed_networks.configuration(network)
    return {"IdentityStoreId": store.id, "IdentityStoreArn": store.arn}


@operation("identitystore", "ListIdentityStores")
def list_identity_stores(call: Call) -> Mapping[str, Any]:
    """List the identity stores in the Region that belong to the caller's account or its organization."""
    organization = call.state.part(Organizations).of(call.caller_account)
    owners = {call.caller_account, organization.management if organization is not None else ""}
    stores = [
        {"IdentityStoreId": each.id, "IdentityStoreArn": each.arn}
        for each in call.state.part(IdentityStores).all()
        if each.account in owners and each.region == call.region
    ]
    return PAGES.page(call, "IdentityStores", stores)
