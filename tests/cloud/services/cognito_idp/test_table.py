"""What Cognito calls ask for: pools by ARN, roles that are passed, nothing where AWS asks for no credentials."""

from __future__ import annotations

import base64
import json

import pytest

from labs_helpers.cloud.moto import backends, hooks
from labs_helpers.cloud.services.cognito_idp.state import Challenge, Client, UserPool, UserPools
from tests.cloud.services import tables
from tests.cloud.services.tables import HOME, REGION, SECOND, pairs

ROLE = f"arn:aws:iam::{HOME}:role/app"
POOL = f"{REGION}_abcdefghi"
POOL_ARN = f"arn:aws:cognito-idp:{REGION}:{HOME}:userpool/{POOL}"
IDENTITY_POOL = f"{REGION}:11111111-2222-3333-4444-555555555555"
IDENTITY_POOL_ARN = f"arn:aws:cognito-identity:{REGION}:{HOME}:identitypool/{IDENTITY_POOL}"


def identity_pool(account=SECOND):
    cognito = backends.backend("cognito-identity", account, REGION)
    made = json.loads(cognito.create_identity_pool("pool", True, {}, "", [], [], [], {"team": "pay"}))
    return made["IdentityPoolId"]


@pytest.fixture(autouse=True)
def _empty_cloud():
    hooks.reset(7)


def owner(module, operation, **parameters):
    found = tables.table(module)
    return found.owner(tables.call(found.service, operation, parameters))


def test_administration_asks_on_the_user_pool():
    found = tables.asks("cognito_idp", "AdminGetUser", UserPoolId=POOL, Username="anne")
    assert pairs(found) == [("cognito-idp:AdminGetUser", POOL_ARN)]


@pytest.mark.parametrize(
    "operation", ["SignUp", "InitiateAuth", "GlobalSignOut", "ForgotPassword", "RevokeToken"]
)
def test_what_a_user_does_asks_iam_for_nothing(operation):
    assert tables.asks("cognito_idp", operation, ClientId="c") == []
    assert operation in tables.table("cognito_idp").operations


def call_with_pool(operation, parameters, account=SECOND, **tags):
    """A call in a cloud with one pool, which has one client and one pending challenge."""
    made = tables.call("cognito-idp", operation, parameters)
    client = Client("client1", "web", made.time, made.time, {})
    pool = UserPool(
        POOL, account, REGION, "people", made.time, made.time, {}, {}, tags=tags, clients={"client1": client}
    )
    pools = made.state.part(UserPools)
    pools.pools[POOL] = pool
    pools.challenges["s" * 20] = Challenge(POOL, "client1", "MFA_SETUP", "anne", "anne", made.time)
    return made


def token(pool=POOL):
    said = json.dumps({"iss": f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"}).encode()
    parts = (b'{"alg":"RS256"}', said, b"signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("SignUp", {"ClientId": "client1", "Username": "anne"}),
        ("GetUser", {"AccessToken": token()}),
        ("AssociateSoftwareToken", {"Session": "s" * 20}),
        ("UpdateAuthEventFeedback", {"UserPoolId": POOL}),
    ],
)
def test_public_calls_are_performed_in_the_account_of_the_pool(operation, parameters):
    table = tables.table("cognito_idp")
    assert table.owner(call_with_pool(operation, parameters)) == SECOND


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "a.e30.c", "a.bnVsbA.c", token("us-east-1_other"), None])
def test_a_malformed_token_has_no_owner(text):
    table = tables.table("cognito_idp")
    assert table.owner(call_with_pool("GetUser", {"AccessToken": text})) is None


def test_administration_of_a_foreign_pool_stays_in_the_callers_account():
    table = tables.table("cognito_idp")
    assert table.owner(call_with_pool("AdminGetUser", {"UserPoolId": POOL, "Username": "x"})) is None


def test_tags_of_a_pool_reach_conditions():
    table = tables.table("cognito_idp")
    call = call_with_pool("DeleteUserPool", {"UserPoolId": POOL}, HOME, team="pay")
    assert table.tags(call, table.asks(call)[0]) == {"team": "pay"}
    (ask,) = tables.asks("cognito_idp", "CreateUserPool", PoolName="p", UserPoolTags={"team": "pay"})
    assert ask.context == {"aws:RequestTag/team": "pay", "aws:TagKeys": ["team"]}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateGroup", {"GroupName": "g", "RoleArn": ROLE}),
        ("CreateUserPool", {"SmsConfiguration": {"SnsCallerArn": ROLE}}),
        ("SetUserPoolMfaConfig", {"SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": ROLE}}}),
        ("UpdateUserPool", {"SmsConfiguration": {"EumsSms": {"CallerArn": ROLE}}}),
    ],
)
def test_a_role_for_cognito_must_be_passed(operation, parameters):
    found = tables.asks("cognito_idp", operation, UserPoolId=POOL, **parameters)
    assert pairs(found)[1:] == [("iam:PassRole", ROLE)]
    assert found[1].context["iam:PassedToService"] == "cognito-idp.amazonaws.com"
    assert ("iam:AssociatedResourceArn" in found[1].context) == (operation != "CreateUserPool")
    assert len(tables.asks("cognito_idp", operation, UserPoolId=POOL)) == 1


def test_the_roles_of_an_identity_pool_must_be_passed_each_once():
    other = f"arn:aws:iam::{HOME}:role/other"
    rules = {"Type": "Rules", "RulesConfiguration": {"Rules": [{"RoleARN": other}, {"RoleARN": ROLE}]}}
    found = tables.asks(
        "cognito_identity", "SetIdentityPoolRoles", IdentityPoolId=IDENTITY_POOL, Roles={"authenticated": ROLE},
        RoleMappings={"provider": rules},
    )  # fmt: skip
    assert pairs(found) == [
        ("cognito-identity:SetIdentityPoolRoles", "*"), ("iam:PassRole", ROLE), ("iam:PassRole", other)
    ]  # fmt: skip
    assert found[1].context["iam:PassedToService"] == "cognito-identity.amazonaws.com"


def test_identity_pools_are_asked_about_by_arn_and_their_public_calls_not_at_all():
    found = tables.asks("cognito_identity", "DescribeIdentityPool", IdentityPoolId=IDENTITY_POOL)
    assert pairs(found) == [("cognito-identity:DescribeIdentityPool", IDENTITY_POOL_ARN)]
    for operation in ("GetId", "GetCredentialsForIdentity", "GetOpenIdToken"):
        assert tables.asks("cognito_identity", operation, IdentityId="x") == []
