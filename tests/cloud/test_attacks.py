"""Ambiguous requests, and signatures and sessions that are reused for a different purpose.

An attacker with an access key, a presigned URL, or network access could send them; boto3 doesn't.
"""

from __future__ import annotations

import datetime
import gzip
import hashlib
import hmac
import io
import json
import zipfile
from typing import Any
from unittest import mock
from urllib.parse import quote, urlsplit

import boto3
import pytest
import requests
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.gate.unambiguous import MAX_BODY, MAX_HEAD
from tests.clouds import allow, error_of, make_user, trust

IAM = "https://iam.amazonaws.com/"
KMS = "https://kms.us-east-1.amazonaws.com/"
SECRETS = "https://secretsmanager.us-east-1.amazonaws.com/"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
VERSION = "Version=2010-05-08"
ALLOWED = "https://allowed.s3.amazonaws.com/k"
JSON = {"Content-Type": "application/x-amz-json-1.1"}


def signed(
    session: boto3.Session, method: str, url: str, headers: dict[str, str], body: bytes, service: str, *,
    region: str = "us-east-1", payload: str | None = None, only: list[str] | None = None,
    when: datetime.datetime | None = None, date: str | None = None,
) -> dict[str, str]:  # fmt: skip
    """Return headers with a Version 4 signature for any request, including requests that botocore doesn't sign."""
    keys = session.get_credentials().get_frozen_credentials()
    stamp = (when or datetime.datetime.now(datetime.UTC)).strftime("%Y%m%dT%H%M%SZ")
    headers = {**headers, "x-amz-date": stamp}
    if service == "s3":
        headers["x-amz-content-sha256"] = payload or hashlib.sha256(body).hexdigest()
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    parts = urlsplit(url)
    lower = {name.lower(): " ".join(value.split()) for name, value in headers.items()} | {
        "host": parts.netloc
    }
    names = only or sorted(
        name for name in lower if name in ("host", "content-type") or name.startswith("x-amz-")
    )
    path = parts.path if service == "s3" else quote(parts.path, safe="/-_.~")
    query = "&".join(sorted(word if "=" in word else f"{word}=" for word in parts.query.split("&") if word))
    hashed = lower.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
    canonical = [
        method,
        path or "/",
        query,
        *(f"{name}:{lower[name]}" for name in names),
        "",
        ";".join(names),
        hashed,
    ]
    scope = f"{date or stamp[:8]}/{region}/{service}/aws4_request"
    key = f"AWS4{keys.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    to_sign = (
        f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(chr(10).join(canonical).encode()).hexdigest()}"
    )
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    who = f"Credential={keys.access_key}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {**headers, "Authorization": f"AWS4-HMAC-SHA256 {who}"}


def send(
    session: boto3.Session,
    method: str,
    url: str,
    headers: dict[str, str],
    body: str | bytes,
    service: str,
    **more: Any,
) -> requests.Response:
    body = body.encode() if isinstance(body, str) else body
    headers = signed(session, method, url, headers, body, service, **more)
    return requests.request(method, url, headers=headers, data=body, timeout=5)


def json_call(
    session: boto3.Session, url: str, target: str, body: str | bytes, service: str
) -> requests.Response:
    return send(session, "POST", url, {**JSON, "X-Amz-Target": target}, body, service)


@pytest.fixture
def lister(cloud) -> boto3.Session:
    """A user who can list some things, and change nothing."""
    actions = ["kms:ListKeys", "secretsmanager:ListSecrets", "iam:GetUser", "sns:ListTopics"]
    return make_user(cloud, "lister", allow(actions))


@pytest.fixture
def buckets(cloud) -> Any:
    s3 = boto3.client("s3")
    for name in ("allowed", "secret"):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="k", Body=name.encode())
    return s3


# One request, one reading


@pytest.mark.parametrize("where", ["url", "body", "header"])
def test_json_call_performs_the_operation_that_was_authorized(cloud, lister, where):
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    url, headers, body = KMS, {**JSON, "X-Amz-Target": "TrentService.ListKeys"}, json.dumps({"KeyId": key})
    if where == "url":
        url += "?Action=DisableKey"
    elif where == "header":
        headers, body = {**headers, "Action": "DisableKey", "KeyId": key}, ""
    else:
        body = json.dumps({"KeyId": key, "x": f"&Action=DisableKey&KeyId={key}&"})
    send(lister, "POST", url, headers, body, "kms")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Enabled"]


