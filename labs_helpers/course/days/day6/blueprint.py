"""The blueprint of a company's cloud: its organization and everything in it, as data.

Account IDs are unknown until the accounts exist. So in every string, names in angle brackets are placeholders for
values that AWS assigns: `<prod>` is the ID of the account `prod`, `<organization>` the organization's ID, `<home>` the
home Region, `<key:orders>` the ARN of a key, `<user-pool>`, `<client>` and `<identity-pool>` the IDs for customer
sign-in, `<permission-set:Auditor>` the ARN pattern of the roles that Identity Center creates for a permission set, in
any account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, StringConstraints, model_validator
from pydantic.fields import FieldInfo

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import Document, Model, Name, Text
from labs_helpers.course.grading.drafts import decided
from labs_helpers.course.shown.mistakes import Mistake, UnknownName
from labs_helpers.limits import DESIGN_PARTS

ROOT = "root"
MANAGEMENT = "management"
REFERENCE = "reference"
"""The name of the design that the course compares other designs with."""
LAST = 9
"""The number of the last step from the start to the reference; later steps are change requests."""
START = "start"
"""The name of the design that the day begins with."""

RoleName = Annotated[str, StringConstraints(pattern=r"^[\w+=,.@-]{1,64}$")]
RolePath = Annotated[str, StringConstraints(pattern=r"^/([\w+=,.@-]+/)*$")]
PLACEHOLDER = re.compile(r"<([a-z]+(?:-[a-z]+)*)(?::([\w./-]+))?>")


Part = TypeVar("Part")
Few = Annotated[tuple[Part, ...], Field(max_length=DESIGN_PARTS)]


class Unit(Model):
    """An organizational unit (OU), in another OU or in the root."""

    name: Text
    parent: Text = ROOT


class Account(Model):
    """A member account and its purpose."""

    unit: Text
    about: Text


class Guardrail(Model):
    """An SCP or RCP, and the names of the root, OUs, and accounts that it is attached to."""

    name: Text
    about: Text
    targets: tuple[Text, ...] = Field(min_length=1)
    policy: Document


class Key(Model):
    """A symmetric KMS encryption key, by its alias."""

    alias: Name
    account: Name
    about: Text
    policy: Document
    rotation: bool = True


class Bucket(Model):
    """A bucket, its default encryption key, and its initial objects."""

    name: Text
    account: Name
    about: Text
    policy: Document | None = None
    key: Name | None = None
    versioning: bool = False
    closed: bool = True
    """True if S3 Block Public Access stays enabled."""
    objects: dict[Text, Text] = Field(default_factory=dict, max_length=DESIGN_PARTS)


class ManagedPolicy(Model):
    """A customer managed policy, usually a permissions boundary, in each of the named accounts."""

    name: Text
    path: RolePath = "/"
    accounts: tuple[Name, ...] = Field(min_length=1)
    about: Text
    policy: Document


class Role(Model):
    """A role. `boundary` is the ARN of a managed policy; `policies` are inline policies by name; `managed` are ARNs."""

    name: RoleName
    path: RolePath = "/"
    account: Name
    about: Text
    trust: Document
    boundary: Text | None = None
    policies: dict[Text, Document] = Field(default_factory=dict, max_length=DESIGN_PARTS)
    managed: tuple[Text, ...] = ()
    session_hours: int = Field(1, ge=1, le=12)


class User(Model):
    """An IAM user with an access key, left over from the company's early days."""

    name: RoleName
    path: RolePath = "/"
    account: Name
    about: Text
    boundary: Text | None = None
    policies: dict[Text, Document] = Field(default_factory=dict, max_length=DESIGN_PARTS)


class Provider(Model):
    """An OpenID Connect provider that an account trusts: the company's build service."""

    account: Name
    url: Annotated[str, StringConstraints(pattern=r"^https://")]
    audiences: tuple[Text, ...] = Field(min_length=1)


class PermissionSet(Model):
    """A permission set, from which Identity Center creates roles. `boundary` is a managed policy's name."""

    name: Annotated[str, StringConstraints(pattern=r"^[\w+=,.@-]{1,32}$")]
    about: Text
    session: Annotated[str, StringConstraints(pattern=r"^PT\d+H$")] = "PT1H"
    managed: tuple[Text, ...] = ()
    policy: Document | None = None
    boundary: Text | None = None


