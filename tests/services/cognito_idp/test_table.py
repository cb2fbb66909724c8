"""What Cognito calls ask for: pools by ARN, roles that are passed, nothing where AWS asks for no credentials."""

from __future__ import annotations

import base64
import json

import pytest

from labs_helpers.moto import backends, hooks
from tests.services import tables
from tests.services.tables import HOME, REGION, SECOND, pairs

ROLE = f"arn:aws:iam::{HOME}:role/app"
POOL = f"{REGION}_abcdefghi"
POOL_ARN = f"arn:aws:cognito-idp:{REGION}:{HOME}:userpool/{POOL}"
IDENTITY_POOL = f"{REGION}:11111111-2222-3333-4444-555555555555"
IDENTITY_POOL_ARN = f"arn:aws:cognito-identity:{REGION}:{HOME}:identitypool/{IDENTITY_POOL}"


def user_pool(account=SECOND, **config):
    return backends.backend("cognito-idp", account, REGION).create_user_pool("pool", config)


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


def test_public_calls_are_performed_in_the_account_of_the_pool():
    pool = user_pool()
    cognito = backends.backend("cognito-idp", SECOND, REGION)
    client = cognito.create_user_pool_client(pool.id, False, {"ClientName": "web"})
    claims = json.dumps({"iss": f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}"}).encode()
    token = f"header.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.signature"
    cognito.sessions["s"] = ("anne", pool)
    assert owner("cognito_idp", "SignUp", ClientId=client.id, Username="anne") == SECOND
    assert owner("cognito_idp", "GetUser", AccessToken=token) == SECOND
    assert owner("cognito_idp", "AssociateSoftwareToken", Session="s") == SECOND


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.e30.c", "a.bnVsbA.c", None])
def test_a_malformed_token_has_no_owner(token):
    user_pool()
    assert owner("cognito_idp", "GetUser", AccessToken=token) is None


def test_administration_of_a_foreign_pool_stays_in_the_callers_account():
    assert owner("cognito_idp", "AdminGetUser", UserPoolId=user_pool().id, Username="x") is None


def test_tags_of_a_pool_reach_conditions():
    pool = user_pool(HOME, UserPoolTags={"team": "pay"})
    table = tables.table("cognito_idp")
    call = tables.call("cognito-idp", "DeleteUserPool", {"UserPoolId": pool.id})
    assert table.tags(call, table.asks(call)[0]) == {"team": "pay"}
    (ask,) = tables.asks("cognito_idp", "CreateUserPool", PoolName="p", UserPoolTags={"team": "pay"})
    assert ask.context == {"aws:RequestTag/team": "pay", "aws:TagKeys": ["team"]}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateGroup", {"GroupName": "g", "RoleArn": ROLE}),
        ("CreateUserPool", {"SmsConfiguration": {"SnsCallerArn": ROLE}}),
        ("SetUserPoolMfaConfig", {"SmsMfaConfiguration": {"SmsConfiguration": {"SnsCallerArn": ROLE}}}),
        ("CreateUserImportJob", {"CloudWatchLogsRoleArn": ROLE}),
    ],
)
def test_a_role_for_cognito_must_be_passed(operation, parameters):
    found = tables.asks("cognito_idp", operation, UserPoolId=POOL, **parameters)
    assert pairs(found)[1:] == [("iam:PassRole", ROLE)]
    assert found[1].context == {"iam:PassedToService": "cognito-idp.amazonaws.com"}
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


def test_an_identity_leads_to_its_pool_and_its_owner():
    pool = identity_pool()
    identity = json.loads(backends.backend("cognito-identity", SECOND, REGION).get_id(pool))["IdentityId"]
    assert owner("cognito_identity", "GetId", IdentityPoolId=pool) == SECOND
    assert owner("cognito_identity", "GetCredentialsForIdentity", IdentityId=identity) == SECOND
    found = tables.table("cognito_identity").asks(
        tables.call("cognito-identity", "DescribeIdentity", {"IdentityId": identity}, account=SECOND)
    )
    assert found[0].context == {
        "cognito-identity:IdentityPoolArn": f"arn:aws:cognito-identity:{REGION}:{SECOND}:identitypool/{pool}"
    }
    foreign = tables.asks("cognito_identity", "DescribeIdentity", IdentityId=identity)
    assert foreign[0].context == {}
