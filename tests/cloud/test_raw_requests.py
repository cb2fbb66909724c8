"""Requests that curl sends and boto3 doesn't: values of another type, names in other places, other documents. Each is
rejected before anything is performed, with its protocol's code, and what AWS ignores has no effect.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
import requests

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.gate.gate import Gate
from labs_helpers.cloud.moto import protocols
from tests.cloud.test_attacks import FORM, IAM, JSON, KMS, json_call, send

CASES = json.loads((Path(__file__).parent / "raw_requests.json").read_text(encoding="utf-8"))
TARGETS = {
    "kms": "TrentService", "dynamodb": "DynamoDB_20120810", "identitystore": "AWSIdentityStore",
    "organizations": "AWSOrganizationsV20161128", "sqs": "AmazonSQS",
}  # fmt: skip


@pytest.fixture
def key(cloud) -> str:
    boto3.client("s3").create_bucket(Bucket="shelf")
    boto3.client("s3").put_object(Bucket="shelf", Key="k", Body=b"x")
    return str(boto3.client("kms").create_key()["KeyMetadata"]["KeyId"])


def _sent(case: dict[str, Any], key: str) -> requests.Response:
    service, _, operation = case["to"].partition(":")
    host = service if service in ("iam", "s3") else f"{service}.us-east-1"
    url, headers = f"https://{host}.amazonaws.com{case.get('path', '/')}", dict(case.get("headers", {}))
    if "form" in case:
        model = protocols.model(service)
        assert model is not None
        version = case.get("version", model.api_version)
        body = f"Action={operation}" + (f"&{case['form']}" if case["form"] else "")
        body += f"&Version={version}" if version else ""
        headers = {**FORM, **headers}
    else:
        body = case["body"].replace("DIGITS", "9" * 5_000) if "body" in case else json.dumps(case.get("json"))
        body = body.replace("KEY", key)
        if operation:
            headers = {**JSON, "X-Amz-Target": f"{TARGETS[service]}.{operation}", **headers}
    content = body.encode()
    if "base64" in case:
        content = base64.b64decode(case["base64"])
    elif "utf16" in case:
        content = case["utf16"].encode("utf-16")
    return send(boto3.Session(), case.get("method", "POST"), url, headers, content, service)


def _code_and_message(answer: requests.Response) -> tuple[str, str]:
    if answer.text.startswith("{"):
        found = answer.json()
        return found["__type"].rpartition("#")[2], found.get("message") or found["Message"]
    parts = [answer.text.partition(f"<{name}>")[2].partition("</")[0] for name in ("Code", "Message")]
    return parts[0], parts[1]


@pytest.mark.ledger("F-GATE-04")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['to']}: {case['say']}")
def test_what_is_of_another_type_is_refused_before_anything_is_asked(cloud, key, case):
    with mock.patch.object(Gate, "_answer") as asked:
        answer = _sent(case, key)
    code, message = _code_and_message(answer)
    assert (code, answer.status_code) == (case["code"], case.get("status", 400))
    assert message == case.get("message", message)
    assert not asked.called


@pytest.mark.ledger("F-GATE-04")
@pytest.mark.parametrize(
    "more",
    ['"Other": 5', '"limit": 1', '"Marker": null', '"Other": {"a": [null, {}]}', '"Other": 1, "Other": 2'],
)
def test_json_that_a_service_does_not_know_and_null_are_ignored(cloud, key, more):
    boto3.client("kms").create_key()
    answer = json_call(boto3.Session(), KMS, "TrentService.ListKeys", f'{{"Limit": 1, {more}}}', "kms")
    assert (answer.status_code, len(answer.json()["Keys"])) == (200, 1)
    assert cloud.record[-1].parameters == {"Limit": 1}


@pytest.mark.ledger("F-GATE-04")
def test_what_is_ignored_reaches_nobody_who_would_read_it(cloud):
    url, target = (
        "https://cognito-idp.us-east-1.amazonaws.com/",
        "AWSCognitoIdentityProviderService.CreateUserPool",
    )
    body = {
        "PoolName": "p",
        "Arn": "arn:aws:cognito-idp:us-east-1:444455556666:userpool/x",
        "Status": "Disabled",
    }
    answer = json_call(boto3.Session(), url, target, json.dumps(body), "cognito-idp")
    assert answer.json()["UserPool"]["Arn"].startswith(
        "arn:aws:cognito-idp:us-east-1:111122223333:userpool/us-east-1_"
    )
    with mock.patch("labs_helpers.cloud.gate.gate.perform.perform", side_effect=LookupError) as performed:
        json_call(
            boto3.Session(), KMS, "TrentService.TagResource", '{"KeyId": "k", "Tags": [], "Other": 1}', "kms"
        )
        json_call(
            boto3.Session(), "https://logs.us-east-1.amazonaws.com/", "Logs_20140328.StartQuery",
            '{"queryString": "limit 1", "startTime": 1, "endTime": 2, "limit": 5.0, "logGroupName": null, '
            '"Other": {"limit": 7}}', "logs",
        )  # fmt: skip
    assert [call.args[2].get_data() for call in performed.call_args_list] == [
        b'{"queryString": "limit 1", "startTime": 1, "endTime": 2, "limit": 5}'
    ]


@pytest.mark.ledger("F-GATE-04")
def test_numbers_and_dates_of_a_boto3_call_are_read_as_they_were_meant(cloud):
    body = '{"Limit": 5.0}'
    assert json_call(boto3.Session(), KMS, "TrentService.ListKeys", body, "kms").status_code == 200
    assert cloud.record[-1].parameters == {"Limit": 5}
    form = "Action=ListUsers&MaxItems=5&Version=2010-05-08&Other=1&Other.deep=2"
    assert send(boto3.Session(), "POST", IAM, FORM, form, "iam").status_code == 200
    assert cloud.record[-1].parameters == {"MaxItems": 5}


@pytest.mark.ledger("F-GATE-04")
def test_xml_with_prefixes_and_booleans_in_capitals_are_what_they_are_without(cloud, key):
    url, prefix = "https://s3.amazonaws.com/shelf", 'xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"'
    tags = f"<s:Tagging {prefix}><s:TagSet><s:Tag><s:Key>a</s:Key><s:Value>b</s:Value></s:Tag></s:TagSet></s:Tagging>"
    assert send(boto3.Session(), "PUT", f"{url}?tagging", {}, tags, "s3").status_code == 204
    s3 = boto3.client("s3")
    assert s3.get_bucket_tagging(Bucket="shelf")["TagSet"] == [{"Key": "a", "Value": "b"}]
    name = "PublicAccessBlockConfiguration"
    block = f"<{name}><BlockPublicAcls>TRUE</BlockPublicAcls><BlockPublicPolicy>FALSE</BlockPublicPolicy></{name}>"
    assert send(boto3.Session(), "PUT", f"{url}?publicAccessBlock", {}, block, "s3").status_code == 200
    found = s3.get_public_access_block(Bucket="shelf")[name]
    assert (found["BlockPublicAcls"], found["BlockPublicPolicy"]) == (True, False)


@pytest.mark.ledger("F-GATE-04")
def test_body_of_a_function_is_its_own_whatever_a_client_says_of_it(cloud, iam):
    """curl says application/x-www-form-urlencoded of everything."""
    url = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions"
    answer = send(boto3.Session(), "POST", url, FORM, '{"FunctionName": "f"}', "lambda")
    assert answer.json()["__type"] == "ValidationException"
    assert cloud.record[-1].operation == "CreateFunction"


def test_upload_by_a_form_of_a_page_is_refused_by_name(cloud, key):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html"""
    made = boto3.client("s3").generate_presigned_post("shelf", "k2")
    with pytest.raises(NotModelled, match="PostObject"):
        requests.post(made["url"], data=made["fields"], files={"file": b"x"}, timeout=5)


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("sesv2", "list_contact_lists"),
        ("apigatewayv2", "get_apis"),
        ("elb", "describe_load_balancer_policies"),
    ],
)
def test_a_service_that_shares_an_endpoint_is_refused_by_name(cloud, service, operation):
    """AWS would answer, so an unsupported service must not look like an error from AWS."""
    with pytest.raises(NotModelled, match="isn't modeled: this cloud knows the services"):
        getattr(boto3.client(service, region_name="us-east-1"), operation)()
