"""ValidatePolicy: a case for each implemented issue code, documents without findings, positions, hostile input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.iam.models import aws_managed_policies_data

from labs_helpers.engine.analysis.validation import CHECKED, NOT_CHECKED, validate
from tests.clouds import allow, error_of
from tests.hangs import ends

CASES = json.loads((Path(__file__).parent / "cases" / "policy_validation.json").read_text(encoding="utf-8"))
TYPES = ("IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


def text_of(case: dict[str, Any]) -> str:
    """A case's document; of "copies" there are so many of its one statement, with their numbers in place of #."""
    policy = case["policy"]
    if "copies" in case:
        one = json.dumps(policy["Statement"][0])
        copies = [json.loads(one.replace("#", str(number))) for number in range(case["copies"])]
        policy = {**policy, "Statement": copies}
    return policy if isinstance(policy, str) else json.dumps(policy)


def policy(**statement: Any) -> str:
    merged = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [merged]})


@pytest.mark.parametrize("case", CASES["findings"], ids=lambda case: case["code"])
def test_code_is_reported_where_it_belongs(case):
    text = text_of(case)
    found = [
        f for f in validate(text, case["policyType"], case.get("resourceType")) if f.code == case["code"]
    ]
    assert found
    for finding in found:
        shown = finding.to_dict()
        assert shown["findingType"] == CHECKED[case["code"]]
        assert shown["learnMoreLink"].endswith(case["code"].lower().replace("_", "-"))
        assert shown["locations"]
        for location in shown["locations"]:
            start, end = location["span"]["start"], location["span"]["end"]
            assert 0 <= start["offset"] <= end["offset"] <= len(text)


@pytest.mark.parametrize("case", CASES["clean"], ids=lambda case: text_of(case)[40:110])
def test_sound_policies_have_no_findings(case):
    assert validate(text_of(case), case["policyType"], case.get("resourceType")) == []


WITH_ERRORS = frozenset((
    "AWSCodeStarFullAccess", "AWSIAMIdentityCenterAllowListForIdentityContext",
    "AmazonDataZoneGlueManageAccessRolePolicy", "AmazonDataZoneSageMakerEnvironmentRolePermissionsBoundary",
    "AmazonSageMakerFullAccess", "MemoryDBServiceRolePolicy", "RDSCloudHsmAuthorizationRole",
    "ResourceGroupsTaggingAPITagUntagSupportedResources",
))  # fmt: skip
"""The AWS managed policies in which Access Analyzer itself finds errors: they name what is gone."""


@pytest.mark.sampled(2)
@pytest.mark.ledger("F-AA-01")
@pytest.mark.parametrize("part", range(4))
def test_awss_managed_policies_have_no_errors_but_those_that_name_what_is_gone(part):
    """Every fourth of them is looked at, and all in which Access Analyzer finds errors."""
    listing = json.loads(aws_managed_policies_data)
    wrong = set()
    for name in {*sorted(listing)[part::16], *sorted(WITH_ERRORS)[part::4]}:
        document = listing[name]["Document"]
        text = document if isinstance(document, str) else json.dumps(document)
        wrong |= {name for f in validate(text, "IDENTITY_POLICY") if f.type == "ERROR"}
    assert wrong == WITH_ERRORS & {*sorted(listing)[part::16], *sorted(WITH_ERRORS)[part::4]}


def details(code: str, **statement: Any) -> list[tuple[str, list[Any]]]:
    """What is said with a code of a statement, and the last steps to where."""
    text = policy(**statement)
    found = [each.to_dict() for each in validate(text, "IDENTITY_POLICY") if each.code == code]
    return [
        (each["findingDetails"], [location["path"][-1] for location in each["locations"]]) for each in found
    ]


RECORDED = CASES["recorded"]
"""Findings that Access Analyzer had for AWS's own managed policies, on statements like theirs."""


@pytest.mark.ledger("F-AA-01")
@pytest.mark.parametrize("case", RECORDED, ids=lambda case: case["code"])
def test_findings_say_what_and_where_access_analyzer_says(case):
    assert details(case["code"], **case["statement"]) == [(case["details"], case["places"])]


SOUND = [
    {"Resource": "arn:aws:ssm:*::document/AWS-RunShellScript"},
    {"Resource": "arn:aws:apigateway:*::/tags"},
    {"Action": "codestar:CreateProject"},
    {"Condition": {"ArnLike": {"kms:EncryptionContext:aws:ecs:clusterArn": "arn:aws:ecs:*:*:cluster/*"}}},
    {"Condition": {"ArnLike": {"aws:RequestTag/owner": "arn:aws:iam::*:role/*"}}},
]


@pytest.mark.ledger("F-AA-01")
@pytest.mark.parametrize("statement", SOUND, ids=lambda statement: json.dumps(statement)[:70])
def test_what_access_analyzer_lets_pass_has_no_finding(statement):
    assert validate(policy(**statement), "IDENTITY_POLICY") == []


@pytest.mark.ledger("F-AA-01")
@pytest.mark.parametrize(("size", "found"), [(10_000, False), (10_300, True)])
def test_an_identity_policy_is_too_large_for_any_identity_above_10240_characters(size, found):
    text = policy(Resource="arn:aws:s3:::shelf/" + "a" * (size - 120))
    codes = {each.code for each in validate(text, "IDENTITY_POLICY")}
    assert ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA" in codes) == found


def test_each_checked_code_has_a_case_and_no_code_is_both():
    assert {case["code"] for case in CASES["findings"]} == set(CHECKED)
    assert not set(CHECKED) & set(NOT_CHECKED)


