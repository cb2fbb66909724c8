"""Lists in IAM: paged, sorted by name, under a path, with the members that AWS returns in lists."""

from __future__ import annotations

import json
import random
from importlib import resources
from string import ascii_letters, digits

import boto3
import pytest

from tests.clouds import allow, error_of, make_user, trust

HOME = "111122223333"
TRUST = trust({"AWS": HOME})
KEPT = json.loads(trust({"AWS": f"arn:aws:iam::{HOME}:root"}))
"""The same policy as IAM keeps it."""


def pages(call, key, **parameters):
    """All items of a list, asked for two at a time; and how many pages that took."""
    found, count, marker = [], 0, {}
    while True:
        answer = call(**parameters, MaxItems=2, **marker)
        found += answer[key]
        count += 1
        if not answer["IsTruncated"]:
            assert "Marker" not in answer
            return found, count
        marker = {"Marker": answer["Marker"]}


@pytest.fixture
def people(iam):
    for name in ("Zoe", "amy", "Bob"):
        iam.create_user(UserName=name, Path="/staff/", Tags=[{"Key": "a", "Value": "b"}])
        iam.create_group(GroupName=name, Path="/staff/")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Path="/staff/", Description="one")
        iam.create_instance_profile(InstanceProfileName=name, Path="/staff/")
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.create_user(UserName="outside")


def test_users_groups_roles_and_profiles_come_by_name_below_a_path(iam, people):
    for call, key, name in (
        (iam.list_users, "Users", "UserName"), (iam.list_groups, "Groups", "GroupName"),
        (iam.list_roles, "Roles", "RoleName"), (iam.list_instance_profiles, "InstanceProfiles", "InstanceProfileName"),
    ):  # fmt: skip
        found, count = pages(call, key, PathPrefix="/staff/")
        assert ([each[name] for each in found], count) == (["amy", "Bob", "Zoe"], 2), key


def test_lists_leave_out_what_get_shows(iam, people):
    user = iam.list_users(PathPrefix="/staff/")["Users"][0]
    assert set(user) == {"Path", "UserName", "UserId", "Arn", "CreateDate"}
    role = iam.list_roles(PathPrefix="/staff/")["Roles"][0]
    assert set(role) == {
        "Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument", "Description",
        "MaxSessionDuration",
    }  # fmt: skip
    assert role["AssumeRolePolicyDocument"] == KEPT
    shown = iam.get_role(RoleName="amy")["Role"]
    assert set(shown) - set(role) == {"RoleLastUsed"}
    profile = iam.get_instance_profile(InstanceProfileName="amy")["InstanceProfile"]
    assert [each["RoleName"] for each in profile["Roles"]] == ["amy"]


def test_members_and_groups_in_pages(iam, people):
    for name in ("Zoe", "amy", "Bob"):
        iam.add_user_to_group(GroupName="amy", UserName=name)
        iam.add_user_to_group(GroupName=name, UserName="amy")
    found, count = pages(iam.get_group, "Users", GroupName="amy")
    assert ([each["UserName"] for each in found], count) == (["amy", "Bob", "Zoe"], 2)
    found, count = pages(iam.list_groups_for_user, "Groups", UserName="amy")
    assert ([each["GroupName"] for each in found], count) == (["amy", "Bob", "Zoe"], 2)


@pytest.mark.parametrize(
    ("kind", "parameter"), [("user", "UserName"), ("group", "GroupName"), ("role", "RoleName")]
)
def test_policies_of_an_identity_in_pages(iam, people, kind, parameter):
    named = {parameter: "amy"}
    for name in ("c", "A", "b"):
        getattr(iam, f"put_{kind}_policy")(**named, PolicyName=name, PolicyDocument=allow("s3:*"))
        arn = iam.create_policy(PolicyName=name, Path="/own/", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
        getattr(iam, f"attach_{kind}_policy")(**named, PolicyArn=arn)
    inline, count = pages(getattr(iam, f"list_{kind}_policies"), "PolicyNames", **named)
    assert (inline, count) == (["A", "b", "c"], 2)
    attached, _ = pages(
        getattr(iam, f"list_attached_{kind}_policies"), "AttachedPolicies", **named, PathPrefix="/own/"
    )
    assert [each["PolicyName"] for each in attached] == ["A", "b", "c"]
    read = getattr(iam, f"get_{kind}_policy")(**named, PolicyName="A")
    assert read["PolicyDocument"] == json.loads(allow("s3:*"))
    getattr(iam, f"delete_{kind}_policy")(**named, PolicyName="A")
    assert error_of(getattr(iam, f"get_{kind}_policy"), **named, PolicyName="A") == (
        "NoSuchEntity", f"The {kind} policy with name A cannot be found."
    )  # fmt: skip


def test_versions_come_latest_first_without_their_documents(iam):
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"), Description="mine")["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("sqs:*"), SetAsDefault=True)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(each["VersionId"], each["IsDefaultVersion"], "Document" in each) for each in versions] == [
        ("v2", True, False), ("v1", False, False)
    ]  # fmt: skip
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "mine"
    assert error_of(iam.delete_policy_version, PolicyArn=arn, VersionId="v2") == (
        "DeleteConflict", "Cannot delete the default version of a policy."
    )  # fmt: skip
    iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    assert error_of(iam.get_policy_version, PolicyArn=arn, VersionId="v1")[0] == "NoSuchEntity"
    third = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("sqs:*"))["PolicyVersion"]
    assert third["VersionId"] == "v3", "numbers are not used again"


