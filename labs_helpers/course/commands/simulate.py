"""Evaluate scenarios from standard input, one JSON object per line (docs/simulate.md)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

from labs_helpers.engine.policy import MAX_BYTES, simulate

_USAGE = "usage: python -m labs_helpers simulate < scenarios.jsonl"
_MAX_LINE = MAX_BYTES + 1  # one more than the engine reads


def run(arguments: list[str]) -> int:
    """Evaluate all scenarios. Returns 0, even if some lines are invalid and get errors, or 2 for invalid arguments."""
    if arguments:
        print(_USAGE, file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    try:
        for answer in simulate(_bounded_lines(sys.stdin.buffer)):
            sys.stdout.write(answer + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; keep the interpreter from flushing again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _bounded_lines(source: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of `source`; of a line longer than _MAX_LINE, only enough to show that it is too long."""
    while line := source.readline(_MAX_LINE):
        whole = line
        while not line.endswith(b"\n") and (line := source.readline(_MAX_LINE)):
            pass
        yield whole
