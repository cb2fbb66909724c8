"""A cloud that is written as AWS CLI output and loaded again makes the same decisions."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.account_files.json_files import NotInFiles
from labs_helpers.course.days.day4.widgets.access_map import OrganizationAccess
from labs_helpers.course.days.day4.widgets.organization_tree import OrganizationTree
from labs_helpers.course.policy_tests.loaded_organization import write_table
from labs_helpers.course.policy_tests.runner import reports
from labs_helpers.course.widgets.explorer.widget import EvaluationExplorer
from labs_helpers.course.widgets.matrix.widget import AccessMatrix
from tests import printed
from tests.clouds import allow, deny, make_user, new_member, trust

HOME = "111122223333"
_ACTIONS = (
    "s3:GetObject", "s3:PutObject", "s3:ListBucket", "kms:Decrypt", "kms:ScheduleKeyDeletion", "iam:CreateUser",
    "iam:PassRole", "sts:AssumeRole", "ec2:DescribeInstances", "organizations:LeaveOrganization",
)  # fmt: skip


def _build(cloud: Cloud) -> tuple[list[str], str, str]:
    """A company of two accounts: who asks, the member's number, and the member's key."""
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    for policy_type in (printed.SCP, printed.RCP):
        client.enable_policy_type(RootId=root, PolicyType=policy_type)
    member = new_member("prod")
    unit = client.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]["Id"]
    client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    _rail(client, "no-leaving", deny("organizations:LeaveOrganization"), printed.SCP, unit)
    outside = {
        "StringNotEqualsIfExists": {
            "aws:PrincipalOrgID": client.describe_organization()["Organization"]["Id"]
        }
    }
    _rail(client, "perimeter", deny("s3:PutObject", Principal="*", Condition=outside), printed.RCP, root)
    make_user(cloud, "dora", allow("sts:AssumeRole"))
    make_user(cloud, "gus")
    iam = cloud.account(member).client("iam")
    boundary = iam.create_policy(PolicyName="limit", Path="/limits/", PolicyDocument=allow(["s3:*", "kms:*"]))
    iam.create_role(
        RoleName="worker", Path="/team/", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{HOME}:user/dora"}),
        PermissionsBoundary=boundary["Policy"]["Arn"], Tags=[{"Key": "team", "Value": "red"}],
    )  # fmt: skip
    iam.put_role_policy(RoleName="worker", PolicyName="work", PolicyDocument=allow(["s3:Get*", "iam:*"]))
    iam.attach_role_policy(RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    home = boto3.client("iam")
    home.create_group(GroupName="ops")
    home.put_group_policy(GroupName="ops", PolicyName="ops", PolicyDocument=allow("ec2:*"))
    home.add_user_to_group(GroupName="ops", UserName="gus")
    s3 = cloud.account(member).client("s3")
    s3.create_bucket(Bucket="acme-orders")
    worker = f"arn:aws:iam::{member}:role/team/worker"
    policy = deny("s3:PutObject", "arn:aws:s3:::acme-orders/*", Principal={"AWS": worker})
    s3.put_bucket_policy(Bucket="acme-orders", Policy=policy)
    key = cloud.account(member).client("kms").create_key()["KeyMetadata"]["KeyId"]
    return [worker, f"arn:aws:iam::{HOME}:user/dora", f"arn:aws:iam::{HOME}:user/gus"], member, key


def _rail(client: Any, name: str, text: str, policy_type: str, target: str) -> None:
    made = client.create_policy(Name=name, Description="", Type=policy_type, Content=text)
    client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)


def _print(cloud: Cloud, folder: Path, member: str, key: str) -> None:
    printed.organization(boto3.Session(), folder)
    printed.account(boto3.Session(), folder)
    own = folder / member
    own.mkdir()
    printed.account(cloud.account(member), own)
    printed.bucket_policy(cloud.account(member), own, "acme-orders")
    printed.key_policy(cloud.account(member), own, key)


def _decisions(cloud: Cloud, principals: list[str], resources: list[str]) -> dict[tuple[str, ...], Any]:
    return {
        (who, action, resource): cloud.would(who, action, resource).to_dict()
        for who, action, resource in itertools.product(principals, _ACTIONS, resources)
    }


def test_a_loaded_organisation_decides_as_the_one_it_was_printed_from(tmp_path):
    """Every layer and every statement that matched: SCPs, RCPs, boundary, bucket and key policy."""
    with Cloud(seed=1) as cloud:
        principals, member, key = _build(cloud)
        resources = [
            "*", "arn:aws:s3:::acme-orders/a", "arn:aws:s3:::acme-orders", f"arn:aws:kms:us-east-1:{member}:key/{key}",
            f"arn:aws:iam::{member}:role/team/worker",
        ]  # fmt: skip
        before = _decisions(cloud, principals, resources)
        _print(cloud, tmp_path, member, key)
    with Cloud.from_account(tmp_path) as loaded:
        assert _decisions(loaded, principals, resources) == before
        effects = {each["decision"] for each in before.values()}
        assert effects == {"ALLOW", "IMPLICIT_DENY", "EXPLICIT_DENY"}
        assert loaded.home == HOME
        assert set(loaded.accounts) == {HOME, member}


def test_the_organisations_widgets_and_test_policies_work_on_it(tmp_path):
    """The access map shows "not answered" if no file has the answer; the written table passes, and detects a change."""
    files = tmp_path / "files"
    files.mkdir()
    with Cloud(seed=1) as cloud:
        principals, member, key = _build(cloud)
        _print(cloud, files, member, key)
    with Cloud.from_account(files) as loaded:
        access = OrganizationAccess(loaded).run()
        assert "not answered" in access.csv()
        worker = access.map.rows[principals[0]]
        assert worker[access.map.actions.index("iam:CreateUser")] is False, "the boundary has no iam:*"
        assert worker[access.map.actions.index("s3:GetObject")] is None, "of an example bucket no file tells"
        assert "prod" in OrganizationTree(loaded).text
        assert write_table(loaded, tmp_path / "table.yaml") == 4
    (report,) = reports([str(tmp_path / "table.yaml")])
    assert not report.failed
    assert {each.test: each.decision for each in report.outcomes}[
        "prod: organizations:LeaveOrganization"
    ] == "deny"
    table = json.loads((tmp_path / "table.yaml").read_text())
    table["tree"]["units"]["Workloads"]["scp"].remove("no-leaving")
    (tmp_path / "changed.yaml").write_text(json.dumps(table))
    (changed,) = reports([str(tmp_path / "changed.yaml")])
    assert [each.test for each in changed.failed] == ["prod: organizations:LeaveOrganization"]


def test_a_table_of_a_management_account_alone_is_refused_before_a_file_is_written(tmp_path):
    """SCPs and RCPs don't apply to the management account."""
    files = tmp_path / "files"
    files.mkdir()
    with Cloud(seed=1) as cloud:
        client = boto3.client("organizations")
        client.create_organization(FeatureSet="ALL")
        root = client.list_roots()["Roots"][0]["Id"]
        for policy_type in (printed.SCP, printed.RCP):
            client.enable_policy_type(RootId=root, PolicyType=policy_type)
        make_user(cloud, "dora")
        printed.organization(boto3.Session(), files)
        printed.account(boto3.Session(), files)
    with Cloud.from_account(files) as loaded, pytest.raises(NotInFiles, match="no member account"):
        write_table(loaded, tmp_path / "table.yaml")
    assert not (tmp_path / "table.yaml").exists()


