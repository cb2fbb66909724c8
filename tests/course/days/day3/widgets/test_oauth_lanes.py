"""The OAuth walk's lanes: the picture shows what really happened."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from labs_helpers.course.days.day3.walk import ATTACKS
from labs_helpers.course.days.day3.widgets.oauth_lanes import arrows
from labs_helpers.course.days.day3.widgets.oauth_walk import NOTHING, OAuthWalk
from labs_helpers.course.shown.look import drawing
from tests.course.days.day3.conftest import CALLBACK, HOST, PASSWORDS


@pytest.fixture
def walk(login: dict[str, str]) -> OAuthWalk:
    return OAuthWalk(HOST, login["client"], CALLBACK, list(PASSWORDS.items()))


def picture(walk: OAuthWalk) -> ElementTree.Element:
    html = walk._picture()
    return ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])


def written(drawn: ElementTree.Element) -> set[str]:
    return {"".join(each.itertext()) for each in drawn.iter("text")}


def test_a_sign_in_has_three_lanes_and_every_protection_on_its_arrow(walk: OAuthWalk) -> None:
    drawn = picture(walk)
    assert {"browser", "application", "user pool", "state", "PKCE", "nonce"} <= written(drawn)
    assert "Mallory" not in written(drawn)
    guards = {each.guard: (each.start, each.end) for each in arrows(walk.exchanges, "") if each.guard}
    assert guards == {
        "state": ("user pool", "application"),
        "pkce": ("application", "user pool"),
        "nonce": ("user pool", "application"),
    }


@pytest.mark.parametrize("attack", [NOTHING, *ATTACKS])
def test_each_request_has_its_number_once_and_its_answer_has_none(walk: OAuthWalk, attack: str) -> None:
    walk.choose(attack)
    assert walk.outcome is not None
    drawn = arrows(walk.exchanges, walk.outcome[1])
    numbers = [
        found[1] for each in picture(walk).iter("text") if (found := re.match(r"(\d)\. ", each.text or ""))
    ]
    assert numbers == [str(number) for number in sorted({each.number for each in drawn})]


@pytest.mark.parametrize(
    ("attack", "lock"),
    [
        ("read the code", "pkce"),
        ("foreign sign-in", "state"),
        ("inject the code", "pkce"),
        ("another address", "address"),
    ],
)
def test_an_attack_bounces_at_the_protection_that_stops_it(walk: OAuthWalk, attack: str, lock: str) -> None:
    walk.choose(attack)
    assert walk.outcome is not None
    *_, last = arrows(walk.exchanges, walk.outcome[1])
    assert (last.guard, last.stopped) == (lock, True)
    drawn = picture(walk)
    assert len(drawn.findall(".//path[@class='bounce']")) == 1
    assert ", stopped here." in drawn.attrib["aria-label"]


@pytest.mark.parametrize("attack", [each for each in ATTACKS if each != "another address"])
def test_without_protections_the_locks_fall_off_and_the_attack_arrives(walk: OAuthWalk, attack: str) -> None:
    walk.choose(attack, without=["state", "nonce", "pkce"])
    assert walk.outcome is not None
    assert walk.outcome[0] is True
    drawn = picture(walk)
    assert drawn.findall(".//path[@class='bounce']") == []
    assert drawn.findall(".//g[@class='locked']") == []
    assert drawn.findall(".//g[@class='fallen']")
    assert any(each.red for each in arrows(walk.exchanges, walk.outcome[1]))


def test_without_pkce_the_nonce_stops_an_injected_code(walk: OAuthWalk) -> None:
    walk.choose("inject the code", without=["pkce"])
    assert walk.outcome is not None
    *_, last = arrows(walk.exchanges, walk.outcome[1])
    assert (last.guard, last.stopped) == ("nonce", True)


@pytest.mark.parametrize("attack", [NOTHING, *ATTACKS])
def test_no_padlock_and_no_cross_is_on_a_label(walk: OAuthWalk, attack: str) -> None:
    """The labels' width is estimated in the same way as for their positions; the browser tests measure it."""
    walk.choose(attack)
    drawn = picture(walk)
    marks = [
        tuple(map(float, re.findall(r"[\d.]+", each.attrib["transform"])[:2]))
        for each in drawn.iter("g")
        if each.attrib.get("class") == "locked"
    ]
    assert marks
    for each in drawn.iter("text"):
        x, y = float(each.attrib["x"]), float(each.attrib["y"])
        half = len("".join(each.itertext())) * drawing.LETTER / 2
        for across, down in marks:
            assert not (abs(x - across) < half + 8 and down - 12 < y < down + 9), "".join(each.itertext())


def test_a_tick_runs_the_attack_again_and_the_buttons_step_through_it(walk: OAuthWalk) -> None:
    walk.attack.value = "read the code"
    walk.protections["pkce"].value = False
    assert walk.outcome == (True, "Mallory has an ID token of alice.")
    assert walk.step.value == walk.step.max == 3, "an attack's last request is the one that matters"
    walk.back.click()
    walk.back.click()
    walk.back.click()
    assert walk.step.value == 1
    walk.forward.click()
    assert walk.step.value == 2
