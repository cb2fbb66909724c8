"""The AWS SDK for JavaScript gets the same answers as boto3. `make test` installs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core import totp
from labs_helpers.cloud.endpoint.endpoint import Endpoint
from tests.cloud.endpoint.conftest import in_process, seen, stage
from tests.clouds import error_of

HERE = Path(__file__).parent
JUDGES = Path(os.environ.get("LABS_JUDGES", HERE.parents[2] / ".judges"))
SERVICES = ("s3", "sts", "kms", "cognito-idp")
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None or not (JUDGES / "node_modules").is_dir(), reason="needs Node.js and .judges (make test)"
)
CALLS = [
    (profile, service.removesuffix("api"), operation, parameters)
    for profile, service, operation, parameters, _ in json.loads((HERE / "calls.json").read_text("utf-8"))
    if service.removesuffix("api") in SERVICES
] + [
    (
        "default",
        "s3",
        "PutObject",
        {"Bucket": "shelf", "Key": "ü +/b.txt", "Body": "text", "Metadata": {"a": "b"}},
    ),
    ("default", "s3", "GetObject", {"Bucket": "shelf", "Key": "ü +/b.txt"}),
    ("alice", "s3", "PutObject", {"Bucket": "vault", "Key": "k", "Body": "text"}),
    ("bob", "s3", "GetObject", {"Bucket": "shelf", "Key": "2026 report.csv"}),
    ("default", "cognito-idp", "ListUserPools", {"MaxResults": 10}),
    ("bob", "cognito-idp", "ListUserPools", {"MaxResults": 10}),
    ("default", "cognito-idp", "DescribeUserPool", {"UserPoolId": "us-east-1_nobody123"}),
    (
        "default",
        "cognito-idp",
        "SignUp",
        {"ClientId": "nobody", "Username": "u", "Password": "Correct-horse-1"},
    ),
    ("default", "kms", "Encrypt", {"KeyId": "alias/none", "Plaintext": [1, 2, 3]}),
]
_WITHOUT_BODY = {"404": "NotFound", "403": "Unknown"}
"""What the SDK calls errors of HEAD, which have no body to read a code from."""


def _by_sdk(env: dict[str, str], **more: str) -> list[tuple[str | None, str]]:
    assert NODE is not None
    asked = json.dumps([[profile, service, operation, given] for profile, service, operation, given in CALLS])
    done = subprocess.run(
        [NODE, str(HERE / "calls_by_sdk.mjs")], input=asked, env=env | {"JUDGES": str(JUDGES)} | more,
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(code, message) for code, message in json.loads(done.stdout)]


def _for_boto3(parameters: dict) -> dict:
    return {name: bytes(value) if name == "Plaintext" else value for name, value in parameters.items()}


@pytest.mark.parametrize("how", ["over TLS, by the environment", "over HTTP, by its configuration"])
def test_the_sdk_is_told_what_boto3_is_told(cloud: Cloud, endpoint: Endpoint, env, how: str):
    stage(cloud)
    expected = []
    for profile, service, operation, parameters in CALLS:
        outcome = in_process(profile, service, operation, _for_boto3(parameters))
        expected.append((outcome.code, outcome.message, seen(cloud.record[-1])))
    cloud.reset()
    stage(cloud)
    before = len(cloud.record)
    told = _by_sdk(env, **({} if "TLS" in how else {"ENDPOINT": endpoint.plain_url}))
    made = list(cloud.record)[before:]
    assert len(made) == len(told) == len(CALLS)
    for call, (code, message, record), by_sdk, entry in zip(CALLS, expected, told, made, strict=True):
        assert by_sdk[0] == _WITHOUT_BODY.get(code or "", code), (call, by_sdk)
        if code not in _WITHOUT_BODY:
            assert by_sdk[1] == message
        assert seen(entry)[:5] == record[:5]
        assert seen(entry)[8:] == record[8:]
        assert "aws-sdk-js" in entry.user_agent


def test_what_the_sdk_uploads_is_what_comes_back(cloud: Cloud, env):
    boto3.client("s3").create_bucket(Bucket="shelf")
    script = """
        import { createRequire } from "node:module";
        import { Readable } from "node:stream";
        const { S3Client, PutObjectCommand, GetObjectCommand } =
          createRequire(process.env.JUDGES + "/package.json")("@aws-sdk/client-s3");
        const client = new S3Client({});
        const content = "0123456789".repeat(200000);
        const Body = Readable.from([content.slice(0, 999999), content.slice(999999)]);
        await client.send(new PutObjectCommand({ Bucket: "shelf", Key: "k", Body, ContentLength: content.length }));
        const answer = await client.send(new GetObjectCommand({ Bucket: "shelf", Key: "k" }));
        console.log((await answer.Body.transformToString()) === content);
    """
    done = subprocess.run(
        [str(NODE), "--input-type=module", "-e", script], env=env | {"JUDGES": str(JUDGES)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == "true", done.stderr
    assert boto3.client("s3").head_object(Bucket="shelf", Key="k")["ContentLength"] == 2_000_000


def test_a_user_signs_in_by_srp_and_the_tokens_verify_against_the_pools_keys(cloud: Cloud, endpoint, env):
    idp = boto3.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="pool")["UserPool"]["Id"]
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows)[
        "UserPoolClient"
    ]
    attributes = [{"Name": "email", "Value": "alice@example.com"}]
    idp.admin_create_user(
        UserPoolId=pool, Username="alice", MessageAction="SUPPRESS", UserAttributes=attributes
    )
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password="Correct-horse-1", Permanent=True)
    asked = {
        "endpoint": endpoint.plain_url, "tls": endpoint.url, "pool": pool, "client": client["ClientId"],
        "wrong": "Wrong-horse-1", "password": "Correct-horse-1",
    }  # fmt: skip
    done = subprocess.run(
        [str(NODE), str(HERE / "signs_in.mjs")], input=json.dumps(asked), env=env | {"JUDGES": str(JUDGES)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "wrong": ["NotAuthorizedException", "Incorrect username or password."],
        "access": "alice",
        "id": "alice",
        "forged": "JwtInvalidSignatureError",
        "other": "CognitoJwtInvalidClientIdError",
        "attributes": ["email", "sub"],
    }


# --- scripts that ask back ----------------------------------------------------------------------------------------


def conversation(script: str, env: dict[str, str], given: dict, answers: dict[str, Callable[[dict], object]]):
    """Run a script that asks questions while it runs, and return its result. `answers` are by kind of question."""
    with subprocess.Popen(
        [str(NODE), str(HERE / script)], env=env | {"JUDGES": str(JUDGES)}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as running:  # fmt: skip
        assert running.stdin is not None
        assert running.stdout is not None
        said: object = given
        while True:
            running.stdin.write(json.dumps(said) + "\n")
            running.stdin.flush()
            line = running.stdout.readline()
            assert line, running.stderr and running.stderr.read()
            question = json.loads(line)
            if "told" in question:
                return question["told"]
            said = answers[question["ask"]](question)


def app_code(cloud: Cloud, secret: str) -> str:
    """Return an authenticator app's next code, because each code is accepted only once."""
    cloud.clock.advance(seconds=totp.PERIOD)
    return totp.code(secret, cloud.clock.now())