def test_json_text_is_no_query_string(cloud, lister):
    boto3.client("secretsmanager").create_secret(Name="s", SecretString="hush")
    body = json.dumps({"x": "&Action=GetSecretValue&SecretId=s&"})
    answer = json_call(lister, SECRETS, "secretsmanager.ListSecrets", body, "secretsmanager")
    assert "SecretList" in answer.json()
    assert "hush" not in answer.text


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("", f"Action=GetUser&Action=DeleteUser&UserName=victim&{VERSION}"),
        ("", f"Action=GetUser&UserName=lister&UserName=victim&{VERSION}"),
        (f"?Action=GetUser&{VERSION}", f"Action=DeleteUser&UserName=victim&{VERSION}"),
        (f"?Action=GetUser&UserName=lister&{VERSION}", "UserName=victim"),
        (f"?Action=GetUser&UserName=lister&UserName=victim&{VERSION}", ""),
    ],
)
def test_parameter_that_stands_twice_is_refused(cloud, iam, lister, url, body):
    iam.create_user(UserName="victim")
    answer = send(lister, "POST", IAM + url, FORM, body, "iam")
    assert answer.status_code == 400
    assert "MalformedQueryString" in answer.text
    assert iam.get_user(UserName="victim")


def test_form_cannot_do_what_the_url_was_authorized_for(cloud, lister):
    sns = "https://sns.us-east-1.amazonaws.com/"
    assert (
        send(
            lister,
            "POST",
            f"{sns}?Action=ListTopics&Version=2010-03-31",
            FORM,
            "Action=CreateTopic&Name=x",
            "sns",
        ).status_code
        == 400
    )
    assert boto3.client("sns").list_topics()["Topics"] == []


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"{", b"\xff", b'{"a":' + b"[" * 100_000, gzip.compress(b"{}", mtime=0)]
)
def test_body_that_is_no_json_object_is_refused(cloud, body):
    answer = json_call(boto3.Session(), KMS, "TrentService.ListKeys", body, "kms")
    assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize(
    ("body", "code"), [("{}", "ValidationException"), ('{"KeyId": ["a"]}', "SerializationException")]
)
def test_parameter_that_is_missing_or_of_another_type_is_refused_before_anything_is_asked(cloud, body, code):
    answer = json_call(boto3.Session(), KMS, "TrentService.DescribeKey", body, "kms")
    assert answer.json()["__type"] == code


def test_time_beyond_all_calendars_cannot_be_read(cloud):
    body = json.dumps({"StartTime": 10**30})
    url = "https://cloudtrail.us-east-1.amazonaws.com/"
    target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
    answer = json_call(boto3.Session(), url, target, body, "cloudtrail")
    assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException")


def _archive() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("a.py", "pass")
    return packed.getvalue()


def _function(name: str, role: str) -> str:
    return boto3.client("lambda").create_function(
        FunctionName=name, Runtime="python3.12", Role=role, Handler="a.b", Code={"ZipFile": _archive()}
    )["FunctionArn"]


def test_rest_json_parameters_are_read_from_their_own_place_only(cloud, iam):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))[
        "Role"
    ]
    _function("allowed", role["Arn"])
    secret = _function("secret", role["Arn"])
    alice = make_user(cloud, "alice", allow("lambda:*", "arn:aws:lambda:*:*:function:allowed*"))
    functions = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions"
    as_json = {"Content-Type": "application/json"}
    other = json.dumps({"FunctionName": "secret", "Description": "changed"})
    assert (
        send(alice, "PUT", f"{functions}/allowed/configuration", as_json, other, "lambda").status_code == 400
    )
    assert "failed to satisfy" in send(alice, "GET", f"{functions}/allowed%2525", {}, "", "lambda").text
    found = send(alice, "GET", f"{functions}/allowed?FunctionName=secret", {}, "", "lambda")
    assert found.json()["Configuration"]["FunctionName"] == "allowed"
    both = quote(f"{secret.replace('secret', 'allowed')}/{secret}", safe="")
    tags = f"https://lambda.us-east-1.amazonaws.com/2017-03-31/tags/{both}"
    assert send(alice, "POST", tags, as_json, '{"Tags": {"a": "b"}}', "lambda").status_code == 400
    assert boto3.client("lambda").list_tags(Resource=secret)["Tags"] == {}


