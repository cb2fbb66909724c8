"""The cloud's hosts under a path of the endpoint, which is how browsers reach them on JupyterHub and Binder."""

from __future__ import annotations

import html
import http.client
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.endpoint.endpoint import Endpoint
from labs_helpers.cloud.endpoint.mounts import relative
from labs_helpers.course.days.day3.apps import Apps, start

PASSWORD = "Correct-horse-1"
CONTEXT = "/user/x/proxy/4711"
JUDGES = Path(os.environ.get("LABS_JUDGES", Path(__file__).parents[3] / ".judges"))
SERVER = JUDGES / "proxy" / "bin" / "jupyter-server"


class Reader:
    """A browser that knows one host and port, and keeps cookies by path. `context` is a path that a proxy in between
    removes and sends in a header, as jupyter-server-proxy does.
    """

    def __init__(self, port: int, context: str | None = None, **headers: str):
        self.port, self.context = port, context or ""
        self.headers = headers | ({"X-Forwarded-Context": context} if context else {})
        self.cookies: dict[tuple[str, str], str] = {}
        self.url, self.text, self.status = "", "", 0

    def open(self, url: str, form: dict[str, str] | None = None) -> Reader:
        """Open an address, and follow its redirects."""
        for _ in range(10):
            self.url = urljoin(self.url or f"http://127.0.0.1:{self.port}/", url)
            answer = self._ask(form)
            if answer is None:
                return self
            url, form = answer, None
        raise AssertionError("redirected in circles")

    def _ask(self, form: dict[str, str] | None) -> str | None:
        parts = urlsplit(self.url)
        assert parts.port == self.port, f"{self.url} leads away"
        assert parts.path.startswith(f"{self.context}/"), f"{self.url} leaves the proxy's path"
        sent = {
            (path, name): value for (path, name), value in self.cookies.items()
            if parts.path == path or parts.path.startswith(path.rstrip("/") + "/")
        }  # fmt: skip
        cookie = "; ".join(f"{name}={value}" for (_, name), value in sent.items())
        headers = {**self.headers, **({"Cookie": cookie} if cookie else {})}
        body = urlencode(form) if form is not None else None
        if form is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://hub.example"}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        target = parts.path.removeprefix(self.context) + (f"?{parts.query}" if parts.query else "")
        line.request("POST" if form is not None else "GET", target, body, headers)
        answer = line.getresponse()
        self.status, self.text = answer.status, answer.read().decode()
        for given in answer.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(given).items():
                self.cookies[morsel["path"] or "/", name] = morsel.value
        line.close()
        return answer.headers["Location"] if 300 <= answer.status < 400 else None

    def send(self, **values: str) -> Reader:
        """Fill in the form of the page."""
        action = re.search(r'<form method="post" action="([^"]*)"', self.text)
        assert action, self.text
        found = re.search(r'name="_csrf" value="([^"]*)"', self.text)
        assert found
        return self.open(html.unescape(action[1]), {"_csrf": found[1], **values})

    def click(self, label: str) -> Reader:
        found = re.search(rf'<a href="([^"]*)">{label}</a>', self.text)
        assert found, self.text
        return self.open(html.unescape(found[1]))


@pytest.fixture
def diary(cloud: Cloud) -> Apps:
    idp = boto3.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="diary", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    apps = start(cloud, pool)
    idp.admin_create_user(UserPoolId=pool, Username="alice", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool, Username="alice", Password=PASSWORD, Permanent=True)
    return apps


def live(reader: Reader, link: str) -> None:
    """Go from the diary's first page through the pool's pages to a stored page, and sign out."""
    reader.open(link).click("Sign in")
    assert "/login?" in reader.url
    reader.send(username="alice", password="wrong")
    assert "Incorrect username or password" in reader.text
    reader.send(username="alice", password=PASSWORD)
    assert "Signed in as alice" in reader.text
    reader.send(text="today")
    assert "Stored." in reader.text
    reader.click("Sign out")
    assert ("Sign in" in reader.text, "Signed in" in reader.text) == (True, False)
    assert reader.click("Sign in").text.count("User name"), "the pool has forgotten the browser as well"


