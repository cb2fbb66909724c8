"""IAM's operations that moto lacks or answers differently, through boto3."""

from __future__ import annotations

import json

import boto3
import pytest

from labs_helpers.cloud.services.iam import moto_view as moto_iam
from tests.clouds import allow, deny, error_of, make_user, trust

HOME = "111122223333"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def policy(iam, name: str, document: str | None = None) -> str:
    return iam.create_policy(PolicyName=name, PolicyDocument=document or allow("s3:*"))["Policy"]["Arn"]


def role(iam, name: str, **more) -> str:
    document = more.pop("trusted", None) or trust({"AWS": HOME})
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)["Role"]["Arn"]


# --- permissions boundaries -----------------------------------------------------------------------------------


@pytest.mark.ledger("F-IAM-05")
def test_boundary_limits_a_user_until_it_is_deleted(cloud, iam):
    alice = make_user(cloud, "alice", allow(["s3:*", "iam:ListUsers"]))
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=policy(iam, "limit"))
    assert error_of(alice.client("iam").list_users)[0] == "AccessDenied"
    assert alice.client("s3").list_buckets()["Buckets"] == []
    iam.delete_user_permissions_boundary(UserName="alice")
    assert alice.client("iam").list_users()["Users"]


@pytest.mark.ledger("F-IAM-05")
def test_boundary_allows_nothing_by_itself(cloud, iam):
    alice = make_user(cloud, "alice")
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=policy(iam, "limit"))
    assert error_of(alice.client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-05")
def test_boundary_limits_a_role(cloud, iam):
    limit = policy(iam, "limit")
    arn = role(iam, "app", PermissionsBoundary=limit)
    iam.put_role_policy(RoleName="app", PolicyName="own", PolicyDocument=allow(["s3:*", "iam:ListUsers"]))
    keys = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    session = cloud.profile("app", keys)
    assert error_of(session.client("iam").list_users)[0] == "AccessDenied"
    iam.delete_role_permissions_boundary(RoleName="app")
    assert session.client("iam").list_users()["Users"]


@pytest.mark.ledger("F-IAM-05")
def test_boundary_is_shown_where_aws_shows_it(iam):
    limit = policy(iam, "limit")
    shown = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": limit}
    created = iam.create_user(UserName="alice", PermissionsBoundary=limit)["User"]
    assert created["PermissionsBoundary"] == shown
    assert iam.get_user(UserName="alice")["User"]["PermissionsBoundary"] == shown
    assert all("PermissionsBoundary" not in user for user in iam.list_users()["Users"])
    role(iam, "app", PermissionsBoundary=limit)
    assert iam.get_role(RoleName="app")["Role"]["PermissionsBoundary"] == shown
    assert iam.get_policy(PolicyArn=limit)["Policy"]["PermissionsBoundaryUsageCount"] == 2
    details = iam.get_account_authorization_details(Filter=["User", "Role"])
    assert [
        user.get("PermissionsBoundary") for user in details["UserDetailList"] if user["UserName"] == "alice"
    ] == [shown]
    users = iam.list_entities_for_policy(PolicyArn=limit, PolicyUsageFilter="PermissionsBoundary")[
        "PolicyUsers"
    ]
    assert [user["UserName"] for user in users] == ["alice"]


@pytest.mark.ledger("F-IAM-05")
def test_boundary_must_exist_and_stays_while_it_is_used(iam):
    missing = f"arn:aws:iam::{HOME}:policy/nosuch"
    refused = ("NoSuchEntity", f"Scope ARN: {missing} does not exist or is not attachable.")
    assert error_of(iam.create_user, UserName="alice", PermissionsBoundary=missing) == refused
    assert error_of(iam.get_user, UserName="alice")[0] == "NoSuchEntity"
    limit = policy(iam, "limit")
    iam.create_user(UserName="alice", PermissionsBoundary=limit)
    assert (
        error_of(iam.put_user_permissions_boundary, UserName="alice", PermissionsBoundary=missing) == refused
    )
    assert error_of(iam.delete_policy, PolicyArn=limit) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    iam.delete_user_permissions_boundary(UserName="alice")
    assert error_of(iam.delete_user_permissions_boundary, UserName="alice")[0] == "NoSuchEntity"
    iam.delete_policy(PolicyArn=limit)


@pytest.mark.ledger("F-IAM-05")
def test_who_may_create_users_only_with_a_boundary_cannot_without(cloud, iam):
    limit = policy(iam, "limit")
    condition = {"StringEquals": {"iam:PermissionsBoundary": limit}}
    ops = make_user(cloud, "ops", allow(["iam:CreateUser", "iam:PutUserPolicy"], Condition=condition)).client(
        "iam"
    )
    assert error_of(ops.create_user, UserName="bob")[0] == "AccessDenied"
    ops.create_user(UserName="bob", PermissionsBoundary=limit)
    ops.put_user_policy(UserName="bob", PolicyName="own", PolicyDocument=allow("*"))
    assert (
        error_of(ops.put_user_policy, UserName="ops", PolicyName="x", PolicyDocument=allow("*"))[0]
        == "AccessDenied"
    )


# --- which policies count -------------------------------------------------------------------------------------


@pytest.mark.ledger("F-IAM-07")
def test_group_policies_count_for_its_members_only(cloud, iam):
    alice = make_user(cloud, "alice").client("s3")
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=allow("s3:ListAllMyBuckets"))
    assert error_of(alice.list_buckets)[0] == "AccessDenied"
    iam.add_user_to_group(GroupName="readers", UserName="alice")
    assert alice.list_buckets()["Buckets"] == []
    iam.attach_group_policy(GroupName="readers", PolicyArn=policy(iam, "no", deny("s3:*")))
    assert error_of(alice.list_buckets)[0] == "AccessDenied"
    iam.detach_group_policy(GroupName="readers", PolicyArn=f"arn:aws:iam::{HOME}:policy/no")
    assert alice.list_buckets()["Buckets"] == []
    iam.remove_user_from_group(GroupName="readers", UserName="alice")
    assert error_of(alice.list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-07")
def test_detached_and_deleted_policies_stop_counting_at_once(cloud, iam):
    alice = make_user(cloud, "alice", allow("s3:ListAllMyBuckets")).client("s3")
    assert alice.list_buckets()["Buckets"] == []
    iam.delete_user_policy(UserName="alice", PolicyName="own")
    assert error_of(alice.list_buckets)[0] == "AccessDenied"
    iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    assert alice.list_buckets()["Buckets"] == []
    iam.detach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    assert error_of(alice.list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-07")
def test_the_default_version_of_a_managed_policy_counts(cloud, iam):
    alice = make_user(cloud, "alice").client("s3")
    arn = policy(iam, "files")
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    assert alice.list_buckets()["Buckets"] == []
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("sqs:*"))
    assert alice.list_buckets()["Buckets"] == []
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    assert error_of(alice.list_buckets)[0] == "AccessDenied"
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"), SetAsDefault=True)
    assert alice.list_buckets()["Buckets"] == []
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert {version["VersionId"]: version["IsDefaultVersion"] for version in versions} == {
        "v1": False,
        "v2": False,
        "v3": True,
    }
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v3")
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v3"
    assert alice.list_buckets()["Buckets"] == []


# --- AWS managed policies -------------------------------------------------------------------------------------


def test_aws_managed_policies_are_there_and_one_is_read_without_the_others(iam):
    moto_iam.aws_managed_policies.cache_clear()
    found = iam.get_policy(PolicyArn=READ_ONLY)["Policy"]
    assert (found["PolicyName"], found["AttachmentCount"]) == ("ReadOnlyAccess", 0)
    version = iam.get_policy_version(PolicyArn=READ_ONLY, VersionId=found["DefaultVersionId"])[
        "PolicyVersion"
    ]
    assert version["Document"]["Statement"][0]["Effect"] == "Allow"
    assert moto_iam.aws_managed_policies.cache_info().currsize == 0
    assert error_of(iam.get_policy, PolicyArn="arn:aws:iam::aws:policy/NoSuch")[0] == "NoSuchEntity"
    assert error_of(iam.get_policy, PolicyArn="arn:aws:iam::aws:policy/ViewOnlyAccess")[0] == "NoSuchEntity"
    assert iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/job-function/ViewOnlyAccess")


def test_list_policies_by_scope_path_and_use(iam):
    own = policy(iam, "files")
    iam.create_user(UserName="alice")
    iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)

    def listed(**parameters):
        pages = iam.get_paginator("list_policies").paginate(**parameters)
        return [found["Arn"] for page in pages for found in page["Policies"]]

    every = listed(Scope="AWS")
    assert len(every) == len(set(every)) > 1000
    assert all(arn.startswith("arn:aws:iam::aws:policy/") for arn in every)
    assert listed(Scope="Local") == [own]
    assert sorted(listed()) == sorted([*every, own])
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert listed(OnlyAttached=True) == [administrator, READ_ONLY]
    functions = listed(PathPrefix="/job-function/")
    assert functions
    assert all(arn.startswith("arn:aws:iam::aws:policy/job-function/") for arn in functions)
    first = iam.list_policies(Scope="AWS", MaxItems=3)
    assert (len(first["Policies"]), first["IsTruncated"]) == (3, True)
    users = iam.list_entities_for_policy(PolicyArn=READ_ONLY)["PolicyUsers"]
    assert [user["UserName"] for user in users] == ["alice"]


