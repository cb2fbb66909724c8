"""Limits on submitted files, and the only function that reads such a file.

An external file must not fill up memory or keep a kernel busy for hours. The decision engine has its own limits on a
policy's text: `MAX_BYTES`, `MAX_STRING`, and `MAX_DEPTH` in `labs_helpers.engine.policy`.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

NOTEBOOK_BYTES = 20_000_000
"""A notebook, or any other file in a folder of submitted work."""
PROGRESS_BYTES = 1_000_000
"""A progress file."""
KEPT_DESIGN_CHARACTERS = 300_000
"""A company design in a progress file, as JSON."""
ANSWERS_BYTES = 10_000_000
"""A file of passed answers."""
KEPT_ANSWER_CHARACTERS = 300_000
"""One answer in a file of passed answers, as JSON."""
DESIGN_BYTES = 1_000_000
"""A file that contains a company design."""
DESIGN_PARTS = 200
"""Parts of one kind in a company design: accounts, policies, users, objects, and so on."""
CERTIFICATE_CHARACTERS = 200_000
"""A certificate page."""
POLICY_TESTS_BYTES = 2_000_000
"""A table of policy tests, or a policy in one of the directories that the table names."""
POLICY_TESTS_REQUESTS = 100_000
"""Requests in one table of policy tests, with all combinations of its lists."""
ACCOUNT_FILE_BYTES = 300_000_000
"""A file about a real account (AWS CLI output), decompressed."""
TRAIL_FILE_BYTES = 200_000_000
"""A trail's log file, decompressed."""


class TooLarge(ValueError):
    """The error for a file that exceeds its limit. The message names the path and limit, `problem` only the limit."""

    def __init__(self, path: str | os.PathLike[str], limit: int) -> None:
        self.path, self.limit = Path(path), limit
        self.problem = f"has more than {limit:,} bytes"
        super().__init__(f"{path}: {self.problem}")


def read_limited(path: str | os.PathLike[str], limit: int, *, unpack: bool = False) -> bytes:
    """Return a file's bytes. With `unpack`, a gzip file whose name ends in `.gz` is decompressed.

    Raises `TooLarge` for a file of more than `limit` bytes, without reading further, and OSError, EOFError, or
    zlib.error for a file that can't be read.
    """
    packed = unpack and Path(path).suffix == ".gz"
    with gzip.open(path, "rb") if packed else open(path, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(path, limit)
    return content
