"""Every operation first checks whether the calling account is in an organization, and is allowed to call it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape

from tests.cloud.services import tables
from tests.cloud.services.organizations.conftest import Org, refusal

TABLE = tables.table("organizations")
MODEL = tables.model_of("organizations")
ANYBODYS = frozenset(
    "AcceptHandshake CancelHandshake CreateOrganization DeclineHandshake DescribeHandshake "
    "ListHandshakesForAccount".split()
)
"""What an account may call that is in no organization."""
MEMBERS = ANYBODYS | {"DescribeOrganization", "LeaveOrganization"}
"""And what a member may: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_getting-started_concepts.html"""
ABOUT_ONESELF = frozenset({"DescribeEffectivePolicy"})
"""What a member may call for itself."""
VALUES = {
    "AccountId": "999988887777", "AccountName": "x", "ChildId": "999988887777", "Content": "{}", "Description": "x",
    "DestinationParentId": "r-abcd", "Email": "x@example.com", "HandshakeId": "h-0123456789",
    "Name": "x", "OrganizationalUnitId": "ou-abcd-01234567", "ParentId": "r-abcd", "PolicyId": "p-01234567",
    "ResourceId": "r-abcd", "RootId": "r-abcd", "ServicePrincipal": "sso.amazonaws.com", "SourceParentId": "r-abcd",
    "TargetId": "999988887777", "CreateAccountRequestId": "car-01234567", "Id": "999988887777", "Key": "k",
    "Value": "v", "TagKeys": "k",
}  # fmt: skip


def sample(shape: Shape | None, name: str = "") -> Any:
    """Parameters that the model takes."""
    if shape is None:
        return {}
    if isinstance(shape, StructureShape):
        return {each: sample(shape.members[each], each) for each in shape.required_members}
    if isinstance(shape, ListShape):
        return [sample(shape.member, name)]
    return shape.enum[0] if getattr(shape, "enum", None) else VALUES[name]


def ask(client: Any, operation: str) -> tuple[str, str | None]:
    parameters = sample(MODEL.operation_model(operation).input_shape)
    return refusal(getattr(client, xform_name(operation)), **parameters)


OPERATIONS = sorted(each for each in TABLE.operations if TABLE.left_out(each) is None)


@pytest.mark.ledger("F-ORG-09")
@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each not in ANYBODYS])
def test_an_account_in_no_organization_is_told_so(cloud, operation):
    assert ask(boto3.client("organizations"), operation) == ("AWSOrganizationsNotInUseException", None)


@pytest.mark.ledger("F-ORG-09")
def test_a_member_may_call_what_is_its_own_business(org: Org):
    theirs = org.as_account(org.member())
    for operation in OPERATIONS:
        if operation not in MEMBERS | ABOUT_ONESELF:
            assert ask(theirs, operation) == ("AccessDeniedException", None), operation
