"""Other HTTP clients in this process reach the cloud's hosts without opening a socket."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import os
import socket
import ssl
import sys
import urllib.error
import urllib.request

import boto3
import pytest
import requests
import urllib3

from labs_helpers.cloud import Cloud, NetworkRefused
from labs_helpers.cloud.core.errors import NotModelled

HOST = "login.auth.us-east-1.amazoncognito.com"
_connections: list[object] = []


def _watch(event: str, arguments: tuple) -> None:
    if event in ("socket.connect", "socket.getaddrinfo"):
        _connections.append(arguments[1])


sys.addaudithook(_watch)


@pytest.fixture
def asked(cloud: Cloud) -> list:
    """A host in the cloud that sets two cookies, redirects once, and returns what it received."""
    requests_seen = []

    def answer(request):
        requests_seen.append(request)
        if request.url.endswith("/login"):
            cookies = ["session=abc; Path=/; Secure; HttpOnly", "XSRF-TOKEN=def; Path=/"]
            return 302, {"Location": f"https://{HOST}/next?x=1", "Set-Cookie": cookies}, b""
        body = json.dumps({"cookie": request.headers.get("cookie"), "body": (request.body or b"").decode()})
        return 200, {"Content-Type": "application/json"}, body + " " * 100_000

    cloud._network.hosts[HOST] = answer
    _connections.clear()
    yield requests_seen
    assert _connections == []


def test_requests_keeps_every_cookie_follows_redirects_and_streams(asked):
    session = requests.Session()
    with session.get(f"https://{HOST}/login", stream=True, timeout=5) as answer:
        pieces = list(answer.iter_content(1000))
    assert len(pieces) > 50
    assert json.loads(b"".join(pieces))["cookie"] == "session=abc; XSRF-TOKEN=def"
    assert {cookie.name: cookie.secure for cookie in session.cookies} == {
        "session": True,
        "XSRF-TOKEN": False,
    }
    assert answer.history[0].headers["Set-Cookie"].startswith("session=abc")


def test_urllib_keeps_cookies_and_follows_redirects(asked):
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"https://{HOST}/login", timeout=5) as answer:
        assert "session=abc" in json.load(answer)["cookie"]
    assert {cookie.name for cookie in jar} == {"session", "XSRF-TOKEN"}
    with urllib.request.urlopen(f"https://{HOST}/form", data=b"a=b", timeout=5) as answer:
        assert json.load(answer)["body"] == "a=b"
    assert (asked[-1].method, asked[-1].url) == ("POST", f"https://{HOST}/form")


def test_httpx_keeps_cookies_follows_redirects_and_sends_bodies_in_chunks(asked):
    httpx = pytest.importorskip("httpx")
    with httpx.Client(follow_redirects=True) as client:
        assert "XSRF-TOKEN=def" in client.get(f"https://{HOST}/login").json()["cookie"]
        assert client.post(f"https://{HOST}/form", content=iter([b"a=", b"b"])).json()["body"] == "a=b"
        assert set(client.cookies) == {"session", "XSRF-TOKEN"}


def test_urllib3_and_http_client_reach_the_same_hosts(asked):
    assert urllib3.PoolManager().request("GET", f"https://{HOST}/next").status == 200
    line = http.client.HTTPSConnection(HOST, timeout=5)
    line.request("GET", "/next")
    assert line.getresponse().read().startswith(b"{")


def test_a_variable_for_a_proxy_does_not_lead_away(asked, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    assert requests.get(f"https://{HOST}/next", timeout=5).status_code == 200
    assert urllib.request.build_opener().open(f"https://{HOST}/next", timeout=5).status == 200
    httpx = pytest.importorskip("httpx")
    assert httpx.get(f"https://{HOST}/next").status_code == 200


def test_the_learners_own_proxy_settings_come_back(one_cloud: Cloud, monkeypatch):
    one_cloud.stop()
    try:
        monkeypatch.setenv("NO_PROXY", "intranet.example")
        monkeypatch.delenv("no_proxy", raising=False)
        with Cloud():
            assert os.environ["NO_PROXY"] == "*"
        assert os.environ["NO_PROXY"] == "intranet.example"
        assert "no_proxy" not in os.environ
    finally:
        one_cloud.start()


def test_a_presigned_url_is_opened_by_any_client(cloud: Cloud):
    client = boto3.client("s3")
    client.create_bucket(Bucket="shelf")
    client.put_object(Bucket="shelf", Key="k", Body=b"text")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "shelf", "Key": "k"})
    assert requests.get(url, timeout=5).content == b"text"
    assert urllib.request.urlopen(url, timeout=5).read() == b"text"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url.replace("/k?", "/other?"), timeout=5)
    head = requests.head(
        client.generate_presigned_url("head_object", Params={"Bucket": "shelf", "Key": "k"}), timeout=5
    )
    assert (head.headers["Content-Length"], head.content) == ("4", b"")


def test_the_keys_of_a_user_pool_are_fetched_as_token_libraries_fetch_them(cloud: Cloud):
    pool = boto3.client("cognito-idp").create_user_pool(PoolName="pool")["UserPool"]["Id"]
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    request = urllib.request.Request(f"{issuer}/.well-known/jwks.json", headers={"User-Agent": "PyJWT"})
    with urllib.request.urlopen(request, timeout=30, context=ssl.create_default_context()) as answer:
        keys = json.load(answer)["keys"]
    assert {key["alg"] for key in keys} == {"RS256"}
    found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=5).json()
    assert found["jwks_uri"] == f"{issuer}/.well-known/jwks.json"
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{issuer}x/.well-known/jwks.json", timeout=5)


def test_hosts_that_are_not_the_clouds_stay_out_of_reach(cloud: Cloud):
    for url in ("https://example.com/", "https://cognito.example.com/"):
        with pytest.raises(NotModelled):
            requests.get(url, timeout=5)
        with pytest.raises(OSError, match="not on this machine"):
            urllib.request.urlopen(url, timeout=5)
        with pytest.raises(urllib3.exceptions.HTTPError):
            urllib3.PoolManager(retries=False).request("GET", url)
    with pytest.raises(OSError, match="nowhere"):
        urllib.request.urlopen("https://nowhere.us-east-1.amazonaws.com/", timeout=5)


def test_a_server_on_this_machine_is_reached_by_its_own_socket(cloud: Cloud):
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Hello(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        assert requests.get(url, timeout=5).content == b"hello"
        assert urllib.request.urlopen(url, timeout=5).read() == b"hello"
        server.shutdown()


def test_everything_is_as_it_was_when_the_cloud_has_stopped(one_cloud: Cloud):
    one_cloud.stop()
    try:
        for function in (
            requests.adapters.HTTPAdapter.send, socket.create_connection, ssl.SSLContext.wrap_socket,
            urllib3.util.connection.create_connection, socket.getaddrinfo,
        ):  # fmt: skip
            assert not function.__module__.startswith("labs_helpers"), function
    finally:
        one_cloud.start()


def test_other_protocols_are_not_spoken_to_the_clouds_hosts(cloud: Cloud):
    with socket.socket() as opened, pytest.raises((NetworkRefused, OSError)):
        opened.connect(("203.0.113.1", 25))
