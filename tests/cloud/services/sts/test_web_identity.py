"""AssumeRoleWithWebIdentity: tokens must be signed by their issuer, and trusted by the account and the role."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from labs_helpers.cloud.actors.identity_provider import IdentityProvider
from tests.clouds import allow, error_of, make_user, session_of, trust

HOME, PARTNER = "111122223333", "444455556666"
URL, HOST = "https://idp.example.com", "idp.example.com"
PROVIDER = f"arn:aws:iam::{HOME}:oidc-provider/{HOST}"
DENIED = ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
TAGS = "https://aws.amazon.com/tags"

pytestmark = pytest.mark.ledger("F-IAM-15")


@pytest.fixture(scope="session")
def rsa_key():
    return RSAKey.generate_key(2048)


@pytest.fixture
def idp(cloud):
    return IdentityProvider(cloud, URL)


@pytest.fixture
def role(iam, idp):
    """A role for alice's tokens of the client `app`, and the provider that the account registered."""
    iam.create_open_id_connect_provider(Url=URL, ClientIDList=["app"], ThumbprintList=["a" * 40])
    return make_role(iam, "web", {"StringEquals": {f"{HOST}:aud": "app", f"{HOST}:sub": "alice"}})


def make_role(
    iam, name, condition=None, action="sts:AssumeRoleWithWebIdentity", federated=PROVIDER, policy=None
):
    more = {"Condition": condition} if condition else {}
    document = trust({"Federated": federated}, action, **more)
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=name, PolicyName="own", PolicyDocument=policy or allow("s3:ListAllMyBuckets")
    )
    return arn


def assume(arn, token, **more):
    sts = boto3.client("sts", config=Config(signature_version=UNSIGNED))
    return sts.assume_role_with_web_identity(
        RoleArn=arn, RoleSessionName="web", WebIdentityToken=token, **more
    )


@pytest.mark.ledger("F-IAM-08")
def test_a_web_identity_session_says_nothing_of_mfa(iam, idp, role):
    present = {"Null": {"aws:MultiFactorAuthPresent": "false"}}
    iam.put_role_policy(
        RoleName="web", PolicyName="own", PolicyDocument=allow("s3:ListAllMyBuckets", Condition=present)
    )
    session = session_of(assume(role, idp.token("alice", "app")))
    assert error_of(session.client("s3").list_buckets)[0] == "AccessDenied"


def test_a_token_of_a_trusted_issuer_gives_a_session_of_the_role(cloud, idp, role):
    answer = assume(role, idp.token("alice", "app"))
    assert answer["SubjectFromWebIdentityToken"] == "alice"
    assert (answer["Provider"], answer["Audience"]) == (PROVIDER, "app")
    session = session_of(answer)
    assert session.client("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{HOME}:assumed-role/web/web"
    session.client("s3").list_buckets()
    assert error_of(session.client("iam").list_users)[0] == "AccessDenied"
    assert error_of(session.client("sts").get_session_token)[0] == "AccessDenied"


def test_rs256_works_as_well(cloud, iam, role, rsa_key):
    """AssumeRoleWithWebIdentity accepts an RS256 token; a signature it can't verify raises InvalidIdentityToken."""
    idp = IdentityProvider(cloud, URL, "RS256", rsa_key)
    assume(role, idp.token("alice", "app"))


def test_the_trust_policy_decides_who(cloud, iam, idp, role):
    assert error_of(assume, role, idp.token("mallory", "app")) == DENIED
    assert error_of(assume, f"arn:aws:iam::{HOME}:role/ghost", idp.token("alice", "app")) == DENIED
    other = make_role(iam, "other", federated=f"arn:aws:iam::{HOME}:oidc-provider/other.example.com")
    assert error_of(assume, other, idp.token("alice", "app")) == DENIED
    users = iam.create_role(RoleName="users", AssumeRolePolicyDocument=trust({"AWS": HOME}))["Role"]["Arn"]
    assert error_of(assume, users, idp.token("alice", "app")) == DENIED


def test_the_account_decides_which_issuers_and_clients(cloud, iam, idp, role):
    stranger = IdentityProvider(cloud, "https://stranger.example.com")
    assert error_of(assume, role, stranger.token("alice", "app")) == (
        "InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://stranger.example.com"
    )  # fmt: skip
    foreign = make_role(cloud.account(PARTNER).client("iam"), "web")
    assert error_of(assume, foreign, idp.token("alice", "app"))[1].startswith(
        "No OpenIDConnect provider found"
    )
    assert error_of(assume, role, idp.token("alice", "else")) == (
        "InvalidIdentityToken",
        "Incorrect token audience",
    )
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER, ClientID="else")
    assert error_of(assume, role, idp.token("alice", "else")) == DENIED, "the trust policy asks for app"
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER, ClientID="else")
    assert error_of(assume, role, idp.token("alice", "else"))[0] == "InvalidIdentityToken"
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    assert error_of(assume, role, idp.token("alice", "app"))[0] == "InvalidIdentityToken"


