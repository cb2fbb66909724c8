"""Requests in every form that clients send: addresses, signatures, bodies, and their answers."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import io
import json
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.endpoint.endpoint import Endpoint
from labs_helpers.cloud.endpoint.routing import Place, place
from labs_helpers.cloud.gate.hosts import Network
from tests.cloud.endpoint.wire import presigned, raw, send, signed
from tests.clouds import allow, deny, make_user


@pytest.fixture
def shelf(cloud: Cloud) -> str:
    boto3.client("s3").create_bucket(Bucket="shelf")
    boto3.client("s3").put_object(Bucket="shelf", Key="a/b c.txt", Body=b"text", Metadata={"owner": "alice"})
    return "shelf"


def test_names_of_an_object_s_metadata_come_in_lower_case(cloud: Cloud, endpoint: Endpoint, shelf: str):
    """Programs read the names as they are sent: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html"""
    code = "import boto3; print(boto3.client('s3').head_object(Bucket='shelf', Key='a/b c.txt')['Metadata'])"
    done = subprocess.run(
        [sys.executable, "-c", code], env=endpoint.env(), capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "{'owner': 'alice'}"


@pytest.mark.parametrize(
    ("authority", "expected"),
    [
        ("127.0.0.1:4566", Place()),
        ("[::1]:4566", Place()),
        ("shelf.localhost:4566", Place(bucket="shelf")),
        ("shelf.s3.localhost:4566", Place(bucket="shelf")),
        ("a.b.localhost:4566", Place(bucket="a.b")),
        ("sts.amazonaws.com", Place("sts.amazonaws.com")),
        ("sts.us-east-1.amazonaws.com:443", Place("sts.us-east-1.amazonaws.com")),
        ("sts.us-east-1.amazonaws.com.localhost:4566", Place("sts.us-east-1.amazonaws.com")),
        ("login.example", Place("login.example")),
        ("login.example.localhost:4566", Place("login.example")),
        ("localhost:80", None),
        ("login.example:8080", None),
        ("other.example", None),
    ],
)
def test_an_authority_stands_for_one_place(authority: str, expected: Place | None):
    network = Network(hosts={"login.example": lambda request: (200, {}, b"")})
    assert place(authority, 4566, network) == expected


def test_buckets_are_named_in_the_path_or_in_the_host(shelf, endpoint: Endpoint):
    port = endpoint.port
    for host, path in (
        (f"127.0.0.1:{port}", "/shelf/a/b%20c.txt"),
        (f"shelf.localhost:{port}", "/a/b%20c.txt"),
        (f"shelf.s3.localhost:{port}", "/a/b%20c.txt"),
        ("shelf.s3.amazonaws.com", "/a/b%20c.txt"),
        ("s3.us-east-1.amazonaws.com", "/shelf/a/b%20c.txt"),
        (f"s3.us-east-1.amazonaws.com.localhost:{port}", "/shelf/a/b%20c.txt"),
    ):
        headers = signed(f"http://{host}{path}", "s3") | {"Host": host}
        status, answered, body = send(endpoint, "GET", path, headers)
        assert (status, body) == (200, b"text"), (host, body)
        assert answered["x-amz-meta-owner"] == "alice"


def test_presigned_urls_hold_for_the_endpoint_and_expire(cloud: Cloud, shelf, endpoint: Endpoint):
    make_user(cloud, "bob")
    base = f"{endpoint.plain_url}/shelf/a/b%20c.txt"
    for url, expected in (
        (presigned(base), 200),
        (presigned(base) + "x", 403),
        (presigned(base, expires=0), 403),
        (presigned(base, profile="bob"), 403),
        (presigned(f"http://127.0.0.1:{endpoint.port}/shelf/other"), 404),
    ):
        target = url.partition(str(endpoint.port))[2]
        assert send(endpoint, "GET", target, {})[0] == expected, url


def test_presigned_urls_of_version_2_hold_for_both_ways_to_name_a_bucket(shelf, endpoint: Endpoint):
    client = boto3.client("s3", config=boto3.session.Config(signature_version="s3"))
    url = client.generate_presigned_url("get_object", Params={"Bucket": "shelf", "Key": "a/b c.txt"})
    query = url.partition("?")[2]
    assert send(endpoint, "GET", f"/shelf/a/b%20c.txt?{query}", {})[2] == b"text"
    host = {"Host": f"shelf.localhost:{endpoint.port}"}
    assert send(endpoint, "GET", f"/a/b%20c.txt?{query}", host)[2] == b"text"
    assert send(endpoint, "GET", f"/shelf/other?{query}", {})[0] == 403


def test_a_signature_for_another_host_does_not_hold(shelf, endpoint: Endpoint):
    headers = signed("http://127.0.0.1:1/", "s3")
    status, _, body = send(endpoint, "GET", "/", headers)
    assert (status, b"SignatureDoesNotMatch" in body) == (403, True)
    headers = signed("http://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15", "sts")
    assert send(endpoint, "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", headers)[0] == 403


def test_a_scope_of_another_service_leads_to_that_service_which_refuses(shelf, endpoint: Endpoint):
    url = f"{endpoint.plain_url}/?Action=ListUsers&Version=2010-05-08"
    status, _, body = send(endpoint, "GET", url.partition(str(endpoint.port))[2], signed(url, "sqs"))
    assert status >= 400
    assert b"ListUsersResult" not in body


def test_head_answers_have_a_length_and_no_body(shelf, endpoint: Endpoint):
    url = f"{endpoint.plain_url}/shelf/a/b%20c.txt"
    status, headers, body = send(endpoint, "HEAD", "/shelf/a/b%20c.txt", signed(url, "s3", method="HEAD"))
    assert (status, headers["Content-Length"], body) == (200, "4", b"")
    url = f"{endpoint.plain_url}/shelf/none"
    assert send(endpoint, "HEAD", "/shelf/none", signed(url, "s3", method="HEAD"))[0] == 404


def test_a_connection_is_kept_and_used_again(shelf, endpoint: Endpoint):
    line = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=10)
    line.connect()
    own = line.sock.getsockname()
    for method, path in (
        ("GET", "/shelf/a/b%20c.txt"),
        ("HEAD", "/shelf"),
        ("GET", "/shelf/none"),
        ("GET", "/"),
    ):
        line.request(method, path, headers=signed(f"{endpoint.plain_url}{path}", "s3", method=method))
        line.getresponse().read()
        assert line.sock is not None
        assert line.sock.getsockname() == own
    line.close()


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(shelf, endpoint: Endpoint):
    body = b"x" * 1000
    url = f"{endpoint.plain_url}/shelf/new"
    headers = signed(url, "s3", method="PUT", body=body)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=10) as line:
        line.sendall(
            f"PUT /shelf/new HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n{lines}Content-Length: 1000\r\n"
            "Expect: 100-continue\r\n\r\n".encode()
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 100 ")
        line.sendall(body)
        assert line.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert boto3.client("s3").get_object(Bucket="shelf", Key="new")["Body"].read() == body


def test_bodies_come_in_chunks_of_http_and_of_aws(shelf, endpoint: Endpoint):
    content = bytes(range(256)) * 1000
    url = f"{endpoint.plain_url}/shelf/new"
    headers = signed(url, "s3", method="PUT", headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    pieces = iter([content[:100_000], content[100_000:]])
    status, _, body = send(endpoint, "PUT", "/shelf/new", headers | {"Transfer-Encoding": "chunked"}, pieces)
    assert status == 200, body
    assert boto3.client("s3").get_object(Bucket="shelf", Key="new")["Body"].read() == content


def test_a_body_that_was_changed_on_its_way_is_refused(shelf, endpoint: Endpoint):
    url = f"{endpoint.plain_url}/shelf/new"
    headers = signed(url, "s3", method="PUT", body=b"good")
    status, _, body = send(endpoint, "PUT", "/shelf/new", headers, b"evil")
    assert status in (400, 403), body
    assert send(endpoint, "PUT", "/shelf/new", headers, b"good")[0] == 200


def test_streams_with_trailing_checksums_are_read(shelf, endpoint: Endpoint):
    client = boto3.client("s3")
    client.put_object(Bucket="shelf", Key="before", Body=io.BytesIO(b"x" * 100))
    framed = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
    extra = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": "5",
        "Content-Encoding": "aws-chunked",
    }
    url = f"{endpoint.plain_url}/shelf/new"
    headers = signed(url, "s3", method="PUT", headers=extra)
    status, _, body = send(endpoint, "PUT", "/shelf/new", headers, framed)
    assert status == 200, body
    assert client.get_object(Bucket="shelf", Key="new")["Body"].read() == b"hello"
    again = signed(url, "s3", method="PUT", headers=extra) | {"Transfer-Encoding": "chunked"}
    assert send(endpoint, "PUT", "/shelf/new", again, iter([framed[:7], framed[7:]]))[0] == 200


def _chained(headers: dict[str, str], chunks: list[bytes], trailer: bytes) -> bytes:
    """Chunks with their signatures, each chained to the one before, and a signed trailer.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
    """
    keys = boto3.Session().get_credentials()
    scope = headers["Authorization"].partition("Credential=")[2].partition(",")[0].partition("/")[2]
    key = b"AWS4" + keys.secret_key.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    previous = headers["Authorization"].rpartition("Signature=")[2]
    stamp, nothing = headers["X-Amz-Date"], hashlib.sha256(b"").hexdigest()

    def sign(kind: str, *parts: str) -> str:
        text = "\n".join((f"AWS4-HMAC-SHA256-{kind}", stamp, scope, previous, *parts))
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    framed = b""
    for chunk in (*chunks, b""):
        previous = sign("PAYLOAD", nothing, hashlib.sha256(chunk).hexdigest())
        framed += b"%x;chunk-signature=%s\r\n%s" % (len(chunk), previous.encode(), chunk)
        framed += b"\r\n" if chunk else b""
    last = sign("TRAILER", hashlib.sha256(trailer + b"\n").hexdigest())
    return framed + trailer + b"\r\nx-amz-trailer-signature:" + last.encode() + b"\r\n\r\n"


def test_signed_chunks_with_a_signed_trailer_are_held_to_their_signatures(shelf, endpoint: Endpoint):
    url = f"{endpoint.plain_url}/shelf/new"
    extra = {
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": "5",
        "Content-Encoding": "aws-chunked",
    }
    headers = signed(url, "s3", method="PUT", headers=extra)
    framed = _chained(headers, [b"hell", b"o"], b"x-amz-checksum-crc32:NhCmhg==")
    for forged in (
        framed.replace(b"hell", b"hall"),
        framed.replace(b"NhCmhg", b"NhCmhh"),
        framed[:-20],
        framed[:90],
    ):
        status, _, _ = send(endpoint, "PUT", "/shelf/new", headers, forged)
        assert status in (400, 403)
    status, _, body = send(endpoint, "PUT", "/shelf/new", headers, framed)
    assert status == 200, body
    assert boto3.client("s3").get_object(Bucket="shelf", Key="new")["Body"].read() == b"hello"


def test_tls_is_of_the_endpoints_own_authority(shelf, endpoint: Endpoint):
    headers = signed(f"{endpoint.url}/", "s3")
    assert send(endpoint, "GET", "/", headers, tls=True)[0] == 200
    line = http.client.HTTPSConnection(
        "127.0.0.1", endpoint.port, timeout=5, context=ssl.create_default_context()
    )
    with pytest.raises(ssl.SSLCertVerificationError):
        line.request("GET", "/")
    assert "PRIVATE KEY" not in Path(endpoint.ca).read_text()


def test_secure_transport_tells_how_a_request_came(cloud: Cloud, shelf, endpoint: Endpoint):
    policy = json.loads(deny("s3:*", ["arn:aws:s3:::shelf", "arn:aws:s3:::shelf/*"]))
    policy["Statement"][0] |= {"Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    boto3.client("s3").put_bucket_policy(Bucket="shelf", Policy=json.dumps(policy))
    path = "/shelf/a/b%20c.txt"
    assert send(endpoint, "GET", path, signed(endpoint.plain_url + path, "s3"))[0] == 403
    assert send(endpoint, "GET", path, signed(endpoint.url + path, "s3"), tls=True)[0] == 200


def test_a_tunnel_leads_to_the_host_that_it_was_asked_for_alone(shelf, endpoint: Endpoint):
    context = ssl.create_default_context(cafile=str(endpoint.ca))
    line = http.client.HTTPSConnection("127.0.0.1", endpoint.port, timeout=10, context=context)
    line.set_tunnel("s3.amazonaws.com", 443)
    line.request("GET", "/", headers=signed("https://s3.amazonaws.com/", "s3"))
    answer = line.getresponse()
    assert (answer.status, b"shelf" in answer.read()) == (200, True)
    line.request("GET", "/", headers={"Host": "sts.amazonaws.com"})
    assert line.getresponse().status == 421
    line.close()


def test_a_proxy_is_told_the_whole_url(shelf, endpoint: Endpoint):
    headers = signed("http://s3.amazonaws.com/", "s3") | {"Host": "s3.amazonaws.com"}
    assert send(endpoint, "GET", "http://s3.amazonaws.com/", headers)[0] == 200
    headers["Host"] = "sts.amazonaws.com"
    assert send(endpoint, "GET", "http://s3.amazonaws.com/", headers)[0] == 400


def test_hosts_of_the_cloud_answer_by_their_names_cookies_and_redirects_as_they_are(
    cloud: Cloud, endpoint: Endpoint
):
    def answer(request):
        assert request.headers["cookie"] == "a=1; b=2"
        headers = {"Location": "https://login.example/next", "Set-Cookie": ["one=1; Secure", "two=2; Path=/"]}
        return 302, headers, b"moved"

    cloud._network.hosts["login.example"] = answer
    for host in ("login.example", f"login.example.localhost:{endpoint.port}"):
        status, headers, body = send(endpoint, "GET", "/login?x=1", {"Host": host, "Cookie": "a=1; b=2"})
        assert (status, body, headers["Location"]) == (302, b"moved", "https://login.example/next")
        assert headers.get_all("Set-Cookie") == ["one=1; Secure", "two=2; Path=/"]
    own = {"Host": "login.example", "Origin": "http://login.example", "Cookie": "a=1; b=2"}
    assert send(endpoint, "POST", "/login", own, b"a=b")[0] == 302
    assert send(endpoint, "POST", "/login", own | {"Origin": "https://evil.example"}, b"a=b")[0] == 403


def test_names_and_keys_of_every_alphabet_keep_their_signature(shelf, endpoint: Endpoint):
    for key in ("ü/ß €.txt", "a+b&c=d;e", "per%cent", "tilde~(x)!*'", "日本/語"):
        path = f"/shelf/{quote(key, safe='/~')}"
        headers = signed(f"{endpoint.plain_url}{path}", "s3", method="PUT", body=b"x")
        status, _, body = send(endpoint, "PUT", path, headers, b"x")
        assert status == 200, (key, body)
    keys = {each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket="shelf")["Contents"]}
    assert {"ü/ß €.txt", "a+b&c=d;e", "per%cent", "tilde~(x)!*'", "日本/語"} <= keys


def test_an_md5_of_an_object_is_what_its_sender_counts(shelf, endpoint: Endpoint):
    content = hashlib.sha256(b"seed").digest() * 10_000
    url = f"{endpoint.plain_url}/shelf/new"
    _, headers, _ = send(
        endpoint, "PUT", "/shelf/new", signed(url, "s3", method="PUT", body=content), content
    )
    assert headers["ETag"].strip('"') == hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_anonymous_requests_are_anonymous(cloud: Cloud, shelf, endpoint: Endpoint):
    assert send(endpoint, "GET", "/shelf/a/b%20c.txt", {})[0] == 403
    assert cloud.record[-1].principal_arn is None
    boto3.client("s3").delete_public_access_block(Bucket="shelf")
    policy = json.loads(allow("s3:GetObject", "arn:aws:s3:::shelf/*"))
    policy["Statement"][0]["Principal"] = "*"
    boto3.client("s3").put_bucket_policy(Bucket="shelf", Policy=json.dumps(policy))
    assert send(endpoint, "GET", "/shelf/a/b%20c.txt", {})[2] == b"text"


def test_pipelined_requests_are_answered_in_order(shelf, endpoint: Endpoint):
    requests = b""
    for path in ("/shelf/a/b%20c.txt", "/shelf/none"):
        lines = "".join(f"{k}: {v}\r\n" for k, v in signed(endpoint.plain_url + path, "s3").items())
        requests += f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n{lines}\r\n".encode()
    answers = raw(endpoint, requests, timeout=2)
    assert answers.index(b"HTTP/1.1 200") < answers.index(b"HTTP/1.1 404")


def test_headers_that_http_cannot_carry_do_not_keep_a_client_waiting(cloud: Cloud, endpoint: Endpoint):
    strange = {"X-A": "line\r\nX-Injected: yes", "X-B": b"\xff", "X-C": "\x00ü€", "X-D": 7}
    cloud._network.hosts["login.example"] = lambda request: (200, strange, "body")
    status, headers, body = send(endpoint, "GET", "/", {"Host": "login.example"})
    assert (status, body, headers["X-D"]) == (200, b"body", "7")
    assert "X-Injected" not in headers


def test_an_answer_that_is_none_closes_the_connection(cloud: Cloud, endpoint: Endpoint, caplog):
    cloud._network.hosts["login.example"] = lambda request: (200, {"bad name\n": "x"}, "body")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        send(endpoint, "GET", "/", {"Host": "login.example"})
    assert send(endpoint, "GET", "/", signed(f"{endpoint.plain_url}/", "s3"))[0] == 200


def test_letters_of_a_bucket_are_the_same_when_they_are_encoded(cloud: Cloud, shelf, endpoint: Endpoint):
    """The authorized request is the performed request, and both follow RFC 3986 (6.2.2.2) for such a path."""
    path = "/%73helf/%61/b%20c.txt"
    assert send(endpoint, "GET", path, signed(endpoint.plain_url + path, "s3"))[2] == b"text"
    assert cloud.record[-1].parameters == {"Bucket": "shelf", "Key": "a/b c.txt"}
    assert (
        send(endpoint, "PUT", "/n%65w", signed(f"{endpoint.plain_url}/n%65w", "s3", method="PUT"))[0] == 200
    )
    assert {each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]} == {"shelf", "new"}
