"""What an answer in the running cloud did beside its task: who came, who may do more, which doors opened to strangers,
and what no policy tells.

How the cloud was when the exercise began is kept beside it. Afterwards a user or role that came since may do nothing,
one that was there may do no more than then, and nobody from outside gets at a resource by its own policy who could not
get at it then. What the task itself asks for is the exercise's own to limit; what the lesson does meanwhile is its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from labs_helpers.cloud import ADMIN, organization_of
from labs_helpers.course.grading.ceiling import EVERYTHING, attached_to, make
from labs_helpers.course.situations import account_facts
from labs_helpers.course.situations.described_calls import Before, Door, Memory, with_known
from labs_helpers.engine.analysis.ceiling import Caller, Seed, guises, named
from labs_helpers.engine.analysis.ceiling.callers import OUTSIDER
from labs_helpers.engine.policy import Attached, Policies, PolicyKind, Principal, PrincipalKind, parse_policy

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.grading.kinds.exercise import Exercise
    from labs_helpers.engine.policy.grants import Grant

_ASKED = {
    "s3": "s3:ListBucket",
    "iam": "sts:AssumeRole",
    "kms": "kms:Decrypt",
    "sqs": "sqs:ReceiveMessage",
    "sns": "sns:Publish",
    "secretsmanager": "secretsmanager:GetSecretValue",
    "lambda": "lambda:InvokeFunction",
    "dynamodb": "dynamodb:GetItem",
    "events": "events:PutEvents",
    "logs": "logs:PutSubscriptionFilter",
}
"""By service, an action by which the policy of a resource is asked for."""
_KINDS = {"iam": PolicyKind.TRUST, "kms": PolicyKind.KEY}
_SCENE = {"situations", "steps", "tries", "inquiries", "ceiling"}
"""Where an exercise speaks of those who belong to it."""
_LINKED = ":role/aws-service-role/"
"""Roles that none but AWS's services take on: whatever they may do, nobody may do more for it."""
_OF_AWS = (_LINKED, ":role/aws-reserved/")
"""Roles whose trust policies AWS writes, and nobody else can change."""
_MADE_WITH_ACCOUNTS = re.compile(rf"arn:aws:iam::\d{{12}}:(role/OrganizationAccountAccessRole|user/{ADMIN})")
"""Who administers an account that was made since: Organizations' role, and the cloud's own administrator."""


def seen(cloud: Cloud) -> Before:
    """How the cloud is now."""
    return Before(
        {arn: in_force_now(cloud, arn) for arn in cloud.identities() if _LINKED not in arn},
        {arn: _door(cloud, arn) for arn in cloud.resources_with_policies() if not _is_of_aws(arn)},
        account_facts.facts(cloud),
    )


def in_force_now(cloud: Cloud, principal: str) -> Policies:
    """The policies of a user or role and its boundary; none if there is no such user or role any more."""
    try:
        found = cloud.judge(principal, "iam:GetAccountSummary", "*").policies
    except LookupError:
        return Policies()
    return Policies(identity=found.identity, boundary=found.boundary)


def begin(cloud: Cloud, id: str) -> Before:
    """How the cloud was when an exercise began: as it is now, if that is not known yet."""
    memory = cloud.part(Memory)
    if id not in memory.before:
        now = seen(cloud)
        _credit(memory, now)
        memory.before[id] = Before(dict(now.people), dict(now.doors), now.facts)
    return memory.before[id]


def go_on(cloud: Cloud, id: str) -> None:
    """Begin an exercise, or go on with it: what changed since the last turn is its own."""
    begin(cloud, id)
    turn(cloud, id)


def turn(cloud: Cloud, id: str | None = None) -> None:
    """Credit what changed since the last turn: to the exercise `id`, or to the lesson, if none is named.

    A lesson goes on between the beginning of an exercise and its end, and other exercises are solved meanwhile: what
    they change is no doing of this one's.
    """
    memory = cloud.part(Memory)
    if memory.before:
        _credit(memory, seen(cloud), id)


def _credit(memory: Memory, now: Before, id: str | None = None) -> None:
    for each, before in memory.before.items():
        if each != id:
            before.take_over(memory.last, now)
    memory.last = now


def callers(cloud: Cloud, exercise: Exercise, judged: Collection[str] = ()) -> Iterator[Caller]:
    """Everybody who may do more than when the exercise began; `judged`: people and resources with limits already."""
    before = begin(cloud, exercise.id)
    now = seen(cloud)
    for arn, policies in now.people.items():
        then = before.people.get(arn, Policies())
        if (
            arn in judged
            or policies == then
            or (arn not in before.people and _MADE_WITH_ACCOUNTS.fullmatch(arn))
        ):
            continue
        yield make(Principal.from_arn(arn), policies, (then,), _seeds(now.doors))
    inside = _inside(cloud, exercise)
    for arn, door in now.doors.items():
        then_door = before.doors.get(arn)
        if then_door == door:
            continue
        if arn not in judged:
            yield from _coming_in(arn, door, then_door, inside)
        yield from _by_grants(arn, door, then_door, inside, judged)


def told(cloud: Cloud, exercise: Exercise) -> tuple[str, ...]:
    """What no policy tells and gives more than when the exercise began, in words."""
    return account_facts.stories(
        begin(cloud, exercise.id).facts, account_facts.facts(cloud), _scene(cloud, exercise)
    )