def test_locations_point_into_the_text():
    text = '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "Allow", "Action": ["s3:GetObjekt"],\n'
    text += '     "Resource": "arn:aws:s3:us-east-1::shelf", "Foo": 1}\n  ]\n}'
    found = {finding.code: finding.to_dict()["locations"][0] for finding in validate(text, "IDENTITY_POLICY")}

    def marked(code: str) -> str:
        span = found[code]["span"]
        return text[span["start"]["offset"] : span["end"]["offset"]]

    assert marked("INVALID_ACTION") == '"s3:GetObjekt"'
    assert found["INVALID_ACTION"]["path"] == [
        {"value": "Statement"}, {"index": 0}, {"value": "Action"}, {"index": 0},
    ]  # fmt: skip
    assert found["INVALID_ACTION"]["span"]["start"]["line"] == 4
    assert found["INVALID_ACTION"]["span"]["start"]["column"] == 35
    assert marked("ARN_REGION_NOT_ALLOWED") == "us-east-1"
    assert found["ARN_REGION_NOT_ALLOWED"]["path"][-1] == {"substring": {"start": 11, "length": 9}}
    assert marked("INVALID_POLICY_ELEMENT") == '"Foo"'
    assert found["INVALID_POLICY_ELEMENT"]["path"][-1] == {"key": "Foo"}


HOSTILE = {
    "a megabyte": "a" * 1_000_000,
    "a megabyte of string": json.dumps("x" * 1_000_000),
    "unfinished": policy()[:-3],
    "deep lists": "[" * 500_000,
    "deep objects": '{"a":' * 200_000,
    "NUL": "\x00" * 1000,
    "NUL in a Sid": policy(Sid="\x00"),
    "emoji": policy(Sid="😀", Action="😀:😀", Resource="arn:aws:😀:::😀", Condition={"😀": {"😀": "😀"}}),
    "half a surrogate pair": '{"Version":"2012-10-17","Statement":{"Sid":"\\ud800","Effect":"Allow"}}',
    "many statements": json.dumps({"Statement": [json.loads(policy())["Statement"][0]] * 9000}),
    "many actions": policy(Action=[f"s3:Get*{i}" for i in range(60_000)]),
    "many resources": policy(Resource=[f"arn:aws:s3:::{i}*/*a*" for i in range(40_000)]),
    "long resources": policy(Resource=["arn:aws:s3:::" + "*a" * 500 + str(i) for i in range(900)]),
    "long patterns": policy(Action="s3:" + "*a" * 200_000, Resource="arn:aws:s3:::" + "*a" * 200_000),
    "many variables": policy(Resource="arn:aws:s3:::" + "${a b}" * 100_000),
    "many elements": policy(**{f"k{i}": 1 for i in range(50_000)}),
    "many keys": policy(Condition={"StringEquals": {f"s3:k{i}": "x" for i in range(30_000)}}),
    "a huge number": '{"Version":' + "9" * 100_000 + "}",
    "an infinite number": policy(Condition={"NumericLessThan": {"s3:max-keys": 1}}).replace(
        ": 1}", ": 1e999}"
    ),
    "a duplicate key thousandfold": "{" + ",".join(['"a":1'] * 100_000) + "}",
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_has_findings_in_bounded_time(name):
    with ends():
        for policy_type in TYPES[:2]:
            findings = validate(HOSTILE[name], policy_type)
            json.dumps([finding.to_dict() for finding in findings])
            assert findings or name == "an infinite number"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["*", "s3:*", "arn:aws:s3:::a", "${aws:username", "Allow", "arn:aws:iam::1:role/*", "Null"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["Statement", "Effect", "Action", "NotAction", "Resource", "Principal", "NotPrincipal", "Sid",
                         "Condition", "StringLike", "Null", "aws:TagKeys", "AWS", "Federated", "Service", "Version"]),
        inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=150)
@given(document=anything, policy_type=st.sampled_from(TYPES))
def test_any_document_is_answered(document, policy_type):
    """Whatever the document is, validate() returns findings that JSON can hold, and raises nothing."""
    for text in (json.dumps(document), json.dumps({"Version": "2012-10-17", "Statement": document})):
        json.dumps([finding.to_dict() for finding in validate(text, policy_type)])


def test_validate_policy_answers_in_pages(cloud):
    client = boto3.client("accessanalyzer")
    document = policy(Action=["s3:GetObjekt", "s4:Get", "iam:PassRole"])
    whole = client.validate_policy(policyDocument=document, policyType="IDENTITY_POLICY")["findings"]
    assert [finding["issueCode"] for finding in whole] == [
        "INVALID_ACTION", "INVALID_SERVICE_IN_ACTION", "PASS_ROLE_WITH_STAR_IN_RESOURCE",
    ]  # fmt: skip
    pages = client.get_paginator("validate_policy").paginate(
        policyDocument=document, policyType="IDENTITY_POLICY", PaginationConfig={"PageSize": 1}
    )
    assert [finding for page in pages for finding in page["findings"]] == whole


@pytest.mark.parametrize(
    "parameters",
    [
        {"policyType": "POLICY"},
        {"policyType": "IDENTITY_POLICY", "validatePolicyResourceType": "AWS::S3::Bucket"},
        {"policyType": "RESOURCE_POLICY", "validatePolicyResourceType": "AWS::Shelf"},
        {"policyType": "IDENTITY_POLICY", "nextToken": "-1"},
        {"policyType": "IDENTITY_POLICY", "nextToken": "x"},
        {"policyType": "IDENTITY_POLICY", "maxResults": 1001},
    ],
)
def test_wrong_parameters_are_refused(cloud, parameters):
    client = boto3.client("accessanalyzer")
    code, _ = error_of(client.validate_policy, policyDocument=allow("s3:GetObject"), **parameters)
    assert code == "ValidationException"