def test_account_details_tell_of_policies_in_use_not_of_those_looked_at(iam):
    iam.get_policy(PolicyArn=READ_ONLY)
    own = policy(iam, "files")
    details = iam.get_account_authorization_details()["Policies"]
    assert sorted(found["Arn"] for found in details) == [own, "arn:aws:iam::aws:policy/AdministratorAccess"]
    local = iam.get_account_authorization_details(Filter=["LocalManagedPolicy"])["Policies"]
    assert [found["Arn"] for found in local] == [own]


def test_aws_managed_policies_cannot_be_changed(iam):
    refused = ("AccessDenied", "Policy is outside your own account.")
    assert error_of(iam.delete_policy, PolicyArn=READ_ONLY) == refused
    assert error_of(iam.create_policy_version, PolicyArn=READ_ONLY, PolicyDocument=allow("*")) == refused


def test_attaching_twice_counts_once(iam):
    iam.create_user(UserName="alice")
    for _ in range(2):
        iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    assert iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["AttachmentCount"] == 1
    iam.detach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    assert error_of(iam.detach_user_policy, UserName="alice", PolicyArn=READ_ONLY)[0] == "NoSuchEntity"


# --- quotas ---------------------------------------------------------------------------------------------------


@pytest.mark.ledger("F-IAM-10")
def test_ten_managed_policies_an_identity(iam):
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    role(iam, "app")
    arns = [policy(iam, f"p{number}") for number in range(11)]
    for arn in arns[:10]:
        iam.attach_user_policy(UserName="alice", PolicyArn=arn)
        iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
        iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    refused = [
        error_of(iam.attach_user_policy, UserName="alice", PolicyArn=arns[10]),
        error_of(iam.attach_group_policy, GroupName="staff", PolicyArn=arns[10]),
        error_of(iam.attach_role_policy, RoleName="app", PolicyArn=arns[10]),
    ]
    quotas = ("PoliciesPerUser", "PoliciesPerGroup", "PoliciesPerRole")
    assert refused == [("LimitExceeded", f"Cannot exceed quota for {quota}: 10") for quota in quotas]


