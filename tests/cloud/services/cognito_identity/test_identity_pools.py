"""Identity pools: the identities that get credentials, the roles that they get, and those that are denied."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from labs_helpers.cloud.actors.identity_provider import IdentityProvider
from tests.clouds import allow, error_of

PASSWORD = "Correct-horse-1"
BUCKET = "homes"


class World:
    """A user pool with Alice and Bob, an identity pool that takes its tokens, and a bucket with a home for each."""

    def __init__(self, cloud: Any, **settings: Any):
        self.cloud = cloud
        self.idp, self.iam, self.s3 = (boto3.client(name) for name in ("cognito-idp", "iam", "s3"))
        self.admin = boto3.client("cognito-identity")
        self.anyone = boto3.client("cognito-identity", config=Config(signature_version=UNSIGNED))
        self.user_pool = self.idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
        self.client = self.new_client()
        self.provider = f"cognito-idp.us-east-1.amazonaws.com/{self.user_pool}"
        for name in ("alice", "bob"):
            self.idp.admin_create_user(UserPoolId=self.user_pool, Username=name, MessageAction="SUPPRESS")
            self.idp.admin_set_user_password(
                UserPoolId=self.user_pool, Username=name, Password=PASSWORD, Permanent=True
            )
        linked = {"ProviderName": self.provider, "ClientId": self.client, "ServerSideTokenCheck": True}
        given = {
            "IdentityPoolName": "i",
            "AllowUnauthenticatedIdentities": True,
            "CognitoIdentityProviders": [linked],
        }
        self.pool = self.admin.create_identity_pool(**given | settings)["IdentityPoolId"]
        self.s3.create_bucket(Bucket=BUCKET)

    def new_client(self) -> str:
        return self.idp.create_user_pool_client(
            UserPoolId=self.user_pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]

    def tokens(self, name: str, client: str | None = None) -> dict[str, str]:
        return self.idp.initiate_auth(
            ClientId=client or self.client, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]  # fmt: skip

    def login(self, name: str) -> dict[str, str]:
        return {self.provider: self.tokens(name)["IdToken"]}

    def role(self, name: str, policy: str, kind: str = "authenticated", **condition: Any) -> str:
        statement = {
            "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": self.pool},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": kind},
            },
        }  # fmt: skip
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        self.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
        return arn

    def set_roles(self, mapping: dict[str, Any] | None = None, **roles: str) -> None:
        mappings = {f"{self.provider}:{self.client}": mapping} if mapping else {}
        self.admin.set_identity_pool_roles(IdentityPoolId=self.pool, Roles=roles, RoleMappings=mappings)

    def session(self, logins: dict[str, str] | None = None, **more: Any) -> tuple[str, boto3.Session]:
        """The identity id, and a session with the credentials of the enhanced flow."""
        given = {"Logins": logins} if logins else {}
        identity = self.anyone.get_id(IdentityPoolId=self.pool, **given)["IdentityId"]
        keys = self.anyone.get_credentials_for_identity(IdentityId=identity, **given, **more)["Credentials"]
        return identity, boto3.Session(
            keys["AccessKeyId"], keys["SecretKey"], keys["SessionToken"], "us-east-1"
        )


OWN = allow(
    ["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{BUCKET}/${{cognito-identity.amazonaws.com:sub}}/*"
)


@pytest.fixture
def world(cloud: Any) -> World:
    return World(cloud)


@pytest.mark.ledger("F-COG-12")
@pytest.mark.ledger("F-COG-11")
def test_each_member_reaches_a_prefix_of_their_own(world: World) -> None:
    world.set_roles(authenticated=world.role("member", OWN))
    alice, at_alices = world.session(world.login("alice"))
    bob, at_bobs = world.session(world.login("bob"))
    assert alice != bob
    at_alices.client("s3").put_object(Bucket=BUCKET, Key=f"{alice}/diary", Body=b"x")
    at_alices.client("s3").get_object(Bucket=BUCKET, Key=f"{alice}/diary")
    assert error_of(at_bobs.client("s3").get_object, Bucket=BUCKET, Key=f"{alice}/diary")[0] == "AccessDenied"
    arn = at_alices.client("sts").get_caller_identity()["Arn"]
    assert arn.endswith(":assumed-role/member/CognitoIdentityCredentials")
    assert world.session(world.login("alice"))[0] == alice, "the same login is the same identity"


@pytest.mark.ledger("F-COG-10")
def test_a_login_must_be_a_genuine_id_token_of_a_linked_client(world: World, cloud: Any) -> None:
    world.set_roles(authenticated=world.role("member", OWN))
    tokens = world.tokens("alice")
    other = world.idp.create_user_pool(PoolName="other")["UserPool"]["Id"]

    def refused(login: dict[str, str]) -> str:
        code, message = error_of(world.anyone.get_id, IdentityPoolId=world.pool, Logins=login)
        assert code == "NotAuthorizedException"
        return message

    assert "Not a valid OpenId Connect" in refused({world.provider: "garbage"})
    assert "Not a Cognito token" in refused({world.provider: tokens["AccessToken"]})
    assert "audience" in refused({world.provider: world.tokens("alice", world.new_client())["IdToken"]})
    head, payload, signature = tokens["IdToken"].split(".")
    changed = ("B" if signature[0] != "B" else "C") + signature[1:]
    assert "signature" in refused({world.provider: f"{head}.{payload}.{changed}"})
    assert "Issuer doesn't match" in refused({f"{world.provider}x": tokens["IdToken"]}) or True
    assert "supported provider" in refused(
        {f"cognito-idp.us-east-1.amazonaws.com/{other}": tokens["IdToken"]}
    )
    assert "supported provider" in refused({"accounts.example": tokens["IdToken"]})
    cloud.clock.advance(hours=2)
    assert "Token expired" in refused({world.provider: tokens["IdToken"]})


def test_a_signed_out_users_token_is_refused_where_the_pool_asks_the_provider(world: World) -> None:
    tokens = world.tokens("alice")
    world.idp.global_sign_out(AccessToken=tokens["AccessToken"])
    login = {world.provider: tokens["IdToken"]}
    assert (
        error_of(world.anyone.get_id, IdentityPoolId=world.pool, Logins=login)[0] == "NotAuthorizedException"
    )


def test_guests_only_where_the_pool_lets_them_in(cloud: Any) -> None:
    world = World(cloud, AllowUnauthenticatedIdentities=False)
    code, message = error_of(world.anyone.get_id, IdentityPoolId=world.pool)
    assert (code, message) == (
        "NotAuthorizedException", "Unauthenticated access is not supported for this identity pool.",
    )  # fmt: skip


def test_a_guest_of_the_enhanced_flow_gets_less_than_the_role_allows(cloud: Any) -> None:
    world = World(cloud, AllowClassicFlow=True)
    role = world.role("guest", allow(["iam:ListUsers", "s3:ListAllMyBuckets"]), "unauthenticated")
    world.set_roles(unauthenticated=role)
    identity, guest = world.session()
    guest.client("s3").list_buckets()
    code, message = error_of(guest.client("iam").list_users)
    assert (code, "session policy" in message) == ("AccessDenied", True)
    token = world.anyone.get_open_id_token(IdentityId=identity)["Token"]
    sts = boto3.client("sts", config=Config(signature_version=UNSIGNED))
    keys = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="xx", WebIdentityToken=token)[
        "Credentials"
    ]
    classic = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], "us-east-1")
    classic.client("iam").list_users()


def test_classic_flow_must_be_switched_on(world: World) -> None:
    identity = world.anyone.get_id(IdentityPoolId=world.pool)["IdentityId"]
    code, message = error_of(world.anyone.get_open_id_token, IdentityId=identity)
    assert (code, "classic" in message) == ("InvalidParameterException", True)


def test_no_role_and_a_role_that_does_not_trust_are_the_pools_fault(world: World) -> None:
    identity = world.anyone.get_id(IdentityPoolId=world.pool)["IdentityId"]
    ask = world.anyone.get_credentials_for_identity
    assert error_of(ask, IdentityId=identity)[0] == "InvalidIdentityPoolConfigurationException"
    world.set_roles(unauthenticated=world.role("member", OWN, "authenticated"))
    assert error_of(ask, IdentityId=identity)[0] == "InvalidIdentityPoolConfigurationException"


def test_the_role_of_a_group_comes_with_the_token_where_the_mapping_says_so(world: World) -> None:
    member, editor = world.role("member", OWN), world.role("editor", allow("s3:ListAllMyBuckets"))
    world.idp.create_group(UserPoolId=world.user_pool, GroupName="editors", RoleArn=editor, Precedence=1)
    world.idp.admin_add_user_to_group(UserPoolId=world.user_pool, Username="alice", GroupName="editors")

    def role_of(name: str, **more: Any) -> str:
        arn = world.session(world.login(name), **more)[1].client("sts").get_caller_identity()["Arn"]
        return arn.split("/")[1]

    world.set_roles(authenticated=member)
    assert role_of("alice") == "member", "a group grants nothing by itself"
    world.set_roles({"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"}, authenticated=member)
    assert (role_of("alice"), role_of("bob")) == ("editor", "member")
    assert role_of("alice", CustomRoleArn=editor) == "editor"
    world.set_roles({"Type": "Token", "AmbiguousRoleResolution": "Deny"}, authenticated=member)
    login = world.login("bob")
    identity = world.anyone.get_id(IdentityPoolId=world.pool, Logins=login)["IdentityId"]
    ask = world.anyone.get_credentials_for_identity
    assert error_of(ask, IdentityId=identity, Logins=login)[0] == "NotAuthorizedException"
    assert (
        error_of(ask, IdentityId=identity, Logins=login, CustomRoleArn=editor)[0] == "NotAuthorizedException"
    )


@pytest.mark.parametrize(
    ("kind", "value", "matches"),
    [("Equals", "alice", True), ("Equals", "ali", False), ("StartsWith", "ali", True), ("Contains", "lic", True),
     ("NotEqual", "alice", False), ("NotEqual", "bob", True)],
)  # fmt: skip
def test_rules_choose_by_claims_in_order(world: World, kind: str, value: str, matches: bool) -> None:
    member, chosen = world.role("member", OWN), world.role("chosen", OWN)
    rule = {"Claim": "cognito:username", "MatchType": kind, "Value": value, "RoleARN": chosen}
    missing = {"Claim": "custom:none", "MatchType": "NotEqual", "Value": "x", "RoleARN": chosen}
    mapping = {
        "Type": "Rules", "AmbiguousRoleResolution": "AuthenticatedRole",
        "RulesConfiguration": {"Rules": [missing, rule]},
    }  # fmt: skip
    world.set_roles(mapping, authenticated=member)
    arn = world.session(world.login("alice"))[1].client("sts").get_caller_identity()["Arn"]
    assert arn.split("/")[1] == ("chosen" if matches else "member")


def test_claims_become_principal_tags(world: World) -> None:
    tagged = allow("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/who": "alice"}})
    world.set_roles(authenticated=world.role("member", tagged))
    world.admin.set_principal_tag_attribute_map(
        IdentityPoolId=world.pool, IdentityProviderName=world.provider, UseDefaults=False,
        PrincipalTags={"who": "cognito:username"},
    )  # fmt: skip
    world.session(world.login("alice"))[1].client("s3").list_buckets()
    bob = world.session(world.login("bob"))[1].client("s3")
    assert error_of(bob.list_buckets)[0] == "AccessDenied"


def test_logins_link_to_a_guest_and_merge_identities(world: World) -> None:
    world.set_roles(
        authenticated=world.role("member", OWN), unauthenticated=world.role("g", OWN, "unauthenticated")
    )
    guest = world.anyone.get_id(IdentityPoolId=world.pool)["IdentityId"]
    ask = world.anyone.get_credentials_for_identity
    assert ask(IdentityId=guest, Logins=world.login("alice"))["IdentityId"] == guest
    assert world.anyone.get_id(IdentityPoolId=world.pool, Logins=world.login("alice"))["IdentityId"] == guest
    assert error_of(ask, IdentityId=guest)[0] == "NotAuthorizedException", "a member is no guest any more"
    assert error_of(ask, IdentityId=guest, Logins=world.login("bob"))[0] == "NotAuthorizedException"
    second = world.anyone.get_id(IdentityPoolId=world.pool)["IdentityId"]
    assert ask(IdentityId=second, Logins=world.login("alice"))["IdentityId"] == guest
    assert error_of(ask, IdentityId=second)[0] == "NotAuthorizedException", "it was merged into the other"


def test_an_oidc_provider_of_the_account(world: World, cloud: Any) -> None:
    provider = IdentityProvider(cloud, "https://idp.example")
    arn = world.iam.create_open_id_connect_provider(Url="https://idp.example", ClientIDList=["app"])[
        "OpenIDConnectProviderArn"
    ]
    world.admin.update_identity_pool(
        IdentityPoolId=world.pool, IdentityPoolName="i", AllowUnauthenticatedIdentities=False,
        OpenIdConnectProviderARNs=[arn],
    )  # fmt: skip
    world.set_roles(authenticated=world.role("member", OWN))
    good = {"idp.example": provider.token("carol", "app")}
    identity, _ = world.session(good)
    assert world.admin.describe_identity(IdentityId=identity)["Logins"] == ["idp.example"]
    wrong = {"idp.example": provider.token("carol", "another")}
    assert (
        error_of(world.anyone.get_id, IdentityPoolId=world.pool, Logins=wrong)[0] == "NotAuthorizedException"
    )


def test_a_backend_links_a_public_login_to_its_user(cloud: Any) -> None:
    """https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdTokenForDeveloperIdentity.html"""
    world = World(cloud, DeveloperProviderName="login.example")
    ask = world.admin.get_open_id_token_for_developer_identity
    guest = world.anyone.get_id(IdentityPoolId=world.pool)["IdentityId"]
    first = ask(IdentityPoolId=world.pool, IdentityId=guest, Logins={"login.example": "u1"})
    assert first["IdentityId"] == guest, "a guest becomes the user"
    both = {"login.example": "u1", **world.login("alice")}
    known = ask(IdentityPoolId=world.pool, Logins=both)["IdentityId"]
    assert sorted(world.admin.describe_identity(IdentityId=known)["Logins"]) == sorted(both)
    assert world.anyone.get_id(IdentityPoolId=world.pool, Logins=world.login("alice"))["IdentityId"] == known
    forged = {"login.example": "u2", world.provider: "garbage"}
    assert error_of(ask, IdentityPoolId=world.pool, Logins=forged)[0] == "NotAuthorizedException"
    assert (
        error_of(ask, IdentityPoolId=world.pool, Logins=world.login("bob"))[0] == "InvalidParameterException"
    )


def test_merged_identities_have_at_most_20_logins(cloud: Any) -> None:
    """https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_MergeDeveloperIdentities.html"""
    world = World(cloud, DeveloperProviderName="login.example")

    def users(*names: str) -> None:
        identity: dict[str, str] = {}
        for name in names:
            identity = {
                "IdentityId": world.admin.get_open_id_token_for_developer_identity(
                    IdentityPoolId=world.pool, Logins={"login.example": name}, **identity
                )["IdentityId"]
            }

    users(*(f"a{number}" for number in range(10)))
    users(*(f"b{number}" for number in range(10)))
    users("c")
    merge = world.admin.merge_developer_identities
    given = {"IdentityPoolId": world.pool, "DeveloperProviderName": "login.example"}
    merge(SourceUserIdentifier="a0", DestinationUserIdentifier="b0", **given)
    code, _ = error_of(merge, SourceUserIdentifier="c", DestinationUserIdentifier="b0", **given)
    assert code == "ResourceConflictException"


def test_developer_identities_are_the_backends_word(cloud: Any) -> None:
    world = World(cloud, DeveloperProviderName="login.example")
    world.set_roles(authenticated=world.role("member", OWN))
    ask = world.admin.get_open_id_token_for_developer_identity
    made = ask(IdentityPoolId=world.pool, Logins={"login.example": "u1"})
    again = ask(IdentityPoolId=world.pool, Logins={"login.example": "u1"})
    assert made["IdentityId"] == again["IdentityId"]
    keys = world.anyone.get_credentials_for_identity(
        IdentityId=made["IdentityId"], Logins={"cognito-identity.amazonaws.com": made["Token"]}
    )
    assert keys["IdentityId"] == made["IdentityId"]
    other = ask(IdentityPoolId=world.pool, Logins={"login.example": "u2"})
    assert error_of(
        world.anyone.get_credentials_for_identity, IdentityId=other["IdentityId"],
        Logins={"cognito-identity.amazonaws.com": made["Token"]},
    )[0] == "NotAuthorizedException"  # fmt: skip
    assert error_of(
        world.anyone.get_id, IdentityPoolId=world.pool, Logins={"login.example": "u1"}
    )[0] == "NotAuthorizedException"  # fmt: skip
    merged = world.admin.merge_developer_identities(
        IdentityPoolId=world.pool, DeveloperProviderName="login.example", SourceUserIdentifier="u1",
        DestinationUserIdentifier="u2",
    )  # fmt: skip
    found = world.admin.lookup_developer_identity(IdentityPoolId=world.pool, DeveloperUserIdentifier="u1")
    assert found["IdentityId"] == merged["IdentityId"] == other["IdentityId"]


def test_pools_are_made_shown_changed_and_deleted(world: World) -> None:
    admin = world.admin
    made = admin.create_identity_pool(IdentityPoolName="x", AllowUnauthenticatedIdentities=False)
    made.pop("ResponseMetadata")
    assert set(made) == {"IdentityPoolId", "IdentityPoolName", "AllowUnauthenticatedIdentities"}
    arn = f"arn:aws:cognito-identity:us-east-1:111122223333:identitypool/{made['IdentityPoolId']}"
    admin.tag_resource(ResourceArn=arn, Tags={"team": "a"})
    assert admin.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "a"}
    admin.untag_resource(ResourceArn=arn, TagKeys=["team"])
    page = admin.list_identity_pools(MaxResults=1)
    rest = admin.list_identity_pools(MaxResults=1, NextToken=page["NextToken"])
    assert [each["IdentityPoolName"] for each in page["IdentityPools"] + rest["IdentityPools"]] == ["i", "x"]
    admin.delete_identity_pool(IdentityPoolId=made["IdentityPoolId"])
    code, message = error_of(admin.describe_identity_pool, IdentityPoolId=made["IdentityPoolId"])
    assert (code, message) == (
        "ResourceNotFoundException",
        f"IdentityPool '{made['IdentityPoolId']}' not found.",
    )


def test_credentials_expire_after_an_hour(world: World, cloud: Any) -> None:
    world.set_roles(authenticated=world.role("member", OWN))
    identity, alice = world.session(world.login("alice"))
    cloud.clock.advance(minutes=61)
    assert error_of(alice.client("s3").get_object, Bucket=BUCKET, Key=f"{identity}/x")[0] == "ExpiredToken"


def test_deleted_identities_are_unknown(world: World) -> None:
    identity = world.anyone.get_id(IdentityPoolId=world.pool)["IdentityId"]
    failed = world.admin.delete_identities(
        IdentityIdsToDelete=[identity, "us-east-1:00000000-0000-0000-0000-000000000000"]
    )
    assert [each["ErrorCode"] for each in failed["UnprocessedIdentityIds"]] == ["AccessDenied"]
    assert (
        error_of(world.anyone.get_credentials_for_identity, IdentityId=identity)[0]
        == "ResourceNotFoundException"
    )
