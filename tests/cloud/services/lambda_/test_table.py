"""Lambda's authorization: functions with qualifiers, passed roles, layers, networks, and URLs."""

from __future__ import annotations

import base64
import io
import json
import zipfile

import pytest

from labs_helpers.engine.policy import PolicyKind, parse_policy
from tests.cloud.services.moto_state import fresh, of, policy_of, role
from tests.cloud.services.tables import HOME, SECOND, Ask, asks, call, pairs, table

__all__ = ["fresh"]
RESIZE = "arn:aws:lambda:us-east-1:111122223333:function:resize"


def make_function(name: str = "resize", **more):
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): return event")
    spec = {
        "FunctionName": name, "Runtime": "python3.13", "Role": role("worker"), "Handler": "main.handler",
        "Code": {"ZipFile": base64.b64encode(text.getvalue()).decode()}, "Tags": {"team": "blue"},
        "PackageType": "Zip", **more,
    }  # fmt: skip
    return of("lambda").create_function(spec)


@pytest.mark.parametrize(
    ("name", "qualifier", "resource"),
    [
        ("resize", None, RESIZE),
        ("resize", "live", f"{RESIZE}:live"),
        ("resize:2", None, f"{RESIZE}:2"),
        (f"{SECOND}:function:resize", None, RESIZE.replace(HOME, SECOND)),
        (RESIZE.replace(HOME, SECOND) + ":live", None, RESIZE.replace(HOME, SECOND) + ":live"),
    ],
)
def test_invoking_asks_for_the_function_that_is_named(name, qualifier, resource):
    parameters = {"FunctionName": name} | ({"Qualifier": qualifier} if qualifier else {})
    assert pairs(asks("lambda_", "Invoke", **parameters)) == [("lambda:InvokeFunction", resource)]


@pytest.mark.parametrize("operation", ["CreateFunction", "UpdateFunctionConfiguration"])
def test_the_functions_role_is_passed(operation):
    arn = role("worker", team="blue")
    found = asks("lambda_", operation, FunctionName="resize", Role=arn)
    passed = next(ask for ask in found if ask.action == "iam:PassRole")
    assert passed.resource == arn == f"arn:aws:iam::{HOME}:role/service/worker"
    assert passed.context["iam:PassedToService"] == "lambda.amazonaws.com"
    assert passed.context["aws:ResourceTag/team"] == "blue"


def test_a_configuration_without_a_role_passes_none():
    assert [
        ask.action for ask in asks("lambda_", "UpdateFunctionConfiguration", FunctionName="resize", Timeout=3)
    ] == ["lambda:UpdateFunctionConfiguration"]


def test_network_and_layers_show_and_layers_of_others_are_asked_for():
    subnet = next(iter(next(iter(of("ec2").subnets.values())).values()))
    layer = f"arn:aws:lambda:us-east-1:{SECOND}:layer:tools:3"
    found = asks(
        "lambda_", "CreateFunction", FunctionName="resize", Layers=[layer],
        VpcConfig={"SubnetIds": [subnet.id], "SecurityGroupIds": ["sg-1"]},
    )  # fmt: skip
    assert found[0].context == {
        "lambda:SubnetIds": [subnet.id], "lambda:VpcIds": [subnet.vpc_id], "lambda:SecurityGroupIds": ["sg-1"],
        "lambda:Layer": [layer],
    }  # fmt: skip
    assert [(a.resource, a.account) for a in found if a.action == "lambda:GetLayerVersion"] == [
        (layer, SECOND)
    ]


