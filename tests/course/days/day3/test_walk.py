"""The attacks on a sign-in, each with and without its protection: the pool and the application really respond."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from labs_helpers.course.days.day3.walk import ATTACKS, PURPOSE, Refused, Walk
from tests.course.days.day3.conftest import CALLBACK, HOST, PASSWORDS

ALL = ("state", "nonce", "pkce")
STOPS = {
    "read the code": [{"pkce"}],
    "foreign sign-in": [{"state"}, {"nonce"}, {"pkce"}],
    "inject the code": [{"nonce"}, {"pkce"}],
    "another address": [set()],
}
"""Attack → the protections, any one of which is enough. The pool always has its own list of addresses."""


def walk(login: dict[str, str], *uses: str) -> Walk:
    return Walk(HOST, login["client"], CALLBACK, tuple(PASSWORDS.items()), frozenset(uses))  # type: ignore[arg-type]


def test_a_sign_in_is_three_requests_and_the_password_is_the_pools(login: dict[str, str]) -> None:
    made = walk(login, *ALL)
    assert made.sign_in() == "alice"
    assert [each.url.partition("amazoncognito.com")[2] for each in made.exchanges] == [
        "/oauth2/authorize", "/login", "/oauth2/token",
    ]  # fmt: skip
    assert all(PASSWORDS["alice"] not in repr(each) for each in made.exchanges)
    every = {name for each in made.exchanges for name in each.given} - {"username", "password"}
    assert every <= set(PURPOSE)


@pytest.mark.parametrize(
    "uses", [each for size in range(4) for each in combinations(ALL, size)], ids="+".join
)
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_fails_where_something_stops_it_and_succeeds_where_nothing_does(
    login: dict[str, str], attack: str, uses: tuple[str, ...]
) -> None:
    stopped = any(set(uses) >= enough for enough in STOPS[attack])
    made = walk(login, *uses)
    if stopped:
        with pytest.raises(Refused):
            made.attack(attack)
    else:
        assert made.attack(attack)
    callbacks = [each.status for each in made.exchanges if each.url == CALLBACK]
    assert callbacks in ([], [400 if stopped else 200]), "a rejected callback gets an error page"


def test_every_sign_in_goes_on_without_protections_which_is_why_they_are_forgotten(login: Any) -> None:
    assert walk(login).sign_in() == "alice"


def test_the_first_step_says_who_sends_the_browser_to_the_pool(login: dict[str, str]) -> None:
    made = walk(login, *ALL)
    with pytest.raises(Refused):
        made.attack("another address")
    assert made.exchanges[0].title.startswith("Mallory's link sends")
