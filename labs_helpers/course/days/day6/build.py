"""The builder, which creates a blueprint's resources in a cloud with the calls that would create them on AWS.

The management account creates the organization, the directory, and the guardrails. Everything in member accounts is
created through `OrganizationAccountAccessRole`, which only the management account can assume. A second build changes
only the parts that differ from the first.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labs_helpers.course.days.day6.blueprint import Blueprint, filled
from labs_helpers.course.days.day6.building import customers, identities, organization, people, storage
from labs_helpers.course.days.day6.company import Company
from labs_helpers.course.situations.identity_clients import client_as

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

Told = Callable[[int, int, str], None]
"""A progress callback: the part's number, the number of all parts, and the name of the next part."""

_REMOVED_LAST = ("policies", "keys")
"""The sections whose parts are removed last, because parts in other sections use them until these are changed."""
_SECTIONS = (
    "units", "accounts", "policies", "groups", "users_of_directory", "permission_sets", "assignments",
    "user_pool", "providers", "users", "roles", "keys", "user_policies", "role_policies", "set_policies", "buckets",
    "bucket_policies", "pool_roles", "trails", "rails",
)  # fmt: skip
"""The sections in the order in which they are built: every part follows the parts that it refers to."""
_LABELS = {"units": "OUs", "users_of_directory": "directory users", "rails": "guardrails"}
"""The sections whose labels differ from their names."""


def build(
    cloud: Cloud, blueprint: Blueprint, *, company: Company | None = None, told: Told | None = None
) -> Company:
    """Build a blueprint. If `company` is the result of an earlier build, change only what differs.

    Raises the `ClientError` of the first denied call. The parts built until then stay, and the next build continues
    from there.
    """
    company = company or Company(cloud)
    company.known["home"] = blueprint.home
    company.renew()
    if "organization" not in company.known:
        organization.create(company)
    wanted = dict(parts(blueprint))
    gone = [place for place in company.built if place not in wanted and place[0] in _REMOVE]
    changed = [
        place for place, part in wanted.items() if company.built.get(place) != _with_values(part, company)
    ]
    for place in _trails_to_verify(wanted, changed):
        if place not in changed:
            # The trail counts as changed until CloudTrail has verified it, even if this build fails.
            company.built[place] = {**company.built[place], **_ALTERED["trails"]}
            changed.append(place)
    todo = sorted([*gone, *changed], key=lambda place: _order(place, wanted, company))
    for number, (section, name) in enumerate(todo, 1):
        if told:
            told(number, len(todo), f"{_LABELS.get(section, section.replace('_', ' '))}: {name}")
        if (section, name) not in wanted:
            _REMOVE[section](company, name)
            del company.built[section, name]
            continue
        part = filled(wanted[section, name], company.known)
        _MAKE[section](company, name, part, company.built.get((section, name)))
        company.built[section, name] = part
    return company