def test_permissions_show_whom_they_name():
    (ask,) = asks(
        "lambda_", "AddPermission", FunctionName="resize", Principal="*", FunctionUrlAuthType="NONE"
    )
    assert ask.context == {"lambda:Principal": "*", "lambda:FunctionUrlAuthType": "NONE"}
    make_function()
    permission = {"StatementId": "sns", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    of("lambda").add_permission("resize", None, json.dumps(permission))
    (ask,) = asks("lambda_", "RemovePermission", FunctionName="resize", StatementId="sns")
    assert ask.context == {"lambda:Principal": "sns.amazonaws.com"}


def test_urls_show_how_they_authenticate():
    (ask,) = asks("lambda_", "CreateFunctionUrlConfig", FunctionName="resize", AuthType="NONE")
    assert ask.context == {"lambda:FunctionArn": RESIZE, "lambda:FunctionUrlAuthType": "NONE"}


def test_event_source_mappings_show_their_function():
    (ask,) = asks(
        "lambda_",
        "CreateEventSourceMapping",
        FunctionName="resize",
        EventSourceArn="arn:aws:sqs:us-east-1:1:q",
    )
    assert (ask.resource, ask.context) == ("*", {"lambda:FunctionArn": RESIZE})
    (ask,) = asks("lambda_", "DeleteEventSourceMapping", UUID="u-1")
    assert ask.resource == f"arn:aws:lambda:us-east-1:{HOME}:event-source-mapping:u-1"


def test_layers_are_named_by_name_or_arn():
    layer = f"arn:aws:lambda:us-east-1:{SECOND}:layer:tools"
    assert pairs(asks("lambda_", "GetLayerVersion", LayerName=layer, VersionNumber=3)) == [
        ("lambda:GetLayerVersion", f"{layer}:3")
    ]
    assert pairs(asks("lambda_", "PublishLayerVersion", LayerName="tools")) == [
        ("lambda:PublishLayerVersion", layer.replace(SECOND, HOME))
    ]


def test_tags_go_by_arn():
    (ask,) = asks("lambda_", "UntagResource", Resource=RESIZE, TagKeys=["team"])
    assert (ask.type, ask.resource, ask.context) == ("function", RESIZE, {"aws:TagKeys": ["team"]})


def test_a_functions_policy_counts_with_its_versions_statements():
    make_function()
    assert policy_of("lambda_", Ask("lambda:InvokeFunction", RESIZE, "function")) is None
    permission = {"StatementId": "sns", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com",
                  "SourceArn": "arn:aws:sns:us-east-1:111122223333:news"}  # fmt: skip
    of("lambda").add_permission("resize", None, json.dumps(permission))
    (statement,) = json.loads(policy_of("lambda_", Ask("lambda:InvokeFunction", RESIZE, "function")))[
        "Statement"
    ]
    assert statement["Principal"] == {"Service": "sns.amazonaws.com"}
    assert statement["Resource"] == RESIZE
    assert policy_of("lambda_", Ask("lambda:CreateFunction", RESIZE, "function"), "CreateFunction") is None
    tags = table("lambda_").tags(
        call("lambda", "Invoke", {}), Ask("lambda:InvokeFunction", f"{RESIZE}:live", "function")
    )
    assert tags == {"team": "blue"}


@pytest.mark.parametrize(
    ("permission", "condition"),
    [
        (
            {"Principal": "*", "FunctionUrlAuthType": "NONE"},
            {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        ),
        (
            {"Principal": "*", "PrincipalOrgID": "o-abcdefghij"},
            {"StringEquals": {"aws:PrincipalOrgID": "o-abcdefghij"}},
        ),
        (
            {"Principal": "*", "InvokedViaFunctionUrl": True},
            {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        ),
        (
            {"Principal": "s3.amazonaws.com", "SourceArn": "arn:aws:s3:::b", "SourceAccount": HOME},
            {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"}, "StringEquals": {"AWS:SourceAccount": HOME}},
        ),
        ({"Principal": SECOND}, None),
    ],
)
def test_every_permission_reads_as_a_policy(permission, condition):
    make_function()
    of("lambda").add_permission(
        "resize", None, json.dumps({"StatementId": "one", "Action": "lambda:InvokeFunction", **permission})
    )
    document = policy_of("lambda_", Ask("lambda:InvokeFunction", RESIZE, "function"))
    parse_policy(document, PolicyKind.RESOURCE)
    (statement,) = json.loads(document)["Statement"]
    assert statement.get("Condition") == condition
    if permission["Principal"] == SECOND:
        assert statement["Principal"] == {"AWS": f"arn:aws:iam::{SECOND}:root"}


def test_a_layers_permission_reads_as_a_policy():
    layer = f"arn:aws:lambda:us-east-1:{HOME}:layer:tools"
    text = base64.b64encode(b"zip").decode()
    of("lambda").publish_layer_version({"LayerName": "tools", "Content": {"ZipFile": text}})
    permission = {
        "StatementId": "one",
        "Action": "lambda:GetLayerVersion",
        "Principal": "*",
        "OrganizationId": "o-1",
    }
    of("lambda").add_layer_version_permission("tools", 1, json.dumps(permission))
    document = policy_of("lambda_", Ask("lambda:GetLayerVersion", f"{layer}:1", "layerVersion"))
    parse_policy(document, PolicyKind.RESOURCE)
    (statement,) = json.loads(document)["Statement"]
    assert statement["Resource"] == f"{layer}:1"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
