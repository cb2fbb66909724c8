"""The cloud's hosts under endpoint paths (`/_at/SECRET/HOST/…`), for browsers that have no other way to reach them.

A browser has no proxy setting for a notebook, and on JupyterHub and Binder it can reach a port only under a path
(jupyter-server-proxy: `/user/x/proxy/PORT/`). So all sites share one origin, and redirects between them stay under that
path. A request with the secret is admitted with any Host header, because a proxy forwards the browser's header.
https://jupyter-server-proxy.readthedocs.io/en/latest/arbitrary-ports-hosts.html
"""

from __future__ import annotations

import hmac
import html
import os
import re
import secrets
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from labs_helpers.cloud.core.answer import Answer
from labs_helpers.cloud.endpoint.http_message import Sent
from labs_helpers.cloud.gate.hosts import Network

PREFIX = "/_at/"
_MOUNTED_AT = "X-Labs-Mounted-At"
"""The header that contains the path under which an application is shown; `services.web.wsgi` reads it."""
_FROM = "x-forwarded-context"
"""The header in which jupyter-server-proxy sends the path prefix that it removed."""
_CONTEXT = re.compile(r"(?:/[\w@.~%!$&'()*+,;=:-]+)*", re.ASCII)
_HUB = "JUPYTERHUB_SERVICE_PREFIX"
"""A variable that JupyterHub (and so Binder) sets.

https://jupyterhub.readthedocs.io/en/stable/reference/services.html
"""


class Link(str):
    """A URL for the learner's browser, which a notebook displays as a link."""

    name: str

    def _repr_html_(self) -> str:
        return f'<a href="{html.escape(self)}" target="_blank" rel="noopener">{html.escape(self.name)}</a>'


@dataclass(frozen=True, slots=True)
class Mounted:
    """A request in the form that its host receives, and the endpoint path that leads to the host."""

    sent: Sent
    host: str
    at: str


class Mounts:
    """The endpoint paths that lead to the cloud's hosts."""

    def __init__(self, network: Network):
        self._network, self._secret = network, secrets.token_urlsafe(18)

    def link(self, url: str, port: int) -> Link:
        """Return a page's URL for the learner's browser: behind the hub's proxy on a hub, otherwise on loopback.

        Raises `ValueError` if the page isn't on one of the cloud's hosts.
        """
        path = self._path_of(url)
        if path is None:
            raise ValueError(f"{url!r} isn't a page of any of the cloud's hosts")
        hub = os.environ.get(_HUB)
        base = f"{hub.rstrip('/')}/proxy/{port}" if hub else f"http://127.0.0.1:{port}"
        link = Link(base + path)
        link.name = url
        return link

    def _at(self, host: str) -> str:
        return f"{PREFIX}{self._secret}/{host}"

    def _path_of(self, url: str) -> str | None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https") or not self._has(host):
            return None
        rest = url.partition("://")[2].partition("/")[2]
        return f"{self._at(host)}/{rest}"

    def _has(self, host: str) -> bool:
        return self._network.host(f"https://{host}/") is not None

    def admits(self, sent: Sent) -> str | None:
        """Return the host that a path leads to, or None if the secret is wrong or missing, or the host is unknown."""
        if not sent.path.startswith(PREFIX):
            return None
        given, _, rest = sent.path.removeprefix(PREFIX).partition("/")
        host = rest.partition("/")[0].lower()
        known = hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode())
        return host if known and host and self._has(host) else None

    def within(self, sent: Sent) -> Mounted | None:
        """Return the request in the form that a mounted host receives, or None if it is for another host."""
        host = self.admits(sent)
        if host is None:
            return None
        at = self._at(host)
        rest = sent.target[len(at) :]
        context = sent.named.get(_FROM, "").rstrip("/")
        above = context if _CONTEXT.fullmatch(context) else ""
        own = ("host", "origin", _MOUNTED_AT.lower())
        headers = [(name, value) for name, value in sent.headers if name.lower() not in own]
        headers += [("Host", host), (_MOUNTED_AT, above + at)]
        target = rest if rest.startswith("/") else f"/{rest}"
        return Mounted(replace(sent, host=host, target=target, headers=tuple(headers)), host, above + at)

    def rewritten(self, mounted: Mounted, sent: Sent, answer: Answer) -> Answer:
        """Return the response with relative paths in its redirects, so that redirects keep a proxy's path prefix."""
        headers: dict[str, Any] = {}
        for name, value in answer.headers.items():
            location = self._relative_to(mounted, sent, value) if name.lower() == "location" else value
            before = headers.get(name)
            headers[name] = (
                location
                if before is None
                else [*(before if isinstance(before, list) else [before]), location]
            )
        return Answer(answer.status, headers, answer.body)

    def _relative_to(self, mounted: Mounted, sent: Sent, location: str) -> str:
        own = mounted.at + "/"
        if location.startswith(own):
            path: str | None = f"{self._at(mounted.host)}/{location.removeprefix(own)}"
        elif location.startswith("/") and not location.startswith("//"):
            path = self._at(mounted.host) + location
        else:
            path = self._path_of(location)
        return location if path is None else relative(sent.path, path)


def relative(here: str, there: str) -> str:
    """Return the path `there` as a path relative to `here` (RFC 3986, section 4.2)."""
    path, mark, query = there.partition("?")
    folders, names = here.split("/")[:-1], path.split("/")
    common = 0
    while common < min(len(folders), len(names) - 1) and folders[common] == names[common]:
        common += 1
    steps = [".."] * (len(folders) - common) + names[common:]
    return ("" if steps[0] == ".." else "./") + "/".join(steps) + mark + query