@pytest.mark.skipif(
    not (JUDGES / "node_modules" / "@aws-amplify").is_dir(), reason="needs aws-amplify's auth"
)
def test_amplify_takes_a_user_from_sign_up_to_sign_out(cloud: Cloud, endpoint: Endpoint, env):
    idp = boto3.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="pool", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    idp.set_user_pool_mfa_config(
        UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows, PreventUserExistenceErrors="ENABLED"
    )["UserPoolClient"]["ClientId"]
    given = {
        "endpoint": endpoint.plain_url, "pool": pool, "client": client, "password": "Correct-horse-1",
        "email": "alice@example.com",
    }  # fmt: skip
    told = conversation(
        "amplify_user.mjs", env, given,
        {
            "code": lambda asked: re.findall(r"\d{6}", str(cloud.mailbox(asked["to"])[-1]))[-1],
            "totp": lambda asked: app_code(cloud, asked["secret"]),
            "revoked": lambda asked: error_of(idp.get_user, AccessToken=asked["token"])[1],
        },
    )  # fmt: skip
    assert told == {
        "signUp": ["CONFIRM_SIGN_UP", "a***@e***"],
        "tooEarly": "CONFIRM_SIGN_UP",
        "wrongCode": "CodeMismatchException",
        "confirmed": True,
        "wrongPassword": "NotAuthorizedException",
        "signedIn": True,
        "attributes": ["alice@example.com", "true"],
        "wrongApp": "EnableSoftwareTokenMFAException",
        "preference": {"enabled": ["TOTP"], "preferred": "TOTP"},
        "signedOut": "UserUnAuthenticatedException",
        "secondFactor": "CONFIRM_SIGN_IN_WITH_TOTP_CODE",
        "withApp": True,
        "renewed": True,
        "same": True,
        "user": "alice",
        "gone": "UserUnAuthenticatedException",
        "revoked": "Access Token has been revoked",
    }


@pytest.mark.skipif(not (JUDGES / "node_modules" / "openid-client").is_dir(), reason="needs openid-client")
@pytest.mark.parametrize("confidential", [True, False])
def test_openid_client_signs_in_by_code_and_pkce(cloud: Cloud, endpoint: Endpoint, env, confidential: bool):
    from tests.cloud.services.cognito_idp.managed_login.test_app import CALLBACK, LOGOUT, PASSWORD, Shop

    shop = Shop()
    client = shop.new_client(GenerateSecret=confidential)
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{shop.pool}"
    given = {
        "endpoint": endpoint.plain_url, "issuer": issuer, "client": client["ClientId"],
        "secret": client.get("ClientSecret"), "callback": CALLBACK, "goodbye": LOGOUT, "password": PASSWORD,
    }  # fmt: skip
    assert conversation("oidc_client.mjs", env, given, {}) == {
        "issuer": issuer,
        "otherState": "OAUTH_INVALID_RESPONSE",
        "name": "alice",
        "again": "invalid_grant",
        "otherVerifier": "invalid_grant",
        "userInfo": "alice@example.com",
        "renewed": True,
        "revoked": "invalid_grant",
        "goodbye": LOGOUT,
        "asksAgain": "/login",
    }