@pytest.mark.ledger("F-IAM-10")
def test_five_versions_a_policy(iam):
    arn = policy(iam, "files")
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))
    code, message = error_of(iam.create_policy_version, PolicyArn=arn, PolicyDocument=allow("s3:*"))
    assert code == "LimitExceeded"
    assert message.startswith("A managed policy can have up to 5 versions.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))["PolicyVersion"]
    assert version["VersionId"] == "v6"


@pytest.mark.ledger("F-IAM-10")
@pytest.mark.parametrize(("kind", "quota"), [("user", 2048), ("group", 5120), ("role", 10240)])
def test_inline_policies_share_a_quota(iam, kind, quota):
    iam.create_user(UserName="x")
    iam.create_group(GroupName="x")
    role(iam, "x")
    put, name = getattr(iam, f"put_{kind}_policy"), f"{kind.title()}Name"
    filling = allow("s3:GetObject", "arn:aws:s3:::" + "b" * (quota - 200))
    put(**{name: "x"}, PolicyName="one", PolicyDocument=filling)
    put(**{name: "x"}, PolicyName="one", PolicyDocument=filling)
    refused = error_of(
        put, **{name: "x"}, PolicyName="two", PolicyDocument=allow("s3:GetObject", "arn:aws:s3:::" + "b" * 99)
    )
    assert refused == ("LimitExceeded", f"Maximum policy size of {quota} bytes exceeded for {kind} x")


@pytest.mark.ledger("F-IAM-10")
def test_a_trust_policy_has_at_most_2048_characters(iam):
    condition = {"StringEquals": {"sts:ExternalId": ["x" * 100 + str(number) for number in range(20)]}}
    long = trust({"AWS": HOME}, Condition=condition)
    refused = error_of(iam.create_role, RoleName="app", AssumeRolePolicyDocument=long)
    assert refused == ("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048")


@pytest.mark.ledger("F-IAM-10")
def test_two_access_keys_a_user_and_ten_groups(iam):
    iam.create_user(UserName="alice")
    for _ in range(2):
        iam.create_access_key(UserName="alice")
    refused = error_of(iam.create_access_key, UserName="alice")
    assert refused == ("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    for number in range(11):
        iam.create_group(GroupName=f"g{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"g{number}", UserName="alice")
    refused = error_of(iam.add_user_to_group, GroupName="g10", UserName="alice")
    assert refused == ("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
    iam.add_user_to_group(GroupName="g9", UserName="alice")


# --- names, conflicts, ids --------------------------------------------------------------------------------------


def test_names_are_unique_whatever_their_case(iam):
    iam.create_user(UserName="Alice")
    iam.create_group(GroupName="Staff")
    role(iam, "App")
    policy(iam, "Files")
    taken = [
        error_of(iam.create_user, UserName="alice"),
        error_of(iam.create_group, GroupName="staff"),
        error_of(iam.create_role, RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME})),
        error_of(iam.create_policy, PolicyName="files", Path="/other/", PolicyDocument=allow("s3:*")),
    ]
    assert {code for code, _ in taken} == {"EntityAlreadyExists"}
    assert taken[0][1] == "User with name alice already exists."


@pytest.mark.parametrize("name", ["a b", "a/b", "ä", "a*"])
def test_names_have_few_characters(iam, name):
    assert error_of(iam.create_user, UserName=name)[0] == "ValidationError"


def test_a_user_goes_only_when_nothing_of_it_is_left(iam):
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="staff")
    key = iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"]
    iam.add_user_to_group(GroupName="staff", UserName="alice")
    iam.create_login_profile(UserName="alice", Password="correct Horse 1")
    iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=allow("s3:*"))
    steps = [
        (
            "must detach all policies first",
            iam.detach_user_policy,
            {"UserName": "alice", "PolicyArn": READ_ONLY},
        ),
        ("must delete policies first", iam.delete_user_policy, {"UserName": "alice", "PolicyName": "own"}),
        ("must delete access keys first", iam.delete_access_key, {"UserName": "alice", "AccessKeyId": key}),
        (
            "must remove users from group first",
            iam.remove_user_from_group,
            {"UserName": "alice", "GroupName": "staff"},
        ),
        ("must delete login profile first", iam.delete_login_profile, {"UserName": "alice"}),
    ]
    assert error_of(iam.delete_group, GroupName="staff")[0] == "DeleteConflict"
    for demand, step, parameters in steps:
        assert error_of(iam.delete_user, UserName="alice") == (
            "DeleteConflict",
            f"Cannot delete entity, {demand}.",
        )
        step(**parameters)
    iam.delete_user(UserName="alice")
    iam.delete_group(GroupName="staff")


