"""A real OAuth sign-in, request by request, and the attacks that exploit each missing protection.

`Walk` signs in at a pool's own pages with a client that can omit state, nonce, or PKCE, and keeps every request and
response. Each attack really runs: the responses of the pool and the client determine whether it succeeds.
https://docs.aws.amazon.com/cognito/latest/developerguide/authorization-endpoint.html
https://www.rfc-editor.org/rfc/rfc9700#section-4
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import requests

from labs_helpers.cloud.actors import Browser
from labs_helpers.course.days.day3.tokens import read

PURPOSE: Mapping[str, str] = {
    "response_type": "requests a code, so that no token appears in the address",
    "client_id": "names the application that makes the request; it isn't a secret",
    "redirect_uri": "the address for the code; it must match an address in the client's list exactly",
    "scope": "what the tokens can be used for: request no more than you need",
    "state": "ties the answer to this browser: without it, this browser can complete another person's sign-in",
    "nonce": "comes back in the ID token and ties it to this sign-in, so that another sign-in's token can't replace it",
    "code_challenge": "the hash of the application's secret (PKCE): ties the code to the party that began the sign-in",
    "code_challenge_method": "S256: the challenge is a SHA-256 hash, which doesn't reveal the secret",
    "code_verifier": "the secret itself, sent at the end: an attacker who only read the code doesn't have it",
    "code": "valid once, for five minutes, for this client and this address, and with PKCE only with its verifier",
    "grant_type": "states what the request contains: a code",
}
"""The purpose of each parameter."""
ATTACKS: Mapping[str, str] = {
    "read the code": "Mallory reads Alice's code on its way back, and tries to redeem it first.",
    "foreign sign-in": "Mallory signs in, and sends Alice the link that completes this sign-in in Alice's browser.",
    "inject the code": "Mallory has stolen Alice's code, and puts it into the answer to her own sign-in.",
    "another address": "Mallory sends Alice a link to the genuine page, but with Mallory's address for the code.",
}
_SECRET = ("password", "_csrf")


class Refused(Exception):
    """The error raised when the client or the pool rejects a request or a response.

    The message states who rejects it, and why.
    """


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response: sender, address, parameters, status, and body."""

    title: str
    who: str
    method: str
    url: str
    given: Mapping[str, str]
    status: int
    answer: str


@dataclass(slots=True)
class Person:
    """A person with a browser and an account in the pool."""

    name: str
    password: str = field(repr=False)
    browser: Browser = field(default_factory=Browser)


@dataclass(slots=True)
class Session:
    """The values that the application keeps for one browser while the user is at the sign-in pages."""

    state: str | None
    nonce: str | None
    verifier: str | None


