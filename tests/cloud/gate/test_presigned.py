"""Presigned S3 URLs, requested as a browser does: the parameters they can contain, and the errors.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from labs_helpers.cloud.core.errors import NotModelled

BUCKET = "shelf-behind-urls"


@pytest.fixture
def s3(cloud):
    client = boto3.client("s3", config=Config(signature_version="s3v4"))
    client.create_bucket(Bucket=BUCKET)
    return client


def signed(method: str, query: dict[str, str], **headers: str) -> str:
    """Return a presigned URL with further query parameters, which the JavaScript SDK creates from headers."""
    url = f"https://{BUCKET}.s3.amazonaws.com/k?{urlencode(query)}"
    request = AWSRequest(method, url, headers=headers)
    S3SigV4QueryAuth(boto3.Session().get_credentials(), "s3", "us-east-1", expires=60).add_auth(request)
    return request.url


def element(answer: requests.Response, name: str) -> str | None:
    found = re.search(f"<{name}>([^<]*)</{name}>", answer.text)
    return found[1] if found else None


@pytest.mark.ledger("F-S3-14")
def test_a_condition_in_the_query_lets_a_url_be_used_once(s3):
    url = signed("PUT", {"If-None-Match": "*"})
    assert requests.put(url, data=b"1", timeout=5).status_code == 200
    again = requests.put(url, data=b"2", timeout=5)
    assert (again.status_code, element(again, "Condition")) == (412, "If-None-Match")
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"1"
    other = requests.put(signed("PUT", {"If-Match": '"x"'}), data=b"3", timeout=5)
    assert other.status_code == 412


def test_headers_in_the_query_are_headers(s3):
    url = signed("PUT", {"x-amz-meta-a": "b", "x-amz-storage-class": "STANDARD_IA", "x-amz-tagging": "a=b"})
    assert requests.put(url, data=b"1", timeout=5).status_code == 200
    head = s3.head_object(Bucket=BUCKET, Key="k")
    assert (head["Metadata"], head["StorageClass"]) == ({"a": "b"}, "STANDARD_IA")
    refused = requests.put(signed("PUT", {"x-amz-acl": "public-read"}), data=b"1", timeout=5)
    assert element(refused, "Code") == "AccessControlListNotSupported"


@pytest.mark.ledger("F-S3-14")
@pytest.mark.parametrize("acl", [None, "private"])
def test_unsigned_headers_are_named_before_the_signature_is_compared(s3, acl):
    """`private`: a signed header is missing too."""
    more = {"ACL": acl} if acl else {}
    url = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "k", **more})
    sent = {"x-amz-storage-class": "STANDARD", "x-amz-meta-a": "b"}
    answer = requests.put(url, data=b"1", headers=sent, timeout=5)
    assert (answer.status_code, element(answer, "Code")) == (403, "AccessDenied")
    assert element(answer, "HeadersNotSigned") == "x-amz-meta-a, x-amz-storage-class"


def test_a_wrong_signature_is_answered_with_what_s3_would_have_signed(s3):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    answer = requests.get(url.replace("/k?", "/other?"), timeout=5)
    assert element(answer, "Code") == "SignatureDoesNotMatch"
    assert element(answer, "Message").endswith("Check your key and signing method.")
    query = dict(parse_qsl(urlsplit(url).query))
    assert element(answer, "AWSAccessKeyId") == query["X-Amz-Credential"].partition("/")[0]
    assert element(answer, "SignatureProvided") == query["X-Amz-Signature"]
    assert element(answer, "StringToSign").startswith("AWS4-HMAC-SHA256\n")
    assert element(answer, "CanonicalRequest").startswith("GET\n/other\n")
    assert bytes.fromhex(element(answer, "StringToSignBytes")).startswith(b"AWS4-HMAC-SHA256\n")


def test_an_expired_url_tells_when_it_ended(s3, monkeypatch):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"}, ExpiresIn=1)
    later = datetime.now(UTC) + timedelta(minutes=5)
    monkeypatch.setattr("labs_helpers.cloud.core.clock.Clock.real", staticmethod(lambda: later))
    answer = requests.get(url, timeout=5)
    assert (element(answer, "Code"), element(answer, "X-Amz-Expires")) == ("AccessDenied", "1")
    assert element(answer, "ServerTime") == f"{later:%Y-%m-%dT%H:%M:%SZ}"
    assert element(answer, "Expires") < element(answer, "ServerTime")


def test_a_body_of_a_get_request_is_ignored(s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    assert requests.get(url, data=b"<x/>", timeout=5).text == "1"


# --- Version 2 ------------------------------------------------------------------------------------------------


@pytest.fixture
def old(s3):
    return boto3.client("s3", config=Config(signature_version="s3"))


def test_version_2_in_a_header_is_still_accepted(old):
    old.put_object(Bucket=BUCKET, Key="k", Body=b"1", Metadata={"a": "b"})
    assert old.get_object(Bucket=BUCKET, Key="k")["Metadata"] == {"a": "b"}
    wrong = boto3.client(
        "s3", aws_access_key_id=boto3.Session().get_credentials().access_key, aws_secret_access_key="wrong",
        config=Config(signature_version="s3"),
    )  # fmt: skip
    with pytest.raises(wrong.exceptions.ClientError) as caught:
        wrong.get_object(Bucket=BUCKET, Key="k")
    assert caught.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


@pytest.mark.parametrize("missing", ["Expires", "Signature", "AWSAccessKeyId"])
def test_a_url_of_version_2_has_three_parameters(old, missing):
    url = old.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    answer = requests.get(re.sub(f"{missing}=[^&]*&?", "", url), timeout=5)
    assert (answer.status_code, element(answer, "Code")) == (403, "AccessDenied")


def test_the_end_of_a_url_is_not_the_end_of_its_object(old):
    url = old.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "k"})
    assert requests.put(url, data=b"1", timeout=5).status_code == 200
    assert "Expires" not in old.head_object(Bucket=BUCKET, Key="k")


# --- other refusals -------------------------------------------------------------------------------------------


def test_a_signature_for_another_region_is_told_the_right_one_and_the_sdk_follows(s3):
    far = boto3.client(
        "s3", region_name="eu-west-1", endpoint_url="https://s3.us-east-1.amazonaws.com",
        config=Config(signature_version="s3v4"),
    )  # fmt: skip
    url = far.generate_presigned_url("list_objects_v2", Params={"Bucket": BUCKET})
    answer = requests.get(url, timeout=5)
    assert element(answer, "Code") == "AuthorizationQueryParametersError"
    assert element(answer, "Region") == "us-east-1"
    assert far.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


URL = f"https://{BUCKET}.s3.amazonaws.com/k"


def in_header(method: str = "GET", url: str = URL, body: bytes = b"", **headers: str) -> dict[str, str]:
    """The headers of a request that is signed as botocore does."""
    request = AWSRequest(method, url, data=body, headers=headers)
    S3SigV4Auth(boto3.Session().get_credentials(), "s3", "us-east-1").add_auth(request)
    return dict(request.headers)


def test_a_request_is_signed_in_one_place(s3):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    for authorization in ("Bearer x", in_header()["Authorization"]):
        answer = requests.get(url, headers={"Authorization": authorization}, timeout=5)
        assert (answer.status_code, element(answer, "Code")) == (400, "InvalidArgument")
        assert element(answer, "Message").startswith("Only one auth mechanism allowed; ")
        assert element(answer, "ArgumentValue") == authorization


@pytest.mark.parametrize("authorization", ["Basic eDp5", "Bearer x", "AWS4-HMAC-SHA25 x", "AWS4-HMAC-SHA256"])
def test_what_another_mechanism_proves_counts_for_nothing(s3, authorization):
    """This applies even to an object that everyone can read."""
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"1")
    s3.delete_public_access_block(Bucket=BUCKET)
    reads = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": reads}))
    assert requests.get(URL, timeout=5).text == "1"
    answer = requests.get(URL, headers={"Authorization": authorization}, timeout=5)
    assert (answer.status_code, element(answer, "Code")) == (400, "InvalidArgument")
    assert element(answer, "Message") == "Unsupported Authorization Type"


@pytest.mark.parametrize("stamp", [None, "yesterday"])
def test_a_signature_in_a_header_has_a_time(s3, stamp):
    headers = in_header()
    headers.pop("X-Amz-Date")
    if stamp:
        headers["X-Amz-Date"] = stamp
    answer = requests.get(URL, headers=headers, timeout=5)
    assert (answer.status_code, element(answer, "Code")) == (403, "AccessDenied")
    assert element(answer, "Message").startswith("AWS authentication requires a valid Date")


def test_another_body_than_the_signed_one_is_told_by_its_hash(s3):
    answer = requests.put(URL, data=b"2", headers=in_header("PUT", body=b"1"), timeout=5)
    assert (answer.status_code, element(answer, "Code")) == (400, "XAmzContentSHA256Mismatch")
    for name, body in (("ClientComputed", b"1"), ("S3Computed", b"2")):
        assert element(answer, f"{name}ContentSHA256") == hashlib.sha256(body).hexdigest()
    stolen = in_header("PUT", body=b"1")
    stolen["Authorization"] = stolen["Authorization"][:-64] + "0" * 64
    wrong = requests.put(URL, data=b"2", headers=stolen, timeout=5)
    assert element(wrong, "Code") == "SignatureDoesNotMatch"
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("declared", "code", "message"),
    [
        (None, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256"),
        ("x", "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-"),
    ],
)  # fmt: skip
def test_a_signature_in_a_header_declares_the_hash_of_the_body(s3, declared, code, message):
    headers = in_header()
    headers.pop("X-Amz-Content-SHA256")
    if declared:
        headers["X-Amz-Content-SHA256"] = declared
    answer = requests.get(URL, headers=headers, timeout=5)
    assert (answer.status_code, element(answer, "Code")) == (400, code)
    assert element(answer, "Message").startswith(message)


@pytest.mark.parametrize("query", ["list-type=2&prefix=a/b", "list-type=2&prefix=a*b&delimiter=/"])
@pytest.mark.parametrize("encoded", [True, False])
def test_a_query_is_signed_encoded_or_as_it_is_sent(s3, query, encoded):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"""
    bucket = f"https://{BUCKET}.s3.amazonaws.com/"
    signed = urlencode(parse_qsl(query)) if encoded else query
    headers = in_header(url=f"{bucket}?{signed}")
    assert requests.get(f"{bucket}?{query}", headers=headers, timeout=5).status_code == 200
    other = requests.get(f"{bucket}?{query}c", headers=headers, timeout=5)
    assert element(other, "Code") == "SignatureDoesNotMatch"


def test_a_website_endpoint_is_refused_by_name(s3):
    with pytest.raises(NotModelled, match="website endpoints"):
        requests.get(f"http://{BUCKET}.s3-website-us-east-1.amazonaws.com/", timeout=5)