def test_body_of_an_upload_is_no_form(cloud, buckets):
    body = b"key=evil&file=other&uploadId=1"
    assert (
        send(boto3.Session(), "PUT", ALLOWED, {"Content-Type": FORM["Content-Type"]}, body, "s3").status_code
        == 200
    )
    assert buckets.get_object(Bucket="allowed", Key="k")["Body"].read() == body


def test_version_in_a_form_does_not_replace_the_one_in_the_url(cloud, buckets):
    buckets.put_bucket_versioning(Bucket="allowed", VersioningConfiguration={"Status": "Enabled"})
    one, two = (buckets.put_object(Bucket="allowed", Key="k", Body=b"x")["VersionId"] for _ in range(2))
    send(boto3.Session(), "DELETE", f"{ALLOWED}?versionId={one}", FORM, f"versionId={two}", "s3")
    assert two in [each["VersionId"] for each in buckets.list_object_versions(Bucket="allowed")["Versions"]]


def test_word_that_stands_twice_in_an_s3_url_is_refused(cloud, buckets):
    answer = send(boto3.Session(), "GET", "https://allowed.s3.amazonaws.com/?prefix=a&prefix=b", {}, "", "s3")
    assert "InvalidArgument" in answer.text


@pytest.mark.ledger("F-S3-03")
@pytest.mark.parametrize("word", ["acl", "metrics", "inventory", "uploads", "versions", "acl&versionId=null"])
def test_delete_of_what_cannot_be_deleted_does_not_delete_the_bucket(cloud, word):
    boto3.client("s3").create_bucket(Bucket="empty")
    answer = send(boto3.Session(), "DELETE", f"https://s3.amazonaws.com/empty?{word}", {}, "", "s3")
    assert (answer.status_code, "MethodNotAllowed" in answer.text) == (405, True)
    boto3.client("s3").head_bucket(Bucket="empty")


def test_delete_of_two_things_at_once_is_none(cloud, buckets):
    tags = {"TagSet": [{"Key": "a", "Value": "b"}]}
    buckets.put_bucket_tagging(Bucket="allowed", Tagging=tags)
    url = "https://allowed.s3.amazonaws.com/?tagging&policy"
    assert "Conflicting query string" in send(boto3.Session(), "DELETE", url, {}, "", "s3").text
    assert buckets.get_bucket_tagging(Bucket="allowed")["TagSet"] == tags["TagSet"]


@pytest.mark.parametrize("name", ["localhost", "10.0.0.1", "s3"])
def test_bucket_that_moto_would_look_for_in_the_path_is_not_named_in_the_host(cloud, buckets, name):
    with pytest.raises(NotModelled):
        send(boto3.Session(), "GET", f"https://{name}.s3.amazonaws.com/allowed/k", {}, "", "s3")


# Signatures hold for one request


@pytest.mark.parametrize(
    "more",
    [
        {"service": "s3", "payload": "UNSIGNED-PAYLOAD"}, {"service": "sts"}, {"service": "iam", "region": "eu-west-1"},
        {"service": "iam", "date": "20200101"},
    ],
)  # fmt: skip
def test_signature_for_another_service_region_or_day_is_refused(cloud, more):
    answer = send(boto3.Session(), "POST", IAM, FORM, f"Action=ListUsers&{VERSION}", **more)
    assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)
    answer = send(
        boto3.Session(), "POST", KMS, {**JSON, "X-Amz-Target": "TrentService.ListKeys"}, "{}", **more
    )
    assert (answer.status_code, answer.json()["__type"]) == (400, "InvalidSignatureException")


