"""Limits on submitted files, and the only function that reads such a file.

A file from elsewhere must neither fill the memory nor keep a kernel busy for hours. The decision engine has its own
limits on a policy's text: `MAX_BYTES`, `MAX_STRING`, and `MAX_DEPTH` in `labs_helpers.engine.policy`.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

NOTEBOOK_BYTES = 20_000_000
"""A notebook, or any other file in a folder of handed-in work."""
PROGRESS_BYTES = 1_000_000
"""A progress file."""
KEPT_DESIGN_CHARACTERS = 300_000
"""The design of a company within a progress file, as JSON."""
DESIGN_BYTES = 1_000_000
"""A file with the design of a company."""
DESIGN_PARTS = 200
"""Parts of one kind in the design of a company: accounts, policies, users, objects and so on."""
CERTIFICATE_CHARACTERS = 200_000
"""A certificate's page."""
POLICY_TESTS_BYTES = 2_000_000
"""A table of policy tests, or one of the policies in the directories that it names."""
POLICY_TESTS_REQUESTS = 100_000
"""Requests in one table of policy tests, with all combinations of its lists."""
ACCOUNT_FILE_BYTES = 300_000_000
"""A file of a real account, as the AWS CLI prints it, unpacked."""
TRAIL_FILE_BYTES = 200_000_000
"""A log file of a trail, unpacked."""


class TooLarge(ValueError):
    """A file above its limit. The message names the path and the limit, `problem` only the limit."""

    def __init__(self, path: str | os.PathLike[str], limit: int) -> None:
        self.path, self.limit = Path(path), limit
        self.problem = f"has more than {limit:,} bytes"
        super().__init__(f"{path}: {self.problem}")


def read_limited(path: str | os.PathLike[str], limit: int, *, unpack: bool = False) -> bytes:
    """Return the bytes of a file, with `unpack` those in a gzip file whose name ends in `.gz`.

    Raise `TooLarge` for a file of more than `limit` bytes, of which no more than that is read, and OSError, EOFError
    or zlib.error for one that can't be read.
    """
    packed = unpack and Path(path).suffix == ".gz"
    with gzip.open(path, "rb") if packed else open(path, "rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(path, limit)
    return content
