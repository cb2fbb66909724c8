"""Record scenarios on AWS, compare a recording with this cloud, finish an interrupted clean-up.

    python -m tests.parity record --profile NAME [--only iam s3] [--out FILE] [--yes]
    python -m tests.parity compare [FILE] [--only iam s3]
    python -m tests.parity clean [JOURNAL] --profile NAME

`record` and `clean` are the only code of this project that reaches AWS. `--endpoint URL` takes a server on this machine
instead.
"""

from __future__ import annotations

import argparse
import secrets
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.parity import estimate, recording, report, targets
from tests.parity.journal import Journal
from tests.parity.left import left
from tests.parity.runner import PREFIX, Run, clean
from tests.parity.shapes import Group, Recorded, groups
from tests.parity.targets import Target, Unreachable

FOLDER = Path(".parity")
"""Where recordings and journals go, in the current folder."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Return 0 if nothing is different or left, 1 if something is, or 2 for a usage error."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.parity", description=(__doc__ or "").splitlines()[0]
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, function in (("record", _record), ("compare", _compare), ("clean", _clean)):
        command = commands.add_parser(name)
        command.set_defaults(function=function)
        command.add_argument("--endpoint", metavar="URL", help="a server on this machine")
        command.add_argument(
            "--profile", metavar="NAME", help="a profile of ~/.aws: an administrator, not the root user"
        )
        if name != "clean":
            command.add_argument(
                "--only", nargs="+", default=(), metavar="SERVICE", help="these services alone"
            )
        if name == "record":
            command.add_argument("--out", type=Path, metavar="FILE", help="where the recording goes")
            command.add_argument("--yes", action="store_true", help="don't ask")
        else:
            command.add_argument(
                "file", nargs="?", type=Path, metavar="FILE", help="a recording, or a run's journal"
            )
    given = parser.parse_args(arguments)
    try:
        return int(given.function(given))
    except Unreachable as reason:
        print(reason, file=sys.stderr)
        return 2


def _target(given: argparse.Namespace) -> Target:
    if given.endpoint:
        return targets.endpoint(given.endpoint, given.profile)
    if not given.profile:
        raise Unreachable("name the profile: --profile NAME")
    return targets.aws(given.profile)


def _record(given: argparse.Namespace) -> int:
    chosen = groups(only=given.only)
    print("\n".join(_announced(chosen)))
    target = _target(given)
    if not given.yes and input("Make these calls? Type yes: ").strip() != "yes":
        return 2
    run = secrets.token_hex(4)
    out = given.out or FOLDER / f"{target.where}-{run}.json"
    journal = Journal(FOLDER / f"{run}.journal")
    print(f"Run {run}. If it is interrupted: python -m tests.parity clean {journal.path} --profile …")
    found: dict[str, Recorded] = {}
    interrupted = False
    try:
        with _interrupted_by_a_signal():
            for part in Run(target, run, journal).all(chosen):
                found |= part
                recording.write(out, target.where, found)
    except KeyboardInterrupt:
        interrupted = True
        print("interrupted")
    failed = [name for name, each in found.items() if each.failed]
    print(f"{len(found)} scenarios are in {out}. Set-ups that failed: {', '.join(failed) or 'none'}")
    return _say_what_is_left(target, journal, f"{PREFIX}-{run}") or int(interrupted)


def _announced(chosen: Sequence[Group]) -> Iterator[str]:
    """Return the text that is shown before anything is created."""
    scenarios = sum(len(group.scenarios) for group in chosen)
    yield f"{scenarios} scenarios of {len(chosen)} services in {targets.REGION}. Made, and taken back, are at most:"
    for method, number in sorted(estimate.created(chosen).items()):
        yield f"  {number:4} {method}"
    yield "Keys are scheduled for deletion in 7 days, the shortest time; meanwhile they cost nothing."
    yield "For some seconds two buckets without anything of yours are public, and users have access keys."
    yield f"Estimate: at most {estimate.dollars(chosen):.2f} USD (how it is computed: tests/parity/estimate.py)."


@contextmanager
def _interrupted_by_a_signal() -> Iterator[None]:
    """Handle a termination like an interrupt, so that the cleanup runs."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _clean(given: argparse.Namespace) -> int:
    target = _target(given)
    paths = [given.file] if given.file else sorted(FOLDER.glob("*.journal"))
    worst = 0
    for path in paths:
        journal = Journal(path)
        clean(journal, target)
        worst = max(worst, _say_what_is_left(target, journal, f"{PREFIX}-{journal.started['run']}"))
    if not paths:
        print(f"no journal in {FOLDER}")
    return worst


def _say_what_is_left(target: Target, journal: Journal, prefix: str) -> int:
    found = [f"{method} is to be made" for _, steps in journal.to_undo for method, _ in steps]
    found += [f"perhaps: {each}" for each in journal.unknown] + list(left(target, prefix))
    print("\n".join([f"left of {prefix}:", *found]) if found else f"nothing is left of {prefix}")
    return 1 if found else 0


def _compare(given: argparse.Namespace) -> int:
    path = given.file or recording.CHECKED_IN
    if not path.exists():
        raise Unreachable(f"there is no recording {path}: make one with record")
    made, theirs = recording.read(path)
    if given.endpoint:
        chosen, journal = groups(only=given.only), Journal(FOLDER / f"{secrets.token_hex(4)}.journal")
        found = report.compare(chosen, theirs, report.answers(_target(given), chosen, journal))
    else:
        found = report.compared_here(theirs, given.only)
    print(f"Recorded: {made['where']}, {made['date']}, {made['region']}.\n")
    print("\n".join(report.lines(found)))
    return 1 if found.differences else 0


if __name__ == "__main__":
    sys.exit(main())
