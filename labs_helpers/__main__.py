"""python -m labs_helpers: the commands of `labs_helpers.course.commands`."""

from __future__ import annotations

import io
import sys

from labs_helpers import __version__
from labs_helpers.course import commands


def usage() -> str:
    """The commands and what each does."""
    lines = [f"  {name:<14} {commands.about(name)}" for name in commands.names()]
    return "\n".join(["usage: python -m labs_helpers COMMAND …, or --version", "", *lines])


def main(arguments: list[str]) -> int:
    """The command's exit code; 2 for one that there is not."""
    _lose_characters_not_answers()
    if arguments == ["--version"]:
        print(__version__)
        return 0
    if arguments in (["-h"], ["--help"]):
        print(usage())
        return 0
    if not arguments or arguments[0] not in commands.names():
        print(usage(), file=sys.stderr)
        return 2
    return commands.find(arguments[0])(arguments[1:])


def _lose_characters_not_answers() -> None:
    """Redirected output has a code page on Windows, which lacks some characters that we print."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
