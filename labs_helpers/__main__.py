"""python -m labs_helpers simulate: decides the scenarios on standard input, one JSON object a line.

python -m labs_helpers serve: opens a cloud to other programs on this machine (docs/endpoint.md).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import BinaryIO

USAGE = """\
usage: python -m labs_helpers simulate < scenarios.jsonl
       python -m labs_helpers serve [--day N] [--port P]"""
MAX_LINE = 10_000_001  # one more than the engine reads


def bounded_lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines of source; of a line longer than MAX_LINE only as much as shows that it is too long."""
    while line := source.readline(MAX_LINE):
        whole = line
        while not line.endswith(b"\n") and (line := source.readline(MAX_LINE)):
            pass
        yield whole


def main(arguments: list[str]) -> int:
    """Exit code 0, or 2 when called wrongly. A bad line is an answer, not a failure."""
    if arguments[:1] == ["serve"]:
        from labs_helpers.serve.command import serve

        return serve(arguments[1:])
    if arguments != ["simulate"]:
        print(USAGE, file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    from labs_helpers.policy import simulate

    try:
        for answer in simulate(bounded_lines(sys.stdin.buffer)):
            sys.stdout.write(answer + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; keep the interpreter from flushing again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
