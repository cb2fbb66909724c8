"""Side effects of an answer in the running cloud: access that it grants beyond its task.

The limit is the state of the cloud at the beginning of the exercise (labs_helpers.course.situations.cloud_snapshots).
Afterward, a new user or role must not be allowed anything, an existing user or role must not be allowed more than
before, and a resource-based policy must not let in an outsider whom it kept out before. The access that the task
requires has separate limits, which the exercise defines.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud import ADMIN, Thing, inventory, organization_of
from labs_helpers.course.grading.ceiling import (
    EVERYTHING,
    attached_to,
    empty_policy,
    make_caller,
    principal_words,
    search_for_witnesses,
)
from labs_helpers.course.situations import account_facts, other_changes
from labs_helpers.course.situations.cloud_snapshots import (
    sample_action,
    service_of,
    snapshot,
    snapshot_at_beginning,
)
from labs_helpers.course.situations.described_calls import with_known
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.course.situations.memory import Memory, ResourceAccess
from labs_helpers.engine.analysis.ceiling import Caller, Seed, deputies, guises, named, outsiders
from labs_helpers.engine.analysis.ceiling.callers import OUTSIDER
from labs_helpers.engine.policy import Attached, Policies, PolicyKind, Principal, PrincipalKind, parse_policy

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.kinds.exercise import Exercise
    from labs_helpers.engine.policy.grants import Grant
    from labs_helpers.engine.policy.principal_element import PrincipalSet

_POLICY_KINDS = {"iam": PolicyKind.TRUST, "kms": PolicyKind.KEY}
_SCENE = {"situations", "steps", "tries", "inquiries", "ceiling"}
"""The fields in which an exercise names its own people and accounts."""
_CREATED_WITH_ACCOUNTS = re.compile(
    rf"arn:aws:iam::\d{{12}}:(role/OrganizationAccountAccessRole|user/{ADMIN})"
)
"""The administrators of a new account: Organizations' role, and the cloud's own administrator."""


def callers(
    cloud: Cloud, exercise: Exercise, people: Collection[str] = (), resources: Collection[str] = ()
) -> Iterator[Caller]:
    """Yield the callers that might be allowed more than when the exercise began.

    `people` and `resources`: the ARNs of those that already have limits. A role can be in both: limits on its
    permissions say nothing about its trust policy.
    """
    before = snapshot_at_beginning(cloud, exercise.id)
    now = snapshot(cloud)
    for arn, policies in now.people.items():
        then = before.people.get(arn, Policies())
        # The administrators that come with a new account are not the learner's choice.
        created_with_account = arn not in before.people and _CREATED_WITH_ACCOUNTS.fullmatch(arn)
        if arn in people or policies == then or created_with_account:
            continue
        yield make_caller(Principal.from_arn(arn), policies, (then,), _seeds(now.resources))
    inside = _inside_accounts(cloud, exercise)
    # AWS writes the policies of all other keys.
    own_keys = {thing.name for thing in now.things if thing.kind == "KMS key"}
    for arn, access in now.resources.items():
        access_then = before.resources.get(arn)
        if access_then == access or (service_of(arn) == "kms" and arn not in own_keys):
            continue
        if arn not in resources:
            # The role that comes with a new account trusts the management account.
            own = {access.account, *([cloud.home] if _CREATED_WITH_ACCOUNTS.fullmatch(arn) else [])}
            yield from _callers_by_policy(arn, access, access_then, own)
        yield from _callers_by_grant(arn, access, access_then, inside, people)


def faults_of_things(cloud: Cloud, exercise: Exercise, allowed: other_changes.Allowed) -> tuple[Fault, ...]:
    """Return a fault for each thing that is new, gone, or changed since the exercise began, unless it is `allowed`."""
    inside = _inside_accounts(cloud, exercise)

    def counts(thing: Thing) -> bool:
        """Return True if the exercise is responsible for a thing: outsiders can do anything in their own accounts."""
        if _CREATED_WITH_ACCOUNTS.fullmatch(thing.name):
            return False
        account = thing.name.split(":")[4] if thing.name.startswith("arn:") else ""
        return not account or account in inside

    before, now = snapshot_at_beginning(cloud, exercise.id).things, inventory(cloud)
    found = other_changes.faults([*filter(counts, before)], [*filter(counts, now)], allowed)
    return tuple(replace(each, clauses=each.clauses or clause_numbers(exercise.beyond)) for each in found)


def losses(cloud: Cloud, exercise: Exercise, judged: Collection[str] = ()) -> Iterator[str]:
    """Yield a sentence for each user or role who can do less than when the exercise began.

    `judged`: the ARNs of the people in the task, whose work the exercise's own requests test.
    """
    before, now = snapshot_at_beginning(cloud, exercise.id), snapshot(cloud)
    for arn, then in before.people.items():
        policies = now.people.get(arn)
        if arn in judged or policies is None or policies == then:
            continue
        caller = make_caller(Principal.from_arn(arn), then, (policies,), _seeds(before.resources))
        for witness in search_for_witnesses([caller]).witnesses[:1]:
            request = witness.request
            place = "" if request.resource == "*" else f" on {request.resource}"
            who = principal_words(request.principal)
            yield f"{who} can no longer perform {request.action}{place}, which the task doesn't ask for."


def stories(cloud: Cloud, exercise: Exercise) -> tuple[str, ...]:
    """Return a sentence for each account fact that grants more access than when the exercise began."""
    return account_facts.stories(
        snapshot_at_beginning(cloud, exercise.id).facts, account_facts.facts(cloud), _scene(cloud, exercise)
    )


def outside_callers(cloud: Cloud) -> Iterator[Caller]:
    """Yield outsiders, and services that act for them, for each resource in the cloud. None should have access."""
    for arn, access in snapshot(cloud).resources.items():
        if access.policies.resource is None and service_of(arn) == "s3":
            continue
        kind = _policy_kind(arn)
        resource = access.policies.resource or empty_policy(kind)
        now = replace(access.policies, resource=resource, identity=(EVERYTHING,))
        most = Policies((EVERYTHING,), resource=empty_policy(kind))
        for principal in outsiders([now]):
            yield make_caller(principal, now, (most,), _seeds({arn: access}), (attached_to(arn),))
        if kind is not PolicyKind.TRUST:  # the role's own policies limit what a service can do as the role
            yield from _deputies(arn, access, now, most)


def _deputies(arn: str, access: ResourceAccess, now: Policies, most: Policies) -> Iterator[Caller]:
    """Yield the services that a resource's policy lets in, each with a request that it sends for an outsider.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention
    """
    account = Principal.from_arn(OUTSIDER).account or ""
    for principal, sources in deputies([now]).items():
        sent_for = {"aws:sourceaccount": (account,), "aws:sourcearn": sources}
        caller = make_caller(principal, now, (most,), _seeds({arn: access}), (attached_to(arn),))
        keys = {key: values[0] for key, values in sent_for.items()}
        yield replace(caller, context={**caller.context, **keys}, only=sent_for)


def _scene(cloud: Cloud, exercise: Exercise) -> str:
    """Return the exercise's tries and inquiries as JSON, with the known IDs of the resources that it names."""
    return with_known(exercise.model_dump_json(include=_SCENE), cloud.part(Memory).kept)