def test_instance_profiles_hold_one_role(iam, people):
    add = iam.add_role_to_instance_profile
    assert error_of(add, InstanceProfileName="amy", RoleName="Bob")[0] == "LimitExceeded"
    assert error_of(iam.delete_instance_profile, InstanceProfileName="amy")[0] == "DeleteConflict"
    assert error_of(iam.delete_role, RoleName="amy") == (
        "DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."
    )  # fmt: skip
    remove, named = iam.remove_role_from_instance_profile, {"InstanceProfileName": "amy", "RoleName": "amy"}
    remove(**named)
    assert error_of(remove, **named)[0] == "NoSuchEntity"
    iam.delete_instance_profile(InstanceProfileName="amy")
    assert error_of(iam.get_instance_profile, InstanceProfileName="amy") == (
        "NoSuchEntity", "Instance Profile amy cannot be found."
    )  # fmt: skip


@pytest.mark.ledger("F-IAM-22")
def test_account_authorization_details_tell_everything_in_pages(cloud, iam, people):
    make_user(cloud, "kim", allow("s3:*"))
    arn = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="amy", PolicyArn=arn)
    iam.attach_group_policy(GroupName="amy", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.add_user_to_group(GroupName="amy", UserName="kim")
    details = iam.get_account_authorization_details()
    kim = next(each for each in details["UserDetailList"] if each["UserName"] == "kim")
    assert kim["GroupList"] == ["amy"]
    assert kim["UserPolicyList"] == [{"PolicyName": "own", "PolicyDocument": json.loads(allow("s3:*"))}]
    role = next(each for each in details["RoleDetailList"] if each["RoleName"] == "amy")
    assert role["AttachedManagedPolicies"] == [{"PolicyName": "p", "PolicyArn": arn}]
    assert [each["InstanceProfileName"] for each in role["InstanceProfileList"]] == ["amy"]
    assert role["AssumeRolePolicyDocument"] == KEPT
    policies = {each["PolicyName"]: each for each in details["Policies"]}
    assert {"p", "ReadOnlyAccess"} <= set(policies)
    (version,) = policies["p"]["PolicyVersionList"]
    assert (version["Document"], version["IsDefaultVersion"]) == (json.loads(allow("s3:*")), True)
    local = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])
    assert [each["PolicyName"] for each in local["Policies"]] == ["p"]
    assert local["UserDetailList"] == local["RoleDetailList"] == local["GroupDetailList"] == []
    read = iam.get_paginator("get_account_authorization_details")
    found = read.paginate(PaginationConfig={"PageSize": 3})
    names = [user["UserName"] for one in found for user in one["UserDetailList"]]
    assert names == [user["UserName"] for user in details["UserDetailList"]]


# --- answers that AWS's recordings show ---------------------------------------------------------------------------


@pytest.mark.ledger("F-IAM-22")
def test_create_role_answers_and_records_without_a_session_duration(cloud, iam):
    answer = iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=7200)["Role"]
    assert set(answer) == {"Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument"}
    trail = boto3.client("cloudtrail", region_name="us-east-1")
    lookup = [{"AttributeKey": "EventName", "AttributeValue": "CreateRole"}]
    event = json.loads(trail.lookup_events(LookupAttributes=lookup)["Events"][0]["CloudTrailEvent"])
    assert "maxSessionDuration" not in event["responseElements"]["role"]
    assert iam.get_role(RoleName="app")["Role"]["MaxSessionDuration"] == 7200


