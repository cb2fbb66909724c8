"""An exercise tests every requirement in its task, so its probes are closer than the scoreboard's."""

from __future__ import annotations

import copy

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import blueprint, capstone_scoreboard
from labs_helpers.course.days.day6.company_probes import closer
from labs_helpers.course.days.day6.company_probes import load as load_probes
from labs_helpers.course.days.day6.design_grading import build_company, judge
from labs_helpers.course.grading.exercise_loading import load

STEPS = sorted({probe.step for probe in closer()})


@pytest.fixture(scope="module")
def cloud():
    with Cloud(seed=6) as one:
        yield one


def of_step(step):
    return tuple(probe for probe in closer() if probe.step == step)


def test_no_probe_has_the_number_of_another():
    assert not {probe.id for probe in closer()} & {probe.id for probe in load_probes()}


STOPPED_BEFORE = {
    "1.24", "1.29", "1.31", "1.34", "2.26", "2.27", "2.28", "3.26", "3.27", "3.28", "3.29", "3.30", "4.24",
    "4.25", "4.26", "5.36", "6.29", "6.30", "6.32", "6.33", "6.34", "6.35", "6.36", "6.37", "6.38", "8.29",
    "9.26", "9.27", "9.28", "9.30", "9.31", "9.32", "9.33", "9.34", "10.21", "10.22", "10.25", "10.26",
    "10.29", "10.30",
}  # fmt: skip
"""The probes that are green even before their step: they test what the step might break, and must not."""


def solution_of(step):
    exercise = next(one for one in load(6).values() if getattr(one, "step", None) == step)
    return exercise.changes(exercise.solution)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("step", STEPS)
def test_before_a_step_its_attacks_get_through_and_leave_nothing_behind(cloud, step):
    for _ in range(2):
        company = build_company(cloud, blueprint.after(step - 1))
        right = {
            one.probe.id for one in capstone_scoreboard.run(company, of_step(step)).outcomes if one.right
        }
        assert right == {probe.id for probe in of_step(step)} & STOPPED_BEFORE
    graded = judge(cloud, step, solution_of(step))
    assert (graded.faults, graded.looked_beyond) == ((), False)


TICKETS, PROGRAMME, LOGS = "larkspur-tickets-<prod>", "larkspur-programme-<prod>", "larkspur-logs-<logs>"
ANYBODY_OF_PROD = {"Sid": "All", "Effect": "Allow", "Principal": {"AWS": "<prod>"}, "Action": "kms:CreateGrant",
                   "Resource": "*"}  # fmt: skip
SPARES_THE_PLATFORM = {
    "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::<prod>:role/OrganizationAccountAccessRole"}
}
FOR_ALL_OF_THE_ORGANISATION = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
         "Action": ["s3:GetBucketAcl", "s3:PutObject"],
         "Resource": [f"arn:aws:s3:::{LOGS}", f"arn:aws:s3:::{LOGS}/*"],
         "Condition": {"StringEquals": {"aws:SourceOrgID": "<organization>"}}},
    ],
}  # fmt: skip
WITH_A_DEVICE = {
    "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
}  # fmt: skip
S3 = {"StringEquals": {"kms:ViaService": "s3.<home>.amazonaws.com"}}
KEY, BUCKET = ("keys", "tickets", "policy"), ("buckets", TICKETS, "policy")
CUSTOMER = ("roles", "customer", "policies", "own")
SETS = ("people", "permission_sets")
AUDIT, ARCHIVE = ("scps", "Audit", "policy"), ("scps", "LogArchive", "policy")
LOGS_POLICY, LOGS_KEY = ("buckets", LOGS, "policy"), ("keys", "logs", "policy")
EXPORT = ("users", "partner-export", "policies", "own")
NETWORKS, PERIMETER = ("scps", "Networks", "policy"), ("rcps", "Perimeter", "policy")
CODE = ("buckets", "larkspur-code-<dev>", "policy")