def _scene(cloud: Cloud, exercise: Exercise) -> str:
    """What the exercise tries and asks, with the ids of what it names as far as they are known."""
    return with_known(exercise.model_dump_json(include=_SCENE), cloud.part(Memory).kept)


def strangers(cloud: Cloud) -> Iterator[Caller]:
    """Strangers and nobody before every door of the cloud, of whom none may come in."""
    for arn, door in seen(cloud).doors.items():
        kind = _KINDS.get(_service(arn), PolicyKind.RESOURCE)
        now = replace(door.policies, resource=door.policies.resource or nothing(kind), identity=(EVERYTHING,))
        most = Policies((EVERYTHING,), resource=nothing(kind))
        seeds = (Seed(_ASKED[_service(arn)], arn, door.account, {}),)
        for principal in (Principal.from_arn(OUTSIDER), Principal.anonymous()):
            yield make(principal, now, (most,), seeds, (attached_to(arn),))


def _is_of_aws(arn: str) -> bool:
    return any(path in arn for path in _OF_AWS)


def _door(cloud: Cloud, arn: str) -> Door:
    judgement = cloud.judge("*", _ASKED[_service(arn)], arn)
    force = judgement.policies
    return Door(
        judgement.request.account or "", Policies(resource=force.resource, grants=force.grants, rcp=force.rcp)
    )


def _service(arn: str) -> str:
    return arn.split(":")[2]


def _inside(cloud: Cloud, exercise: Exercise) -> set[str]:
    """The accounts that are no strangers': the learner's, the organization's, those that the scene speaks of."""
    organization = organization_of(cloud)
    members = organization.members if organization is not None else ()
    spoken_of = re.findall(r"\b\d{12}\b", _scene(cloud, exercise))
    return {cloud.home, *members, *spoken_of} - {Principal.from_arn(OUTSIDER).account}


def _seeds(doors: dict[str, Door]) -> tuple[Seed, ...]:
    return tuple(Seed(_ASKED[_service(arn)], arn, door.account, {}) for arn, door in doors.items())


def _coming_in(arn: str, now: Door, then: Door | None, inside: set[str]) -> Iterator[Caller]:
    """Who gets at a resource: strangers with nothing and with all that their own account can give, others by name."""
    kind = _KINDS.get(_service(arn), PolicyKind.RESOURCE)
    before = then.policies if then is not None else Policies()
    sides = [replace(each, resource=each.resource or nothing(kind)) for each in (now.policies, before)]
    seeds = (Seed(_ASKED[_service(arn)], arn, now.account, {}),)
    everyone = (Principal.from_arn(OUTSIDER), Principal.anonymous(), *named(sides, now.account))
    for principal in dict.fromkeys(everyone):
        if principal.kind is PrincipalKind.SERVICE and kind is PolicyKind.TRUST:
            continue  # what a service may do as a role is the role's to limit
        for identity in ((), (EVERYTHING,)) if principal.account not in inside else ((),):
            answer, most = (replace(side, grants=None, identity=identity) for side in sides)
            yield make(principal, answer, (most,), seeds, (attached_to(arn),))
    for guise in guises(sides):  # somebody of another organization, for instance
        answer, most = (replace(side, grants=None, identity=(EVERYTHING,)) for side in sides)
        stranger = make(Principal.from_arn(OUTSIDER), answer, (most,), seeds, (attached_to(arn),))
        yield replace(stranger, context={**stranger.context, **guise})


def _by_grants(
    arn: str, now: Door, then: Door | None, inside: set[str], judged: Collection[str]
) -> Iterator[Caller]:
    """Who may use a key by a grant that it did not have."""
    old = (then.policies.grants if then is not None else None) or ()
    new = [grant for grant in now.policies.grants or () if grant not in old]
    seeds = (Seed(_ASKED["kms"], arn, now.account, {}),)
    for grant in new:
        accounts = {f"arn:aws:iam::{account}:root" for account in grant.grantee.accounts - inside}
        for name in sorted((grant.grantee.arns | accounts) - set(judged)):
            grantee = Principal.from_arn(name)
            identity = () if grantee.account in inside else (EVERYTHING,)
            most = then.policies.resource if then is not None else None
            yield make(
                grantee,
                Policies(identity, resource=_as_policy(grant, name, f"the grants of {arn}")),
                (Policies(identity, resource=most or nothing(PolicyKind.KEY)),),
                seeds,
                (arn,),
            )


def _as_policy(grant: Grant, grantee: str, name: str) -> Attached:
    """A grant in the words of a key policy: it allows, and no more than that."""
    pairs = {**(grant.equals or {}), **(grant.subset or {})}
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"AWS": grantee},
        "Action": sorted(grant.operations),
        "Resource": "*",
    }
    if pairs:
        tests = {f"kms:EncryptionContext:{key}": value for key, value in pairs.items()}
        statement["Condition"] = {"StringEquals": tests}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Attached(name, parse_policy(document, PolicyKind.KEY))


def nothing(kind: PolicyKind) -> Attached:
    """What stands for a resource policy that there is not: one that says nothing."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "none:None", "Resource": "*"}
    if kind is PolicyKind.TRUST:
        del statement["Resource"]
    return Attached("no policy", parse_policy({"Version": "2012-10-17", "Statement": [statement]}, kind))
