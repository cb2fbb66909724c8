"""Limits on submitted files, and the only function that reads such a file.

A file from another person must not fill up memory or keep a kernel busy for hours. The decision engine has its own
limits on a policy's text: `MAX_BYTES`, `MAX_STRING`, and `MAX_DEPTH` in `labs_helpers.engine.policy`.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

NOTEBOOK_BYTES = 20_000_000
"""The maximum size of a notebook, or of any other file in a folder of submitted work."""
PROGRESS_BYTES = 1_000_000
"""The maximum size of a progress file."""
KEPT_DESIGN_CHARACTERS = 300_000
"""The maximum length of a company design in a progress file, as JSON."""
DRILL_BYTES = 5_000_000
"""The maximum size of a file of answers to the drill."""
ANSWERS_BYTES = 10_000_000
"""The maximum size of a file of correct answers."""
KEPT_ANSWER_CHARACTERS = 300_000
"""The maximum length of one answer in a file of correct answers, as JSON."""
DESIGN_BYTES = 1_000_000
"""The maximum size of a file that contains a company design."""
DESIGN_PARTS = 200
"""The maximum number of parts of one kind (accounts, policies, users, objects, …) in a company design."""
CERTIFICATE_CHARACTERS = 200_000
"""The maximum length of a certificate page."""
POLICY_TESTS_BYTES = 2_000_000
"""The maximum size of a table of policy tests, or of a policy in a directory that the table names."""
POLICY_TESTS_REQUESTS = 100_000
"""The maximum number of requests in one table of policy tests, after its lists are combined."""
ACCOUNT_FILE_BYTES = 300_000_000
"""The maximum decompressed size of a file about a real account (AWS CLI output)."""
TRAIL_FILE_BYTES = 200_000_000
"""The maximum decompressed size of a trail's log file."""


class TooLarge(ValueError):
    """The error for a file that exceeds its limit.

    The message has the path and the limit; `problem` has only the limit.
    """

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
