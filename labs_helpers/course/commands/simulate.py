"""Evaluate scenarios from standard input, one JSON object per line (docs/simulate.md)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from labs_helpers.engine.policy import MAX_BYTES, simulate

_USAGE = "usage: python -m labs_helpers simulate < scenarios.jsonl"
_ERROR = '{"error": '
_MOST_NAMED = 10
_MAX_LINE = MAX_BYTES + 1  # one more than the engine reads


def run(arguments: list[str]) -> int:
    """Evaluate all scenarios.

    Returns 0 on success, 1 if any line is invalid (the first ones are named), or 2 for invalid arguments.
    """
    if arguments:
        asked = arguments in (["-h"], ["--help"])
        print(_USAGE, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        return _write(simulate(_bounded_lines(sys.stdin.buffer)))
    except BrokenPipeError:
        discard_output()
    return 0


def discard_output() -> None:
    """Discard what is still written to standard output, whose reader has closed the pipe.

    Otherwise, the interpreter would flush again when it exits, and fail.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _write(answers: Iterable[str]) -> int:
    """Write the answers as they come. Name the first invalid lines on standard error, and return the exit code."""
    wrong, write = 0, sys.stdout.write
    for answer in answers:
        write(answer + "\n")
        if answer.startswith(_ERROR):
            wrong += 1
            if wrong <= _MOST_NAMED:
                print(json.loads(answer)["error"], file=sys.stderr)
    sys.stdout.flush()
    if wrong > _MOST_NAMED:
        print(f"{wrong:,} lines are invalid; the first {_MOST_NAMED} are named above", file=sys.stderr)
    return 1 if wrong else 0


def _bounded_lines(source: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of `source`. A line that is too long is cut to _MAX_LINE, which is still too long."""
    while line := source.readline(_MAX_LINE):
        whole = line
        while not line.endswith(b"\n") and (line := source.readline(_MAX_LINE)):
            pass
        yield whole
