"""The search for administrators and for ways to become one, on loaded accounts and running clouds alike."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from labs_helpers.cloud import Cloud, escalations
from labs_helpers.cloud.audit.escalation import Escalations
from labs_helpers.cloud.audit.escalation_paths import PATHS, Kind, services
from labs_helpers.course.days.day6 import blueprint, design_grading
from labs_helpers.engine.reference.authorization import actions
from labs_helpers.engine.reference.service_principals import is_service_principal
from tests import printed
from tests.cloud import escalation_climbers
from tests.cloud.escalation_climbers import ACCOUNT, Details, allow, deny, document, trust
from tests.cloud.services.organizations.conftest import Org
from tests.clouds import make_user

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
AS_ANOTHER = {
    "iam-003": "iam-002", "iam-015": "iam-008", "iam-018": "iam-007", "sso-001": "sso-002", "ecs-001": "ecs-003",
    "ecs-002": "ecs-008", "ecs-004": "ecs-008", "ecs-005": "ecs-009", "ecs-007": "ecs-009",
    "bedrock-005": "bedrock-003", "lambda-004": "lambda-003", "lambda-005": "lambda-003",
    "ec2instanceconnect-003": "ec2-connect", "ecs-image": "lambda-image", "apprunner-image": "lambda-image",
}  # fmt: skip
"""Ways that need more than a simpler one, as which they are found."""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return escalation_climbers.found_in(tmp_path_factory.mktemp("climbers"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.id)
def test_whoever_has_exactly_what_a_way_needs_is_found_with_this_way(found, path):
    how, ids = found[path.id]
    assert AS_ANOTHER.get(path.id, path.id) in ids
    assert how == ("if_running" if path.kind in (Kind.RUNNING, Kind.CENTER) else "ways")


def test_no_one_else_is_found(found):
    assert set(found) == {path.id for path in PATHS}


def test_the_page_lists_each_way_as_it_is_found(found):
    """`python -m tests.cloud.escalation_climbers` writes the page."""
    assert escalation_climbers.PAGE.read_text(encoding="utf-8") == escalation_climbers.page(found)


def test_ways_that_are_gone_with_calls_are_ways_that_are_looked_for():
    gone = escalation_climbers.with_real_calls()
    assert gone <= {path.id for path in PATHS}
    assert {
        "iam-001",
        "own-version",
        "boundary-role",
        "denial-leave",
        "cognitoidentity-001",
        "ec2-001",
    } <= gone


def test_ways_are_of_actions_and_services_that_exist():
    for path in PATHS:
        for action in path.actions:
            prefix, _, name = action.partition(":")
            assert name.lower() in actions(prefix), action
    assert [each for each in services() if not is_service_principal(each)] == []
    assert len({path.id for path in PATHS}) == len(PATHS)


def _of(folder: Path, made: Details) -> Escalations:
    with Cloud.from_account(made.write(folder)) as cloud:
        return escalations(cloud)


def _short(arns: object) -> set[str]:
    return {str(arn).rpartition("/")[2] for arn in arns}  # type: ignore[attr-defined]


def test_aws_job_functions_raise_no_alarm(tmp_path):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html

    Nothing runs with any of their roles, and no administrator role trusts a service.
    """
    published = json.loads(aws_managed_policies_data)
    jobs = {name: each for name, each in published.items() if each["Path"] == "/job-function/"}
    jobs |= {name: published[name] for name in ("PowerUserAccess", "ReadOnlyAccess", "SecurityAudit")}
    made = Details()
    made.role("chief", trust({"AWS": "arn:aws:iam::111122223333:user/carla"}), attached=[ADMINISTRATOR])
    made.user("carla", attached=[ADMINISTRATOR])
    for name, each in jobs.items():
        arn = f"arn:aws:iam::aws:policy{each['Path']}{name}"
        made.user(name, attached=[made.managed(name, each["Document"], arn=arn)])
    result = _of(tmp_path, made)
    assert len(jobs) >= 9
    assert _short(result.administrators) == {"chief", "carla"}
    assert (result.ways, result.ways_if, result.unanswered) == ({}, {}, {})
    assert _short(result.if_running) <= {"PowerUserAccess"}, "it may do everything in Identity Center"


def test_the_reference_company_raises_no_alarm():
    """Only the user for emergencies can become an administrator, with MFA, as the company wants it."""
    with Cloud(seed=6) as cloud:
        design_grading.build_company(cloud, blueprint.as_data())
        result = escalations(cloud)
        assert result.complete
        assert result.unanswered == {}
        assert (result.ways, result.if_running) == ({}, {})
        (way,) = result.ways_if.values()
        assert way[0].principal.endswith("user/emergency")
        assert "if Bool aws:MultiFactorAuthPresent true" in str(way[0])


def test_a_running_cloud_and_its_files_give_the_same_answer(tmp_path):
    """A holder of PassRole and actions of ECS, which the cloud doesn't model, is examined too."""
    with Cloud(seed=1) as cloud:
        iam = boto3.client("iam")
        iam.create_role(
            RoleName="boss",
            AssumeRolePolicyDocument=json.dumps(trust({"Service": "ecs-tasks.amazonaws.com"})),
        )
        iam.attach_role_policy(RoleName="boss", PolicyArn=ADMINISTRATOR)
        needed = ["iam:PassRole", "ecs:RegisterTaskDefinition", "ecs:RunTask"]
        make_user(cloud, "eve", json.dumps(document(allow(needed))))
        make_user(cloud, "pat", json.dumps(document(allow("ecs:ExecuteCommand"), allow("ecs:DescribeTasks"))))
        make_user(cloud, "bob", json.dumps(document(allow("s3:*"))))
        running = escalations(cloud)
        printed.account(boto3.Session(), tmp_path)
    with Cloud.from_account(tmp_path) as cloud:
        loaded = escalations(cloud)
    assert running == loaded
    assert (_short(running.ways), _short(running.if_running)) == ({"eve"}, {"pat"})


