"""What holds for every operation: unknown pools, clients, users and tokens; odd values; no operation left to moto."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from labs_helpers.cloud import services
from labs_helpers.cloud.core.registry import registered
from tests.cloud.services import tables
from tests.cloud.services.cognito_idp.people import EMAIL, App, make_app

MODEL = botocore.session.get_session().get_service_model("cognito-idp")
OPERATIONS = sorted(set(MODEL.operation_names) - tables.refused("cognito_idp"))
VALUES = {
    "UserPoolIdType": "us-east-1_nothing99", "ClientIdType": "nothing99", "TokenModelType": "a.b.c",
    "UsernameType": "nobody", "ArnType": "arn:aws:iam::111122223333:role/nothing", "DomainType": "nothing99",
    "DeviceKeyType": "us-east-1_0a1b2c3d-0000-4000-8000-000000000000", "SessionType": "s" * 24,
    "ManagedLoginBrandingIdType": "0a1b2c3d-0000-4000-8000-000000000000", "PasswordType": "Correct-Horse-1",
    "SessionIdType": "tkn" + "a" * 25, "ClientSecretType": "x" * 24, "ProviderNameTypeV2": "MyIdP",
    "ConfirmationCodeType": "123456",
}  # fmt: skip


def value(shape: Any) -> Any:
    """A value that fits the model, of something that does not exist."""
    if shape.name in VALUES:
        return VALUES[shape.name]
    match shape.type_name:
        case "structure":
            return {name: value(shape.members[name]) for name in shape.required_members}
        case "list":
            return [value(shape.member)]
        case "map":
            return {}
        case "string":
            return shape.enum[0] if shape.enum else "nothing"[: shape.metadata.get("max", 20)]
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case "boolean":
            return True
        case "blob":
            return b"x"
    return max(1, shape.metadata.get("min", 1))


def parameters(operation: str) -> dict[str, Any]:
    shape = MODEL.operation_model(operation).input_shape
    return {name: value(shape.members[name]) for name in shape.required_members}


def ask(idp: Any, operation: str, **more: Any) -> str:
    """Return the code of an operation's error, or "" if it returns none."""
    try:
        getattr(idp, xform_name(operation))(**{**parameters(operation), **more})
    except ClientError as refusal:
        return str(refusal.response["Error"]["Code"])
    return ""


def of(member: str, *without: str) -> list[str]:
    """The operations that require a member, and none of the others."""
    return [
        name
        for name in OPERATIONS
        if member in MODEL.operation_model(name).input_shape.required_members
        and not set(without) & set(MODEL.operation_model(name).input_shape.required_members)
    ]


def test_no_operation_is_left_to_moto():
    services.load("cognito-idp")
    ours = {name for service, name in registered() if service == "cognito-idp"}
    assert ours == set(OPERATIONS)


@pytest.fixture(scope="module")
def shared(one_cloud) -> App:
    """One pool for questions that change nothing."""
    one_cloud.reset()
    app = make_app(one_cloud)
    app.confirmed(email=EMAIL)
    return app


@pytest.mark.parametrize("operation", of("UserPoolId"))
def test_a_pool_that_is_not_there(shared, operation):
    assert ask(shared.idp, operation) == "ResourceNotFoundException"


@pytest.mark.parametrize("operation", of("UserPoolId"))
def test_a_pools_id_has_a_form(shared, operation):
    shape = MODEL.operation_model(operation).input_shape.members["UserPoolId"].name
    expected = "InvalidParameterException" if shape == "UserPoolIdType" else "ResourceNotFoundException"
    assert ask(shared.idp, operation, UserPoolId="nonsense") == expected


@pytest.mark.parametrize("operation", of("ClientId", "UserPoolId"))
def test_a_client_that_is_not_there(shared, operation):
    expected = "UnauthorizedException" if operation == "RevokeToken" else "ResourceNotFoundException"
    assert ask(shared.idp, operation) == expected


@pytest.mark.parametrize(
    "operation", [name for name in of("ClientId", "ClientName") if name in of("UserPoolId")]
)
def test_a_client_that_is_not_of_the_pool(shared, operation):
    assert ask(shared.idp, operation, UserPoolId=shared.pool) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "operation", [name for name in of("Username") if name in of("UserPoolId") and name != "AdminCreateUser"]
)
def test_a_user_who_is_not_there(shared, operation):
    expected = "UserNotFoundException"
    if operation in ("AdminUpdateAuthEventFeedback", "UpdateAuthEventFeedback", "AdminListUserAuthEvents"):
        expected = "UserPoolAddOnNotEnabledException"
    if operation in ("AdminAddUserToGroup", "AdminRemoveUserFromGroup", "AdminGetDevice", "AdminListDevices"):
        # The group is looked for first; the pages of the other two list no UserNotFoundException.
        expected = "ResourceNotFoundException"
    assert ask(shared.idp, operation, UserPoolId=shared.pool) == expected


@pytest.mark.parametrize("operation", of("AccessToken"))
def test_a_token_that_is_none(shared, operation):
    assert ask(shared.idp, operation) == "NotAuthorizedException"
    assert ask(shared.idp, operation, AccessToken="no token at all!") == "InvalidParameterException"


ODD = ["\x00", "a" * 10_000, "a\nb", "\u202eevil", "é́", "' OR 1=1 --", "../..", "${jndi:x}"]


@pytest.mark.parametrize("operation", of("Username"))
def test_odd_user_names_are_refused_or_unknown(shared, operation):
    """Control characters, 10,000 characters, spaces: AWS's error, and nothing is made."""
    pool = {"UserPoolId": shared.pool} if operation in of("UserPoolId") else {"ClientId": shared.client}
    before = len(shared.idp.list_users(UserPoolId=shared.pool)["Users"])
    for name in ODD:
        if operation in ("AdminCreateUser", "SignUp") and name in ("é́", "../..", "${jndi:x}"):
            continue
        code = ask(shared.idp, operation, Username=name, **pool)
        assert code.endswith("Exception"), name
    assert len(shared.idp.list_users(UserPoolId=shared.pool)["Users"]) == before


def test_every_error_is_one_that_the_operation_documents(shared):
    """Only those of the errors above occur that are on the operation's own page."""
    undocumented = []
    for operation in OPERATIONS:
        known = {shape.name for shape in MODEL.operation_model(operation).error_shapes}
        for more in (
            {},
            {"UserPoolId": shared.pool},
            {"ClientId": shared.client},
            {"UserPoolId": "nonsense"},
        ):
            if (
                set(more) - set(MODEL.operation_model(operation).input_shape.members)
                or operation == "AdminCreateUser"
            ):
                continue
            try:
                code = ask(shared.idp, operation, **more)
            except NotImplementedError:
                continue
            if code and code not in known:
                undocumented.append((operation, code))
    assert undocumented == []


def test_the_administrator_needs_permission_and_users_do_not(cloud):
    from tests.clouds import allow, make_user

    nobody = make_user(cloud, "nobody", allow("s3:*")).client("cognito-idp")
    for operation in OPERATIONS:
        public = MODEL.operation_model(operation).auth_type == "none" or operation == "GetClientToken"
        assert (ask(nobody, operation) == "AccessDeniedException") is not public, operation
    assert boto3.client("cognito-idp").list_user_pools(MaxResults=1)["UserPools"] == []