@pytest.mark.ledger("F-IAM-22")
def test_packed_size_comes_with_a_session_policy_or_tags_alone(cloud, iam):
    iam.create_role(
        RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}, ["sts:AssumeRole", "sts:TagSession"])
    )
    assume, named = boto3.client("sts").assume_role, {"RoleArn": f"arn:aws:iam::{HOME}:role/app"}
    assert "PackedPolicySize" not in assume(**named, RoleSessionName="work")
    assert 1 <= assume(**named, RoleSessionName="work", Policy=allow("s3:*"))["PackedPolicySize"] <= 10
    tags = [{"Key": "team", "Value": "hr"}]
    assert assume(**named, RoleSessionName="work", Tags=tags)["PackedPolicySize"] >= 1
    letters = random.Random(1)
    many = [
        {"Key": f"key-{n}", "Value": "".join(letters.choices(ascii_letters + digits, k=256))}
        for n in range(50)
    ]
    code, message = error_of(assume, **named, RoleSessionName="work", Tags=many)
    assert code == "PackedPolicyTooLarge"
    assert message.startswith("Packed policy consumes ")
    assert "of allotted space, please use smaller policy." in message


@pytest.mark.ledger("F-IAM-22")
@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_attaching_what_is_no_arn(iam, people, kind):
    named = {f"{kind.capitalize()}Name": "amy"}
    attach = getattr(iam, f"attach_{kind}_policy")
    with pytest.raises(iam.exceptions.ClientError) as caught:
        attach(**named, PolicyArn="this-is-no-arn-at-all")
    answer = caught.value.response
    assert answer["Error"] == {
        "Type": "Sender", "Code": "ValidationError", "Message": "Invalid ARN:  Could not be parsed!"
    }  # fmt: skip
    assert set(answer) == {"Error", "ResponseMetadata"}
    assert error_of(attach, **named, PolicyArn=f"arn:aws:iam::{HOME}:user/someone") == (
        "InvalidInput", f"ARN arn:aws:iam::{HOME}:user/someone is not valid."
    )  # fmt: skip


# --- service-linked roles ---------------------------------------------------------------------------------------