class Client:
    """A public client (without a secret) that begins and completes sign-ins. `uses` are its protections."""

    def __init__(self, host: str, client_id: str, callback: str, uses: frozenset[str]):
        self._host, self._id, self._callback, self._uses = host, client_id, callback, uses

    def begin(self, redirect_uri: str | None = None) -> tuple[Session, dict[str, str]]:
        """Begin a sign-in and return the session to keep and the query for the pool's page."""
        kept = Session(
            *(
                secrets.token_urlsafe(32) if name in self._uses else None
                for name in ("state", "nonce", "pkce")
            )
        )
        query = {
            "response_type": "code", "client_id": self._id, "redirect_uri": redirect_uri or self._callback,
            "scope": "openid email",
        }  # fmt: skip
        if kept.state:
            query["state"] = kept.state
        if kept.nonce:
            query["nonce"] = kept.nonce
        if kept.verifier:
            digest = hashlib.sha256(kept.verifier.encode()).digest()
            query["code_challenge"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            query["code_challenge_method"] = "S256"
        return kept, query

    def redemption_form(self, code: str, verifier: str | None) -> dict[str, str]:
        """Return the form for redeeming a code."""
        form = {
            "grant_type": "authorization_code", "client_id": self._id, "redirect_uri": self._callback, "code": code,
        }  # fmt: skip
        return {**form, "code_verifier": verifier} if verifier else form

    def check_answer(self, kept: Session, told: Mapping[str, str]) -> str:
        """Return the code in a response that belongs to this session.

        Raises `Refused` if it belongs to another session.
        """
        if kept.state is not None and not secrets.compare_digest(kept.state, told.get("state", "")):
            raise Refused("the application rejects the answer: state isn't the one in this browser's session")
        if "code" not in told:
            raise Refused(f"the pool rejects the request: {told.get('error', 'no code')}")
        return told["code"]

    def check_token(self, kept: Session, token: str) -> str:
        """Return the user in an ID token that came directly from the pool. Raises `Refused` if a check fails."""
        claims = read(token).claims
        if kept.nonce is not None and claims.get("nonce") != kept.nonce:
            raise Refused("the application rejects the ID token: its nonce isn't the one from this sign-in")
        return str(claims["cognito:username"])


class Walk:
    """A client of a pool with managed login, and two people who have accounts in the pool.

    `host` is the pool's domain with https://; `people` are (name, password) pairs for Alice and Mallory, in this order;
    `uses` are the application's protections: any of "state", "nonce", and "pkce". `exchanges` contains all requests so
    far.
    """

    def __init__(
        self, host: str, client_id: str, callback: str, people: tuple[tuple[str, str], tuple[str, str]],
        uses: frozenset[str] = frozenset(("state", "nonce", "pkce")),
    ):  # fmt: skip
        self._host, self._callback = host, callback
        self.client = Client(host, client_id, callback, uses)
        self.alice, self.mallory = (Person(*each) for each in people)
        self.exchanges: list[Exchange] = []

    def sign_in(self) -> str:
        """Sign Alice in without an attack and return the user that the application recognizes.

        Raises `Refused` if the sign-in fails.
        """
        kept, query = self.client.begin()
        told = self._visit(self.alice, query)
        code = self.client.check_answer(kept, told)
        return self.client.check_token(kept, self._redeem("the application", code, kept.verifier))

    def attack(self, name: str) -> str:
        """Run an attack and return what Mallory gained.

        Raises `Refused` if the attack failed and `KeyError` for an unknown attack.
        """
        return {
            "read the code": self._read_code, "foreign sign-in": self._send_link, "inject the code": self._inject_code,
            "another address": self._redirect,
        }[name]()  # fmt: skip

    def _read_code(self) -> str:
        _, query = self.client.begin()
        told = self._visit(self.alice, query)
        # Mallory doesn't begin a sign-in: she has the code, and invents a verifier if the sign-in used PKCE.
        guess = secrets.token_urlsafe(32) if "code_challenge" in query else None
        token = self._redeem("Mallory", told["code"], guess)
        return f"Mallory has an ID token of {read(token).claims['cognito:username']}."

    def _send_link(self) -> str:
        kept, _ = self.client.begin()  # Alice's browser has its own sign-in in progress.
        _, query = self.client.begin()
        told = self._visit(self.mallory, query)
        who = self._come_back("Mallory sends Alice the last link", "Alice's browser", kept, told)
        return f"Alice's browser is signed in as {who}, so Mallory can read what Alice writes now."

    def _inject_code(self) -> str:
        _, query = self.client.begin()
        stolen = self._visit(self.alice, query)["code"]
        kept, own = self.client.begin()
        told = {**self._visit(self.mallory, own), "code": stolen}
        title = "Mallory replaces the code in the answer to her own sign-in"
        who = self._come_back(title, "Mallory's browser", kept, told)
        return f"Mallory's browser is signed in as {who}."

    def _redirect(self) -> str:
        _, query = self.client.begin("https://evil.example/")
        told = self._visit(self.alice, query, "Mallory's link sends the browser to the pool")
        return f"Mallory's site receives the code {told['code'][:6]}…"

    def _come_back(self, title: str, whose: str, kept: Session, told: Mapping[str, str]) -> str:
        """Send an answer of the pool to the application, which redeems its code. Return the user that it recognizes.

        Raises `Refused` if the application or the pool rejects it. The browser is then shown an error page.
        """
        at = len(self.exchanges)
        self._record(title, whose, "GET", self._callback, told, 400, "the application's error page")
        code = self.client.check_answer(kept, told)
        who = self.client.check_token(kept, self._redeem("the application", code, kept.verifier))
        self.exchanges[at] = replace(self.exchanges[at], status=200, answer="the application's page")
        return who

    def _visit(
        self,
        person: Person,
        query: Mapping[str, str],
        title: str = "the application sends the browser to the pool",
    ) -> dict[str, str]:
        """Sign a person in at the pool's page and return the parameters of the redirect back.

        Raises `Refused` if the pool rejects the request or the sign-in.
        """
        whose, browser = f"{person.name}'s browser", person.browser
        page = browser.open(f"{self._host}/oauth2/authorize", **query)
        self._record_page(title, whose, "GET", page, query)
        if page.status != 302:
            raise Refused("the pool rejects the request: the address for the code isn't in the client's list")
        if urlsplit(str(page.location)).path == "/login":
            browser.follow()
            page = browser.send(username=person.name, password=person.password)
            form = {"username": person.name, "password": "…"}
            self._record_page(
                "the password goes to the pool, not to the application", whose, "POST", page, form
            )
        if "code" not in page.told:
            why = page.told.get("error", "wrong name or password, or another step is required")
            raise Refused(f"the pool rejects the sign-in: {why}")
        return page.told

    def _record_page(self, title: str, who: str, method: str, page: Any, given: Mapping[str, str]) -> None:
        answer = f"→ {page.location}" if page.location else "an error page"
        self._record(title, who, method, page.url.partition("?")[0], given, page.status, answer)

    def _redeem(self, who: str, code: str, verifier: str | None) -> str:
        form = self.client.redemption_form(code, verifier)
        url = f"{self._host}/oauth2/token"
        response = requests.post(url, data=form, timeout=10)
        content = response.json()
        said = ", ".join(sorted(content)) if response.ok else json.dumps(content)
        self._record(
            "the code is redeemed, without a browser", who, "POST", url, form, response.status_code, said
        )
        if not response.ok:
            raise Refused(f"the pool rejects the code: {content['error']}")
        return str(content["id_token"])

    def _record(
        self, title: str, who: str, method: str, url: str, given: Mapping[str, str], status: int, answer: str
    ) -> None:
        shown = {name: value for name, value in given.items() if name not in _SECRET or value == "…"}
        self.exchanges.append(Exchange(title, who, method, url, shown, status, answer))