def test_a_policy_goes_only_when_it_is_detached_and_has_one_version(iam):
    arn = policy(iam, "files")
    role(iam, "app")
    iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("s3:*"))
    assert error_of(iam.delete_policy, PolicyArn=arn) == (
        "DeleteConflict",
        "Cannot delete a policy attached to entities.",
    )
    assert error_of(iam.delete_role, RoleName="app")[0] == "DeleteConflict"
    iam.detach_role_policy(RoleName="app", PolicyArn=arn)
    code, message = error_of(iam.delete_policy, PolicyArn=arn)
    assert code == "DeleteConflict"
    assert message.startswith("This policy has more than one version.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)
    iam.delete_role(RoleName="app")


def test_ids_tell_what_they_identify(iam):
    iam.create_group(GroupName="staff")
    ids = {
        "AIDA": iam.create_user(UserName="alice")["User"]["UserId"],
        "AGPA": iam.get_group(GroupName="staff")["Group"]["GroupId"],
        "ANPA": iam.create_policy(PolicyName="files", PolicyDocument=allow("s3:*"))["Policy"]["PolicyId"],
        "AIPA": iam.create_instance_profile(InstanceProfileName="web")["InstanceProfile"][
            "InstanceProfileId"
        ],
    }
    role(iam, "app")
    ids["AROA"] = iam.get_role(RoleName="app")["Role"]["RoleId"]
    assert {prefix: identifier[:4] for prefix, identifier in ids.items()} == {
        prefix: prefix for prefix in ids
    }
    assert {len(identifier) for identifier in ids.values()} == {21}


def test_service_linked_roles_are_the_services_to_change(iam):
    name = iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")["Role"]["RoleName"]
    assert error_of(iam.delete_role, RoleName=name)[0] == "UnmodifiableEntity"
    assert error_of(iam.attach_role_policy, RoleName=name, PolicyArn=READ_ONLY)[0] == "UnmodifiableEntity"
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    assert error_of(iam.get_role, RoleName=name) == (
        "NoSuchEntity",
        f"The role with name {name} cannot be found.",
    )


# --- trust in those who are gone ---------------------------------------------------------------------------------


@pytest.mark.ledger("F-IAM-03")
def test_a_user_created_again_is_not_the_one_that_was_trusted(cloud, iam):
    first = iam.create_user(UserName="alice")["User"]
    arn = role(iam, "app", trusted=trust({"AWS": first["Arn"]}))
    iam.delete_user(UserName="alice")
    trusted = iam.get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
    assert trusted == {"AWS": first["UserId"]}
    again = make_user(cloud, "alice").client("sts")
    assert error_of(again.assume_role, RoleArn=arn, RoleSessionName="test")[0] == "AccessDenied"


def test_a_renamed_user_keeps_keys_tags_groups_and_trust(cloud, iam):
    alice = make_user(cloud, "alice")
    iam.tag_user(UserName="alice", Tags=[{"Key": "team", "Value": "red"}])
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="alice")
    app = role(iam, "app", trusted=trust({"AWS": f"arn:aws:iam::{HOME}:user/alice"}))
    iam.update_user(UserName="alice", NewUserName="alicia", NewPath="/staff/")
    arn = f"arn:aws:iam::{HOME}:user/staff/alicia"
    assert alice.client("sts").get_caller_identity()["Arn"] == arn
    assert iam.list_user_tags(UserName="alicia")["Tags"] == [{"Key": "team", "Value": "red"}]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="alicia")["Groups"]] == [
        "staff"
    ]
    assert alice.client("sts").assume_role(RoleArn=app, RoleSessionName="test")["AssumedRoleUser"]
    assert error_of(iam.get_user, UserName="alice")[0] == "NoSuchEntity"


