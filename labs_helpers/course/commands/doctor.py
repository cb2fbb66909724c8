"""Check the installation, and say what to do about what is wrong."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from labs_helpers.course.commands.lab import MissingNotebooks, has_home, notebook_folder
from labs_helpers.course.content.paths import data_path

_SIGNS = {"fine": "ok  ", "note": "note", "wrong": "BAD "}


@dataclass(frozen=True)
class Finding:
    """One result. `state`: fine, note (works, but good to know) or wrong; `advice`: what to do about it."""

    state: str
    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{_SIGNS[self.state]} {self.what}" + (f"\n     → {self.advice}" if self.advice else "")


def run(arguments: list[str]) -> int:
    """Print all findings. Exit code 0 if the labs will run, 1 if something prevents it, 2 if called wrongly."""
    if arguments:
        print("usage: python -m labs_helpers doctor", file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    wrong = 0
    for examine in _EXAMINATIONS:
        for finding in examine():
            print(finding)
            wrong += finding.state == "wrong"
    print("The labs will run." if not wrong else f"{wrong} to mend before the labs run.")
    return 1 if wrong else 0


def _python() -> Iterator[Finding]:
    here = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] < (3, 15):
        yield Finding("fine", f"Python {here}")
    else:
        yield Finding("wrong", f"Python {here}", "Use a Python from 3.11 to 3.14: python3.13 -m venv .venv")


def _packages() -> Iterator[Finding]:
    advice = "python -m pip install . in the folder that has pyproject.toml, or make setup there"
    try:
        listed = requires("labs_helpers") or []
        from packaging.requirements import Requirement
    except PackageNotFoundError:
        yield Finding("wrong", "labs_helpers runs from a folder, and is not installed", advice)
        return
    except ImportError:
        yield Finding("wrong", "labs_helpers was installed without the packages that it needs", advice)
        return
    missing, wanted = [], []
    for text in listed:
        needed = Requirement(text)
        if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(needed.name)
        except PackageNotFoundError:
            missing.append(f"{needed.name} is not installed")
        else:
            if needed.specifier.contains(found, prereleases=True):
                continue
            missing.append(f"{needed.name} {found} is not {needed.specifier}")
        wanted.append(f'"{text.partition(";")[0].strip()}"')
    if missing:
        advice = f"python -m pip install {' '.join(wanted)}, or make setup in a checkout"
        yield Finding("wrong", "; ".join(missing), advice)
    else:
        yield Finding("fine", f"labs_helpers {version('labs_helpers')} with what it needs")


def _jupyter() -> Iterator[Finding]:
    try:
        yield Finding("fine", f"JupyterLab {version('jupyterlab')}")
    except PackageNotFoundError:
        advice = "python -m pip install jupyterlab, or open the notebooks in VS Code or Notebook 7"
        yield Finding("note", "JupyterLab is not installed", advice)


def _cloud() -> Iterator[Finding]:
    """Start a cloud, and see that it denies a user without a policy."""
    try:
        import boto3
        from botocore.exceptions import ClientError

        from labs_helpers.cloud import Cloud

        with Cloud():
            boto3.client("iam").create_user(UserName="alice")
            key = boto3.client("iam").create_access_key(UserName="alice")["AccessKey"]
            alice = boto3.client(
                "iam", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
            )
            try:
                alice.list_users()
            except ClientError as error:
                refused = error.response["Error"]["Code"] == "AccessDenied"
            else:
                refused = False
    except ImportError as error:
        advice = (
            "Install what is missing above; if nothing is, a package is broken: make the environment anew, "
            "python -m venv --clear .venv"
        )
        yield Finding("wrong", f"The cloud cannot be loaded: {error}", advice)
        return
    except Exception as error:
        yield Finding(
            "wrong", f"The cloud does not start: {type(error).__name__}: {error}", "Please report this line."
        )
        return
    if refused:
        yield Finding("fine", "The cloud starts, and refuses a user without a policy")
    else:
        yield Finding("wrong", "The cloud let a user without a policy list users", "Please report this line.")


def _content() -> Iterator[Finding]:
    """Look for the content of each notebook's day."""
    try:
        notebooks = notebook_folder()
    except MissingNotebooks as error:
        yield Finding("note", "The notebooks are not here", str(error))
        return
    days = sorted(each.name.partition("_")[0] for each in notebooks.glob("day*_*.ipynb"))
    try:
        for day in days:
            data_path(day, "day.json")
    except FileNotFoundError as error:
        advice = "Install labs_helpers again: from its wheel, or from the whole repository"
        yield Finding("wrong", f"The course is not whole: {error}", advice)
    else:
        yield Finding("fine", f"{len(days)} notebooks of days, each with its content")


def _folder() -> Iterator[Finding]:
    here = Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=here):
            pass
    except OSError as error:
        advice = "Open the notebooks in a folder of yours, or set LABS_PROGRESS to a file that you may write"
        yield Finding("note", f"Progress cannot be kept in {here}: {error.strerror}", advice)
        return
    free = shutil.disk_usage(here).free // 1_000_000
    if free < 50:
        yield Finding(
            "note", f"{free} MB are free in {here}", "Progress needs less than 1 MB, saved notebooks more"
        )
    else:
        yield Finding("fine", f"Progress can be kept in {here}")
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        yield Finding(
            "wrong",
            f"There is no folder for temporary files: {error}",
            "Set TMPDIR to one that you may write",
        )


def _environment() -> Iterator[Finding]:
    aws = sorted(name for name in os.environ if name.startswith("AWS_"))
    if aws:
        advice = "Left as they are: while a cloud runs they are put aside, and come back when it stops"
        yield Finding("note", f"Set in your environment: {', '.join(aws)}", advice)
    proxies = sorted(
        name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")
    )
    if proxies:
        yield Finding(
            "note", f"Proxies are set: {', '.join(proxies)}", "The labs use none: nothing leaves the machine"
        )
    if not has_home():
        yield Finding("note", "There is no home folder", "The labs need none; JupyterLab does: set HOME")


def _loopback() -> Iterator[Finding]:
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            socket.create_connection(listening.getsockname(), timeout=5).close()
    except OSError as error:
        advice = (
            "The notebooks run all the same; `!aws`, other programs and sign-in pages in a browser do not"
        )
        yield Finding("note", f"No port can be opened on 127.0.0.1: {error.strerror or error}", advice)
    else:
        yield Finding("fine", "Ports can be opened on 127.0.0.1, for `!aws` and for sign-in pages")


_EXAMINATIONS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python, _packages, _jupyter, _content, _folder, _environment, _loopback, _cloud,
)  # fmt: skip
