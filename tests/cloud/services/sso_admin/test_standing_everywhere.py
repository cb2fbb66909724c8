"""Every operation first finds its instance or identity store, and checks which account owns it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.model import ListShape, Shape, StructureShape

from tests.cloud.services import tables
from tests.clouds import error_of

INSTANCE = "arn:aws:sso:::instance/ssoins-0123456789abcdef"
SET = "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"
UUID = "01234567-89ab-cdef-0123-456789abcdef"
VALUES = {
    "InstanceArn": INSTANCE, "PermissionSetArn": SET, "AccountId": "111122223333", "TargetId": "111122223333",
    "PrincipalId": UUID, "Name": "x", "ManagedPolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "InlinePolicy": "{}", "AccountAssignmentCreationRequestId": UUID, "AccountAssignmentDeletionRequestId": UUID,
    "ProvisionPermissionSetRequestId": UUID, "ResourceArn": SET, "Key": "k", "Value": "v", "TagKeys": "k",
    "IdentityStoreId": "d-0123456789", "UserId": UUID, "GroupId": UUID, "GroupIds": UUID, "MembershipId": UUID,
    "AttributePath": "displayName", "Source": "${path:userName}", "RegionName": "eu-west-1",
}  # fmt: skip


def sample(shape: Shape | None, name: str = "") -> Any:
    """Parameters that the model takes."""
    if shape is None:
        return {}
    if isinstance(shape, StructureShape):
        if shape.metadata.get("union") or shape.name in ("MemberId", "AlternateIdentifier"):
            each = "UniqueAttribute" if "UniqueAttribute" in shape.members else next(iter(shape.members))
            return {each: sample(shape.members[each], each)}
        if shape.is_document_type:
            return "x"
        return {each: sample(shape.members[each], each) for each in shape.required_members}
    if isinstance(shape, ListShape):
        return [sample(shape.member, name)]
    return shape.enum[0] if getattr(shape, "enum", None) else VALUES[name]


def of_a_place(service: str, parameter: str) -> list[str]:
    """The operations that name an instance or a store."""
    table, model = tables.table(service.replace("-", "_")), tables.model_of(service)
    return sorted(
        each
        for each in table.operations
        if table.left_out(each) is None
        and parameter
        in (shape.required_members if (shape := model.operation_model(each).input_shape) else ())
    )


def ask(client: Any, service: str, operation: str, **more: Any) -> str:
    parameters = sample(tables.model_of(service).operation_model(operation).input_shape) | more
    return error_of(getattr(client, xform_name(operation)), **parameters)[0]


@pytest.mark.ledger("F-SSO-07")
@pytest.mark.parametrize("operation", of_a_place("sso-admin", "InstanceArn"))
def test_an_instance_has_to_be_there_and_to_be_the_callers(center, operation):
    """Operations whose model doesn't contain ResourceNotFoundException return a denial instead."""
    known = {each.name for each in tables.model_of("sso-admin").operation_model(operation).error_shapes}
    missing = next(each for each in ("ResourceNotFoundException", "AccessDeniedException") if each in known)
    assert ask(boto3.client("sso-admin"), "sso-admin", operation) == missing
    theirs = center.org.as_account(center.org.member(), "sso-admin")
    if operation != "DescribeInstance":  # members see it
        assert ask(theirs, "sso-admin", operation, InstanceArn=center.arn) == "AccessDeniedException"
    strangers = center.org.as_account("999988887777", "sso-admin")
    assert ask(strangers, "sso-admin", operation, InstanceArn=center.arn) == missing


@pytest.mark.ledger("F-SSO-07")
@pytest.mark.parametrize("operation", of_a_place("identitystore", "IdentityStoreId"))
def test_a_store_has_to_be_there_and_only_members_that_administer_it_change_it(center, operation):
    assert ask(boto3.client("identitystore"), "identitystore", operation) == "ResourceNotFoundException"
    strangers = center.org.as_account("999988887777", "identitystore")
    store = {"IdentityStoreId": center.console.identity_store_id}
    assert ask(strangers, "identitystore", operation, **store) == "ResourceNotFoundException"
    theirs = center.org.as_account(center.org.member(), "identitystore")
    if operation.startswith(("Add", "Create", "Delete", "Update")):
        assert ask(theirs, "identitystore", operation, **store) == "AccessDeniedException"
