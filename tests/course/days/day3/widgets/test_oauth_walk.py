"""The OAuth walk: it shows what really happened, and removing a protection shows what the protection is for."""

from __future__ import annotations

from typing import Any

import pytest

from labs_helpers.course.days.day3.widgets.oauth_walk import OAuthWalk
from tests.course.days.day3.conftest import CALLBACK, HOST, PASSWORDS


@pytest.fixture
def walk(login: dict[str, str]) -> OAuthWalk:
    return OAuthWalk(HOST, login["client"], CALLBACK, list(PASSWORDS.items()))


def test_a_sign_in_is_shown_request_by_request(walk: OAuthWalk) -> None:
    assert walk.outcome == (False, "Signed in: alice.")
    assert "ties the answer to this browser" in walk._shown.value
    walk.step.value = 3
    assert "code_verifier" in walk._shown.value


def test_taking_a_protection_away_lets_the_attack_through(walk: OAuthWalk) -> None:
    walk.choose("read the code")
    assert walk.outcome == (False, "The pool rejects the code: invalid_grant.")
    assert "the attack fails" in walk._verdict.value
    walk.protections["pkce"].value = False
    walk.button.click()
    assert walk.outcome == (True, "Mallory has an ID token of alice.")
    assert "the attack succeeds" in walk.html


def test_what_there_is_not_is_named(walk: OAuthWalk) -> None:
    with pytest.raises(ValueError, match="inject the code"):
        walk.choose("phishing")
    with pytest.raises(ValueError, match="pkce"):
        walk.choose(without=["tls"])


def test_it_shows_itself_as_text_and_html(walk: OAuthWalk) -> None:
    bundle: Any = walk._repr_mimebundle_()
    assert "/oauth2/token" in bundle["text/plain"]
    assert "3 of 3" in bundle["text/html"]
    assert PASSWORDS["alice"] not in bundle["text/plain"] + bundle["text/html"]


def test_a_wrong_password_and_a_pool_that_is_gone_are_told(login: dict[str, str]) -> None:
    wrong = OAuthWalk(HOST, login["client"], CALLBACK, [("alice", "wrong"), ("mallory", "wrong")])
    assert "not signed in" in wrong.html
    wrong.choose("read the code", without=["pkce"])
    assert wrong.outcome is not None
    assert wrong.outcome[0] is False
    gone = OAuthWalk("https://gone.auth.us-east-1.amazoncognito.com", "x", CALLBACK, [("a", "b"), ("c", "d")])
    assert gone.outcome == (False, "No user pool in this cloud has that domain.")
    assert gone.exchanges == ()