def _policy_kind(arn: str) -> PolicyKind:
    return _POLICY_KINDS.get(service_of(arn), PolicyKind.RESOURCE)


def _inside_accounts(cloud: Cloud, exercise: Exercise) -> set[str]:
    """Return the accounts that don't belong to outsiders: the learner's, the organization's, and those in the scene."""
    organization = organization_of(cloud)
    members = organization.members if organization is not None else ()
    named_in_scene = re.findall(r"\b\d{12}\b", _scene(cloud, exercise))
    return {cloud.home, *members, *named_in_scene} - {Principal.from_arn(OUTSIDER).account}


def _seeds(resources: dict[str, ResourceAccess]) -> tuple[Seed, ...]:
    return tuple(Seed(sample_action(arn), arn, access.account, {}) for arn, access in resources.items())


def _callers_by_policy(
    arn: str, now: ResourceAccess, then: ResourceAccess | None, own: set[str]
) -> Iterator[Caller]:
    """Yield the callers whom a resource's own policy might let in, now and when the exercise began.

    Principals in other accounts appear twice: without any policy, and with every permission that their own account can
    give. Principals in the accounts `own`, such as the resource's, appear only by name.
    """
    kind = _policy_kind(arn)
    before = then.policies if then is not None else Policies()
    sides = [replace(each, resource=each.resource or empty_policy(kind)) for each in (now.policies, before)]
    seeds, within = _seeds({arn: now}), (attached_to(arn),)
    everyone = (*outsiders(sides), *named(sides, now.account))
    for principal in dict.fromkeys(everyone):
        if principal.kind is PrincipalKind.SERVICE and kind is PolicyKind.TRUST:
            continue  # the role's own policies limit what a service can do as the role
        for identity in ((),) if principal.account in own else ((), (EVERYTHING,)):
            answer, most = (replace(side, grants=None, identity=identity) for side in sides)
            yield make_caller(principal, answer, (most,), seeds, within)
    for guise in guises(sides):  # a caller of another organization, for instance
        answer, most = (replace(side, grants=None, identity=(EVERYTHING,)) for side in sides)
        outsider = make_caller(Principal.from_arn(OUTSIDER), answer, (most,), seeds, within)
        yield replace(outsider, context={**outsider.context, **guise})


