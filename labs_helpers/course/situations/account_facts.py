"""What no policy of a user or resource tells of a cloud: who can sign in with what, and how its organization stands.

Each is a fact, a tuple of words of which the first is its kind. Most give more when they come: a password, a key, an
account, a service that is trusted. A rail gives more when it goes, and an account's place below it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from labs_helpers.cloud import ADMIN, RCP, SCP, Organization, organization_of, ways_in

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

Fact = tuple[str, ...]

_CAME = {
    "password": "The user {0} of account {1} has a password for the console: more than the task asks for. "
    "`delete_login_profile` takes it away.",
    "key": "The user {0} of account {1} has one access key more than before: more than the task asks for. "
    "`delete_access_key` takes one away.",
    "account": "The account {0} ({1}) is in the organization: more than the task asks for. "
    "`close_account` closes it.",
    "trusted": "The organization trusts {0}: more than the task asks for. "
    "`disable_aws_service_access` takes that back.",
    "delegated": "The account {0} administers {1} for all others: more than the task asks for. "
    "`deregister_delegated_administrator` takes that back.",
    "handed over": "The organization's resource policy hands over more than the task asks for. "
    "`delete_resource_policy` takes that back.",
}
_WENT = {
    "rail": "{0} ({1}) is bound by less than before: more than the task asks for. "
    "The policy {2} hangs there no longer, or says something else.",
    "place": "The account {0} ({1}) is no longer where it was, below other policies: more than the task asks for. "
    "`move_account` brings it back.",
}
_ASKED_FOR_BY = {"account": (1,), "trusted": (0,), "delegated": (0, 1)}
"""Kind → which of the words an exercise names that asks for such a fact itself, and judges it."""


def facts(cloud: Cloud) -> frozenset[Fact]:
    """What is so now."""
    organization = organization_of(cloud)
    governed = () if organization is None else _governed(organization, cloud)
    return frozenset((*_sign_in_facts(cloud), *governed))


def stories(before: Collection[Fact], now: Collection[Fact], exercise: str) -> tuple[str, ...]:
    """What gives more now than before, in words, apart from what the text of the exercise itself asks for."""
    came = [
        _CAME[kind].format(*words)
        for kind, *words in sorted({*now} - {*before})
        if kind in _CAME and not _asked_for(kind, words, exercise)
    ]
    went = [_WENT[kind].format(*words) for kind, *words in sorted({*before} - {*now}) if kind in _WENT]
    return (*came, *went)


def _asked_for(kind: str, words: list[str], exercise: str) -> bool:
    places = _ASKED_FOR_BY.get(kind, ())
    return bool(places) and all(words[place] in exercise for place in places)


def _sign_in_facts(cloud: Cloud) -> Iterator[Fact]:
    """The passwords and the access keys, first, second, of users."""
    for arn in cloud.identities():
        _, _, _, _, account, resource = arn.split(":", 5)
        if not resource.startswith("user/"):
            continue
        name = resource.rpartition("/")[2]
        has_password, keys = ways_in(account, name)
        if has_password:
            yield "password", name, account
        if name == ADMIN:  # whose keys the cloud makes
            continue
        yield from (("key", name, account, str(number)) for number in range(1, keys + 1))


def _governed(organization: Organization, cloud: Cloud) -> Iterator[Fact]:
    """The accounts and where they stand, whom the organization trusts, and what hangs where."""
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