def _trails_to_verify(
    wanted: Mapping[tuple[str, str], Any], changed: Collection[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return the trails whose key has changed.

    CloudTrail verifies that it can use a key only when a trail is created or updated. Updating these trails therefore
    detects an unsuitable key policy, even if the trails already exist.
    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
    """
    return [
        (section, name)
        for (section, name), part in wanted.items()
        if section == "trails" and ("keys", part["key"]) in changed
    ]


def _order(place: tuple[str, str], wanted: Mapping[tuple[str, str], Any], company: Company) -> int:
    """Return the order of a change: existing guardrails first, new ones last, since they can restrict the platform."""
    section, _ = place
    if section == "rails":
        return 0 if place in company.built else 4
    if place in wanted:
        return 2
    return 3 if section in _REMOVED_LAST else 1


def _with_values(part: Any, company: Company) -> Any:
    """Return a part with known values filled in, or an object that equals nothing if a value is still unknown."""
    try:
        return filled(part, company.known)
    except LookupError:
        return object()


def parts(blueprint: Blueprint) -> Iterator[tuple[tuple[str, str], Any]]:
    """Yield all parts of a blueprint, as data, in the order in which they are built."""
    data = blueprint.model_dump(mode="json")
    sections = _sections(data)
    for section in _SECTIONS:
        for name, part in sections[section].items():
            yield (section, name), part


def _sections(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    staff, shop = data["people"], data["customers"]
    placed = {f"{each['account']}/{each['name']}": each for each in data["roles"]}
    users = {f"{each['account']}/{each['name']}": each for each in data["users"]}
    rails = {f"{kind}/{rail['name']}": rail for kind in organization.TYPES for rail in data[kind]}
    return {
        "units": {unit["name"]: unit for unit in data["units"]},
        "accounts": {name: account["unit"] for name, account in data["accounts"].items()},
        "policies": {
            f"{account}/{each['name']}": {**each, "account": account}
            for each in data["policies"]
            for account in each["accounts"]
        },
        "groups": {group: group for groups in staff["users"].values() for group in groups},
        "users_of_directory": staff["users"],
        "permission_sets": {
            each["name"]: {name: each[name] for name in ("about", "session", "managed", "boundary")}
            for each in staff["permission_sets"]
        },
        "set_policies": {each["name"]: each["policy"] for each in staff["permission_sets"]},
        "assignments": {
            f"{each['group']}/{each['permission_set']}/{account}": {**each, "account": account}
            for each in staff["assignments"]
            for account in each["accounts"]
        },
        "user_pool": {shop["user_pool"]: shop},
        "pool_roles": {shop["identity_pool"]: shop},
        "providers": {f"{each['account']}/{each['url']}": each for each in data["providers"]},
        "users": {name: _without_policies(each) for name, each in users.items()},
        "roles": {name: _without_policies(each) for name, each in placed.items()},
        "keys": {key["alias"]: key for key in data["keys"]},
        "user_policies": users,
        "role_policies": placed,
        "buckets": {bucket["name"]: {**bucket, "policy": None} for bucket in data["buckets"]},
        "bucket_policies": {bucket["name"]: bucket for bucket in data["buckets"]},
        "trails": {trail["name"]: trail for trail in data["trails"]},
        "rails": rails,
    }


def _without_policies(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in ("policies", "managed")}


_MAKE: dict[str, Callable[[Company, str, Any, Any], None]] = {
    "units": organization.unit,
    "accounts": organization.account,
    "rails": organization.guardrail,
    "groups": people.group,
    "users_of_directory": people.person,
    "permission_sets": people.permission_set,
    "set_policies": people.set_policy,
    "assignments": people.assignment,
    "user_pool": customers.user_pool,
    "pool_roles": customers.pool_roles,
    "policies": identities.managed_policy,
    "providers": identities.provider,
    "roles": identities.role,
    "role_policies": identities.role_policies,
    "users": identities.user,
    "user_policies": identities.user_policies,
    "keys": storage.key,
    "buckets": storage.bucket,
    "bucket_policies": storage.bucket_policy,
    "trails": storage.trail,
}
_REMOVE: dict[str, Callable[[Company, str], None]] = {
    "rails": organization.remove_guardrail,
    "users_of_directory": people.remove_person,
    "assignments": people.remove_assignment,
    "policies": identities.remove_managed_policy,
    "keys": storage.remove_key,
    "trails": storage.remove_trail,
}


def restore(company: Company, section: str, name: str) -> None:
    """Restore a part to the way it was built.

    The part is a bucket's policy or versioning, a role's boundary and trust policy, the policies of a role or user, or
    a trail. Raises `KeyError` for a part that was not built.
    """
    part = company.built[section, name]
    if section == "trails":
        storage.restore_trail(company, name, part)
    else:
        _MAKE[section](company, name, part, {**part, **_ALTERED[section]})


def restore_bucket_policies(company: Company) -> None:
    """Restore all bucket policies to the way they were built. Raises `ClientError` for the first denied call."""
    for section, name in company.built:
        if section == "bucket_policies":
            restore(company, section, name)


def unlock(company: Company) -> None:
    """Remove policies that might lock the builder out: all guardrails, and all bucket policies (as root users).

    The removed parts are recorded as not built. Raises `ClientError` for the first denied call.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
    """
    for section, name in [place for place in company.built if place[0] == "rails"]:
        organization.remove_guardrail(company, name)
        del company.built[section, name]
    for (section, name), part in company.built.items():
        if section == "bucket_policies" and part["policy"] is not None:
            number = company.account(part["account"])
            company.cloud.root(number)
            root = client_as(company.cloud, company.cloud.keys(f"root-{number}"), "s3", company.known["home"])
            root.delete_bucket_policy(Bucket=part["name"])
            company.built[section, name] = {**part, "policy": None}


_ALTERED: dict[str, dict[str, Any]] = {
    "bucket_policies": {"policy": {}},
    "buckets": {"versioning": None, "key": ""},
    "role_policies": {"policies": {}, "managed": []},
    "user_policies": {"policies": {}},
    "roles": {"boundary": "another", "trust": {}},
    "trails": {"validated": None},
}
"""Values to record for a part that is already built, so that it counts as changed and is built again."""


def denied(error: ClientError) -> bool:
    """Return True if a policy explicitly denied the call, which means that the policy must exempt the builder."""
    return "explicit deny" in error.response["Error"].get("Message", "")


def refusal(error: ClientError) -> str:
    """Return the error of one of the builder's calls, such as `CreateRole: AccessDenied: …`."""
    answer = error.response["Error"]
    return f"{error.operation_name}: {answer['Code']}: {answer.get('Message', '')}"