def _callers_by_grant(
    arn: str,
    now: ResourceAccess,
    then: ResourceAccess | None,
    inside: set[str],
    judged: Collection[str],
) -> Iterator[Caller]:
    """Yield the grantees of each new grant of a KMS key, and the outsiders who can retire it."""
    old = (then.policies.grants if then is not None else None) or ()
    new = [grant for grant in now.policies.grants or () if grant not in old]
    most = then.policies.resource if then is not None else None
    for grant in new:
        users = _named(grant.grantee, inside) - set(judged)
        retiring = _named(grant.retiring, inside) if grant.retiring is not None else frozenset()
        enders = {name for name in retiring if Principal.from_arn(name).account not in inside}
        for name in sorted(users | enders):
            caller = Principal.from_arn(name)
            identity = () if caller.account in inside else (EVERYTHING,)
            allowed = (grant.operations if name in users else frozenset()) | (
                {"kms:retiregrant"} if name in enders else frozenset()
            )
            yield make_caller(
                caller,
                Policies(identity, resource=_as_key_policy(grant, name, allowed, f"the grants of {arn}")),
                (Policies(identity, resource=most or empty_policy(PolicyKind.KEY)),),
                _seeds({arn: now}),
                (arn,),
            )


def _named(principals: PrincipalSet, inside: set[str]) -> frozenset[str]:
    """Return the ARNs that a grant names, and those of the other accounts that it names."""
    accounts = {f"arn:aws:iam::{account}:root" for account in principals.accounts - inside}
    return frozenset(principals.arns | accounts)


def _as_key_policy(grant: Grant, caller: str, allowed: Collection[str], name: str) -> Attached:
    """Return a key policy that allows a caller these actions under a grant's constraints, and nothing else."""
    pairs = {**(grant.equals or {}), **(grant.subset or {})}
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": caller},
        "Action": sorted(allowed),
        "Resource": "*",
    }
    if pairs and allowed != {"kms:retiregrant"}:  # constraints don't apply to retiring
        tests = {f"kms:EncryptionContext:{key}": value for key, value in pairs.items()}
        statement["Condition"] = {"StringEquals": tests}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Attached(name, parse_policy(document, PolicyKind.KEY))
