"""The content is found both in a checkout and in an installed package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.course.content import paths


def test_content_is_found_by_its_parts() -> None:
    assert json.loads(paths.data_path("ledger.json").read_text(encoding="utf-8"))


def test_no_parts_give_the_folder_itself() -> None:
    assert (paths.data_path() / "ledger.json").is_file()


def test_missing_content_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"data/exercises/none\.json doesn't exist"):
        paths.data_path("exercises", "none.json")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use a package folder elsewhere. The cached path is cleared before and after the test."""
    folder = tmp_path / "site" / "labs_helpers"
    folder.mkdir(parents=True)
    paths._root.cache_clear()
    monkeypatch.setattr(paths, "_PACKAGE", folder)
    yield folder
    paths._root.cache_clear()


def test_a_wheel_s_own_content_comes_before_a_folder_beside_it(package: Path) -> None:
    (package.parent / "data").mkdir()
    (package / "data").mkdir()
    assert paths.data_path() == package / "data"


def test_an_installation_without_content_says_so(package: Path) -> None:
    with pytest.raises(FileNotFoundError, match="installed without its content"):
        paths.data_path()