class Assignment(Model):
    """The assignment of a permission set to a group, in some accounts."""

    group: Text
    permission_set: Text
    accounts: tuple[Name, ...] = Field(min_length=1)


class People(Model):
    """The company's directory: users by sign-in name with their groups, permission sets, and assignments."""

    users: Annotated[dict[Text, tuple[Text, ...]], Field(max_length=DESIGN_PARTS)]
    permission_sets: Few[PermissionSet]
    assignments: Few[Assignment]


class Customers(Model):
    """Sign-in for customers: a user pool, an identity pool, and the identity pool's roles.

    `guest` is None if only signed-in customers get credentials. `allow_classic` enables the older flow, in which a
    caller chooses any role that trusts the pool.
    """

    account: Name
    user_pool: Text
    identity_pool: Text
    self_sign_up: bool = True
    minimum_length: int = Field(8, ge=6, le=99)
    mfa: Literal["OFF", "OPTIONAL", "ON"] = "OPTIONAL"
    hide_who_exists: bool = True
    """True if the client's PreventUserExistenceErrors setting is ENABLED."""
    flows: tuple[Text, ...] = ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")
    allow_classic: bool = False
    customer: RoleName
    guest: RoleName | None = None


class Trail(Model):
    """A trail created in `account`; `organization` extends it to all accounts.

    `data` lists the buckets whose data events are logged.
    """

    name: Text
    account: Name = MANAGEMENT
    bucket: Text
    key: Name | None = None
    organization: bool = False
    all_regions: bool = True
    validated: bool = True
    data: tuple[Text, ...] = ()


class Blueprint(Model):
    """A company's cloud, as data.

    Every part that another part refers to must exist; otherwise, a `ValueError` lists the missing parts.
    """

    name: Name
    title: Text
    about: Text
    home: Text = "eu-central-1"
    units: Few[Unit]
    accounts: Annotated[dict[Name, Account], Field(max_length=DESIGN_PARTS)]
    scps: Few[Guardrail] = ()
    rcps: Few[Guardrail] = ()
    keys: Few[Key] = ()
    buckets: Few[Bucket] = ()
    policies: Few[ManagedPolicy] = ()
    providers: Few[Provider] = ()
    roles: Few[Role] = ()
    users: Few[User] = ()
    people: People
    customers: Customers
    trails: Few[Trail] = ()

    @model_validator(mode="after")
    def _names_only_what_there_is(self) -> Blueprint:
        problems = list(_unknown_names(self))
        if problems:
            raise Mistake("; ".join(problems))
        return self


def _unknown_names(blueprint: Blueprint) -> Iterator[str]:
    units = {ROOT, *(unit.name for unit in blueprint.units)}
    accounts = {MANAGEMENT, *blueprint.accounts}
    keys = {key.alias for key in blueprint.keys}
    sets = {each.name for each in blueprint.people.permission_sets}
    groups = {group for of in blueprint.people.users.values() for group in of}
    for number, unit in enumerate(blueprint.units):
        if unit.parent not in {ROOT, *(earlier.name for earlier in blueprint.units[:number])}:
            yield f"OU {unit.name}: its parent {unit.parent} isn't an OU that comes before it"
    for what, name, known in _named(blueprint):
        there = {"OU": units, "account": accounts, "OU or account": units | accounts, "key": keys}
        if name not in {**there, "permission set": sets, "group": groups}[known]:
            yield f"{what}: there is no {known} {name}"
    for placeholder, part in placeholders(blueprint.model_dump(mode="json")):
        if placeholder not in _KNOWN and placeholder not in accounts:
            yield f"<{placeholder}>: there is no such account"
        elif placeholder == "key" and part not in keys:
            yield f"<key:{part}>: there is no such key"
        elif placeholder == "permission-set" and part not in sets:
            yield f"<permission-set:{part}>: there is no such permission set"


