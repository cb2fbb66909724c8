"""The command line, `labs` or `python -m labs_helpers`, which runs the commands in `labs_helpers.course.commands`."""

from __future__ import annotations

import io
import sys
from difflib import get_close_matches

from labs_helpers import __version__
from labs_helpers.course import commands


def usage() -> str:
    """Return the help text, with one line per command."""
    lines = [f"  {name:<14} {commands.about(name)}" for name in commands.names()]
    return "\n".join(
        ["usage: python -m labs_helpers COMMAND …, or --version (labs COMMAND … is the same)", "", *lines]
    )


def main(arguments: list[str]) -> int:
    """Run a command and return its exit code (2 for an unknown command)."""
    _replace_unprintable_characters()
    if arguments == ["--version"]:
        print(__version__)
        return 0
    if arguments in (["-h"], ["--help"]):
        print(usage())
        return 0
    if not arguments:
        print(usage(), file=sys.stderr)
        return 2
    if arguments[0] not in commands.names():
        similar = get_close_matches(arguments[0], commands.names(), 1)
        hint = f" Did you mean {similar[0]}?" if similar else ""
        print(f"There is no command {arguments[0]!r:.60}.{hint}\n{usage()}", file=sys.stderr)
        return 2
    return commands.find(arguments[0])(arguments[1:])


def console() -> int:
    """Run the command `labs`, which pip installs next to this module. Returns its exit code.

    If the reader of the output, such as `head`, closes the pipe before everything is written, the exit code is 1.
    """
    try:
        try:
            return main(sys.argv[1:])
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        from labs_helpers.course.commands.simulate import discard_output

        discard_output()
        return 1


def _replace_unprintable_characters() -> None:
    """Print "?" for characters that the output can't encode, instead of failing.

    On Windows, redirected output has a code page that lacks some of the characters we print.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(console())