def test_a_link_on_loopback_leads_through_a_whole_sign_in(endpoint: Endpoint, diary: Apps) -> None:
    link = endpoint.link(f"{diary.site}/")
    assert link.startswith(f"http://127.0.0.1:{endpoint.port}/_at/")
    assert f">{diary.site}/</a>" in link._repr_html_()
    live(Reader(endpoint.port), link)


def test_behind_a_proxy_every_page_form_cookie_and_redirect_stays_below_its_path(
    endpoint: Endpoint, diary: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/x/")
    link = endpoint.link(f"{diary.site}/")
    assert link.startswith(f"/user/x/proxy/{endpoint.port}/_at/")
    reader = Reader(endpoint.port, CONTEXT, Host="hub.example")
    live(reader, link.replace(f"/user/x/proxy/{endpoint.port}", CONTEXT))
    assert all(path.startswith(f"{CONTEXT}/_at/") for path, _ in reader.cookies)


def test_without_the_secret_nothing_is_there(endpoint: Endpoint, diary: Apps) -> None:
    link = endpoint.link(f"{diary.site}/")
    secret = link.split("/_at/")[1].partition("/")[0]
    for url in (
        link.replace(secret, "guess"), link.replace(f"{secret}/", ""),
        link.replace("diary.example", "evil.example"),
        link.replace("diary.example", "sts.us-east-1.amazonaws.com"),
    ):  # fmt: skip
        assert Reader(endpoint.port, Host="hub.example").open(url).status == 421
    with pytest.raises(ValueError, match="isn't a page"):
        endpoint.link("https://evil.example/")


@pytest.mark.parametrize(
    "context", ["//evil.example", "https://evil.example", "/a b", '/"><script>', "/a/../b\\c"]
)
def test_a_context_that_is_no_path_is_not_believed(endpoint: Endpoint, diary: Apps, context: str) -> None:
    reader = Reader(endpoint.port, **{"X-Forwarded-Context": context})
    page = reader.open(endpoint.link(f"{diary.site}/"))
    assert page.status == 200
    assert "evil" not in page.text
    assert "script" not in page.text


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ("/_at/s/a/login", "/_at/s/a/next?x=/1", "./next?x=/1"), ("/_at/s/a/login", "/_at/s/b/", "../b/"),
        ("/_at/s/a/oauth2/authorize", "/_at/s/a/login", "../login"), ("/_at/s/a/", "/_at/s/a/", "./"),
        ("/_at/s/a/x", "/_at/s/a/b:c", "./b:c"), ("/a", "/b/c", "./b/c"),
    ],
)  # fmt: skip
def test_a_path_as_it_is_written_from_another(here: str, there: str, expected: str) -> None:
    assert relative(here, there) == expected
    full = urljoin(f"https://h{here}", expected)
    assert full == f"https://h{there}"


# --- the proxy that hubs have -------------------------------------------------------------------------------------


@pytest.fixture
def notebook_server(tmp_path: Path) -> Iterator[int]:
    """A Jupyter server with jupyter-server-proxy, at a base URL like a hub's. It doesn't require a sign-in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "ServerApp.port": port, "ServerApp.ip": "127.0.0.1", "ServerApp.base_url": "/user/x/",
        "IdentityProvider.token": "",
        "ServerApp.password": "", "ServerApp.open_browser": False, "ServerApp.root_dir": tmp_path,
        "ServerApp.allow_remote_access": True, "ServerApp.disable_check_xsrf": False,
    }  # fmt: skip
    command = [str(SERVER), "--allow-root", *(f"--{name}={value}" for name, value in options.items())]
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "JUPYTER_RUNTIME_DIR": str(tmp_path)}
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE) as running:
        try:
            for _ in range(300):
                with socket.socket() as line:
                    if line.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port
        finally:
            running.terminate()


@pytest.mark.skipif(not SERVER.exists(), reason="needs .judges (make test)")
def test_jupyter_server_proxy_leads_through_a_whole_sign_in(
    notebook_server: int, endpoint: Endpoint, diary: Apps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/x/")
    reader = Reader(notebook_server)
    live(reader, endpoint.link(f"{diary.site}/"))
