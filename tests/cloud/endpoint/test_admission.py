"""Admission to the endpoint: accepted and rejected clients, and errors for malformed requests."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
import time

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.endpoint import server
from labs_helpers.cloud.endpoint.endpoint import Endpoint
from tests.cloud.endpoint.wire import presigned, raw, send, signed


def _s3(endpoint: Endpoint, headers: dict[str, str], host: str | None = None) -> int:
    url = f"http://{host or f'127.0.0.1:{endpoint.port}'}/"
    return send(endpoint, "GET", "/", signed(url, "s3", headers=headers))[0]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "192.0.2.1:{port}", "0.0.0.0:{port}",
        "sts.amazonaws.com.evil.example", "evil@127.0.0.1:{port}", "localhost.evil.example:{port}", "", " ",
        "sts.amazonaws.com:8080", "127.0.0.1:{port}/x", "2130706433:{port}",
    ],
)  # fmt: skip
def test_a_name_that_is_not_ours_is_refused_whatever_it_resolves_to(cloud, endpoint, host):
    before = len(cloud.record)
    status, _, body = send(endpoint, "GET", "/", {"Host": host.format(port=endpoint.port)})
    assert status in (400, 421), body
    assert len(cloud.record) == before


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_the_names_of_loopback_are_ours(cloud, endpoint, host):
    assert _s3(endpoint, {"Host": host.format(port=endpoint.port)}, host.format(port=endpoint.port)) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8888"},
        {"Origin": "http://localhost"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "https://evil.example"},
    ],
)
def test_a_web_page_of_another_site_is_refused_even_with_a_good_signature(cloud, endpoint, headers):
    before = len(cloud.record)
    assert _s3(endpoint, headers) == 403
    assert len(cloud.record) == before


def test_a_link_to_a_presigned_url_opens_in_a_browser(cloud, endpoint):
    boto3.client("s3").create_bucket(Bucket="shelf")
    boto3.client("s3").put_object(Bucket="shelf", Key="k", Body=b"text")
    url = presigned(f"http://127.0.0.1:{endpoint.port}/shelf/k")
    target = url.partition(str(endpoint.port))[2]
    from_a_page = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert send(endpoint, "GET", target, from_a_page)[2] == b"text"
    assert (
        send(endpoint, "GET", target, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})[0] == 403
    )


def test_what_changes_the_whole_cloud_needs_the_token(cloud: Cloud, endpoint: Endpoint):
    boto3.client("iam").create_user(UserName="alice")
    for operation in ("reset", "advance", "now", "profiles", "account", "root", "mailbox", "nothing"):
        for headers in ({}, {"X-Labs-Token": ""}, {"X-Labs-Token": "x" * 32}, {"X-Labs-Token": "ü"}):
            status, _, body = send(endpoint, "POST", f"/_labs/{operation}", headers, b"{}")
            assert status == 403, body
    token = {"X-Labs-Token": endpoint.token}
    assert send(endpoint, "GET", "/_labs/reset", token)[0] == 403
    assert send(endpoint, "POST", "/_labs/reset", token | {"Origin": "https://evil.example"}, b"{}")[0] == 403
    assert send(endpoint, "POST", "/_labs/nothing", token, b"{}")[0] == 404
    for body in (b"[]", b"{", b'{"days": "x"}', b'{"days": -1}'):
        assert send(endpoint, "POST", "/_labs/advance", token, body)[0] == 400
    assert len(boto3.client("iam").list_users()["Users"]) == 2
    assert send(endpoint, "POST", "/_labs/reset", token, b"{}")[0] == 200
    assert len(boto3.client("iam").list_users()["Users"]) == 1


def test_control_is_not_to_be_had_under_a_host_of_aws(cloud: Cloud, endpoint: Endpoint):
    token = {"X-Labs-Token": endpoint.token, "Host": "s3.amazonaws.com"}
    status, _, _ = send(endpoint, "POST", "/_labs/reset", token, b"{}")
    assert status in (400, 403, 405, 501)


def test_unsigned_calls_are_refused_in_the_services_words(cloud: Cloud, endpoint: Endpoint):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, body = send(endpoint, "POST", "/", form, b"Action=ListUsers&Version=2010-05-08")
    assert (status, b"MissingAuthenticationToken" in body) == (403, True)
    target = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}
    status, _, body = send(endpoint, "POST", "/", target, b"{}")
    assert (status, json.loads(body)["__type"]) == (400, "MissingAuthenticationTokenException")
    status, _, body = send(endpoint, "GET", "/shelf", {})
    assert status in (403, 404)


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x00\x05hello", b"\x16" + bytes(200), b"\x80\x2e\x01\x00\x02", b"\r\n\r\n", b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", b"\x00" * 1000, b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"SSH-2.0-OpenSSH_9.9\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n",
        b"GET http://sts.amazonaws.com/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n",
        b"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        b"CONNECT sts.amazonaws.com:22 HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        b"TRACE / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
    ],
)  # fmt: skip
def test_garbage_is_refused_or_dropped_and_the_cloud_is_unharmed(cloud, endpoint, data):
    answer = raw(endpoint, data.replace(b"{port}", str(endpoint.port).encode()), timeout=1)
    assert not answer.startswith(b"HTTP/1.1 2")
    assert _s3(endpoint, {}) == 200


def test_a_client_that_trusts_others_alone_is_dropped_without_a_word_in_the_notebook(cloud, endpoint, caplog):
    for _ in range(3):
        line = socket.create_connection(("127.0.0.1", endpoint.port), timeout=5)
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(line, server_hostname="127.0.0.1")
        line.close()
    raw(endpoint, b"\x16\x03\x01\x00\x05hello", timeout=1)
    assert _s3(endpoint, {}) == 200
    assert caplog.records == []
    assert len(endpoint._server._connections) <= 2


def test_headers_that_name_a_thing_twice_are_refused(cloud, endpoint):
    head = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\nX-Amz-Date: a\r\nx-amz-date: b\r\n\r\n"
    assert b"400" in raw(endpoint, head.encode(), timeout=1)


def test_half_requests_do_not_keep_others_waiting_and_are_dropped_in_time(cloud, monkeypatch):
    monkeypatch.setattr(server, "HEAD_TIME", 1.0)
    monkeypatch.setattr(server, "BODY_TIME", 1.0)
    cloud.endpoint().stop()
    endpoint = cloud.endpoint()
    host = f"Host: 127.0.0.1:{endpoint.port}\r\n".encode()
    beginnings = (b"", b"GE", b"GET / HTTP/1.1\r\n" + host, b"\x16\x03\x01",
                  b"POST / HTTP/1.1\r\n" + host + b"Content-Length: 10\r\n\r\nhalf")  # fmt: skip
    lines = []
    for beginning in beginnings:
        line = socket.create_connection(("127.0.0.1", endpoint.port), timeout=10)
        line.sendall(beginning)
        lines.append(line)
    begin = time.monotonic()
    assert _s3(endpoint, {}) == 200
    assert time.monotonic() - begin < 4  # one after the other, the five would take 5 s
    for line in lines:
        while line.recv(1000):
            pass
        line.close()
    assert time.monotonic() - begin < 5
    endpoint.stop()


def test_a_body_that_is_too_large_is_refused_before_it_is_read(cloud, endpoint):
    url = f"http://127.0.0.1:{endpoint.port}/shelf/k"
    headers = signed(url, "s3", method="PUT", headers={"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    for expect in ("Expect: 100-continue\r\n", ""):
        head = f"PUT /shelf/k HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n{lines}Content-Length: {5 * 1024**3}\r\n"
        answer = raw(endpoint, f"{head}{expect}\r\n".encode(), timeout=1)
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"EntityTooLarge" in answer


def test_a_body_that_grows_too_large_in_chunks_is_refused(cloud, endpoint, monkeypatch):
    monkeypatch.setattr(server, "MAX_BODY", 1000)
    pieces = (b"x" * 600 for _ in range(4))
    headers = {"Transfer-Encoding": "chunked", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    status, _, body = send(endpoint, "PUT", "/shelf/k", headers, pieces)
    assert (status, b"EntityTooLarge" in body) == (400, True)
    assert endpoint._server._bodies == 0


def test_bodies_have_a_bound_together(cloud, endpoint, monkeypatch):
    monkeypatch.setattr(server, "MAX_BODIES", 1000)
    status, _, body = send(
        endpoint, "PUT", "/shelf/k", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, b"x" * 2000
    )
    assert (status, b"SlowDown" in body) == (503, True)


def test_connections_have_a_bound(cloud, endpoint, monkeypatch):
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 5)
    lines = [socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) for _ in range(8)]
    time.sleep(0.3)
    closed = 0
    for line in lines:
        line.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            closed += line.recv(1) == b""
    assert closed >= 3
    for line in lines:
        line.close()
    time.sleep(0.2)
    assert _s3(endpoint, {}) == 200


def test_a_call_that_hangs_is_bounded(cloud, endpoint, monkeypatch):
    monkeypatch.setattr("labs_helpers.cloud.endpoint.endpoint._LOCK_TIME", 0.2)
    with cloud._gate.lock:
        status, _, body = send(endpoint, "GET", "/", signed(f"{endpoint.plain_url}/", "s3"))
    assert (status, b"ServiceUnavailable" in body) == (503, True)
    assert _s3(endpoint, {}) == 200


def test_an_answer_that_does_not_come_is_given_up(cloud, endpoint, monkeypatch):
    process, release = cloud._gate.process, threading.Event()
    monkeypatch.setattr(server, "ANSWER_TIME", 0.5)
    monkeypatch.setattr(cloud._gate, "process", lambda *given: release.wait(20) and process(*given))
    for _ in range(2):  # the second waits behind the first
        status, _, body = send(endpoint, "GET", "/", signed(f"{endpoint.plain_url}/", "s3"))
        assert (status, b"did not answer in time" in body) == (503, True)
    release.set()
    monkeypatch.undo()
    assert _s3(endpoint, {}) == 200


def test_an_error_of_ours_says_that_it_is_ours(cloud, endpoint, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(cloud._gate, "process", broken)
    status, _, body = send(endpoint, "GET", "/", signed(f"{endpoint.plain_url}/", "s3"))
    assert (status, b"ZeroDivisionError in the cloud, not at AWS" in body) == (500, True)
    assert b"secret detail" not in body


def test_keys_of_a_cloud_that_was_reset_are_unknown(cloud: Cloud, endpoint: Endpoint):
    boto3.client("iam").create_user(UserName="alice")
    cloud.profile("alice", boto3.client("iam").create_access_key(UserName="alice")["AccessKey"])
    headers = signed(f"{endpoint.plain_url}/", "s3", profile="alice")
    cloud.reset()
    status, _, body = send(endpoint, "GET", "/", headers)
    assert (status, b"InvalidAccessKeyId" in body) == (403, True)


def test_who_sends_all_of_a_body_that_was_refused_reads_why_and_may_go_on(cloud, endpoint, monkeypatch):
    monkeypatch.setattr(server, "MAX_BODY", 1_000_000)
    line = http.client.HTTPConnection("127.0.0.1", endpoint.port, timeout=20)
    for _ in range(3):
        line.request("PUT", "/shelf/k", b"x" * 20_000_000, {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
        answer = line.getresponse()
        assert (answer.status, b"EntityTooLarge" in answer.read()) == (400, True)
    line.request("GET", "/", headers=signed(f"{endpoint.plain_url}/", "s3"))
    assert line.getresponse().status == 200
    line.close()


def test_who_does_not_wait_for_the_tunnel_is_dropped_without_a_word_in_the_notebook(cloud, endpoint, caplog):
    tunnel = b"CONNECT s3.amazonaws.com:443 HTTP/1.1\r\nHost: s3.amazonaws.com:443\r\n\r\n"
    answer = raw(endpoint, tunnel + b"GET / HTTP/1.1\r\nHost: s3.amazonaws.com\r\n\r\n", timeout=1)
    assert answer.count(b"HTTP/1.1") == 1
    assert _s3(endpoint, {}) == 200
    assert caplog.text == ""