def _named(blueprint: Blueprint) -> Iterator[tuple[str, str, str]]:
    """Yield the references between parts: (the part, the name, the kind of the part with that name)."""
    for name, account in blueprint.accounts.items():
        yield f"account {name}", account.unit, "OU"
    for rail in (*blueprint.scps, *blueprint.rcps):
        for target in rail.targets:
            yield rail.name, target, "OU or account"
    stored: tuple[Bucket | Trail, ...] = (*blueprint.buckets, *blueprint.trails)
    for part in stored:
        yield part.name, part.account, "account"
        if part.key is not None:
            yield part.name, part.key, "key"
    holders: tuple[Role | User, ...] = (*blueprint.roles, *blueprint.users)
    for holder in holders:
        yield holder.name, holder.account, "account"
    others: tuple[Key | Provider | Customers, ...] = (
        *blueprint.keys,
        *blueprint.providers,
        blueprint.customers,
    )
    for placed in others:
        yield type(placed).__name__, placed.account, "account"
    for assignment in blueprint.people.assignments:
        yield "assignment", assignment.permission_set, "permission set"
        yield "assignment", assignment.group, "group"
        for where in assignment.accounts:
            yield "assignment", where, "account"


_KNOWN = ("organization", "home", "key", "user-pool", "client", "identity-pool", "permission-set")


def placeholders(value: Any) -> Iterator[tuple[str, str | None]]:
    """Yield the names in angle brackets in a value's strings, as (word, text after the colon or None) pairs."""
    if isinstance(value, str):
        for found in PLACEHOLDER.finditer(value):
            yield found[1], found[2]
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from placeholders(key)
            yield from placeholders(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from placeholders(each)


def filled(value: Any, known: Mapping[str, str]) -> Any:
    """Return a value with the names in angle brackets replaced by the values in `known` (`"prod"`, `"key:orders"`).

    Raises `LookupError`, which reports the first name that isn't known yet.
    """
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda found: _known(found, known), value)
    if isinstance(value, Mapping):
        return {filled(key, known): filled(each, known) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(each, known) for each in value]
    return value


def _known(found: re.Match[str], known: Mapping[str, str]) -> str:
    name = found[1] if found[2] is None else f"{found[1]}:{found[2]}"
    if name not in known:
        raise UnknownName(f"there is no <{name}> yet")
    return known[name]


def missing_parts(blueprint: Blueprint) -> list[str]:
    """Return the parts that programs rely on and that a design, compared with the start, has moved or removed."""
    start = load(START)
    problems = [] if blueprint.home == start.home else [f"the home Region must be {start.home}"]
    for kind, has, needs in (
        ("account", blueprint.accounts, start.accounts),
        ("bucket", _places(blueprint.buckets), _places(start.buckets)),
        ("role", _places(blueprint.roles), _places(start.roles)),
        ("user", _places(blueprint.users), _places(start.users)),
    ):
        problems += [f"the {kind} {name} is missing" for name in needs if name not in has]
    return problems


def _places(parts: Iterable[Bucket | Role | User]) -> list[str]:
    return [f"{part.name} in {part.account}" for part in parts]


# Designs in data/


class Stage(Model):
    """One of the nine steps from the start to the reference: an exercise, and the changes that solve the exercise."""

    step: int = Field(ge=1)
    title: Text
    why: Text
    changes: dict[str, Any]


def designs() -> list[str]:
    """Return the names of the designs: the start, the reference, and others that are also correct."""
    return sorted((REFERENCE, *(path.stem for path in data_path("day6", "designs").glob("*.json"))))


@cache
def steps() -> tuple[Stage, ...]:
    """Return the nine steps, in order: the day 6 exercises that build on each other, with their solutions."""
    read = [
        json.loads(path.read_text(encoding="utf-8")) for path in data_path("day6", "exercises").glob("*.json")
    ]
    stages = [
        Stage(step=each["step"], title=each["title"], why=each["why"], changes=_solution_of(each))
        for each in read
        if each.get("step", LAST + 1) <= LAST
    ]
    return tuple(sorted(stages, key=lambda stage: stage.step))


