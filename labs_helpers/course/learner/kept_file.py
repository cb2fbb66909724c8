"""A learner's JSON file, shared by notebooks: merged at every save, written completely or not at all, never discarded.

Every save merges what another notebook has written since then, writes a temporary file, and replaces the old file in
one step. A file that can't be read is renamed to `….broken`. If the file can't be written, its content stays in memory,
and a notice explains this. Every later save tries again, so nothing is lost if the disk has space again.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labs_helpers.course.learner import shared_file
from labs_helpers.limits import TooLarge, read_limited


class BrokenFile(Exception):
    """The error for a file that doesn't belong to the course or is damaged.

    The message names the location and the reason.
    """


class NewerFile(BrokenFile):
    """The error for a file from a newer version of the course, which must not be overwritten."""


def read_versioned(
    path: Path,
    limit: int,
    version: int,
    broken: type[BrokenFile] = BrokenFile,
    newer: type[NewerFile] = NewerFile,
) -> dict[str, Any]:
    """Return the object in a JSON file whose "version" is at most `version`.

    Raises `broken` for any other content or for more than `limit` bytes, `newer` for a later version, and `OSError` if
    the file can't be read.
    """
    try:
        value = json.loads(read_limited(path, limit))
    except TooLarge as error:
        raise broken(f"it {error.problem}") from None
    except (ValueError, RecursionError):
        raise broken("it isn't JSON") from None
    if not isinstance(value, dict) or type(value.get("version")) is not int:
        raise broken('it has no "version"')
    if value["version"] > version:
        raise newer(f"was written by a newer version of the course (format {value['version']})")
    return value


class KeptFile:
    """The file `path` and its content, which starts as `empty`.

    Subclasses define how the content is read, merged, and written.
    """

    what = "your work"
    """A phrase for the file's content, which notices use."""
    lost = "your work is lost when this kernel ends"
    """A sentence about what happens if the file can't be written, which notices use."""
    elsewhere = ""
    """A sentence about saving the content elsewhere, which notices add."""

    def __init__(self, path: Path, empty: dict[str, Any]) -> None:
        self.path = path.absolute()
        self.notices: list[str] = []  # shown once, with the next page
        self._kept = empty
        self._may_write = True
        self._unsaved = ""  # the reason why the file lacks part of the content, or empty
        self._merge_file()
        self._check_writable()

    def take_notices(self) -> list[str]:
        """Return the notices about the file that have not been shown yet. Each is returned only once."""
        notices, self.notices = self.notices, []
        return notices

    # The format, which subclasses define

    def _read(self) -> dict[str, Any]:
        """Return the content of the file. Raises `BrokenFile`, `NewerFile`, or `OSError`."""
        raise NotImplementedError

    def _merged(self, found: dict[str, Any] | None) -> dict[str, Any]:
        """Return the content in memory merged with the content of the file; None means that there is no file."""
        raise NotImplementedError

    def _as_text(self) -> str:
        """Return the content as the text of the file."""
        raise NotImplementedError

    # The file

    @contextlib.contextmanager
    def _saving(self) -> Iterator[None]:
        """Merge the file, run the block, and write everything, under a lock that keeps other notebooks out."""
        with shared_file.locked(self.path):
            self._merge_file()
            yield
            if not self._may_write:
                return
            try:
                shared_file.replace(self.path, self._as_text())
            except OSError as error:
                self._note_unsaved(error.strerror or type(error).__name__)
            else:
                self._note_saved()

    def _check_writable(self) -> None:
        """Add a notice immediately, instead of after the first exercise, if the folder can't be written to."""
        folder = Path(os.path.realpath(self.path)).parent
        if self._may_write and not os.access(folder, os.W_OK):
            gone = not folder.exists()
            self._note_unsaved(os.strerror(errno.ENOENT if gone else errno.EACCES))

    def _note_unsaved(self, why: str) -> None:
        """Add a notice that the file can't be written, unless one has already been added."""
        if not self._unsaved:
            self.notices.append(
                f"{self.path.name} can't be written here ({why}): {self.lost}, unless a later save succeeds."
                + self.elsewhere
            )
        self._unsaved = f"{self.path.name} can't be written ({why})"

    def _note_saved(self) -> None:
        """Add a notice that the file can be written, if it could not be written before."""
        if self._unsaved:
            self.notices.append(f"{self.path.name} can be written again, and contains all {self.what}.")
        self._unsaved = ""

    def _merge_file(self) -> None:
        """Merge the content of the file into memory and add a notice if the file can't be used."""
        if not self._may_write:
            return
        if self.path.exists() and not self.path.is_file():
            # Moving or overwriting a device or a folder would damage the machine.
            self._keep_in_memory(
                f"{self.path.name} isn't a file: {self.lost}.", f"{self.path.name} isn't a file"
            )
            return
        try:
            self._kept = self._merged(shared_file.retried(self._read))
        except FileNotFoundError:
            self._kept = self._merged(None)
        except NewerFile as error:
            self._keep_in_memory(
                f"{self.path.name} {error}. The file stays unchanged: {self.lost}.",
                f"{self.path.name} {error}",
            )
        except BrokenFile as error:
            self._move_aside(str(error))
        except OSError as error:
            self._keep_in_memory(
                f"{self.path.name} can't be read here ({error.strerror}): {self.lost}.",
                f"{self.path.name} can't be read",
            )

    def _move_aside(self, problem: str) -> None:
        """Rename a broken file, so that nothing in it is lost when a new one is written."""
        aside = shared_file.free_name(self.path.with_name(self.path.name + ".broken"))
        try:
            os.replace(self.path, aside)
        except OSError:
            self._keep_in_memory(
                f"{self.path.name} is broken ({problem}) and can't be renamed: nothing is saved.",
                f"{self.path.name} is broken and can't be renamed",
            )
            return
        self.notices.append(
            f"{self.path.name} couldn't be read ({problem}). It was renamed to {aside.name}, and a new "
            "file was started."
        )

    def _keep_in_memory(self, notice: str, why: str) -> None:
        """Stop writing, because the path must not be overwritten. `why`: the reason in a few words, for later pages."""
        self._may_write, self._unsaved = False, why
        self.notices.append(notice)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path.name!r})"

    def _ipython_display_(self) -> None:
        """Show nothing as a cell's last value: the method of `Day` that returned this has already shown it."""