def test_target_of_a_json_call_must_be_signed(cloud):
    headers = {**JSON, "X-Amz-Target": "TrentService.ListKeys"}
    answer = send(boto3.Session(), "POST", KMS, headers, "{}", "kms", only=["host", "x-amz-date"])
    assert answer.json()["__type"] == "IncompleteSignatureException"


def test_further_key_in_the_authorization_header_is_nobody(cloud, iam):
    iam.create_user(UserName="victim")
    other = iam.create_access_key(UserName="victim")["AccessKey"]["AccessKeyId"]
    alice = make_user(cloud, "alice", allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}"))
    body = f"Action=CreateAccessKey&{VERSION}".encode()
    headers = signed(alice, "POST", IAM, FORM, body, "iam")
    headers["Authorization"] += f", X=AWS/{other}/"
    assert requests.post(IAM, headers=headers, data=body, timeout=5).status_code == 400
    assert len(iam.list_access_keys(UserName="victim")["AccessKeyMetadata"]) == 1
    assert send(alice, "POST", IAM, FORM, body, "iam").status_code == 200


@pytest.mark.parametrize("version", ["s3", "s3v4"])
class TestPresignedUrls:
    def _client(self, version: str) -> Any:
        return boto3.client("s3", config=Config(signature_version=version))

    def test_another_host_header_does_not_make_them_good_for_another_bucket(self, cloud, buckets, version):
        url = self._client(version).generate_presigned_url(
            "get_object", Params={"Bucket": "allowed", "Key": "k"}
        )
        with pytest.raises(NotModelled):
            requests.get(url, headers={"Host": "secret.s3.amazonaws.com"}, timeout=5)
        assert requests.get(url, timeout=5).text == "allowed"

    def test_header_with_underscores_adds_nothing(self, cloud, buckets, version):
        url = self._client(version).generate_presigned_url(
            "put_object", Params={"Bucket": "allowed", "Key": "k"}
        )
        requests.put(url, headers={"x_amz_copy_source": "secret/k"}, timeout=5)
        assert buckets.get_object(Bucket="allowed", Key="k")["Body"].read() == b""

    def test_they_work_at_no_other_service(self, cloud, buckets, version):
        query = urlsplit(self._client(version).generate_presigned_url("list_buckets")).query
        answer = requests.get(f"{IAM}?{query}&Action=ListUsers&Version=2010-05-08", timeout=5)
        status, code = (400, "IncompleteSignature") if version == "s3" else (403, "SignatureDoesNotMatch")
        assert (answer.status_code, code in answer.text) == (status, True)

    @pytest.mark.parametrize(
        "word", ["attributes", "legal-hold", "acl", "versionId=1", "Action=DeleteObject"]
    )
    def test_word_that_is_added_spoils_them(self, cloud, buckets, version, word):
        url = self._client(version).generate_presigned_url(
            "get_object", Params={"Bucket": "allowed", "Key": "k"}
        )
        assert requests.get(f"{url}&{word}", timeout=5).status_code == 403

    @pytest.mark.parametrize("word", ["legal-hold", "object-lock", "attributes", "retention"])
    def test_word_that_is_added_spoils_an_upload(self, cloud, buckets, version, word):
        url = self._client(version).generate_presigned_url(
            "put_object", Params={"Bucket": "allowed", "Key": "k"}
        )
        assert requests.put(f"{url}&{word}", timeout=5).status_code == 403

    def test_authorization_header_beside_them_is_refused(self, cloud, buckets, version):
        url = self._client(version).generate_presigned_url(
            "get_object", Params={"Bucket": "allowed", "Key": "k"}
        )
        assert requests.get(url, headers={"Authorization": "Bearer x"}, timeout=5).status_code == 400


def test_presigned_url_from_the_future_is_not_valid_yet(cloud, buckets):
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=365)
    client = boto3.client("s3", config=Config(signature_version="s3v4"))
    with mock.patch("botocore.auth.get_current_datetime", return_value=later.replace(tzinfo=None)):
        url = client.generate_presigned_url("get_object", Params={"Bucket": "allowed", "Key": "k"})
    assert later.strftime("%Y%m%d") in url
    assert "Request is not valid yet" in requests.get(url, timeout=5).text


