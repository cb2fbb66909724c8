"""Open the notebooks in JupyterLab; an installed package first copies them into the current folder."""

from __future__ import annotations

import argparse
import os
import re
import runpy
import shutil
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from labs_helpers.course.content.paths import data_path

_PACKAGE = Path(__file__).resolve().parents[2]
_FOLDER = "notebooks"
_PAGES = "docs"
_LINK = re.compile(r"\]\((?:\.\./docs/)?([\w-]+\.md)")
_FIRST = "index.ipynb"
_INSTALL = (
    "JupyterLab is not installed. Run: python -m pip install jupyterlab. Or open the notebooks in VS Code."
)
_ELSEWHERE = "Run this in a folder you can write to, on a disk with free space."
_NO_HOME = "JupyterLab needs a home folder for its settings, and there is none: set HOME to a folder you can write to."


def run(arguments: list[str]) -> int:
    """Open JupyterLab and return its exit code.

    Returns 1 if notebooks can't be copied or JupyterLab can't be started.
    """
    parser = argparse.ArgumentParser("python -m labs_helpers lab", description=__doc__)
    parser.add_argument(
        "--here", action="store_true", help="copy the notebooks to ./notebooks, even in a checkout"
    )
    parser.add_argument(
        "--copy-only", action="store_true", help="copy the notebooks, but don't open JupyterLab"
    )
    parsed, passed_on = parser.parse_known_args(arguments)
    try:
        folder = notebook_folder()
        if parsed.here or parsed.copy_only or folder.parent == _PACKAGE:
            origin, folder = folder, Path.cwd() / _FOLDER
            for line in (*copy(origin, folder), *copy_pages(origin, folder)):
                print(line, flush=True)  # JupyterLab takes over this process, and might not flush its output
    except MissingNotebooks as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"The notebooks can't be copied: {error.strerror}: {error.filename2 or error.filename}. {_ELSEWHERE}",
            file=sys.stderr,
        )
        return 1
    if parsed.copy_only:
        return 0
    if find_spec("jupyterlab") is None:
        print(_INSTALL, file=sys.stderr)
        return 1
    if not has_home():
        print(_NO_HOME, file=sys.stderr)
        return 1
    return _open([*_options(folder), *passed_on])


class MissingNotebooks(Exception):
    """The error raised if labs_helpers was installed without its notebooks."""


def notebook_folder() -> Path:
    """Return the folder that contains the notebooks: inside the package in a wheel, next to it in a checkout.

    Raises `MissingNotebooks` if there is no such folder.
    """
    for candidate in (_PACKAGE / _FOLDER, _PACKAGE.parent / _FOLDER):
        if candidate.is_dir():
            return candidate
    raise MissingNotebooks(
        "labs_helpers was installed without its notebooks: install it from its wheel or from the whole repository "
        "(docs/without-jupyterlab.md)"
    )


def copy(origin: Path, folder: Path) -> list[str]:
    """Copy the notebooks that `folder` doesn't have yet, and return a line about each.

    A learner's work is never overwritten: if a notebook differs, the course's version is written next to it as
    `….new.ipynb`, or as `….2.new.ipynb` if the learner has changed `….new.ipynb` as well.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [_copied(each, folder / each.name) for each in sorted(origin.glob("*.ipynb"))]


def copy_pages(origin: Path, folder: Path) -> list[str]:
    """Copy the pages that the notebooks link to, directly or through other pages, and return a line about each.

    The pages are copied to `docs`, next to the folder of the copied notebooks, because the links point there. As in
    `copy`, no file is overwritten.
    """
    pages, target = origin.parent / _PAGES, folder.parent / _PAGES
    linked = _linked(origin.glob("*.ipynb"), pages)
    if linked:
        target.mkdir(exist_ok=True)
    return [_copied(pages / name, target / name) for name in sorted(linked)]


def _linked(files: Iterable[Path], pages: Path) -> set[str]:
    """Return the names of the pages to which these files link, directly or through other pages."""
    found: set[str] = set()
    unread = list(files)
    while unread:
        names = set(_LINK.findall(unread.pop().read_text(encoding="utf-8"))) - found
        found |= names
        unread += [pages / name for name in names]
    return found


def _copied(origin: Path, target: Path) -> str:
    if not target.exists():
        _copy_whole(origin, target)
        return f"{target}: new"
    if target.samefile(origin) or _lines(origin) == _lines(target):
        return f"{target}: unchanged"
    ours = _lines(origin)
    free = next(place for place in _new_names(target) if not place.exists() or _lines(place) == ours)
    if not free.exists():
        _copy_whole(origin, free)
    return f"{target}: kept, because you changed it; this version's copy is next to it as {free.name}"


def _new_names(target: Path) -> Iterator[Path]:
    """Yield the paths at which the course's version can be written next to a learner's file, in order of preference."""
    yield target.with_suffix(f".new{target.suffix}")
    for number in count(2):
        yield target.with_suffix(f".{number}.new{target.suffix}")


def _lines(file: Path) -> list[bytes]:
    """Return a file's lines without line endings, which Git and editors on Windows can change."""
    return file.read_bytes().splitlines()


def _copy_whole(origin: Path, target: Path) -> None:
    """Copy a whole file or nothing, because half a notebook (on a full disk) would look like the learner's work."""
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        shutil.copyfile(origin, temporary)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def has_home() -> bool:
    """Return True if the environment variables or the system provide a home folder for the current user."""
    try:
        return Path.home().is_absolute()
    except RuntimeError:
        return False


def _open(options: list[str]) -> int:
    """Run JupyterLab in this process, so that whatever ends the process (a signal, a closed window) ends JupyterLab.

    The settings in data/jupyter turn off JupyterLab's requests for news and updates: the labs don't need a network.
    https://jupyterlab.readthedocs.io/en/stable/user/directories.html
    """
    sys.argv = ["jupyter-lab", *options]
    paths = (str(data_path("jupyter")), os.environ.get("JUPYTER_CONFIG_PATH"))
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    try:
        runpy.run_module("jupyterlab", run_name="__main__")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


def _options(folder: Path) -> list[str]:
    options = ["--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={folder.parent}"]
    options += [f"--LabApp.default_url=/lab/tree/{folder.name}/{_FIRST}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in screens):
        options.append("--no-browser")
    return options
