"""A company file is data: it keeps what was saved, and hostile or damaged files are rejected before a build."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs_helpers.course.days.day6 import blueprint
from labs_helpers.course.days.day6.league import company_file
from labs_helpers.course.days.day6.league.company_file import (
    company_text,
    fingerprint,
    read_company,
    read_json,
)
from labs_helpers.course.shown.mistakes import Mistake

DESIGN = blueprint.as_data()


def written(tmp_path, text):
    path = tmp_path / "theirs.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path):
    with pytest.raises(Mistake) as caught:
        read_company(path)
    assert 1 <= len(str(caught.value).splitlines()) <= 3
    assert len(str(caught.value)) < 600
    return str(caught.value)


def file_of(design, **changes):
    whole = {"format": "larkspur-company", "version": 1, "design": design, "sha256": fingerprint(design)}
    return json.dumps({**whole, **changes})


@pytest.mark.parametrize("name", blueprint.designs())
def test_a_saved_company_is_read_back_as_it_was(name, tmp_path):
    design = blueprint.as_data(name)
    assert read_company(written(tmp_path, company_text(design))) == design


def test_the_hash_does_not_depend_on_the_order_of_members_or_on_spaces(tmp_path):
    backwards = dict(reversed(list(DESIGN.items())))
    assert fingerprint(backwards) == fingerprint(DESIGN)
    assert (
        read_company(written(tmp_path, json.dumps(json.loads(company_text(backwards)), indent=7))) == DESIGN
    )


@given(st.data())
def test_a_file_in_which_one_character_of_the_design_differs_is_refused(data):
    text = company_text(DESIGN)
    start, end = text.index('"home"'), text.index('"sha256"')
    place = data.draw(st.integers(start, end - 1))
    changed = text[:place] + ("x" if text[place] != "x" else "y") + text[place + 1 :]
    try:
        value = json.loads(changed)
    except ValueError:
        return
    if value != json.loads(text):
        with pytest.raises(Mistake):
            company_file.design_of(value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "isn't JSON"),
        (b"\xff\xfe{}", "isn't JSON"),
        (b"{", "isn't JSON"),
        (b"[" * 300_000, "40 levels"),
        (b"[" * 100 + b"]" * 100, "40 levels"),
        (json.dumps([0] * 60_000), "50,000 values"),
        (b" " * 1_000_001, "1,000,000 bytes"),
        (b'{"a": NaN}', "NaN isn't a valid JSON number"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "isn't JSON"),
        (b'{"format": 1, "format": 2}', "'format' occurs twice"),
        (b"7", "isn't an object"),
        (b'{"__class__": "os.system"}', "format: missing"),
        (file_of(DESIGN, version=2), "version"),
        (file_of(DESIGN, code="import os"), "code: unknown member"),
        ('{"version": 1e999}', "the number 1e999 is too large"),
        (file_of(DESIGN, sha256="0" * 64), "SHA-256"),
        (file_of(DESIGN, sha256="\ud800"), "SHA-256"),
        (file_of([]), "design"),
    ],
    ids=lambda given: given[:20] if isinstance(given, str) and len(given) < 30 else "file",
)
def test_a_file_that_is_no_company_is_refused_with_its_limit(text, told, tmp_path):
    assert told in refused(written(tmp_path, text))


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("roles", 0, "name"), "<img src=x>", "HTML"),
        (("title",), "<script>alert(1)</script>", "HTML"),
        (("people", "users"), {"<b>dora</b>": ["developers"]}, "HTML"),
        (("roles", 0, "about"), "AKIA" + "A" * 16, "access key"),
        (("buckets", 0, "objects"), {"key.pem": "-----BEGIN PRIVATE KEY-----"}, "private key"),
        (("title",), "a\x1b[2J", "can't be printed"),
        (("title",), "a\u202egnp.exe", "can't be printed"),
        (("roles", 0, "hook"), "x", "hook"),
        (("roles", 0, "trust"), "x", "must be a dict"),
        (("accounts",), {f"a{n}": {"unit": "Security", "about": "x"} for n in range(300)}, "accounts"),
        (("roles", 0, "account"), "nowhere", "no account nowhere"),
        (("home",), 7, "home"),
    ],
)
def test_a_design_with_something_hostile_is_refused_with_its_place(place, value, told, tmp_path):
    design = copy.deepcopy(DESIGN)
    at = design
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    assert told in refused(written(tmp_path, file_of(design)))


def test_a_company_with_a_secret_is_not_written():
    design = blueprint.changed(DESIGN, {"roles": {"tickets-app": {"about": "ASIA" + "B" * 16}}})
    with pytest.raises(Mistake, match="access key"):
        company_text(design)


def test_a_company_that_would_be_too_large_is_not_written():
    with pytest.raises(Mistake, match="1,000,000 bytes"):
        company_text({**DESIGN, "about": "x" * 1_000_000})


def test_a_file_that_is_not_there_is_told_by_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "nothing.json")