def _chunk(data: bytes, signature: str) -> bytes:
    return f"{len(data):x};chunk-signature={signature}\r\n".encode() + data + b"\r\n"


def test_chunks_are_good_with_their_own_signatures_only(cloud, buckets):
    session = boto3.Session()
    length = {"x-amz-decoded-content-length": "4", "content-encoding": "aws-chunked"}
    chunked = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    headers = signed(session, "PUT", ALLOWED, length, b"", "s3", payload=chunked)
    when = headers["x-amz-date"]
    scope = f"{when[:8]}/us-east-1/s3/aws4_request"
    key = f"AWS4{session.get_credentials().secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signatures, previous, nothing = [], headers["Authorization"][-64:], hashlib.sha256(b"").hexdigest()
    for data in (b"good", b""):
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{when}\n{scope}\n{previous}\n{nothing}\n{hashlib.sha256(data).hexdigest()}"
        previous = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        signatures.append(previous)
    good = _chunk(b"good", signatures[0]) + _chunk(b"", signatures[1])
    evil = _chunk(b"evil", signatures[0]) + _chunk(b"", signatures[1])
    cut = _chunk(b"good", signatures[0])
    assert [requests.put(ALLOWED, headers=headers, data=body, timeout=5).status_code for body in (evil, cut, good)] == [
        403, 400, 200,
    ]  # fmt: skip
    assert buckets.get_object(Bucket="allowed", Key="k")["Body"].read() == b"good"


@pytest.mark.parametrize("payload", ["STREAMING-ANYTHING", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"])
def test_other_streaming_payloads_sign_nothing(cloud, buckets, payload):
    headers = signed(
        boto3.Session(), "PUT", ALLOWED, {"x-amz-decoded-content-length": "4"}, b"", "s3", payload=payload
    )
    answer = requests.put(ALLOWED, headers=headers, data=b"4\r\nevil\r\n0\r\n", timeout=5)
    assert answer.status_code == (400 if payload == "STREAMING-ANYTHING" else 403)
    assert buckets.get_object(Bucket="allowed", Key="k")["Body"].read() == b"allowed"


def test_signature_that_is_no_hexadecimal_text_is_wrong(cloud, buckets):
    headers = signed(boto3.Session(), "GET", ALLOWED, {}, b"", "s3")
    headers["Authorization"] = headers["Authorization"][:-64] + "\xe9" * 64
    assert "SignatureDoesNotMatch" in requests.get(ALLOWED, headers=headers, timeout=5).text


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("name", [
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires",
])  # fmt: skip
def test_who_claims_to_have_presigned_is_not_taken_for_nobody(cloud, buckets, name):
    """Nobody may read the object here: without its check the request would be an anonymous one."""
    _let_everybody_read("allowed")
    client = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "allowed", "Key": "k"})
    parts = urlsplit(url)
    query = "&".join(word for word in parts.query.split("&") if not word.startswith(f"{name}="))
    assert requests.get(ALLOWED, timeout=5).status_code == 200
    answer = requests.get(parts._replace(query=query).geturl(), timeout=5)
    assert (answer.status_code, "AuthorizationQueryParametersError" in answer.text) == (400, True)
    assert "version 4 requires the X-Amz-Algorithm, X-Amz-Credential" in answer.text


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("name", ["AWSAccessKeyId", "Signature", "Expires"])
def test_half_a_signature_of_version_2_is_none(cloud, buckets, name):
    _let_everybody_read("allowed")
    client = boto3.client("s3", config=Config(signature_version="s3"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "allowed", "Key": "k"})
    parts = urlsplit(url)
    query = "&".join(word for word in parts.query.split("&") if not word.startswith(f"{name}="))
    assert requests.get(parts._replace(query=query).geturl(), timeout=5).status_code == 403


