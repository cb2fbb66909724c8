"""Every operation's parameters are validated against the API's model."""

from __future__ import annotations

import botocore.session
import pytest
from botocore import xform_name

from labs_helpers.cloud import services
from labs_helpers.cloud.core import registry
from tests.cloud.services import tables
from tests.cloud.services.organizations.conftest import TAG, refusal

MODEL = botocore.session.get_session().get_service_model("organizations")
MODELLED = sorted(set(MODEL.operation_names) - tables.refused("organizations"))


def test_every_operation_is_ours():
    services.load("organizations")
    ours = {name for service, name in registry.registered() if service == "organizations"}
    assert ours == set(MODELLED)
    assert not any(services.table("organizations").left_out(name) for name in MODELLED)


def sample(shape):
    """A value that fits a shape."""
    match shape.type_name:
        case "structure":
            return {name: sample(shape.members[name]) for name in shape.required_members}
        case "list":
            return [sample(shape.member)]
        case "integer":
            return 5
        case "timestamp":
            return "2027-01-01T00:00:00Z"
        case "string":
            known = {
                "Email": "new@example.com",
                "PolicyContent": "{}",
                "ServicePrincipal": "sso.amazonaws.com",
            }
            return shape.enum[0] if shape.enum else known.get(shape.name, "a")
    return None


def wrong_values():
    """(operation, parameter, value, Reason) for each top-level parameter that has a limit, a pattern or an enum."""
    for name in MODELLED:
        shape = MODEL.operation_model(name).input_shape
        for parameter, member in (shape.members if shape is not None else {}).items():
            if member.type_name == "integer":
                yield name, parameter, 21, "MAX_VALUE_EXCEEDED"
                yield name, parameter, 0, "MIN_VALUE_EXCEEDED"
            if member.type_name != "string":
                continue
            if member.enum:
                reason = "INVALID_ENUM_POLICY_TYPE" if member.name.endswith("PolicyType") else "INVALID_ENUM"
                yield name, parameter, "WRONG", reason
            elif "max" in member.metadata:
                yield name, parameter, "a" * (member.metadata["max"] + 1), "MAX_LENGTH_EXCEEDED"
            if member.metadata.get("pattern", r"[\s\S]*") != r"[\s\S]*":
                special = {
                    "PolicyTargetId": "INVALID_PATTERN_TARGET_ID",
                    "PolicyId": "INVALID_SYNTAX_POLICY_ID",
                }
                yield name, parameter, "\u0007" * 6, special.get(member.name, "INVALID_PATTERN")


@pytest.mark.ledger("F-ORG-20")
def test_what_does_not_fit_is_invalid_input_with_its_reason(org):
    client, tried = org.loose(), 0
    for name, parameter, value, reason in wrong_values():
        shape = MODEL.operation_model(name).input_shape
        given = {required: sample(shape.members[required]) for required in shape.required_members}
        # The others must fit, or they would be refused for themselves.
        fitting = {
            "AccountId": org.cloud.home, "PolicyId": "p-12345678", "ParentId": org.root, "RootId": org.root,
            "SourceParentId": org.root, "TargetId": org.root, "ResourceId": org.root, "ChildId": org.cloud.home,
            "DestinationParentId": org.root, "OrganizationalUnitId": "ou-abcd-12345678", "HandshakeId": "h-12345678",
            "CreateAccountRequestId": "car-12345678",
        }  # fmt: skip
        given |= {each: fitting[each] for each in given if each in fitting}
        given[parameter] = value
        found = refusal(getattr(client, xform_name(name)), **given)
        assert found == ("InvalidInputException", reason), (name, parameter, value)
        tried += 1
    assert tried > 100


@pytest.mark.ledger("F-ORG-20")
def test_what_is_required_and_missing(org):
    client = org.loose()
    for name in MODELLED:
        shape = MODEL.operation_model(name).input_shape
        for parameter in shape.required_members if shape is not None else ():
            given = {
                each: sample(shape.members[each]) for each in shape.required_members if each != parameter
            }
            code, reason = refusal(getattr(client, xform_name(name)), **given)
            assert code == "InvalidInputException", (name, parameter)
            assert reason == "INPUT_REQUIRED", (name, parameter)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "< SCRIPT src=x>", "javascript:alert(1)", '<img src=x onerror="alert(1)">'],
)
def test_a_script_is_refused_in_every_free_text(org, text):
    """https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html"""
    wrong = ("InvalidInputException", "INVALID_PATTERN")
    client, content = org.client, '{"tags":{}}'
    unit, policy = org.unit("R&D <5"), org.policy(content, TAG, "plain")
    assert refusal(client.create_organizational_unit, ParentId=org.root, Name=text) == wrong
    assert refusal(client.update_organizational_unit, OrganizationalUnitId=unit, Name=text) == wrong
    assert refusal(client.create_account, AccountName=text, Email="new@example.com") == wrong
    more = {"Type": TAG, "Content": content}
    assert refusal(client.create_policy, Name=text, Description="", **more) == wrong
    assert refusal(client.create_policy, Name="new", Description=text, **more) == wrong
    assert refusal(client.update_policy, PolicyId=policy, Description=text) == wrong
    target = {"Id": "222233334444", "Type": "ACCOUNT"}
    assert refusal(client.invite_account_to_organization, Target=target, Notes=text) == wrong
