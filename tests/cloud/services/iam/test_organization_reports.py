"""Access reports of an organization, and the policies that grant an identity access to a service."""

from __future__ import annotations

import boto3
import pytest

from tests.cloud.services.organizations.conftest import SCP, Org
from tests.clouds import allow, deny, error_of, make_user

HOME = "111122223333"


@pytest.fixture
def org(cloud):
    made = Org(cloud)
    made.enable(SCP)
    return made


def report(iam, path, policy=None, **sorting):
    more = {"OrganizationsPolicyId": policy} if policy else {}
    job = iam.generate_organizations_access_report(EntityPath=path, **more)["JobId"]
    return iam.get_organizations_access_report(JobId=job, MaxItems=1000, **sorting)


def by_service(answer):
    return {each["ServiceNamespace"]: each for each in answer["AccessDetails"]}


@pytest.mark.ledger("F-IAM-14")
def test_a_report_of_an_entity_lists_what_its_scps_leave_and_what_its_accounts_tried(cloud, org, iam):
    unit = org.unit("dev")
    member, other = org.member("one"), org.member("two")
    org.client.move_account(AccountId=member, SourceParentId=org.root, DestinationParentId=unit)
    org.client.attach_policy(PolicyId=org.policy(allow(["s3:*", "iam:*", "sqs:*"])), TargetId=unit)
    org.client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=unit)
    org.attach(deny("sqs:*"), member, name="no-queues")
    cloud.account(member).client("s3").list_buckets()
    cloud.account(other).client("s3").list_buckets()
    boto3.client("sqs").list_queues()
    path = f"{org.id}/{org.root}/{unit}/{member}"
    answer = report(iam, path)
    assert (answer["JobStatus"], answer["IsTruncated"]) == ("COMPLETED", False)
    assert list(by_service(answer)) == ["iam", "s3"]
    assert (answer["NumberOfServicesAccessible"], answer["NumberOfServicesNotAccessed"]) == (2, 1)
    s3, untried = by_service(answer)["s3"], by_service(answer)["iam"]
    assert (s3["ServiceName"], s3["Region"], s3["EntityPath"]) == ("Amazon S3", "us-east-1", path)
    assert s3["TotalAuthenticatedEntities"] == 1
    assert untried["TotalAuthenticatedEntities"] == 0
    assert not untried.keys() & {"Region", "EntityPath", "LastAuthenticatedTime"}
    assert list(by_service(report(iam, f"{org.id}/{org.root}/{unit}/"))) == ["iam", "s3", "sqs"]
    root = by_service(report(iam, f"{org.id}/{org.root}"))
    assert root["s3"]["TotalAuthenticatedEntities"] == 2
    assert root["sqs"]["TotalAuthenticatedEntities"] == 0, "the management account is bound by no SCP"
    own = by_service(report(iam, f"{org.id}/{org.root}/{HOME}"))
    assert own["sqs"]["TotalAuthenticatedEntities"] == 1
    assert len(own) > 300


@pytest.mark.ledger("F-IAM-14")
def test_a_report_of_a_policy_lists_what_it_leaves_to_the_accounts_that_it_binds(cloud, org, iam):
    bound, free = org.member("one"), org.member("two")
    policy = org.attach(allow(["s3:*", "sqs:*"]), bound)
    for account in (bound, free):
        cloud.account(account).client("s3").list_buckets()
    cloud.clock.advance(minutes=1)
    cloud.account(bound).client("sqs").list_queues()
    answer = report(iam, f"{org.id}/{org.root}", policy)
    assert {name: row["TotalAuthenticatedEntities"] for name, row in by_service(answer).items()} == {
        "s3": 1, "sqs": 1
    }  # fmt: skip
    latest = report(iam, f"{org.id}/{org.root}", policy, SortKey="LAST_AUTHENTICATED_TIME_DESCENDING")
    assert list(by_service(latest)) == ["sqs", "s3"]
    unbound = report(iam, f"{org.id}/{org.root}/{free}", policy)
    assert unbound["NumberOfServicesNotAccessed"] == 2


@pytest.mark.ledger("F-IAM-14")
def test_who_and_what_gets_no_report(cloud, iam):
    path = "o-aaaaaaaaaa/r-aaaa/ou-aaaa-aaaaaaaa"
    assert error_of(iam.generate_organizations_access_report, EntityPath=path)[0] == "AccessDenied"
    org = Org(cloud)
    own = f"{org.id}/{org.root}"
    assert report(iam, own)["JobStatus"] == "FAILED"
    org.enable(SCP)
    assert report(iam, path)["ErrorDetails"]["Code"] == "NoSuchEntity"
    assert report(iam, own, "p-aaaaaaaa")["ErrorDetails"]["Code"] == "NoSuchEntity"
    theirs = org.as_account(org.member(), "iam")
    assert error_of(theirs.generate_organizations_access_report, EntityPath=own)[0] == "AccessDenied"
    assert error_of(iam.get_organizations_access_report, JobId="0" * 36)[0] == "NoSuchEntity"
    one = allow(
        "iam:GenerateOrganizationsAccessReport", f"arn:aws:iam::{HOME}:access-report/{own}",
        Condition={"Null": {"iam:OrganizationsPolicyId": "true"}},
    )  # fmt: skip
    alice = make_user(cloud, "alice", one).client("iam")
    alice.generate_organizations_access_report(EntityPath=own)
    generate = alice.generate_organizations_access_report
    assert error_of(generate, EntityPath=path)[0] == "AccessDenied"
    assert error_of(generate, EntityPath=own, OrganizationsPolicyId="p-FullAWSAccess")[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-14")
def test_policies_that_grant_a_service_are_the_users_and_its_groups(cloud, iam):
    make_user(cloud, "alice", allow("s3:*"))
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="alice")
    iam.put_group_policy(GroupName="staff", PolicyName="queues", PolicyDocument=allow("sqs:*"))
    reader = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.attach_user_policy(UserName="alice", PolicyArn=reader)
    arn = f"arn:aws:iam::{HOME}:user/alice"
    ask = iam.list_policies_granting_service_access
    answer = ask(Arn=arn, ServiceNamespaces=["s3", "sqs", "ec2"])
    assert answer["IsTruncated"] is False
    assert answer["PoliciesGrantingServiceAccess"] == [
        {
            "ServiceNamespace": "s3",
            "Policies": [
                {"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyType": "MANAGED", "PolicyArn": reader},
                {"PolicyName": "own", "PolicyType": "INLINE", "EntityType": "USER", "EntityName": "alice"},
            ],
        },
        {
            "ServiceNamespace": "sqs",
            "Policies": [
                {"PolicyName": "queues", "PolicyType": "INLINE", "EntityType": "GROUP", "EntityName": "staff"}
            ],
        },
        {"ServiceNamespace": "ec2", "Policies": []},
    ]
    group = ask(Arn=f"arn:aws:iam::{HOME}:group/staff", ServiceNamespaces=["s3"])
    assert group["PoliciesGrantingServiceAccess"] == [{"ServiceNamespace": "s3", "Policies": []}]
    missing = f"arn:aws:iam::{HOME}:role/none"
    assert error_of(ask, Arn=missing, ServiceNamespaces=["s3"])[0] == "NoSuchEntity"
    assert error_of(ask, Arn=arn, ServiceNamespaces=["nothing-like-it"])[0] == "InvalidInput"
