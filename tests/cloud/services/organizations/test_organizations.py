"""SCPs and RCPs in force for members of an organization that was created with the Organizations API."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import allow, deny, error_of, make_user, new_member


@pytest.fixture
def organization(cloud):
    """An organization with SCPs and RCPs enabled, and one member account; gives (client, root id, member id)."""
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        client.enable_policy_type(RootId=root, PolicyType=kind)
    member = new_member()
    return client, root, member


def attach(client, target, document, kind="SERVICE_CONTROL_POLICY", name="guard"):
    policy = client.create_policy(Name=name, Description="", Type=kind, Content=document)["Policy"][
        "PolicySummary"
    ]
    client.attach_policy(PolicyId=policy["Id"], TargetId=target)
    return policy


def rcp(action, resource="*", **more):
    statement = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.ledger("F-ORG-01")
def test_a_deny_at_the_root_binds_a_member_and_names_the_scp(cloud, organization):
    client, root, member = organization
    dev = cloud.account(member)
    dev.client("s3").list_buckets()
    policy = attach(client, root, deny("s3:*"))
    code, message = error_of(dev.client("s3").list_buckets)
    assert code == "AccessDenied"
    assert "with an explicit deny in a service control policy" in message
    client.detach_policy(PolicyId=policy["Id"], TargetId=root)
    dev.client("s3").list_buckets()


@pytest.mark.ledger("F-ORG-01")
def test_every_level_must_allow(cloud, organization):
    client, root, member = organization
    unit = client.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]["Id"]
    client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    dev = cloud.account(member)
    dev.client("s3").list_buckets()
    attach(client, unit, allow("iam:*"))
    client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit)
    code, message = error_of(dev.client("s3").list_buckets)
    assert code == "AccessDenied"
    assert "because no service control policy allows the s3:ListAllMyBuckets action" in message
    dev.client("iam").list_users()


@pytest.mark.ledger("F-ORG-01")
def test_scps_bind_nobody_until_their_type_is_enabled(cloud):
    client = boto3.client("organizations")
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    member = new_member()
    policy = client.create_policy(
        Name="guard", Description="", Type="SERVICE_CONTROL_POLICY", Content=deny("s3:*")
    )["Policy"]["PolicySummary"]["Id"]
    assert (
        error_of(client.attach_policy, PolicyId=policy, TargetId=root)[0] == "PolicyTypeNotEnabledException"
    )
    cloud.account(member).client("s3").list_buckets()


@pytest.mark.ledger("F-ORG-01")
def test_a_member_account_root_user_is_bound(cloud, organization):
    client, root, member = organization
    attach(client, root, deny("s3:*"))
    assert error_of(cloud.root(member).client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-ORG-02")
def test_the_management_account_is_not_bound(cloud, organization):
    """Its call succeeds although an SCP at the root denies the action."""
    client, root, _ = organization
    attach(client, root, deny("s3:*"))
    boto3.client("s3").list_buckets()


@pytest.mark.ledger("F-ORG-02")
def test_a_service_linked_role_is_not_bound(cloud, organization):
    client, root, member = organization
    dev = cloud.account(member).client("iam")
    linked = dev.create_service_linked_role(AWSServiceName="support.amazonaws.com")["Role"]["Arn"]
    attach(client, root, deny("*"))
    decision = cloud.would(linked, "s3:ListAllMyBuckets", "*")
    assert not any(check.effect == "EXPLICIT_DENY" for check in decision.checks)


@pytest.mark.ledger("F-ORG-03")
def test_an_rcp_binds_outside_callers_of_a_members_bucket(cloud, organization):
    client, root, member = organization
    s3 = cloud.account(member).client("s3")
    s3.create_bucket(Bucket="shared-shelf")
    s3.put_object(Bucket="shared-shelf", Key="k", Body=b"x")
    outsider = make_user(cloud, "mallory", allow("s3:*"), account="999988887777")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "999988887777"},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::shared-shelf/*",
    }
    s3.put_bucket_policy(
        Bucket="shared-shelf", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    outsider.client("s3").get_object(Bucket="shared-shelf", Key="k")
    ours = boto3.client("organizations").describe_organization()["Organization"]["Id"]
    condition = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ours}}
    attach(client, root, rcp("s3:*", Condition=condition), "RESOURCE_CONTROL_POLICY")
    assert error_of(outsider.client("s3").get_object, Bucket="shared-shelf", Key="k")[0] == "AccessDenied"
    s3.get_object(Bucket="shared-shelf", Key="k")


@pytest.mark.ledger("F-ORG-03")
def test_rcps_bind_only_services_that_support_them_and_actions_on_a_resource(cloud, organization):
    """RCPs don't apply to an action without a resource type (s3:ListAllMyBuckets), as AWS's page states."""
    client, root, member = organization
    attach(client, root, rcp(["s3:*", "iam:*"]), "RESOURCE_CONTROL_POLICY")
    dev = cloud.account(member)
    dev.client("iam").list_users()
    dev.client("s3").list_buckets()
    admin = f"arn:aws:iam::{member}:user/admin"
    assert cloud.would(admin, "s3:ListAllMyBuckets", "*").allowed
    decision = cloud.would(admin, "s3:GetObject", "arn:aws:s3:::shelf/k")
    assert decision.effect == "EXPLICIT_DENY"


@pytest.mark.ledger("F-ORG-03")
def test_rcps_bind_customers_keys_and_not_those_that_aws_manages(cloud, organization):
    client, root, member = organization
    kms = cloud.account(member).client("kms")
    ours = kms.create_key()["KeyMetadata"]["Arn"]
    of_aws = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]
    attach(client, root, rcp("kms:*"), "RESOURCE_CONTROL_POLICY")
    code, message = error_of(kms.describe_key, KeyId=ours)
    assert code == "AccessDeniedException"
    assert "with an explicit deny in a resource control policy" in message
    kms.describe_key(KeyId=of_aws)
    admin = f"arn:aws:iam::{member}:user/admin"
    assert cloud.would(admin, "kms:DescribeKey", ours).effect == "EXPLICIT_DENY"
    assert cloud.would(admin, "kms:DescribeKey", of_aws).allowed


@pytest.mark.ledger("F-ORG-07")
def test_organization_keys_are_in_the_request(cloud, organization):
    client, _, member = organization
    ours = client.describe_organization()["Organization"]["Id"]
    condition = {
        "StringEquals": {"aws:PrincipalOrgID": ours, "aws:ResourceOrgID": ours},
        "ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ours}/*"},
    }
    alice = make_user(cloud, "alice", allow("s3:ListAllMyBuckets", Condition=condition), account=member)
    alice.client("s3").list_buckets()
    stranger = make_user(
        cloud, "stranger", allow("s3:ListAllMyBuckets", Condition=condition), account="444455556666"
    )
    assert error_of(stranger.client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-ORG-05")
def test_a_new_account_has_the_role_that_the_management_account_may_assume(cloud, organization):
    """Assuming the role and calling IAM with it both succeed."""
    _, _, member = organization
    answer = boto3.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{member}:role/OrganizationAccountAccessRole", RoleSessionName="admin"
    )
    keys = answer["Credentials"]
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    session.client("iam").list_users()
