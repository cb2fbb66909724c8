"""Check the installation and show how to fix each problem."""

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

from labs_helpers import extras
from labs_helpers.course.commands.lab import MissingNotebooks, has_home, notebook_folder
from labs_helpers.course.content.paths import data_path, notebooks_in
from labs_helpers.course.shown.counted import counted

_SIGNS = {"fine": "ok  ", "note": "note", "wrong": "BAD "}


@dataclass(frozen=True)
class Finding:
    """The result of a check. `state` is fine, note (worth knowing), or wrong; `advice` is how to fix a problem."""

    state: str
    what: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{_SIGNS[self.state]} {self.what}" + (f"\n     → {self.advice}" if self.advice else "")


def run(arguments: list[str]) -> int:
    """Print all findings.

    Returns 0 if the labs will run, 1 if a problem prevents them from running, 2 for invalid arguments.
    """
    if arguments:
        asked = arguments in (["-h"], ["--help"])
        print("usage: python -m labs_helpers doctor", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    wrong = 0
    for examine in _EXAMINATIONS:
        for finding in examine():
            print(finding)
            wrong += finding.state == "wrong"
    print("The labs will run." if not wrong else f"Problems to fix before the labs can run: {wrong}")
    return 1 if wrong else 0


def _python() -> Iterator[Finding]:
    here = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] < (3, 15):
        yield Finding("fine", f"Python {here}")
    else:
        yield Finding(
            "wrong", f"Python {here}", "Use Python 3.11 to 3.14, for example: python3.13 -m venv .venv"
        )


def _packages() -> Iterator[Finding]:
    advice = "In the folder that contains pyproject.toml, run python -m pip install . or make setup"
    try:
        listed = requires("labs_helpers") or []
        from packaging.requirements import Requirement
    except PackageNotFoundError:
        yield Finding("wrong", "labs_helpers is not installed; it runs from a folder", advice)
        return
    except ImportError:
        yield Finding("wrong", "labs_helpers was installed without the packages it needs", advice)
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
            missing.append(f"{needed.name} {found} does not satisfy {needed.specifier}")
        wanted.append(f'"{text.partition(";")[0].strip()}"')
    if missing:
        advice = f"Run python -m pip install {' '.join(wanted)}, or make setup in a checkout"
        yield Finding("wrong", "; ".join(missing), advice)
    else:
        yield Finding("fine", f"labs_helpers {version('labs_helpers')} and the packages it needs")


def _notebook_packages() -> Iterator[Finding]:
    absent = extras.missing((*extras.NOTEBOOKS, *extras.SAML))
    if absent:
        sentence = "Packages that notebooks, widgets, or SAML need are not installed"
        yield Finding("note", sentence, f"Run {extras.advice(absent)}")
    else:
        yield Finding("fine", "The packages that notebooks, widgets, and SAML need")


def _jupyter() -> Iterator[Finding]:
    try:
        yield Finding("fine", f"JupyterLab {version('jupyterlab')}")
    except PackageNotFoundError:
        advice = "Run python -m pip install jupyterlab, or open the notebooks in VS Code or Notebook 7"
        yield Finding("note", "JupyterLab is not installed", advice)


def _cloud() -> Iterator[Finding]:
    """Start a cloud, and verify that it denies requests from a user without a policy."""
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
            "Install the missing packages listed above. If none is missing, a package is broken: create the "
            "environment again with python -m venv --clear .venv"
        )
        yield Finding("wrong", f"The cloud can't be loaded: {error}", advice)
        return
    except Exception as error:
        yield Finding(
            "wrong", f"The cloud doesn't start: {type(error).__name__}: {error}", "Please report this error."
        )
        return
    if refused:
        yield Finding("fine", "The cloud starts, and denies requests from a user without a policy")
    else:
        yield Finding(
            "wrong", "The cloud allowed a user without a policy to list users", "Please report this error."
        )


def _content() -> Iterator[Finding]:
    """Look for the content of each notebook's day."""
    try:
        notebooks = notebook_folder()
    except MissingNotebooks as error:
        yield Finding("note", "The notebooks are missing", str(error))
        return
    days = [each.name.partition("_")[0] for each in notebooks_in(notebooks)]
    try:
        for day in days:
            data_path(day, "day.json")
    except FileNotFoundError as error:
        advice = "Install labs_helpers again, from its wheel or from the whole repository"
        yield Finding("wrong", f"Part of the course is missing: {error}", advice)
    else:
        yield Finding("fine", f"{counted(len(days), 'notebook')}, each with the content of its day")


def _folder() -> Iterator[Finding]:
    chosen = os.environ.get("LABS_PROGRESS")
    here = Path(chosen).absolute().parent if chosen else Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=here):
            pass
    except OSError as error:
        advice = (
            "Set LABS_PROGRESS to a file you can write"
            if chosen
            else "Open the notebooks in a folder you can write to, or set LABS_PROGRESS to a file you can write"
        )
        yield Finding("note", f"Progress can't be saved in {here}: {error.strerror}", advice)
        return
    free = shutil.disk_usage(here).free // 1_000_000
    if free < 50:
        yield Finding(
            "note",
            f"Only {free} MB are free in {here}",
            "Progress needs less than 1 MB; saved notebooks need more",
        )
    else:
        yield Finding("fine", f"Progress can be saved in {here}")
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        yield Finding(
            "wrong",
            f"There is no folder for temporary files: {error}",
            "Set TMPDIR to a folder you can write to",
        )


def _environment() -> Iterator[Finding]:
    aws = sorted(name for name in os.environ if name.startswith("AWS_"))
    if aws:
        advice = "The labs don't use them: they are set aside while a cloud runs, and restored when it stops"
        yield Finding("note", f"Your environment sets {', '.join(aws)}", advice)
    proxies = sorted(
        name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")
    )
    if proxies:
        yield Finding(
            "note",
            f"Your environment sets proxies: {', '.join(proxies)}",
            "The labs don't use a proxy: nothing leaves the machine",
        )
    if not has_home():
        yield Finding(
            "note", "There is no home folder", "The labs don't need one, but JupyterLab does: set HOME"
        )


def _loopback() -> Iterator[Finding]:
    try:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            socket.create_connection(listening.getsockname(), timeout=5).close()
    except OSError as error:
        advice = "The notebooks still work; `!aws`, other programs, and sign-in pages in a browser don't"
        yield Finding("note", f"No port can be opened on 127.0.0.1: {error.strerror or error}", advice)
    else:
        yield Finding("fine", "Ports can be opened on 127.0.0.1, for `!aws` and for sign-in pages")


_EXAMINATIONS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python, _packages, _notebook_packages, _jupyter, _content, _folder, _environment, _loopback, _cloud,
)  # fmt: skip
