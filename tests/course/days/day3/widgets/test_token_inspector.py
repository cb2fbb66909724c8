"""The token inspector: it shows a token's claims, and doesn't trust any of them without proof."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from labs_helpers.course.days.day3.inspection import Inspection
from labs_helpers.course.days.day3.widgets.token_inspector import TokenInspector
from tests.cloud.services.cognito_idp.people import make_app

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def tokens(cloud: Any) -> dict[str, Any]:
    app = make_app(cloud)
    app.confirmed()
    return app.tokens()


def b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def good_for(inspector: TokenInspector) -> set[str]:
    return {use.what.split()[0] for use in inspector.inspection.uses if use.good}


def test_an_id_token_says_who_and_an_access_token_what(cloud: Any, tokens: dict[str, Any]) -> None:
    seen = TokenInspector(cloud, tokens["IdToken"])
    assert (seen.inspection.genuine, seen.inspection.state) == (True, "valid now")
    assert good_for(seen) == {"tell", "get"}
    seen.look(tokens["AccessToken"])
    assert good_for(seen) == {"call", "GetUser,"}
    boto3.client("cognito-idp").get_user(AccessToken=tokens["AccessToken"])


def test_the_lab_clock_ends_a_token(cloud: Any, tokens: dict[str, Any]) -> None:
    seen = TokenInspector(cloud, tokens["IdToken"])
    cloud.clock.advance(hours=1)
    seen.again.click()
    assert "The token is expired." in seen._found.value
    assert re.search(r"expired \d s ago", seen._found.value)
    assert good_for(seen) == set()


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0, "60 min left"), (0.75, "15 min left"), (3, "expired 2 h ago"), (-1, "another 60 min")],
)
def test_the_life_of_a_token_is_a_bar_that_says_how_much_is_left(hours: float, said: str) -> None:
    times = (("iat", NOON), ("exp", NOON + timedelta(hours=1)))
    found = Inspection(times=times, now=NOON + timedelta(hours=hours))
    assert said in TokenInspector._life(found)
    assert TokenInspector._life(replace(found, times=times[:1])) == ""


def test_ids_that_only_programs_read_are_folded(cloud: Any, tokens: dict[str, Any]) -> None:
    shown = TokenInspector(cloud, tokens["IdToken"]).html
    open_, _, folded = shown.partition("<details")
    assert "cognito:username" in open_
    assert ">jti<" in folded
    assert ">jti<" not in open_


@pytest.mark.parametrize(
    ("change", "genuine"),
    [
        (lambda head, body, sign: f"{head}.{b64({'username': 'admin'})}.{sign}", None),
        (lambda head, body, sign: f"{b64({'alg': 'none'})}.{body}.", False),
        (lambda head, body, sign: f"{head}.{body}.{sign[:-4]}AAAA", False),
        (lambda head, body, sign: f"{b64({'alg': 'RS256', 'kid': 'x'})}.{body}.{sign}", False),
        (
            lambda head, body, sign: (
                f"{b64({'alg': 'HS256', 'kid': 'x'})}.{b64({'iss': 'https://evil'})}.{sign}"
            ),
            None,
        ),
    ],
)
def test_what_was_changed_is_good_for_nothing(
    cloud: Any, tokens: dict[str, Any], change: Any, genuine: Any
) -> None:
    seen = TokenInspector(cloud, change(*tokens["AccessToken"].split(".")))
    assert seen.inspection.genuine is genuine
    assert good_for(seen) == set()


def test_each_of_two_hundred_one_letter_changes_is_called_changed(cloud: Any, tokens: dict[str, Any]) -> None:
    whole = tokens["IdToken"]
    seen = TokenInspector(cloud, whole)
    letters = [at for at, letter in enumerate(whole) if letter != "."]
    for at in letters[:: len(letters) // 200][:200]:
        other = "A" if whole[at] != "A" else "B"
        seen.look(f"{whole[:at]}{other}{whole[at + 1 :]}")
        assert "The token was changed." in seen._found.value, at
        assert 'class="word">changed' in seen._found.value
        assert good_for(seen) == set()
    seen.look(whole)
    assert seen.inspection.genuine


@pytest.mark.parametrize(
    ("name", "part"),
    [("header", 0), ("payload", 1), ("signature", 2)],
    ids=["header", "payload", "signature"],
)
def test_a_changed_token_names_the_part_that_broke(
    cloud: Any, tokens: dict[str, Any], name: str, part: int
) -> None:
    seen = TokenInspector(cloud, tokens["IdToken"])
    parts = tokens["IdToken"].split(".")
    parts[part] = parts[part][:5] + ("A" if parts[part][5] != "A" else "B") + parts[part][6:]
    assert f"Its {name} isn't the one that was issued" in seen.look(".".join(parts)).changed


def test_a_changed_claim_is_named(cloud: Any, tokens: dict[str, Any]) -> None:
    seen = TokenInspector(cloud, tokens["IdToken"])
    head, body, sign = tokens["IdToken"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    found = seen.look(f"{head}.{b64({**claims, 'email': 'mallory@example.com'})}.{sign}")
    assert found.changed.endswith("email differs.")
    assert {each.name: each.value for each in found.claims}["email"] == "mallory@example.com"


def test_a_changed_token_keeps_its_uses_and_each_names_what_rejects_it(
    cloud: Any, tokens: dict[str, Any]
) -> None:
    head, body, sign = tokens["IdToken"].split(".")
    seen = TokenInspector(cloud, tokens["IdToken"])
    uses = [use.what for use in seen.inspection.uses]
    for changed in (f"{head}.{body[:-4]}AAAA.{sign}", f"{head}.{body}.{sign[:-8]}AAAAAAAA"):
        found = seen.look(changed)
        assert [use.what for use in found.uses] == uses
        assert sum("rejects it" in use.why for use in found.uses) == 5
        assert seen.html.count("✗ <span") == 1 + 1 + 6, "the verdict, the part, and the uses"
        assert seen.html.count("The signature doesn") == 1


def test_the_field_has_the_colors_of_the_parts_and_a_frame_around_what_was_changed(
    cloud: Any, tokens: dict[str, Any]
) -> None:
    whole = tokens["IdToken"]
    seen = TokenInspector(cloud, whole)

    def shown() -> list[tuple[str, str]]:
        return re.findall(r'<i(?: class="([a-z ]+)")? data-text="([^"]+)">', seen._colors.value)

    assert [tint for tint, _ in shown()] == ["indigo", "", "plum", "", "teal"]
    assert "".join(text for _, text in shown()) == whole
    at = whole.index(".") + 10
    other = "A" if whole[at] != "A" else "B"
    seen.look(f"{whole[:at]}{other}{whole[at + 1 :]}")
    assert ("plum framed", other) in shown()
    seen.look("no token")
    assert shown() == []


def test_another_genuine_token_is_not_called_changed(cloud: Any, tokens: dict[str, Any]) -> None:
    seen = TokenInspector(cloud, tokens["IdToken"])
    assert seen.look(tokens["AccessToken"]).changed == ""
    assert seen.inspection.genuine


@pytest.mark.parametrize("text", ["x", "a.b", "a.b.c", "é.é.é", "." * 3, "x" * 20_000, "e30.W10.", "eee"])
def test_what_is_no_token_says_why(cloud: Any, text: str) -> None:
    seen = TokenInspector(cloud, text)
    assert seen.inspection.problem
    assert "not a token" in seen.html
    assert repr(seen).startswith("Not a token")


def test_what_a_token_says_is_no_markup(cloud: Any) -> None:
    bad = "<script>alert(1)</script>"
    seen = TokenInspector(
        cloud, f"{b64({'alg': 'none', bad: bad})}.{b64({bad: bad, 'exp': 1e300, 'iat': 'x'})}."
    )
    assert "<script" not in seen.html
    assert "&lt;script" in seen.html


@pytest.mark.parametrize(
    "issuer",
    ["https://cognito-idp.us-east-1.amazonaws.com/us-east-1_None", "https://cognito-idp.xx-none-9.amazonaws.com/xx_1",
     "https://cognito-idp.evil.example/x", "http://127.0.0.1/", 7, None, ["x"]],
)  # fmt: skip
def test_an_issuer_that_is_not_here_proves_nothing(cloud: Any, issuer: Any) -> None:
    text = f"{b64({'alg': 'RS256', 'kid': 'x'})}.{b64({'iss': issuer, 'exp': 9e9, 'token_use': 'id'})}.AAAA"
    seen = TokenInspector(cloud, text)
    assert seen.inspection.genuine is None
    assert "proves nothing" in seen.html


def test_it_shows_itself_as_text_and_html(cloud: Any, tokens: dict[str, Any]) -> None:
    bundle = TokenInspector(cloud, tokens["IdToken"])._repr_mimebundle_()
    assert {"text/plain", "text/html"} <= set(bundle)
    assert "cognito:username" in bundle["text/plain"]
    assert "<caption>Claims" in bundle["text/html"]
    assert "Nothing to inspect yet" in TokenInspector(cloud).html


def test_the_issued_token_can_be_put_back_after_a_change(cloud: Any, tokens: dict[str, Any]) -> None:
    seen = TokenInspector(cloud, tokens["IdToken"])
    assert seen.back.layout.display == "none"
    for changed in (tokens["IdToken"][:-6] + "AAAAAA", "not a token"):
        seen.token.value = changed
        assert seen.back.layout.display == ""
        seen.back.click()
        assert seen.token.value == tokens["IdToken"]
        assert seen.back.layout.display == "none"