@pytest.mark.ledger("F-IAM-23")
def test_service_linked_roles_are_what_aws_makes_them(iam):
    role = iam.create_service_linked_role(AWSServiceName="rds.amazonaws.com")["Role"]
    assert role["RoleName"] == "AWSServiceRoleForRDS"
    assert role["Path"] == "/aws-service-role/rds.amazonaws.com/"
    assert role["Arn"] == f"arn:aws:iam::{HOME}:role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"
    assert "Description" not in role
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": ["rds.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
    ]
    shown = iam.get_role(RoleName="AWSServiceRoleForRDS")["Role"]
    assert "Description" not in shown
    assert shown["AssumeRolePolicyDocument"]["Statement"] == [
        {"Effect": "Allow", "Principal": {"Service": "rds.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    attached = iam.list_attached_role_policies(RoleName="AWSServiceRoleForRDS")["AttachedPolicies"]
    assert attached == [
        {
            "PolicyName": "AmazonRDSServiceRolePolicy",
            "PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/AmazonRDSServiceRolePolicy",
        }
    ]


def test_every_known_service_linked_role_can_be_created(iam):
    """OBSERVED in 2025, of a dozen services: names, paths, policies, and who allows a suffix."""
    text = (resources.files("labs_helpers.cloud.services.iam") / "service_linked_roles.json").read_text(
        "utf-8"
    )
    known = json.loads(text)
    assert len(known) > 250
    for service, (name, policy, *suffix) in known.items():
        named = {"AWSServiceName": f"{service}.amazonaws.com"}
        if suffix:
            named["CustomSuffix"] = "one"
        role = iam.create_service_linked_role(**named)["Role"]
        assert role["RoleName"] == f"AWSServiceRoleFor{name}" + ("_one" if suffix else ""), service
        assert role["Path"] == f"/aws-service-role/{service}.amazonaws.com/", service
        (attached,) = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
        assert attached["PolicyArn"] == f"arn:aws:iam::aws:policy/aws-service-role/{policy}", service
        if not suffix:
            assert error_of(iam.create_service_linked_role, **named, CustomSuffix="x")[0] == "InvalidInput"


def test_an_account_can_describe_a_service_linked_role_itself(iam):
    iam.create_service_linked_role(AWSServiceName="emrwal.amazonaws.com", Description="ours")
    assert iam.get_role(RoleName="AWSServiceRoleForEMRWAL")["Role"]["Description"] == "ours"


def test_what_can_be_tagged_shows_its_tags_where_aws_shows_an_empty_list(iam, people):
    """OBSERVED from 2020 to 2024: GetRole and GetUser leave Tags out, the others show an empty list."""
    policy = iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"]
    assert "Tags" not in policy
    assert iam.get_policy(PolicyArn=policy["Arn"])["Policy"]["Tags"] == []
    profile = iam.get_instance_profile(InstanceProfileName="amy")["InstanceProfile"]
    assert profile["Tags"] == []
    assert not {"MaxSessionDuration", "Description"} & set(profile["Roles"][0])
    assert "Tags" not in iam.get_role(RoleName="amy")["Role"]
    assert "Tags" not in iam.get_user(UserName="outside")["User"]
    details = iam.get_account_authorization_details()
    users = {each["UserName"]: each["Tags"] for each in details["UserDetailList"]}
    assert (users["outside"], users["amy"]) == ([], [{"Key": "a", "Value": "b"}])
    assert all(each["Tags"] == [] for each in details["RoleDetailList"])
    assert not any("Tags" in each for each in details["Policies"])


@pytest.mark.ledger("F-IAM-22")
def test_create_role_answers_without_the_description(iam):
    """OBSERVED in 2019, in an event of CreateRole."""
    made = iam.create_role(RoleName="app", AssumeRolePolicyDocument=TRUST, Description="one")["Role"]
    assert "Description" not in made
    assert iam.get_role(RoleName="app")["Role"]["Description"] == "one"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (
            {
                "Effect": "Allow",
                "Principal": {"Service": ["ec2.amazonaws.com"]},
                "Action": ["sts:AssumeRole"],
            },
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ),
        (
            {
                "Effect": "Allow",
                "Principal": {"AWS": [HOME, "*"]},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            },
            {
                "Effect": "Allow",
                "Principal": {"AWS": [f"arn:aws:iam::{HOME}:root", "*"]},
                "Action": ["sts:AssumeRole", "sts:TagSession"],
            },
        ),
    ],
)
def test_trust_policies_are_read_in_iams_own_form(iam, sent, kept):
    """OBSERVED in 2021 and 2026: a statement alone is a list of one, and a list of one value is the value."""
    document = {"Version": "2012-10-17", "Statement": sent}
    made = iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(document))["Role"]
    assert made["AssumeRolePolicyDocument"] == document
    shown = iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"]
    assert shown == {"Version": "2012-10-17", "Statement": [kept]}