def test_a_boundary_that_stays_makes_an_own_policy_worthless(tmp_path):
    """A principal that writes its own policy within a boundary gets what the boundary allows, and nothing more."""
    made = Details()
    limit = made.managed("limit", document(allow(["iam:PutUserPolicy", "s3:*"])))
    made.user("eve", document(allow("iam:PutUserPolicy")), boundary=limit)
    wide = made.managed("wide", document(allow(["iam:*", "s3:*"])))
    made.user("mia", document(allow("iam:PutUserPolicy")), boundary=wide)
    result = _of(tmp_path, made)
    assert _short(result.ways) == {"mia"}
    assert [step.path.id for step in next(iter(result.ways.values()))] == ["iam-007", "iam-022"]


def test_a_denial_that_protects_itself_holds(tmp_path):
    made = Details()
    kept = made.managed("kept", document(deny(["iam:*", "sts:*"])))
    made.user("eve", attached=[ADMINISTRATOR, kept])
    assert _short(_of(tmp_path, made).ways) == set()


def test_a_way_with_a_condition_is_told_with_the_condition(tmp_path):
    made = Details()
    with_mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    made.user("eve", document(allow("iam:PutUserPolicy", Condition=with_mfa)))
    made.user("max", document(allow("*", Condition=with_mfa)))
    made.user(
        "bob", document(allow("iam:PutUserPolicy", Condition={"StringEquals": {"aws:username": "carla"}}))
    )
    result = _of(tmp_path, made)
    assert (_short(result.ways), _short(result.ways_if), result.administrators) == (set(), {"eve"}, ())
    assert _short(result.administrators_if) == {"max"}
    (step,) = next(iter(result.ways_if.values()))
    assert step.requirements[0].to_dict()["condition"] == {"Bool": {"aws:MultiFactorAuthPresent": ["true"]}}
    assert "if Bool aws:MultiFactorAuthPresent true" in str(step)


def test_steps_on_resources_by_name_are_found(tmp_path):
    """PassRole of one role, and a function with one name: no action is allowed on everything."""
    made = Details()
    role = made.role("chief", trust({"Service": "lambda.amazonaws.com"}), attached=[ADMINISTRATOR])
    functions = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:team-*"
    made.user("eve", document(
        allow("iam:PassRole", role), allow(["lambda:CreateFunction", "lambda:InvokeFunction"], functions),
    ))  # fmt: skip
    other = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    made.user("bob", document(allow("iam:PassRole", role, Condition=other), allow("lambda:*")))
    result = _of(tmp_path, made)
    assert _short(result.ways) == {"eve"}


def test_protected_roles_are_told_apart_and_not_changed(tmp_path):
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsetsconcept.html"""
    made = Details()
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_1_DO_NOT_DELETE"
    signed_in = trust({"Federated": provider}, ["sts:AssumeRoleWithSAML", "sts:TagSession"])  # type: ignore[arg-type]
    reserved = "/aws-reserved/sso.amazonaws.com/"
    made.role("AWSReservedSSO_Admin_1", signed_in, attached=[ADMINISTRATOR], path=reserved)
    linked = "/aws-service-role/support.amazonaws.com/"
    made.role(
        "AWSServiceRoleForSupport",
        trust({"Service": "support.amazonaws.com"}),
        document(allow("*")),
        path=linked,
    )
    trusts = ["iam:UpdateAssumeRolePolicy", "iam:AttachRolePolicy"]
    made.user("eve", document(allow(trusts, f"arn:aws:iam::{ACCOUNT}:role/aws-*")))
    result = _of(tmp_path, made)
    assert _short(result.administrators) == {"AWSReservedSSO_Admin_1"}
    assert list(result.protected.values()) == ["IAM Identity Center's role"]
    assert result.ways == {}


def test_an_administrator_is_named_with_the_guardrails_above(tmp_path):
    """A principal is still an administrator if an SCP denies iam:CreateUser, or all Regions except one."""
    with Cloud(seed=1) as cloud:
        org, organizations = Org(cloud), boto3.client("organizations")
        member, root = org.member(), organizations.list_roots()["Roots"][0]["Id"]
        if not organizations.list_roots()["Roots"][0]["PolicyTypes"]:
            organizations.enable_policy_type(RootId=root, PolicyType=printed.SCP)
        make_user(cloud, "eve", json.dumps(document(allow("*"))), member)
        elsewhere = {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}
        for name, text in (
            ("no-users", document(deny("iam:CreateUser"))), ("one-region", document(deny("*", Condition=elsewhere))),
        ):  # fmt: skip
            policy = organizations.create_policy(
                Name=name, Description=name, Type=printed.SCP, Content=json.dumps(text)
            )["Policy"]["PolicySummary"]["Id"]
            organizations.attach_policy(PolicyId=policy, TargetId=root)
        result = escalations(cloud)
    eve = f"arn:aws:iam::{member}:user/eve"
    assert eve in result.administrators
    assert result.guardrails[eve] == ("no-users", "one-region")