def test_azp_is_the_audience_where_there_is_one(cloud, iam, idp, role):
    assume(role, idp.token("alice", ["api", "app"], azp="app"))
    assert error_of(assume, role, idp.token("alice", ["api", "app"]))[0] == "InvalidIdentityToken"
    assert error_of(assume, role, idp.token("alice", "app", azp="else"))[1] == "Incorrect token audience"


def encode(part) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_forged_tokens_are_refused(cloud, iam, role, rsa_key):
    idp = IdentityProvider(cloud, URL, "RS256", rsa_key)
    good = idp.token("alice", "app")
    header, claims, signed = good.split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "=="))
    own = ECKey.generate_key("P-256")
    forged = {
        "no signature": f"{encode({'alg': 'none'})}.{claims}.",
        "none with a key id": f"{encode({'alg': 'None', 'kid': idp.key_id})}.{claims}.",
        "signature left out": f"{header}.{claims}.",
        "another subject": f"{header}.{encode({**content, 'sub': 'root'})}.{signed}",
        "another's key": jwt.encode(
            {"alg": "ES256", "kid": idp.key_id}, content, ECKey.generate_key("P-256")
        ),
        "key id unknown": jwt.encode({"alg": "RS256", "kid": "key-9"}, content, rsa_key),
        "no key id": jwt.encode({"alg": "RS256"}, content, rsa_key),
        "own key in the header": jwt.encode(
            {"alg": "ES256", "kid": "mine", "jwk": own.as_dict(private=False)}, content, own
        ),
        "no JWT": "access-token-of-some-kind",
        "two parts": f"{header}.{claims}",
        "no JSON": f"{header}.{encode(b'[' * 2000)}.{signed}",
        "a list": f"{header}.{encode([1])}.{signed}",
    }
    # The classic confusion: HMAC with the public key as the secret.
    start = f"{encode({'alg': 'HS256', 'kid': idp.key_id})}.{claims}"
    public = rsa_key.as_pem(private=False)
    forged["HMAC with the public key"] = (
        f"{start}.{encode(hmac.new(public, start.encode(), hashlib.sha256).digest())}"
    )
    for name, token in forged.items():
        assert error_of(assume, role, token)[0] == "InvalidIdentityToken", name
    assume(role, good)


def test_keys_that_were_rotated_away_sign_no_more(cloud, idp, role):
    old = idp.token("alice", "app")
    idp.rotate()
    assert error_of(assume, role, old)[0] == "InvalidIdentityToken"
    assume(role, idp.token("alice", "app"))


def test_times_follow_the_lab_clock(cloud, idp, role):
    token = idp.token("alice", "app", seconds=600)
    assume(role, token)
    cloud.clock.advance(minutes=11)
    code, message = error_of(assume, role, token)
    assert code == "ExpiredTokenException"
    assert message.startswith("Token expired: current date/time ")
    now = int(cloud.clock.now().timestamp())
    assert error_of(assume, role, idp.token("alice", "app", nbf=now + 900))[0] == "InvalidIdentityToken"
    assert error_of(assume, role, idp.token("alice", "app", iat=now + 900))[0] == "InvalidIdentityToken"
    for bad in (1e400, True, "soon"):
        assert error_of(assume, role, idp.token("alice", "app", exp=bad))[0] == "InvalidIdentityToken", bad


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp", "iat"])
def test_claims_that_every_token_must_have(cloud, idp, role, claim):
    code, message = error_of(assume, role, idp.token("alice", "app", **{claim: None}))
    assert (code, message) == ("InvalidIdentityToken", f"Missing a required claim: {claim}")


def test_an_issuer_may_disown_be_down_or_be_gone(cloud, idp, role):
    token = idp.token("alice", "app")
    idp.revoked.add("alice")
    assert error_of(assume, role, token)[0] == "IDPRejectedClaim"
    idp.revoked.clear()
    idp.issuer.reachable = False
    assert error_of(assume, role, token)[0] == "IDPCommunicationError"
    cloud.reset()
    iam = boto3.client("iam")
    iam.create_open_id_connect_provider(Url=URL, ClientIDList=["app"])
    code, message = error_of(assume, make_role(iam, "web"), token)
    assert (code, message[:38]) == ("InvalidIdentityToken", "Couldn't retrieve verification key fro")


