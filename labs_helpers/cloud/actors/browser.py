"""A headless browser: it keeps cookies, follows redirects only on request, and fills in forms."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

_BLOCK = re.compile(r"</?(?:h\d|p|div|ul|li|label|form|fieldset|legend|main|footer|table|tr|a|br)\b[^>]*>")
_MOST_LINES = 15


@dataclass
class Page:
    """A page in the browser: its URL, its text, and the fields of its first form."""

    status: int
    url: str
    text: str
    headers: Any
    location: str | None
    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, str]:
        """The parameters in the query string or the fragment of the current URL, for example after a redirect."""
        parts = urlsplit(self.location or "")
        return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}

    def show(self) -> None:
        """Print what a user would see: the status, the URL, and one line per heading, sentence, label, and [button]."""
        print(self.status, self.url.partition("?")[0])
        lines = _lines(self.text) or [f"→ {self.location}"]
        print("\n".join(f"  {line}" for line in lines[:_MOST_LINES]))
        if lines[_MOST_LINES:]:
            print("  …")


def _lines(markup: str) -> list[str]:
    """Return the text of a page's body in lines, without markup."""
    text = " ".join(re.sub(r"<(head|script|style)\b.*?</\1>", "", markup, flags=re.DOTALL).split())
    text = re.sub(r"<button\b[^>]*>(.*?)</button>", r"\n[\1]\n", text)
    text = re.sub(r"<[^>]+>", "", _BLOCK.sub("\n", text))
    lines = (" ".join(html.unescape(line).split()) for line in text.split("\n"))
    return [line for line in lines if line]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.actions: list[str] = []
        self.fields: list[dict[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record a form's address and the fields in it."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.actions.append(given.get("action", ""))
            self.fields.append({})
        elif tag == "input" and self.fields and "name" in given:
            self.fields[-1][given["name"]] = given.get("value", "")


class Browser:
    """A browser that opens the cloud's pages, keeps their cookies, and submits their forms."""

    def __init__(self) -> None:
        """Start without cookies and without a page."""
        self.cookies: dict[str, str] = {}
        self.page: Page | None = None

    def open(self, url: str, **query: str) -> Page:
        """Open a URL and return its page."""
        return self._receive(requests.get(url, params=query, headers=self._cookies(), allow_redirects=False))

    def send(self, **values: str) -> Page:
        """Fill in the form of the current page and submit it."""
        assert self.page is not None
        url = urljoin(self.page.url, self.page.action)
        return self.post(url, **{**self.page.fields, **values})

    def post(self, url: str, **form: str) -> Page:
        """Submit a form that another page contained, as the script on a SAML provider's page does."""
        return self._receive(requests.post(url, data=form, headers=self._cookies(), allow_redirects=False))

    def follow(self) -> Page:
        """Open the URL to which the current page redirects."""
        assert self.page is not None
        assert self.page.location
        return self.open(self.page.location)

    def _cookies(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def _receive(self, response: Any) -> Page:
        for cookie in response.raw.headers.getlist("Set-Cookie") if response.raw else []:
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0]
            self.cookies[name] = value
            if "max-age=0" in cookie.lower() or not value:
                self.cookies.pop(name, None)
        forms = _Forms()
        forms.feed(response.text)
        location = response.headers.get("Location")
        self.page = Page(
            response.status_code, response.url, response.text, response.headers,
            urljoin(response.url, location) if location else None,
            forms.actions[0] if forms.actions else "", forms.fields[0] if forms.fields else {},
        )  # fmt: skip
        return self.page