def _let_everybody_read(bucket: str) -> None:
    s3 = boto3.client("s3")
    s3.delete_public_access_block(Bucket=bucket)
    policy = json.loads(allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    policy["Statement"][0]["Principal"] = "*"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("algorithm", ["AWS4-ECDSA-P256-SHA256", "none", ""])
def test_another_algorithm_is_refused_in_header_and_query(cloud, buckets, algorithm):
    """Version 4A proves a key pair, which nobody has here."""
    client = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "allowed", "Key": "k"})
    headers = signed(boto3.Session(), "GET", ALLOWED, {}, b"", "s3")
    headers["Authorization"] = headers["Authorization"].replace("AWS4-HMAC-SHA256", algorithm or "AWS4")
    in_header = "Please use AWS4-HMAC-SHA256" if "ECDSA" in algorithm else "Unsupported Authorization Type"
    for answer, message in (
        (requests.get(url.replace("AWS4-HMAC-SHA256", algorithm), timeout=5), "Please use AWS4-HMAC-SHA256"),
        (requests.get(ALLOWED, headers=headers, timeout=5), in_header),
    ):
        assert (answer.status_code, message in answer.text) == (400, True)
    form = signed(boto3.Session(), "POST", IAM, FORM, b"Action=ListUsers&Version=2010-05-08", "iam")
    form["Authorization"] = form["Authorization"].replace("AWS4-HMAC-SHA256", algorithm or "AWS4")
    answer = requests.post(IAM, headers=form, data=b"Action=ListUsers&Version=2010-05-08", timeout=5)
    assert (answer.status_code, "IncompleteSignature" in answer.text) == (400, True)


@pytest.mark.parametrize("expires", ["6_0", "+60", "-1", "x", "604801", ""])
def test_presigned_url_is_good_for_a_number_of_seconds(cloud, buckets, expires):
    client = boto3.client("s3", config=Config(signature_version="s3v4"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "allowed", "Key": "k"}, ExpiresIn=60)
    answer = requests.get(url.replace("Expires=60", f"Expires={quote(expires)}"), timeout=5)
    assert (answer.status_code, "AuthorizationQueryParametersError" in answer.text) == (400, True)


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("late", [False, True])
def test_presigned_url_of_another_service_than_s3_has_its_time_as_well(cloud, late):
    request = AWSRequest("GET", "https://sts.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15")
    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=120 if late else 0)
    keys = boto3.Session().get_credentials().get_frozen_credentials()
    with mock.patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
        SigV4QueryAuth(keys, "sts", "us-east-1", expires=60).add_auth(request)
    answer = requests.get(request.url, timeout=5)
    assert (answer.status_code, "RequestExpired" in answer.text) == ((400, True) if late else (200, False))


@pytest.mark.parametrize(
    ("declared", "trailer"),
    [
        ("x-amz-checksum-crc32", b""),
        ("x-amz-checksum-crc32", b"x-amz-meta-a:b\r\n"),
        ("", b"x-amz-checksum-crc32:NhCmhg==\r\n"),
        ("x-amz-checksum-crc32", b"x-amz-checksum-crc32:NhCmhg==\r\nx-amz-checksum-crc32:NhCmhg==\r\n"),
    ],
)
def test_trailers_are_those_that_the_head_announced(cloud, buckets, declared, trailer):
    headers = {"x-amz-decoded-content-length": "5", "content-encoding": "aws-chunked"}
    headers |= {"x-amz-trailer": declared} if declared else {}
    body = b"5\r\nhello\r\n0\r\n" + trailer + b"\r\n"
    unsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    answer = send(boto3.Session(), "PUT", ALLOWED, headers, body, "s3", payload=unsigned)
    assert (answer.status_code, "MalformedTrailerError" in answer.text) == (400, True)
    assert buckets.get_object(Bucket="allowed", Key="k")["Body"].read() == b"allowed"


# Who is gone stays gone


def test_session_of_a_role_does_not_outlive_it_nor_come_back_with_its_name(cloud, iam):
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    by_alice = trust({"AWS": "arn:aws:iam::111122223333:user/alice"})
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=by_alice)["Role"]["Arn"]
    old = alice.client("sts").assume_role(RoleArn=arn, RoleSessionName="s1")["Credentials"]
    session = cloud.profile("old", old)
    assert session.client("sts").get_caller_identity()["Arn"].endswith("assumed-role/r/s1")
    iam.delete_role(RoleName="r")
    assert error_of(session.client("sts").get_caller_identity)[0] == "InvalidClientTokenId"
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=by_alice)
    iam.put_role_policy(RoleName="r", PolicyName="own", PolicyDocument=allow("*"))
    assert error_of(session.client("s3").list_buckets)[0] == "InvalidToken"


