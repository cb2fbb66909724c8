"""The identification of a request's signer, and requests that are rejected before any policy is evaluated."""

from __future__ import annotations

import datetime
from unittest import mock

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config

from tests.clouds import allow, error_of, make_user

SERVICES = {
    "iam": ("InvalidClientTokenId", "SignatureDoesNotMatch"),
    "sts": ("InvalidClientTokenId", "SignatureDoesNotMatch"),
    "s3": ("InvalidAccessKeyId", "SignatureDoesNotMatch"),
}
A_CALL = {"iam": "list_users", "sts": "get_caller_identity", "s3": "list_buckets"}


@pytest.mark.ledger("F-IAM-01")
def test_user_without_a_policy_may_only_ask_who_it_is(cloud):
    alice = make_user(cloud, "alice")
    assert alice.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/alice"
    assert alice.client("sts").get_session_token()["Credentials"]["AccessKeyId"].startswith("ASIA")
    assert error_of(alice.client("s3").list_buckets)[0] == "AccessDenied"
    code, message = error_of(alice.client("iam").list_users)
    assert code == "AccessDenied"
    assert message.startswith(
        "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: iam:ListUsers on resource: "
        "arn:aws:iam::111122223333:user/ because no identity-based policy allows the iam:ListUsers action. Go to "
    )


@pytest.mark.ledger("F-IAM-01")
def test_session_token_without_mfa_may_not_call_iam_nor_most_of_sts(cloud):
    alice = make_user(cloud, "alice", allow("*"))
    session = cloud.profile("session", alice.client("sts").get_session_token()["Credentials"])
    assert session.client("sts").get_caller_identity()["Arn"].endswith(":user/alice")
    assert session.client("s3").list_buckets()["Buckets"] == []
    assert error_of(session.client("iam").list_users)[0] == "InvalidClientTokenId"
    assert error_of(session.client("sts").get_session_token)[0] == "AccessDenied"
    assert error_of(session.client("sts").get_federation_token, Name="bob")[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("service", SERVICES)
def test_unknown_key_is_refused_in_the_words_of_the_service(cloud, service):
    client = boto3.client(service, aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x" * 40)
    assert error_of(getattr(client, A_CALL[service]))[0] == SERVICES[service][0]


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("service", SERVICES)
def test_wrong_secret_is_refused_in_the_words_of_the_service(cloud, iam, service):
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    client = boto3.client(service, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key="x" * 40)
    assert error_of(getattr(client, A_CALL[service]))[0] == SERVICES[service][1]


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("service", SERVICES)
def test_inactive_key_is_refused_like_an_unknown_one(cloud, iam, service):
    alice = make_user(cloud, "alice", allow("*"))
    key = alice.get_credentials().access_key
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Inactive")
    assert error_of(getattr(alice.client(service), A_CALL[service]))[0] == SERVICES[service][0]
    iam.update_access_key(UserName="alice", AccessKeyId=key, Status="Active")
    getattr(alice.client(service), A_CALL[service])()


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize(
    ("service", "token", "code"),
    [
        ("iam", None, "InvalidClientTokenId"),
        ("iam", "not the token", "InvalidClientTokenId"),
        # Observed: https://github.com/databendlabs/databend/issues/8069 and https://github.com/aws/aws-cli/issues/3793
        ("s3", None, "InvalidAccessKeyId"),
        ("s3", "not the token", "InvalidToken"),
    ],
)
def test_missing_or_wrong_session_token_is_refused(cloud, service, code, token):
    alice = make_user(cloud, "alice", allow("*"))
    session = alice.client("sts").get_session_token()["Credentials"]
    client = boto3.client(
        service,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=token,
    )
    assert error_of(getattr(client, A_CALL[service]))[0] == code


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("service", ["sts", "s3"])
def test_expired_session_is_refused_once_the_lab_clock_passes_its_end(cloud, service):
    alice = make_user(cloud, "alice", allow("*"))
    session = cloud.profile(
        "short", alice.client("sts").get_session_token(DurationSeconds=900)["Credentials"]
    )
    client = session.client(service)
    getattr(client, A_CALL[service])()
    cloud.clock.advance(minutes=16)
    assert error_of(getattr(client, A_CALL[service]))[0] == "ExpiredToken"


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize(
    ("service", "minutes", "code"),
    [
        ("sts", 4, None),
        ("sts", 6, "SignatureDoesNotMatch"),
        ("s3", 14, None),
        ("s3", 16, "RequestTimeTooSkewed"),
    ],
)
@pytest.mark.parametrize("direction", [1, -1])
def test_clock_skew_of_five_minutes_is_allowed_and_fifteen_for_s3(cloud, service, minutes, code, direction):
    client = boto3.client(service)
    shift = direction * datetime.timedelta(minutes=minutes)
    real = datetime.datetime.now(datetime.UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=(real + shift).replace(tzinfo=None)):
        if code is None:
            getattr(client, A_CALL[service])()
        else:
            assert error_of(getattr(client, A_CALL[service]))[0] == code


def test_lab_clock_does_not_disturb_signatures(cloud):
    cloud.clock.advance(days=400)
    assert boto3.client("sts").get_caller_identity()["Account"] == "111122223333"


@pytest.mark.ledger("F-IAM-02")
def test_unsigned_request_is_refused_where_a_signature_is_needed(cloud):
    client = boto3.client("iam", config=Config(signature_version=UNSIGNED))
    assert error_of(client.list_users)[0] == "MissingAuthenticationToken"


@pytest.mark.ledger("F-IAM-02")
def test_tampering_with_a_signed_request_breaks_its_signature(cloud, iam):
    def tamper(request, **_):
        assert "ListUsers" in request.body
        request.body = request.body.replace("ListUsers", "ListRoles")

    iam.meta.events.register_first("before-send.iam", tamper)
    assert error_of(iam.list_users)[0] == "SignatureDoesNotMatch"


def test_forged_authorization_header_is_refused(cloud):
    for header in (
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=x",
        "Basic YTpi",
        "AWS4-HMAC-SHA256 " + "A=" * 5000,
    ):
        answer = requests.get(
            "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            headers={"Authorization": header},
            timeout=5,
        )
        assert answer.status_code in (400, 403), header
        assert "ListUsersResult" not in answer.text