def test_session_tags_and_source_identity_come_from_the_token_if_the_role_lets_them(cloud, iam, idp, role):
    claims = {
        TAGS: {"principal_tags": {"team": ["red"]}, "transitive_tag_keys": ["team"]},
        "https://aws.amazon.com/source_identity": "alice@example.com",
    }
    token = idp.token("alice", "app", **claims)
    assert error_of(assume, role, token) == ("AccessDenied", "Not authorized to perform sts:TagSession")
    both = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]
    only_red = {"StringEquals": {"aws:RequestTag/team": "red"}}
    reds = allow("s3:ListAllMyBuckets", Condition={"StringEquals": {"aws:PrincipalTag/team": "red"}})
    arn = make_role(iam, "tagged", only_red, both, policy=reds)
    answer = assume(arn, token)
    assert answer["SourceIdentity"] == "alice@example.com"
    session_of(answer).client("s3").list_buckets()
    blue = idp.token("alice", "app", **{TAGS: {"principal_tags": {"team": "blue"}}})
    assert error_of(assume, arn, blue) == DENIED
    for bad in ("red", {"principal_tags": {"team": ["red", "blue"]}}, {"principal_tags": []}):
        assert error_of(assume, arn, idp.token("alice", "app", **{TAGS: bad}))[0] == "InvalidIdentityToken", (
            bad
        )


def test_a_session_says_who_federated_it(cloud, iam, idp, role):
    condition = {"StringEquals": {"aws:FederatedProvider": PROVIDER, f"{HOST}:sub": "alice"}}
    arn = make_role(iam, "told", policy=allow("s3:ListAllMyBuckets", Condition=condition))
    session_of(assume(arn, idp.token("alice", "app"))).client("s3").list_buckets()
    bob = session_of(assume(arn, idp.token("bob", "app")))
    assert error_of(bob.client("s3").list_buckets)[0] == "AccessDenied"


def test_cognito_is_an_issuer_that_every_account_knows(cloud, iam):
    name = "cognito-identity.amazonaws.com"
    pool, amr = "us-east-1:pool", {"ForAnyValue:StringLike": {f"{name}:amr": "authenticated"}}
    arn = make_role(iam, "app", {"StringEquals": {f"{name}:aud": pool}, **amr}, federated=name)
    cognito = IdentityProvider(cloud, f"https://{name}")
    answer = assume(arn, cognito.token("us-east-1:alice", pool, amr=["authenticated", "google"]))
    assert answer["Provider"] == name
    assert error_of(assume, arn, cognito.token("us-east-1:guest", pool, amr=["unauthenticated"])) == DENIED
    assert (
        error_of(assume, arn, cognito.token("us-east-1:alice", "us-east-1:other", amr=["authenticated"]))
        == DENIED
    )


def test_limits_of_sessions_hold(cloud, idp, role):
    token = idp.token("alice", "app")
    assert error_of(assume, role, token, DurationSeconds=7_200)[0] == "ValidationError"
    narrowed = session_of(assume(role, token, Policy=allow("iam:*")))
    assert error_of(narrowed.client("s3").list_buckets)[0] == "AccessDenied"
    session = session_of(assume(role, token, DurationSeconds=900))
    cloud.clock.advance(minutes=16)
    assert error_of(session.client("s3").list_buckets)[0] == "ExpiredToken"


def test_providers_are_checked_when_they_are_made(cloud, iam):
    make = iam.create_open_id_connect_provider
    make(Url=URL, ClientIDList=["app"])
    assert error_of(make, Url=URL) == ("EntityAlreadyExists", f"Provider with url {URL} already exists.")
    assert error_of(make, Url="http://idp.example.com")[0] == "ValidationError"
    shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=PROVIDER)
    assert (shown["Url"], shown["ClientIDList"]) == (HOST, ["app"])
    ghost = PROVIDER.replace("idp", "ghost")
    assert error_of(
        iam.add_client_id_to_open_id_connect_provider, OpenIDConnectProviderArn=ghost, ClientID="app"
    )[0] == "NoSuchEntity"  # fmt: skip
    alice = make_user(cloud, "alice").client("iam")
    assert error_of(alice.create_open_id_connect_provider, Url=URL)[0] == "AccessDenied"