@pytest.mark.parametrize("federated", [False, True])
def test_sessions_of_a_user_are_not_those_of_the_next_one_with_its_name(cloud, iam, federated):
    bob = make_user(cloud, "bob", allow("*"))
    sts = bob.client("sts")
    made = sts.get_federation_token(Name="fed", Policy=allow("*")) if federated else sts.get_session_token()
    session = cloud.profile("session", made["Credentials"])
    assert session.client("s3").list_buckets()["Buckets"] == []
    iam.update_user(UserName="bob", NewUserName="robert")
    make_user(cloud, "bob", allow("*"))
    assert error_of(session.client("s3").list_buckets)[0] == "InvalidToken"


# Regions


def test_region_of_a_bucket_counts_not_the_endpoint_that_was_called(cloud, iam, buckets):
    only_eu = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    alice = make_user(cloud, "alice", allow("s3:*", Condition=only_eu))
    assert (
        error_of(alice.client("s3", region_name="eu-west-1").list_objects_v2, Bucket="allowed")[0]
        == "AccessDenied"
    )
    there = {"LocationConstraint": "eu-west-1"}
    boto3.client("s3", region_name="eu-west-1").create_bucket(Bucket="there", CreateBucketConfiguration=there)
    alice.client("s3", region_name="eu-west-1").list_objects_v2(Bucket="there")


@pytest.mark.parametrize("region", ["mars", "xx-mars-1", "s3-accelerate"])
def test_region_that_there_is_not_has_no_endpoints(cloud, region):
    with pytest.raises(NotModelled):
        json_call(
            boto3.Session(), f"https://kms.{region}.amazonaws.com/", "TrentService.ListKeys", "{}", "kms"
        )


# Roles that are passed in unusual places


def test_sns_and_cognito_ask_whether_a_role_may_be_passed(cloud, iam):
    by_sns = trust({"Service": "sns.amazonaws.com"})
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=by_sns)["Role"]["Arn"]
    alice = make_user(cloud, "alice", allow(["sns:*", "cognito-idp:*"]))
    sns, cognito = alice.client("sns"), alice.client("cognito-idp")
    topic = sns.create_topic(Name="t")["TopicArn"]
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    name = "SQSFailureFeedbackRoleArn"
    analytics = {"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:111122223333:apps/a", "RoleArn": role}
    for call, parameters in (
        (sns.set_topic_attributes, {"TopicArn": topic, "AttributeName": name, "AttributeValue": role}),
        (sns.create_topic, {"Name": "u", "Attributes": {name: role}}),
        (sns.subscribe, {"TopicArn": topic, "Protocol": "firehose", "Attributes": {"SubscriptionRoleArn": role}}),
        (sns.set_sms_attributes, {"attributes": {"DeliveryStatusIAMRole": role}}),
        (cognito.create_user_pool_client,
         {"UserPoolId": pool, "ClientName": "c", "AnalyticsConfiguration": analytics}),
    ):  # fmt: skip
        assert "iam:PassRole" in error_of(call, **parameters)[1]


# Services that fetch for their caller


def test_lambda_and_dynamodb_fetch_from_s3_what_their_caller_may_read(cloud, iam, buckets):
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))[
        "Role"
    ]
    buckets.put_object(Bucket="secret", Key="code.zip", Body=_archive())
    alice = make_user(cloud, "alice", allow(["lambda:*", "dynamodb:*", "iam:PassRole"]))
    code = {"S3Bucket": "secret", "S3Key": "code.zip"}
    functions = alice.client("lambda")
    function = {
        "FunctionName": "f",
        "Runtime": "python3.12",
        "Role": role["Arn"],
        "Handler": "a.b",
        "Code": code,
    }
    table = {
        "TableName": "copied", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    }  # fmt: skip
    for call, parameters in (
        (functions.create_function, function),
        (functions.publish_layer_version, {"LayerName": "l", "Content": code}),
        (alice.client("dynamodb").import_table,
         {"S3BucketSource": {"S3Bucket": "secret"}, "InputFormat": "CSV", "TableCreationParameters": table}),
    ):  # fmt: skip
        assert "s3:GetObject on resource: arn:aws:s3:::secret/" in error_of(call, **parameters)[1]
    may_read = allow("s3:GetObject", "arn:aws:s3:::secret/*")
    iam.put_user_policy(UserName="alice", PolicyName="s3", PolicyDocument=may_read)
    assert functions.create_function(**function)["FunctionName"] == "f"