def test_a_loaded_account_prints_the_file_that_it_was_loaded_from(tmp_path):
    """IAM's own calls are answered from the files: nothing is added, and nothing is lost."""
    with Cloud(seed=1) as cloud:
        make_user(cloud, "alice", allow("s3:*"))
        file = printed.account(boto3.Session(), tmp_path)
    with Cloud.from_account(file):
        again = tmp_path / "again"
        again.mkdir()
        shown = json.loads(printed.account(boto3.Session(), again).read_text())
    given = json.loads(file.read_text())
    assert [each["Arn"] for each in shown["UserDetailList"]] == [
        each["Arn"] for each in given["UserDetailList"]
    ]
    assert shown["UserDetailList"][1]["UserPolicyList"] == given["UserDetailList"][1]["UserPolicyList"]


@pytest.fixture
def loaded(tmp_path):
    """One account with two users, without an organisation."""
    with Cloud(seed=1) as cloud:
        make_user(cloud, "alice", allow("s3:GetObject"))
        make_user(cloud, "bob", allow("kms:*"))
        printed.account(boto3.Session(), tmp_path)
    with Cloud.from_account(tmp_path) as account:
        yield account


ALICE = f"arn:aws:iam::{HOME}:user/alice"


def test_a_bucket_whose_policy_is_in_no_file_is_not_guessed_about(loaded):
    with pytest.raises(NotInFiles, match="aws s3api get-bucket-policy --bucket payroll"):
        loaded.would(ALICE, "s3:GetObject", "arn:aws:s3:::payroll/a")


def test_a_key_whose_policy_is_in_no_file_is_not_guessed_about(loaded):
    key = f"arn:aws:kms:us-east-1:{HOME}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    with pytest.raises(NotInFiles, match="aws kms get-key-policy"):
        loaded.would(f"arn:aws:iam::{HOME}:user/bob", "kms:Decrypt", key)


@pytest.mark.parametrize(
    "who",
    [
        f"arn:aws:iam::{HOME}:user/nobody",
        "arn:aws:iam::999999999999:user/alice",
        f"arn:aws:iam::{HOME}:role/x",
    ],
)
def test_who_is_in_no_file_is_not_guessed_about(loaded, who):
    with pytest.raises(NotInFiles, match="isn't in any file"):
        loaded.would(who, "s3:GetObject", "*")


