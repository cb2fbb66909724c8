"""The module that the policy editor's field runs in the browser: complete, small, licensed, up to date."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
FOLDER = ROOT / "labs_helpers/course/widgets/policy_editor/editor_js"
BUILT = FOLDER / "built"
PACKAGES = Path(os.environ.get("LABS_JUDGES", ROOT / ".judges")) / "editor" / "node_modules"
NODE = shutil.which("node")
LARGEST = 600_000


def test_the_module_is_small_and_brings_all_it_runs() -> None:
    text = (BUILT / "editor.js").read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    brings = r"""\bimport\s*[({*"']|\bimport\s+\w|\brequire\(|\bfetch\(|XMLHttpRequest|WebSocket"""
    assert not re.search(brings, text)


def test_the_module_names_no_host_but_those_of_its_texts() -> None:
    text = (BUILT / "editor.js").read_text(encoding="utf-8")
    hosts = set(re.findall(r"https?://([\w.-]+)", text))
    assert hosts <= {"docs.aws.amazon.com", "www.w3.org"}, hosts


def test_every_package_in_it_is_under_a_licence_that_is_given() -> None:
    given = (BUILT / "LICENSES.txt").read_text(encoding="utf-8")
    locked = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name in (
        "@codemirror/state",
        "@codemirror/view",
        "@lezer/common",
        "style-mod",
        "w3c-keyname",
        "crelt",
    ):
        version = locked[f"node_modules/{name}"]["version"]
        assert f"{name} {version} (MIT)" in given
    assert given.count("Permission is hereby granted") == given.count("(MIT)")


def test_the_lock_file_pins_what_is_taken_and_leaves_where_from_to_npm() -> None:
    text = (FOLDER / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    packages = json.loads(text)["packages"]
    assert all(each.get("integrity", "").startswith("sha512-") for name, each in packages.items() if name)


@pytest.mark.skipif(
    NODE is None or not PACKAGES.is_dir(), reason="needs Node.js and .judges/editor (make test)"
)
def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("build.mjs", "package.json"):
        shutil.copy(FOLDER / name, tmp_path)
    shutil.copytree(FOLDER / "src", tmp_path / "src")
    shutil.copytree(PACKAGES, tmp_path / "node_modules", symlinks=True)
    assert NODE is not None
    subprocess.run([NODE, "build.mjs", "made"], cwd=tmp_path, check=True, timeout=120)
    for name in ("editor.js", "LICENSES.txt"):
        assert (tmp_path / "made" / name).read_bytes() == (BUILT / name).read_bytes(), (
            f"run `make editor`: {name}"
        )