# Tags


@pytest.mark.parametrize("names", [("team", "team"), ("Team", "team")])
def test_tag_that_is_given_twice_does_not_hide_behind_the_one_that_is_allowed(cloud, iam, names):
    blue = {"StringEquals": {"aws:RequestTag/team": "blue"}}
    alice = make_user(cloud, "alice", allow(["sns:*", "ec2:*"], Condition=blue))
    tags = [{"Key": names[0], "Value": "red"}, {"Key": names[1], "Value": "blue"}]
    assert error_of(alice.client("sns").create_topic, Name="t", Tags=tags)[0] == "InvalidParameter"
    specification = [{"ResourceType": "vpc", "Tags": tags}]
    code, _ = error_of(
        alice.client("ec2").create_vpc, CidrBlock="10.0.0.0/16", TagSpecifications=specification
    )
    assert code == "InvalidParameterValue"


# Sizes


def test_request_that_is_too_large_is_refused(cloud):
    session = boto3.Session()
    many = "&".join(f"Tags.member.{i}.Key=k" for i in range(6_000))
    assert (
        "MalformedQueryString"
        in send(session, "POST", IAM, FORM, f"Action=TagUser&UserName=a&{VERSION}&{many}", "iam").text
    )
    with pytest.raises(NotModelled):
        send(session, "POST", IAM, FORM, b"x" * (MAX_BODY + 1), "iam")
    with pytest.raises(NotModelled):
        send(session, "GET", f"https://allowed.s3.amazonaws.com/?prefix={'x' * MAX_HEAD}", {}, "", "s3")


_BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Delete><Object><Key>&b;</Key></Object></Delete>'


@pytest.mark.parametrize(
    "body", [_BOMB, b"<x", b"", b"<a>" * 10_000, b"<Delete/>", b"<Delete><Object/></Delete>"]
)
def test_xml_that_is_malformed_or_has_entities_is_refused(cloud, buckets, body):
    answer = send(boto3.Session(), "POST", "https://allowed.s3.amazonaws.com/?delete", {}, body, "s3")
    assert (answer.status_code, "MalformedXML" in answer.text) == (400, True)


def test_element_that_stands_twice_is_refused(cloud, buckets):
    role = "<Role>arn:aws:iam::111122223333:role/{}</Role>"
    rule = (
        "<Rule><Status>Enabled</Status><Destination><Bucket>arn:aws:s3:::secret</Bucket></Destination></Rule>"
    )
    body = f"<ReplicationConfiguration>{role.format('a')}{role.format('b')}{rule}</ReplicationConfiguration>"
    answer = send(boto3.Session(), "PUT", "https://allowed.s3.amazonaws.com/?replication", {}, body, "s3")
    assert "MalformedXML" in answer.text


@pytest.mark.parametrize("length", ["99999999999", "-1", "x", "3"])
def test_upload_in_chunks_that_lies_about_its_length_is_refused(cloud, buckets, length):
    headers = {"x-amz-decoded-content-length": length}
    unsigned = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    answer = send(boto3.Session(), "PUT", ALLOWED, headers, b"4\r\nabcd\r\n0\r\n\r\n", "s3", payload=unsigned)
    assert "IncompleteBody" in answer.text


# Secrets


def test_record_does_not_show_secrets_when_it_is_printed(cloud, iam):
    boto3.client("secretsmanager").create_secret(Name="s", SecretString="hush-hush")
    iam.create_user(UserName="alice")
    iam.create_login_profile(UserName="alice", Password="hush-hush-1A!")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    text = repr(list(cloud.record))
    assert "hush-hush" not in text
    assert key["SecretAccessKey"] not in text