def test_that_no_file_tells_an_organisation_is_said(loaded):
    assert any("SCPs and RCPs" in gap for gap in loaded.gaps)


@pytest.mark.parametrize("enabled", [True, False])
def test_targets_are_missing_only_if_scps_or_rcps_are_enabled(tmp_path, enabled):
    with Cloud(seed=1):
        organizations = boto3.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        if enabled:
            root = organizations.list_roots()["Roots"][0]["Id"]
            organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
        printed.account(boto3.Session(), tmp_path)
        printed.organization(boto3.Session(), tmp_path)
    for file in tmp_path.rglob("targets-*.json"):
        file.unlink()
    with Cloud.from_account(tmp_path) as account:
        assert any("targets of the SCPs" in gap for gap in account.gaps) == enabled


def test_actions_of_services_that_the_course_does_not_model_are_answered_by_the_policies(loaded):
    assert not loaded.would(ALICE, "rds:DescribeDBInstances", "*").allowed


def test_a_loaded_account_is_no_empty_one(loaded):
    """ListBuckets would return no buckets, although it isn't known whether there are any."""
    with pytest.raises(NotInFiles):
        boto3.client("s3").list_buckets()


def test_nobody_is_added_to_a_loaded_account(loaded):
    assert [arn.rpartition("/")[2] for arn in loaded.identities()] == ["admin", "alice", "bob"]
    assert boto3.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{HOME}:root"
    loaded.reset()
    assert len(loaded.identities()) == 3


def test_explorer_and_matrix_work_on_a_loaded_account(loaded):
    explorer = EvaluationExplorer(principal=ALICE, action="s3:ListAllMyBuckets", resource="*")
    explorer.predict("deny")
    explorer.reveal_all()
    assert explorer.right == 1
    matrix = AccessMatrix(loaded, "*", actions="s3:ListAllMyBuckets kms:CreateKey").run()
    bob = f"arn:aws:iam::{HOME}:user/bob"
    assert matrix.answer(bob, "kms:CreateKey") == "allow"
    assert matrix.answer(ALICE, "kms:CreateKey") == "deny"


def test_a_bucket_without_a_policy_says_so_by_the_error_that_the_cli_prints(tmp_path):
    with Cloud(seed=1) as cloud:
        make_user(cloud, "alice", allow("s3:GetObject"))
        printed.account(boto3.Session(), tmp_path)
    said = "\nAn error occurred (NoSuchBucketPolicy) when calling the GetBucketPolicy operation: The bucket policy does"
    (tmp_path / "bucket-policy-payroll.json").write_text(said)
    with Cloud.from_account(tmp_path) as loaded:
        assert loaded.would(ALICE, "s3:GetObject", "arn:aws:s3:::payroll/a").allowed


def test_that_a_resource_has_no_policy_can_be_said_where_aws_prints_nothing(tmp_path):
    """The output for a queue without a policy is empty, and the error for a function without a policy doesn't name the
    function.
    """
    with Cloud(seed=1) as cloud:
        make_user(cloud, "alice", allow("lambda:InvokeFunction"))
        printed.account(boto3.Session(), tmp_path)
    function = f"arn:aws:lambda:us-east-1:{HOME}:function:bill"
    with Cloud.from_account(tmp_path) as loaded, pytest.raises(NotInFiles, match="WithoutPolicy"):
        loaded.would(ALICE, "lambda:InvokeFunction", function)
    (tmp_path / "none.json").write_text(json.dumps({"WithoutPolicy": [function]}))
    with Cloud.from_account(tmp_path) as loaded:
        assert loaded.would(ALICE, "lambda:InvokeFunction", function).allowed


def test_a_functions_and_a_tables_policy_are_told_apart_by_what_they_name(tmp_path):
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html prints no function's name."""
    with Cloud(seed=1) as cloud:
        make_user(cloud, "alice")
        printed.account(boto3.Session(), tmp_path)
    for kind, name in (("lambda", "function:bill"), ("dynamodb", "table/orders")):
        arn = f"arn:aws:{kind}:us-east-1:{HOME}:{name}"
        policy = allow(f"{kind}:*", arn, Principal={"AWS": ALICE})
        (tmp_path / f"{kind}.json").write_text(json.dumps({"Policy": policy, "RevisionId": "1"}))
    with Cloud.from_account(tmp_path) as loaded:
        for action, name in (("lambda:InvokeFunction", "lambda:us-east-1:{}:function:bill"),
                             ("dynamodb:GetItem", "dynamodb:us-east-1:{}:table/orders")):  # fmt: skip
            assert loaded.would(ALICE, action, "arn:aws:" + name.format(HOME)).allowed
