"""Facts that AWS's pages omit or state differently, each tested with a call, without any recordings.

OBSERVED in CloudTrail events of 2024 to 2026, which `records` reads; data/ledger.json has the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import recorded_events
from tests.clouds import error_of, make_user


def event_of(cloud: Any, client: Any, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a call that fails."""
    with pytest.raises(ClientError):
        getattr(client, method)(**parameters)
    return recorded_events(cloud)[-1]


@pytest.mark.ledger("F-TRL-05")
@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        ("iam", "attach_user_policy",
         {"UserName": "ann", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("kms", "create_key", {"Description": "mine"}),
        ("lambda", "invoke", {"FunctionName": "nightly"}),
        ("logs", "create_log_group", {"logGroupName": "audit"}),
        ("secretsmanager", "get_secret_value", {"SecretId": "ward"}),
        ("sns", "create_topic", {"Name": "alarms"}),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::111122223333:role/ward", "RoleSessionName": "me"}),
    ],
)  # fmt: skip
def test_event_of_a_denied_call_hides_what_was_asked_for(cloud, service, method, parameters):
    event = event_of(cloud, make_user(cloud, "bob").client(service), method, parameters)
    assert event["requestParameters"] is None
    assert "resources" not in event


@pytest.mark.ledger("F-TRL-06")
def test_some_of_ec2s_events_have_the_form_of_the_request(cloud):
    bob = make_user(cloud, "bob").client("ec2")
    event = event_of(cloud, bob, "delete_flow_logs", {"FlowLogIds": ["fl-1234567890abcdef0"]})
    assert event["requestParameters"] == {
        "DeleteFlowLogsRequest": {"FlowLogId": {"content": "fl-1234567890abcdef0", "tag": 1}}
    }


@pytest.mark.ledger("F-TRL-07")
def test_federation_and_session_tokens_are_recorded_as_writes(cloud):
    boto3.client("sts").get_session_token()
    assert recorded_events(cloud)[-1]["readOnly"] is False
    event = event_of(
        cloud, make_user(cloud, "bob").client("sts"), "get_federation_token", {"Name": "console"}
    )
    assert event["readOnly"] is False


@pytest.mark.ledger("F-TRL-08")
def test_event_of_describing_a_missing_key_has_no_parameters(cloud):
    missing = {"KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab"}
    event = event_of(cloud, boto3.client("kms"), "describe_key", missing)
    assert event["errorCode"] == "NotFoundException"
    assert event["requestParameters"] is None


@pytest.mark.ledger("F-TRL-09")
def test_events_code_of_a_refusal_is_the_same_in_every_service_but_ec2(cloud):
    bob = make_user(cloud, "bob")
    assert error_of(bob.client("kms").create_key)[0] == "AccessDeniedException"
    assert recorded_events(cloud)[-1]["errorCode"] == "AccessDenied"
    assert error_of(bob.client("sns").create_topic, Name="alarms")[0] == "AuthorizationError"
    assert recorded_events(cloud)[-1]["errorCode"] == "AccessDenied"
    assert error_of(bob.client("ec2").create_vpc, CidrBlock="10.0.0.0/16")[0] == "UnauthorizedOperation"
    assert recorded_events(cloud)[-1]["errorCode"] == "Client.UnauthorizedOperation"


@pytest.mark.ledger("F-IAM-26")
def test_iams_refusals_name_the_resource_as_the_call_did(cloud):
    bob = make_user(cloud, "bob").client("iam")
    assert " on resource: user ann because " in error_of(bob.delete_user, UserName="ann")[1]
    assert " on resource: role ward because " in error_of(bob.delete_role, RoleName="ward")[1]
    assert (
        " on resource: arn:aws:iam::111122223333:user/ann because "
        in error_of(bob.create_user, UserName="ann")[1]
    )


@pytest.mark.ledger("F-TRL-05")
@pytest.mark.parametrize("denied", [True, False])
def test_event_of_listing_buckets_names_the_host(cloud, denied):
    """OBSERVED in 2024 for a denied call; S3's example of an answered one has it too."""
    session = make_user(cloud, "bob") if denied else boto3
    client = session.client("s3")
    assert (error_of(client.list_buckets)[0] if denied else client.list_buckets()["Buckets"]) == (
        "AccessDenied" if denied else []
    )
    assert recorded_events(cloud)[-1]["requestParameters"] == {"Host": "s3.amazonaws.com"}
