"""The shop's git repository, with a key in its history.

The leak is modeled on Uber's in 2016: long-term keys were in a repository that outsiders could read. A later commit
that removes the line doesn't help, because anyone who has the repository has its history.
https://docs.aws.amazon.com/IAM/latest/UserGuide/securing_access-keys.html
"""

from __future__ import annotations

import difflib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from labs_helpers.course.days.day1 import git_objects
from labs_helpers.course.days.day1.actors import CreatedResources
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.mistakes import UnknownName, checked

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

FOLDER = "larkspur-site"
_TOM, _OLIVIA = "Tom <tom@larkspur.example>", "Olivia <olivia@larkspur.example>"
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
"""The prefixes of access key IDs.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes
"""
_SECRET = re.compile(r"\b(?:aws_)?secret_access_key\s*=\s*\"?([A-Za-z0-9/+=]{40})", re.I)


@dataclass(frozen=True, slots=True)
class Leak:
    """An access key in the history: the commit that added it, the file, the line, and the column (from 1)."""

    commit: str
    path: str
    line: int
    column: int
    key_id: str
    text: str
    secret: str | None = field(default=None, repr=False)

    @property
    def keys(self) -> dict[str, str]:
        """The key in the form that `day.cloud.profile("thief", leak.keys)` accepts.

        Raises `LookupError` if the secret access key isn't next to the access key ID.
        """
        if self.secret is None:
            raise UnknownName(f"no secret was found next to {self.key_id}")
        return {"AccessKeyId": self.key_id, "SecretAccessKey": self.secret}


class Repository:
    """The repository, as seen by anyone who has cloned it.

    The folder `path`, inside the cloud's own folder, contains the repository in git's format.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.path = Path(os.environ["AWS_CONFIG_FILE"]).parent / FOLDER

    def make(self) -> None:
        """Create the repository's history: the second commit adds the access key of `deploy`, the third removes it."""
        shutil.rmtree(self.path, ignore_errors=True)
        git_objects.init(self.path)
        key = self._cloud.part(CreatedResources).keys["deploy"]
        began = self._cloud.clock.now()
        for days, author, message, files in _history(key):
            git_objects.commit(self.path, files, author, began + timedelta(days=days), message)

    def log(self) -> Page:
        """Return the commits, newest first, like `git log`. Call `.show()` on the page to display it."""
        rows = [
            (each.id[:8], f"{each.when:%Y-%m-%d}", each.author.split(" <")[0], each.message)
            for each in git_objects.log(self.path)
        ]
        return Page().table(("commit", "when", "who", "message"), rows)

    def files(self) -> dict[str, str]:
        """Return the current files, by path, as `git ls-files` lists them."""
        return dict(git_objects.log(self.path)[0].files)

    @checked
    def show(self, commit: str) -> str:
        """Return a commit's changes as text, like `git show`. Raises `LookupError` if there is no such commit."""
        found = {each.id: each for each in git_objects.log(self.path)}
        chosen = next((each for id, each in found.items() if commit and id.startswith(commit)), None)
        if chosen is None:
            raise UnknownName(f"there is no commit {commit!r:.50}")
        before = found[chosen.parent].files if chosen.parent else {}
        return "\n".join(_changes(before, chosen.files))

    def leaks(self) -> list[Leak]:
        """Return every access key ID in the history, with the place that first added it, as secret scanners do.

        Duplicates are omitted.
        """
        found: dict[str, Leak] = {}
        for commit in reversed(git_objects.log(self.path)):
            for each in _leaks(commit):
                found.setdefault(each.key_id, each)
        return list(found.values())


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for path in sorted({*before, *after}):
        old, new = before.get(path, "").splitlines(), after.get(path, "").splitlines()
        yield from difflib.unified_diff(old, new, f"a/{path}", f"b/{path}", lineterm="")


def _leaks(commit: git_objects.Commit) -> Iterator[Leak]:
    for path, text in commit.files.items():
        secret = _SECRET.search(text)
        for number, line in enumerate(text.splitlines(), 1):
            for key in _KEY_ID.finditer(line):
                yield Leak(
                    commit.id,
                    path,
                    number,
                    key.start() + 1,
                    key[0],
                    line.strip(),
                    secret[1] if secret else None,
                )


def _history(key: Mapping[str, str]) -> list[tuple[int, str, str, dict[str, str]]]:
    """Return (days after the first, author, message, files) of each commit."""
    readme = "# larkspur-site\n\nThe shop's style sheet and how it is published.\n"
    style, spring = "body { color: green }\n", "body { color: darkgreen }\n"
    script = "aws s3 cp seeds.css s3://larkspur-assets/seeds.css\n"
    with_key = (
        "#!/bin/sh\n"
        f'export AWS_ACCESS_KEY_ID="{key["AccessKeyId"]}"\n'
        f'export AWS_SECRET_ACCESS_KEY="{key["SecretAccessKey"]}"\n' + script
    )
    first = {"README.md": readme, "seeds.css": style}
    return [
        (0, _TOM, "Start the site", first),
        (1, _TOM, "Publish it with a script", {**first, "deploy.sh": with_key}),
        (9, _OLIVIA, "Take the key out of the script", {**first, "deploy.sh": "#!/bin/sh\n" + script}),
        (
            160,
            _TOM,
            "Use a darker green for spring",
            {**first, "seeds.css": spring, "deploy.sh": "#!/bin/sh\n" + script},
        ),
    ]