# --- the caller's own -------------------------------------------------------------------------------------------


def test_without_a_user_name_the_caller_is_meant(cloud):
    own = [
        "iam:GetUser", "iam:CreateAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey", "iam:DeleteAccessKey",
        "iam:ListMFADevices", "iam:CreateLoginProfile", "iam:GetLoginProfile",
    ]  # fmt: skip
    alice = make_user(cloud, "alice", allow(own, f"arn:aws:iam::{HOME}:user/${{aws:username}}")).client("iam")
    assert alice.get_user()["User"]["UserName"] == "alice"
    second = alice.create_access_key()["AccessKey"]
    assert second["UserName"] == "alice"
    alice.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
    listed = {key["AccessKeyId"]: key["Status"] for key in alice.list_access_keys()["AccessKeyMetadata"]}
    assert listed[second["AccessKeyId"]] == "Inactive"
    alice.delete_access_key(AccessKeyId=second["AccessKeyId"])
    assert len(alice.list_access_keys()["AccessKeyMetadata"]) == 1
    assert alice.list_mfa_devices()["MFADevices"] == []
    assert error_of(alice.get_login_profile)[0] == "NoSuchEntity"
    assert error_of(alice.list_access_keys, UserName="admin")[0] == "AccessDenied"


def test_a_role_session_must_name_a_user(cloud, iam):
    arn = role(iam, "auditor")
    iam.attach_role_policy(RoleName="auditor", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
    keys = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="anne")["Credentials"]
    auditor = cloud.profile("auditor", keys).client("iam")
    refused = ("ValidationError", "Must specify userName when calling with non-User credentials")
    assert error_of(auditor.get_user) == refused
    assert error_of(auditor.list_access_keys) == refused
    assert auditor.list_access_keys(UserName="admin")["AccessKeyMetadata"]


