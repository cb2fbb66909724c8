"""Facts about access that aren't in the policies of users or resources: credentials, and the state of the organization.

A fact is a tuple of words; the first is its kind. Most facts indicate more access when they appear: a password, an
access key, an account, a trusted service. Others, such as a guardrail, or an account's membership in an OU, indicate
more access when they disappear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from labs_helpers.cloud import ADMIN, RCP, SCP, Organization, organization_of, ways_in

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

Fact = tuple[str, ...]

_WHEN_NEW = {
    "password": "The user {0} in account {1} has a console password, which is more than the task asks for. "
    "`delete_login_profile` removes it.",
    "key": "The user {0} in account {1} has an additional access key, which is more than the task asks for. "
    "`delete_access_key` removes it.",
    "account": "The account {0} ({1}) is in the organization, which is more than the task asks for. "
    "`close_account` closes it.",
    "trusted": "The organization trusts {0}, which is more than the task asks for. "
    "`disable_aws_service_access` undoes that.",
    "delegated": "The account {0} is a delegated administrator for {1}, which is more than the task asks for. "
    "`deregister_delegated_administrator` undoes that.",
    "handed over": "The organization's resource policy delegates more than the task asks for. "
    "`delete_resource_policy` undoes that.",
}
_WHEN_GONE = {
    "rail": "{0} ({1}) has fewer restrictions than before, which is more than the task asks for. "
    "The policy {2} is no longer attached, or was changed.",
    "place": "The account {0} ({1}) was moved, so other policies apply to it, which is more than the task asks for. "
    "`move_account` moves it back.",
}
_REQUIRED_BY = {"account": (1,), "trusted": (0,), "delegated": (0, 1)}
"""Kind of fact → positions of words in it. A task requires a fact if its exercise contains the words at these
positions."""


def facts(cloud: Cloud) -> frozenset[Fact]:
    """Return all facts about a cloud in its current state."""
    organization = organization_of(cloud)
    organization_facts = () if organization is None else _organization_facts(organization, cloud)
    return frozenset((*_credential_facts(cloud), *organization_facts))


def stories(before: Collection[Fact], now: Collection[Fact], exercise: str) -> tuple[str, ...]:
    """Return a sentence for each change that grants more access than before.

    `exercise` is the exercise's JSON: facts that its task requires are omitted.
    """
    new = [
        _WHEN_NEW[kind].format(*words)
        for kind, *words in sorted({*now} - {*before})
        if kind in _WHEN_NEW and not _is_required(kind, words, exercise)
    ]
    gone = [
        _WHEN_GONE[kind].format(*words) for kind, *words in sorted({*before} - {*now}) if kind in _WHEN_GONE
    ]
    return (*new, *gone)


def _is_required(kind: str, words: list[str], exercise: str) -> bool:
    places = _REQUIRED_BY.get(kind, ())
    return bool(places) and all(words[place] in exercise for place in places)


def _credential_facts(cloud: Cloud) -> Iterator[Fact]:
    """Yield the console passwords and the numbered access keys of all users."""
    for arn in cloud.identities():
        _, _, _, _, account, resource = arn.split(":", 5)
        if not resource.startswith("user/"):
            continue
        name = resource.rpartition("/")[2]
        has_password, keys = ways_in(account, name)
        if has_password:
            yield "password", name, account
        if name == ADMIN:  # the cloud itself creates this user's keys
            continue
        yield from (("key", name, account, str(number)) for number in range(1, keys + 1))


def _organization_facts(organization: Organization, cloud: Cloud) -> Iterator[Fact]:
    """Yield the accounts with their positions, trusted services, delegated administrators, and attached guardrails."""
    now = cloud.clock.now()
    for member in organization.members.values():
        if member.status(now) == "ACTIVE":
            yield "account", member.name, member.id
            yield "place", member.name, member.id, member.parent
    yield from (("trusted", service) for service in organization.services)
    for account, services in organization.delegated.items():
        yield from (("delegated", account, service) for service in services)
    if organization.resource_policy is not None:
        yield "handed over", _digest(organization.resource_policy.content)
    for target in organization.targets():
        name, _ = organization.target_name(target)
        for policy in (each for kind in (SCP, RCP) for each in organization.attached_to(target, kind)):
            if not policy.aws_managed:
                yield "rail", name, target, policy.name, _digest(policy.content)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
