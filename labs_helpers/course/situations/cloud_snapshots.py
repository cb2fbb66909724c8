"""Snapshots of the running cloud: one from the beginning of each exercise, for comparison during its check.

Between the beginning of an exercise and its check, the lesson continues, and the learner solves other exercises. Each
change is therefore credited to one exercise or to the lesson, and the check of an exercise considers only its own
changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from labs_helpers.cloud import inventory
from labs_helpers.course.situations import account_facts
from labs_helpers.course.situations.changing_calls import credit_calls
from labs_helpers.course.situations.memory import Memory, ResourceAccess, Snapshot
from labs_helpers.engine.policy import Policies

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_ACTIONS = {
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
"""Service → an action to evaluate its resource-based policies with."""
_SERVICE_LINKED = ":role/aws-service-role/"
"""Roles that only AWS services can assume, so no other principal gets their permissions."""
_MANAGED_BY_AWS = (_SERVICE_LINKED, ":role/aws-reserved/")
"""Roles that customers can't change, and whose trust policies AWS writes."""


def service_of(arn: str) -> str:
    """Return the service in an ARN: `s3` for `arn:aws:s3:::payroll`."""
    return arn.split(":")[2]


def sample_action(arn: str) -> str:
    """Return an action for evaluating a resource's policy, such as `s3:ListBucket` for a bucket."""
    return _ACTIONS[service_of(arn)]


def snapshot(cloud: Cloud) -> Snapshot:
    """Return the current state of the cloud: people, resources with a policy, account facts, and things.

    Buckets are included even without a policy, because an ACL can let outsiders in.
    """
    things = inventory(cloud)
    buckets = sorted(thing.name for thing in things if thing.kind == "bucket")
    return Snapshot(
        {arn: policies_in_force(cloud, arn) for arn in cloud.identities() if _SERVICE_LINKED not in arn},
        {
            arn: _resource_access(cloud, arn)
            for arn in dict.fromkeys((*cloud.resources_with_policies(), *buckets))
            if not any(path in arn for path in _MANAGED_BY_AWS)
        },
        account_facts.facts(cloud),
        things,
    )


def policies_in_force(cloud: Cloud, principal: str) -> Policies:
    """Return the current policies and boundary of a user or role, or none if the user or role no longer exists."""
    try:
        found = cloud.judge(principal, "iam:GetAccountSummary", "*").policies
    except LookupError:
        return Policies()
    return Policies(identity=found.identity, boundary=found.boundary)


def _resource_access(cloud: Cloud, arn: str) -> ResourceAccess:
    judgement = cloud.judge("*", sample_action(arn), arn)
    found = judgement.policies
    return ResourceAccess(
        judgement.request.account or "", Policies(resource=found.resource, grants=found.grants, rcp=found.rcp)
    )


def snapshot_at_beginning(cloud: Cloud, id: str) -> Snapshot:
    """Return the snapshot from the beginning of the exercise `id`, or take it now if the exercise hasn't begun yet."""
    memory = cloud.part(Memory)
    if id not in memory.before:
        now = snapshot(cloud)
        _credit(cloud, now, None)
        memory.before[id] = Snapshot(dict(now.people), dict(now.resources), now.facts, now.things)
    return memory.before[id]


def begin_or_continue(cloud: Cloud, id: str) -> None:
    """Begin or continue the exercise `id`, and credit all changes to it that haven't been credited yet."""
    snapshot_at_beginning(cloud, id)
    credit_exercise(cloud, id)


def credit_exercise(cloud: Cloud, id: str) -> None:
    """Credit all changes that haven't been credited yet to the exercise `id`, and not to any other exercise."""
    if cloud.part(Memory).before:
        _credit(cloud, snapshot(cloud), id)


def credit_lesson(cloud: Cloud) -> None:
    """Credit all changes that haven't been credited yet to the lesson, so that no exercise's check considers them."""
    if cloud.part(Memory).before:
        _credit(cloud, snapshot(cloud), None)


@contextmanager
def crediting_no_exercise(cloud: Cloud) -> Iterator[None]:
    """Credit the changes in the block to the lesson.

    Earlier changes stay uncredited until a later call credits them.
    """
    memory, earlier = cloud.part(Memory), snapshot(cloud)
    yield
    later = snapshot(cloud)
    for known in (*memory.before.values(), memory.last):
        known.apply_changes(earlier, later)


def _credit(cloud: Cloud, now: Snapshot, id: str | None) -> None:
    memory = cloud.part(Memory)
    for other, before in memory.before.items():
        if other != id:
            before.apply_changes(memory.last, now)
    memory.last = now
    credit_calls(cloud, id)