def test_users_are_listed_in_pages(iam):
    for number in range(5):
        iam.create_user(UserName=f"u{number}")
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 4}))
    assert [[user["UserName"] for user in page["Users"]] for page in pages] == [
        ["admin", "u0", "u1", "u2"],
        ["u3", "u4"],
    ]


def test_documents_come_back_as_they_were_written(iam):
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a%20b/*"}],
    }
    text = json.dumps(document)
    arn = policy(iam, "files", text)
    iam.create_user(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=text)
    trusted = trust({"AWS": HOME}, Condition={"StringEquals": {"sts:ExternalId": "50%20off"}})
    created = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusted)["Role"]
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == document
    assert iam.get_user_policy(UserName="alice", PolicyName="own")["PolicyDocument"] == document
    details = iam.get_account_authorization_details()
    roles = (
        created,
        iam.get_role(RoleName="app")["Role"],
        *iam.list_roles()["Roles"],
        *details["RoleDetailList"],
    )
    sent, *kept = [app["AssumeRolePolicyDocument"] for app in roles]
    assert sent == json.loads(trusted)
    root = {"AWS": f"arn:aws:iam::{HOME}:root"}  # an account's ID is kept as the ARN of the account
    assert kept == [{**sent, "Statement": [{**sent["Statement"][0], "Principal": root}]}] * 3
    shown = next(found for found in details["Policies"] if found["Arn"] == arn)
    assert shown["PolicyVersionList"][0]["Document"] == document
    assert "Document" not in iam.list_policy_versions(PolicyArn=arn)["Versions"][0]


def test_the_secret_of_an_mfa_device_is_shown_once(iam):
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    assert made["Base32StringSeed"]
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == [{"SerialNumber": made["SerialNumber"]}]


@pytest.mark.ledger("F-IAM-05")
def test_a_service_role_policy_is_nobodys_boundary(iam):
    """Expect PolicyNotAttachable for users and roles.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html
    """
    limit = {"PermissionsBoundary": "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"}
    iam.create_user(UserName="alice")
    role(iam, "app")
    for put, named in (
        (iam.put_user_permissions_boundary, {"UserName": "alice"}),
        (iam.put_role_permissions_boundary, {"RoleName": "app"}),
        (iam.create_user, {"UserName": "bob"}),
        (iam.create_role, {"RoleName": "job", "AssumeRolePolicyDocument": trust({"AWS": HOME})}),
    ):
        assert error_of(put, **named, **limit)[0] == "PolicyNotAttachable", put
    assert "PermissionsBoundary" not in iam.get_user(UserName="alice")["User"]
