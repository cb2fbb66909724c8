"""The part of git that a generated repository needs: loose objects, written and read in git's own format.

Blobs, trees, and commits on a single branch take about sixty lines of code. A library would be a dependency of every
learner's installation, and the git program isn't available in browsers or on every machine.
https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, and the text of each of its files, by path."""

    id: str
    parent: str | None
    author: str
    when: datetime
    message: str
    files: Mapping[str, str]


def init(folder: Path) -> None:
    """Create an empty repository whose branch is main."""
    for each in ("objects", "refs/heads"):
        (folder / ".git" / each).mkdir(parents=True, exist_ok=True)
    _write_text(folder / ".git" / "HEAD", "ref: refs/heads/main\n")
    _write_text(folder / ".git" / "config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n")


def commit(folder: Path, files: Mapping[str, str], author: str, when: datetime, message: str) -> str:
    """Commit these files (in one folder) to main, check out the commit, and return its ID."""
    entries = b"".join(
        b"100644 " + name.encode() + b"\0" + bytes.fromhex(_write(folder, "blob", text.encode()))
        for name, text in sorted(files.items())
    )
    tree = _write(folder, "tree", entries)
    parent, who = head(folder), f"{author} {int(when.timestamp())} +0000"
    lines = [f"tree {tree}", *([f"parent {parent}"] if parent else []), f"author {who}", f"committer {who}"]
    made = _write(folder, "commit", ("\n".join(lines) + f"\n\n{message}\n").encode())
    _write_text(_main(folder), made + "\n")
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
    for name, text in files.items():
        _write_text(folder / name, text)
    return made


def head(folder: Path) -> str | None:
    """Return the ID of main's last commit, or None if there are no commits."""
    return _main(folder).read_text(encoding="ascii").strip() if _main(folder).exists() else None


def log(folder: Path) -> list[Commit]:
    """Return main's commits, newest first."""
    found, next_id = [], head(folder)
    while next_id is not None:
        found.append(_commit(folder, next_id))
        next_id = found[-1].parent
    return found


def _write_text(file: Path, text: str) -> None:
    """Write a string with git's line endings, on Windows as well, so that files have the exact bytes of the commit."""
    file.write_text(text, encoding="utf-8", newline="\n")


def _main(folder: Path) -> Path:
    return folder / ".git" / "refs" / "heads" / "main"


def _object(folder: Path, id: str) -> Path:
    return folder / ".git" / "objects" / id[:2] / id[2:]


def _write(folder: Path, kind: str, content: bytes) -> str:
    whole = f"{kind} {len(content)}".encode() + b"\0" + content
    id = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    place = _object(folder, id)
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(zlib.compress(whole))
    return id


def _read(folder: Path, id: str) -> bytes:
    return zlib.decompress(_object(folder, id).read_bytes()).partition(b"\0")[2]


def _commit(folder: Path, id: str) -> Commit:
    header, _, message = _read(folder, id).decode().partition("\n\n")
    fields = dict(line.split(" ", 1) for line in header.splitlines())
    author, seconds, _ = fields["author"].rsplit(" ", 2)
    when = datetime.fromtimestamp(int(seconds), UTC)
    return Commit(id, fields.get("parent"), author, when, message.strip(), _files(folder, fields["tree"]))


def _files(folder: Path, tree: str) -> dict[str, str]:
    rest, files = _read(folder, tree), {}
    while rest:
        entry, _, rest = rest.partition(b"\0")
        files[entry.split(b" ", 1)[1].decode()] = _read(folder, rest[:20].hex()).decode()
        rest = rest[20:]
    return files
