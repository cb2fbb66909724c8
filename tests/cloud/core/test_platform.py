"""Python in a browser: features that it lacks are replaced, or their absence is reported."""

from __future__ import annotations

import hashlib

import pytest

from labs_helpers import extras, open_day
from labs_helpers.cloud import Cloud
from labs_helpers.cloud.core import platform
from labs_helpers.cloud.core.errors import NotModelled


@pytest.mark.parametrize("length", [None, 20, 100])
@pytest.mark.parametrize("name", ["sha1", "sha256", "sha512"])
def test_the_derivation_that_is_lent_to_hashlib_is_openssls(monkeypatch, name, length):
    real = hashlib.pbkdf2_hmac
    monkeypatch.delattr(hashlib, "pbkdf2_hmac")
    platform.complete_hashlib()
    lent = hashlib.pbkdf2_hmac
    assert lent is not real
    assert lent(name, b"word", b"salt", 7, length) == real(name, b"word", b"salt", 7, length)


def test_a_hashlib_that_has_it_keeps_its_own():
    real = hashlib.pbkdf2_hmac
    platform.complete_hashlib()
    assert hashlib.pbkdf2_hmac is real


@pytest.mark.parametrize(
    ("browser", "told"), [(True, "left out here"), (False, r"not installed. Run: .*lxml signxml")]
)
def test_without_its_libraries_saml_says_so(monkeypatch, browser, told):
    monkeypatch.setattr(extras, "missing", list)
    monkeypatch.setattr(platform, "in_a_browser", lambda: browser)
    with pytest.raises(NotModelled, match=f"need lxml and signxml, which are {told}"):
        platform.need_saml()


@pytest.fixture
def in_a_browser(monkeypatch):
    """Answer as a browser's Python does, without the browser's own functions: tests/lite has those."""
    monkeypatch.setattr(platform, "in_a_browser", lambda: True)
    monkeypatch.setattr("labs_helpers.course.shown.hosting.in_a_browser", lambda: True)
    monkeypatch.setattr("labs_helpers.cloud.process.browser_network.close", lambda why: lambda: None)


@pytest.mark.parametrize(
    ("day", "left_out"), [(3, "sign in with SAML"), (4, "access portal"), (6, "take-home")]
)
def test_a_day_s_card_says_what_is_left_out(in_a_browser, capsys, tmp_path, day, left_out):
    with Cloud() as cloud:
        open_day(day, cloud=cloud, progress=tmp_path / "progress.json")
    said = capsys.readouterr().out
    assert "Python runs in this browser page" in said
    assert left_out in said


def test_no_card_says_so_elsewhere(capsys, tmp_path):
    with Cloud() as cloud:
        open_day(3, cloud=cloud, progress=tmp_path / "progress.json")
    said = capsys.readouterr().out
    assert "browser page" not in said
    assert "Not available in this edition" not in said


def test_no_endpoint_is_opened_there(in_a_browser):
    with Cloud() as cloud, pytest.raises(ModuleNotFoundError, match="no other program can reach this cloud"):
        cloud.endpoint()