@pytest.mark.ledger("F-IAM-23")
def test_what_is_refused_of_service_linked_roles(iam):
    create, name = iam.create_service_linked_role, "AWSServiceRoleForECS"
    create(AWSServiceName="ecs.amazonaws.com")
    assert error_of(create, AWSServiceName="ecs.amazonaws.com") == (
        "InvalidInput",
        "Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.",
    )
    assert error_of(create, AWSServiceName="ecs.amazonaws.com", CustomSuffix="x") == (
        "InvalidInput", "Custom suffix is not allowed for ecs.amazonaws.com"
    )  # fmt: skip
    suffixed = create(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="x")["Role"]["RoleName"]
    assert suffixed == "AWSServiceRoleForAutoScaling_x"
    assert error_of(create, AWSServiceName="no-such-service.amazonaws.com")[0] == "InvalidInput"
    change = {
        "delete_role": {}, "put_role_policy": {"PolicyName": "p", "PolicyDocument": allow("s3:*")},
        "attach_role_policy": {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        "detach_role_policy": {"PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy"},
        "update_assume_role_policy": {"PolicyDocument": TRUST}, "update_role": {"MaxSessionDuration": 7200},
        "put_role_permissions_boundary": {"PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    }  # fmt: skip
    for operation, parameters in change.items():
        assert error_of(getattr(iam, operation), RoleName=name, **parameters)[0] == "UnmodifiableEntity", (
            operation
        )
    iam.update_role(RoleName=name, Description="ours")
    assert iam.get_role(RoleName=name)["Role"]["Description"] == "ours"
    other = {"RoleName": "mine", "AssumeRolePolicyDocument": TRUST}
    for path in ("/aws-service-role/ecs.amazonaws.com/", "/aws-reserved/sso.amazonaws.com/"):
        assert error_of(iam.create_role, **other, Path=path)[0] == "ValidationError"


@pytest.mark.ledger("F-IAM-23")
def test_deleting_a_service_linked_role_is_a_task(iam):
    iam.create_service_linked_role(AWSServiceName="rds.amazonaws.com")
    task = iam.delete_service_linked_role(RoleName="AWSServiceRoleForRDS")["DeletionTaskId"]
    assert task.startswith("task/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS/")
    status = iam.get_service_linked_role_deletion_status
    assert status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert error_of(status, DeletionTaskId=task[:-4] + "0000")[0] == "NoSuchEntity"
    assert error_of(status, DeletionTaskId="anything")[0] == "InvalidInput"
    iam.create_role(RoleName="mine", AssumeRolePolicyDocument=TRUST)
    assert error_of(iam.delete_service_linked_role, RoleName="mine")[0] == "NoSuchEntity"


# --- trust in shared providers ------------------------------------------------------------------------------------

GITHUB = f"arn:aws:iam::{HOME}:oidc-provider/token.actions.githubusercontent.com"
SUB = "token.actions.githubusercontent.com:sub"


@pytest.mark.ledger("F-IAM-24")
@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
        {"StringLike": {SUB: "*"}},
        {"StringLike": {SUB: ["repo:acme/app:*", "*"]}},
        {"StringNotEquals": {SUB: "repo:acme/app:ref:refs/heads/main"}},
        {"StringEqualsIfExists": {SUB: "repo:acme/app:ref:refs/heads/main"}},
    ],
)
def test_trust_in_a_shared_provider_says_whose_tokens(iam, condition):
    loose = trust({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity", Condition=condition)
    assert (
        error_of(iam.create_role, RoleName="ci", AssumeRolePolicyDocument=loose)[0]
        == "MalformedPolicyDocument"
    )
    tight = trust(
        {"Federated": GITHUB},
        "sts:AssumeRoleWithWebIdentity",
        Condition={"StringLike": {SUB.upper(): "repo:acme/*"}},
    )
    iam.create_role(RoleName="ci", AssumeRolePolicyDocument=tight)
    update = iam.update_assume_role_policy
    assert error_of(update, RoleName="ci", PolicyDocument=loose)[0] == "MalformedPolicyDocument"


@pytest.mark.ledger("F-IAM-24")
def test_a_provider_of_ones_own_and_a_deny_need_no_such_condition(iam):
    """CreateRole accepts both policies; it would raise MalformedPolicyDocument if it required the condition."""
    own = {"Federated": f"arn:aws:iam::{HOME}:oidc-provider/idp.example.com"}
    iam.create_role(RoleName="own", AssumeRolePolicyDocument=trust(own, "sts:AssumeRoleWithWebIdentity"))
    denied = json.loads(trust({"Federated": GITHUB}, "sts:AssumeRoleWithWebIdentity"))
    denied["Statement"][0]["Effect"] = "Deny"
    iam.create_role(RoleName="none", AssumeRolePolicyDocument=json.dumps(denied))


def test_a_list_goes_on_where_it_was_though_what_it_told_is_deleted_meanwhile(iam):
    """Expect the marker to point to the next item even if earlier items were deleted.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html
    """
    names = [f"user{number}" for number in range(6)]
    for name in names:
        iam.create_user(UserName=name, Path="/many/")
    for page in iam.get_paginator("list_users").paginate(
        PathPrefix="/many/", PaginationConfig={"PageSize": 2}
    ):
        for user in page["Users"]:
            iam.delete_user(UserName=user["UserName"])
            names.remove(user["UserName"])
    assert names == []


def test_a_list_goes_on_where_it_was_though_others_come_before_it_meanwhile(iam):
    iam.create_user(UserName="alice")
    keys = [iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"] for _ in range(2)]
    for name in ("b", "d", "f"):
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName="alice")
    first = iam.list_groups(MaxItems=2)
    iam.create_group(GroupName="a")
    assert [each["GroupName"] for each in iam.list_groups(Marker=first["Marker"])["Groups"]] == ["f"]
    first = iam.list_access_keys(UserName="alice", MaxItems=1)
    iam.delete_access_key(UserName="alice", AccessKeyId=keys[0])
    rest = iam.list_access_keys(UserName="alice", Marker=first["Marker"])["AccessKeyMetadata"]
    assert [each["AccessKeyId"] for each in rest] == keys[1:]