def _solution_of(exercise: dict[str, Any]) -> dict[str, Any]:
    """Return the changes that an exercise's solution makes, which may be decisions about a draft."""
    solution: dict[str, Any] = exercise["solution"]
    if "draft" not in exercise:
        return solution
    return decided(exercise["draft"], exercise["decisions"], solution)


def load(name: str = REFERENCE) -> Blueprint:
    """Return a design from data/.

    Raises `pydantic.ValidationError`, which locates the fault, for an invalid design, and `FileNotFoundError` for an
    unknown name.
    """
    return Blueprint.model_validate(as_data(name))


def as_data(name: str = REFERENCE) -> dict[str, Any]:
    """Return a design as data.

    A file with `"instead_of"` contains only the differences from the design that it names.
    """
    if name == REFERENCE:
        about = "Monday's cloud, with the reference solutions of all nine steps."
        return {
            **after(len(steps())),
            "name": REFERENCE,
            "title": "Larkspur Tickets on Friday",
            "about": about,
        }
    given: dict[str, Any] = json.loads(
        data_path("day6", "designs", f"{name}.json").read_text(encoding="utf-8")
    )
    base = given.pop("instead_of", None)
    return given if base is None else changed(as_data(base), given)


def after(step: int) -> dict[str, Any]:
    """Return the reference's design, as data, after the first `step` steps; 0 returns the start."""
    whole = as_data(START)
    for stage in steps()[:step]:
        whole = changed(whole, stage.changes)
    return whole


def changed(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a design (as data) with these changes.

    Lists of named parts are changed part by part, by `name` (or `alias`), and objects key by key; None removes a part
    or key. A new part doesn't have to repeat its name. Policies and all other values replace the old values.
    """
    result = dict(base)
    for field, value in changes.items():
        before = base.get(field)
        if value is None:
            result.pop(field, None)
        elif isinstance(before, list) and isinstance(value, Mapping):
            result[field] = _list_changed(before, value, _naming(field))
        elif isinstance(before, Mapping) and isinstance(value, Mapping) and "Statement" not in value:
            result[field] = changed(before, value)
        else:
            result[field] = value
    return result


def _list_changed(before: list[Any], changes: Mapping[str, Any], naming: str) -> list[Any]:
    named = {_name_of(each): each for each in before}
    for name, change in changes.items():
        if change is None:
            named.pop(name, None)
        else:
            named[name] = changed(named.get(name, {naming: name}), change)
    return list(named.values())


def _naming(field: str) -> str:
    """Return the member that contains the names of a list's parts."""
    return {"keys": "alias", "providers": "url"}.get(field, "name")


_PARTS: dict[str, type[Model]] = {
    "units": Unit, "scps": Guardrail, "rcps": Guardrail, "keys": Key, "buckets": Bucket, "policies": ManagedPolicy,
    "roles": Role, "users": User, "trails": Trail,
}  # fmt: skip


def form(field: str) -> dict[str, str]:
    """Return the keys that a kind of part can have, each with its default or a note that it is required.

    Return {} for kinds without named parts.
    """
    if field not in _PARTS:
        return {}
    return {name: _default(member) for name, member in _PARTS[field].model_fields.items()}


def _default(member: FieldInfo) -> str:
    if member.is_required():
        return "required"
    value = member.get_default(call_default_factory=True)
    return "default: " + json.dumps(value)


def named(part: Any) -> dict[str, Any]:
    """Return the content of a part of a design (as data) by name, or {} if the part has no named content."""
    if isinstance(part, list):
        return {_name_of(each): each for each in part if isinstance(each, Mapping) and _name_of(each)}
    return dict(part) if isinstance(part, Mapping) else {}


def found(design: Mapping[str, Any], place: str) -> Any:
    """Return the part of a design (as data) at a path such as `roles/ci-deploy`.

    Raises `LookupError`, which lists the known names, for an unknown name.
    """
    now: Any = design
    for name in place.split("/"):
        within = named(now)
        if name not in within:
            raise UnknownName(f"there is no {name!r:.60}; the names here are: {', '.join(within) or 'none'}")
        now = within[name]
    return now


def _name_of(part: Mapping[str, Any]) -> str:
    return str(part.get("name", part.get("alias", part.get("url", ""))))