GENEROUS = [
    (2, ("scps", "OneRegion", "targets"), ["root"], {"2.28"}),
    (3, ("scps", "Boundaries", "policy", 0, "Action"), ["iam:CreateRole"], {"3.21", "3.22", "3.23"}),
    (3, ("scps", "Exceptions", "policy", 0, "Action"), ["iam:UpdateAssumeRolePolicy"], {"3.25"}),
    (4, (*PERIMETER, 0, "Action"), ["s3:*", "sqs:*"], {"4.21", "4.22", "4.23"}),
    (5, (*KEY, 4, "Condition"), S3, {"5.28"}),
    (5, (*KEY, 4, "Action"), "kms:*", {"5.23"}),
    (5, (*KEY, 2, "Condition", "NumericLessThan"), {"kms:ScheduleKeyDeletionPendingWindowInDays": "29"}, {"5.26"}),
    (5, (*KEY, 3), ANYBODY_OF_PROD, {"5.29"}),
    (5, (*KEY, 2, "Condition", "ArnNotLike"), SPARES_THE_PLATFORM["ArnNotLike"], {"5.27"}),
    (5, (*BUCKET, 1, "Condition"), SPARES_THE_PLATFORM, {"5.24"}),
    (5, (*BUCKET, 2, "Action"), ["s3:DeleteBucketPolicy", "s3:PutBucketPolicy"], {"5.30", "5.31"}),
    (6, (*SETS, "Developer", "policy", 0, "Action"), ["s3:*", "ec2:*", "sqs:*", "iam:*Role*", "sns:*"],
     {"6.25", "6.26", "6.32"}),
    (6, (*SETS, "Operator", "policy", 1, "Action"), "ec2:*Instances", {"6.27"}),
    (6, (*SETS, "KeyAdmin", "policy", 0, "Action"), ["kms:*", "ec2:Describe*"], {"6.28"}),
    (6, ("people", "users", "dora"), ["developers", "operators"], {"6.29"}),
    (6, ("people", "users", "omar"), ["operators", "prod-admins"], {"6.30"}),
    (7, (*CUSTOMER, 0, "Action"), "s3:*", {"7.31"}),
    (7, (*CUSTOMER, 1, "Resource"), f"arn:aws:s3:::{PROGRAMME}/*", {"7.26"}),
    (7, ("roles", "guest", "policies", "own", 0, "Resource"), f"arn:aws:s3:::{PROGRAMME}/*", {"7.25"}),
    (7, ("customers", "minimum_length"), 8, {"7.28"}),
    (7, ("customers", "allow_classic"), True, {"7.29"}),
    (7, ("customers", "mfa"), "OFF", {"7.30"}),
    (8, (*AUDIT, 0, "Action"), ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"], {"8.21", "8.22"}),
    (8, (*ARCHIVE, 0, "Action"), ["s3:PutLifecycleConfiguration"], {"8.23", "8.24", "8.25", "8.26", "8.27"}),
    (8, (*ARCHIVE, 1, "Action"), ["kms:DisableKey"], {"8.28"}),
    (8, LOGS_POLICY, FOR_ALL_OF_THE_ORGANISATION, {"8.29"}),
    (8, (*LOGS_KEY, 2, "Condition"), {"StringEquals": {"aws:SourceOrgID": "<organization>"}}, {"8.30"}),
    (8, ("buckets", LOGS, "versioning"), False, {"8.31"}),
    (9, (*EXPORT, 0, "Resource"), f"arn:aws:s3:::{PROGRAMME}/*", {"9.22"}),
    (9, (*EXPORT, 0, "Action"), "s3:*", {"9.23"}),
    (9, ("users", "emergency", "policies", "own", 0), WITH_A_DEVICE, {"9.29"}),
    (9, (*NETWORKS, 0, "Action"), "s3:GetObject", {"9.24", "9.25"}),
    (9, (*NETWORKS, 0, "Condition", "ArnLike"), {"aws:PrincipalArn": "arn:aws:iam::*:role/app/tickets-app"}, {"9.25"}),
    (9, ("scps", "Networks", "targets"), ["Workloads"], {"9.34"}),
    (9, (*KEY, 5), {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::<prod>:role/emergency/break-glass"},
                    "Action": "kms:*", "Resource": "*"}, {"9.26", "9.27"}),
    (9, (*KEY, 5, "Action"), "kms:*", {"9.27"}),
    (10, (*PERIMETER, 4, "Condition", "StringEquals"), {"aws:PrincipalAccount": "999988887777"}, {"10.21", "10.29"}),
    (10, (*PERIMETER, 5, "Condition", "StringEquals"), {"aws:PrincipalAccount": "999988887777"}, {"10.22", "10.30"}),
    (10, ("roles", "external-audit", "policies", "own", 0, "Action"), "*", {"10.28"}),
    (10, ("roles", "external-audit", "managed"), ["arn:aws:iam::aws:policy/ReadOnlyAccess"], {"10.24"}),
    (10, (*CODE, 1, "Action"), "s3:*", {"10.25"}),
    (10, (*LOGS_KEY, 4, "Action"), "kms:*", {"10.27"}),
]  # fmt: skip


def put(answer, place, value):
    """Put another value at a path in the answer. A number in the path is a statement's position."""
    *way, last = place
    at = answer
    for step in way:
        at = at["Statement"][step] if isinstance(step, int) else at[step]
    if isinstance(last, int):
        at["Statement"][last] = value
    else:
        at[last] = value


@pytest.mark.sampled(6)
@pytest.mark.parametrize(("step", "place", "value", "red"), GENEROUS)
def test_an_answer_that_gives_more_than_was_asked_is_refused_by_what_tries_it(cloud, step, place, value, red):
    answer = copy.deepcopy(dict(solution_of(step)))
    put(answer, place, value)
    company = build_company(cloud, blueprint.changed(blueprint.after(step - 1), answer))
    assert set(capstone_scoreboard.run(company, of_step(step)).red) == red


WIDER = [
    (step, kind, name)
    for step in STEPS
    for kind in ("scps", "rcps")
    for name, rail in solution_of(step).get(kind, {}).items()
    if "root" not in rail.get("targets", ("root",))
]
"""The guardrails that a task attaches to OUs. At the root, each would limit accounts that it must not limit."""


@pytest.mark.slow
@pytest.mark.parametrize(("step", "kind", "name"), WIDER)
def test_a_guardrail_that_is_attached_to_the_root_instead_of_its_ous_is_refused(cloud, step, kind, name):
    answer = copy.deepcopy(dict(solution_of(step)))
    answer[kind][name]["targets"] = ["root"]
    assert judge(cloud, step, answer).faults
