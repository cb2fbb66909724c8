"""What the cloud doesn't serve is named to other programs in their own protocol, in one error that they can read."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.endpoint.environment import S3_CONTROL_HOST
from labs_helpers.cloud.endpoint.http_message import Sent
from labs_helpers.cloud.endpoint.routing import for_gate, place
from labs_helpers.cloud.gate.endpoints import protocol_at
from labs_helpers.cloud.gate.hosts import Network

ACCOUNT = "111122223333"
CALLS = {
    "json": ("stepfunctions", "list_state_machines", {}),
    "rest-json": ("apigateway", "get_rest_apis", {}),
    "rest-json, of a service that is served": ("lambda", "get_account_settings", {}),
    "rest-json, at the endpoint of an older service": ("sesv2", "list_email_identities", {}),
    "query": ("cloudformation", "list_stacks", {}),
    "ec2": ("ec2", "describe_verified_access_groups", {}),
    "rest-xml": ("cloudfront", "list_distributions", {}),
    "rest-xml, with the account in the host": ("s3control", "list_jobs", {"AccountId": ACCOUNT}),
    "signed for another service": ("dynamodbstreams", "list_streams", {}),
}
CALL = """
import boto3, json, sys
from botocore.exceptions import ClientError
for service, operation, parameters in json.load(sys.stdin):
    try:
        print(json.dumps(["", str(getattr(boto3.client(service), operation)(**parameters))]))
    except ClientError as error:
        print(json.dumps([error.response["Error"].get(name, "") for name in ("Code", "Message")]))
"""


@pytest.fixture(scope="module")
def said() -> dict[str, tuple[str, str]]:
    """Return the code and message that a program gets for each call."""
    with Cloud(seed=1) as cloud:
        done = subprocess.run(
            [sys.executable, "-c", CALL], input=json.dumps(list(CALLS.values())), env=cloud.endpoint().env(),
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: (code, message) for name, (code, message) in zip(CALLS, lines, strict=True)}


@pytest.mark.parametrize("name", CALLS)
def test_the_error_is_in_the_service_s_protocol_and_names_what_is_not_served(said, name):
    code, message = said[name]
    assert code == "NotModelled"
    assert CALLS[name][0].removesuffix("v2") in message
    assert "isn't modeled" in message


SET_AND_GET = f"""
import boto3
control = boto3.client("s3control", region_name="eu-central-1")
control.put_public_access_block(
    AccountId="{ACCOUNT}", PublicAccessBlockConfiguration={{"BlockPublicAcls": True}}
)
print(control.get_public_access_block(AccountId="{ACCOUNT}")["PublicAccessBlockConfiguration"]["BlockPublicAcls"])
"""


def test_s3_control_is_reached_though_its_clients_put_the_account_before_the_host():
    with Cloud(seed=1) as cloud:
        done = subprocess.run(
            [sys.executable, "-c", SET_AND_GET], env=cloud.endpoint().env(), capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        regions = {entry.region for entry in cloud.record if entry.service == "s3control"}
    assert (done.stdout.strip(), regions) == ("True", {"eu-central-1"}), done.stderr


@pytest.mark.parametrize("host", [f"{ACCOUNT}.{S3_CONTROL_HOST}", f"{ACCOUNT}.{S3_CONTROL_HOST}:443"])
def test_the_host_of_s3_control_stands_for_that_of_the_signature_s_region(host):
    where = place(host, 4566, Network())
    assert where is not None
    scope = "AWS4-HMAC-SHA256 Credential=AKIA/20261129/eu-west-1/s3/aws4_request, Signature=0"
    sent = Sent("GET", "https", host, "/v20180820/jobs", (("host", host), ("authorization", scope)))
    prepared, signed = for_gate(sent, where)
    assert prepared.url == f"https://{ACCOUNT}.s3-control.eu-west-1.amazonaws.com/v20180820/jobs"
    assert signed is not None


@pytest.mark.parametrize(
    "host", [f"other.{ACCOUNT}.invalid", f"x{S3_CONTROL_HOST}", f"{S3_CONTROL_HOST}.evil.test"]
)
def test_no_other_host_is_admitted_by_it(host):
    assert place(host, 4566, Network()) is None


@pytest.mark.parametrize(
    ("url", "protocol"),
    [
        ("https://lambda.us-east-1.amazonaws.com/2016-08-19/account-settings", "rest-json"),
        ("https://email.us-east-1.amazonaws.com/v2/email/identities", "rest-json"),
        ("https://email.us-east-1.amazonaws.com/", "query"),
        ("https://s3.amazonaws.com/shelf", "rest-xml"),
        ("https://iam.amazonaws.com/", "query"),
    ],
)
def test_the_protocol_is_that_of_the_service_at_the_url(url, protocol):
    assert protocol_at(url) == protocol
