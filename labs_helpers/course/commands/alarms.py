"""Run detection rules on CloudTrail records, or on the course's attacks (docs/alarms.md)."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from labs_helpers.course.shown.file_errors import file_problem

if TYPE_CHECKING:
    from labs_helpers.course.attacks.report import Outcome


def run(arguments: list[str]) -> int:
    """Run the rules in a file or folder.

    Returns 0 if no rule raises an alarm, 1 if one does, and 2 if a rule or a trail can't be read. On the attacks, it
    returns 0 if each rule sees all forms and nothing else, and otherwise 1.
    """
    from labs_helpers.course.attacks.report import junit, lines
    from labs_helpers.course.attacks.rule_files import Unusable
    from labs_helpers.course.shown.mistakes import UnknownName
    from labs_helpers.engine.detection import RuleError

    parser = argparse.ArgumentParser(prog="python -m labs_helpers alarms", description=__doc__)
    parser.add_argument("rules", metavar="RULES", help="a rule, or a folder of rules (.yml, .json, .sql)")
    parser.add_argument(
        "--trail",
        action="append",
        metavar="FILE",
        help="CloudTrail records; without it, the course's attacks are used",
    )
    parser.add_argument("--pack", action="append", metavar="NAME", help="only this attack; can be repeated")
    parser.add_argument("--junit", metavar="XML", help="also write the results as JUnit XML")
    try:
        given = parser.parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        outcomes = _outcomes(Path(given.rules), [Path(each) for each in given.trail or ()], given.pack or [])
        if given.junit:
            Path(given.junit).write_text(junit(outcomes), encoding="utf-8", newline="\n")
    except (Unusable, UnknownName, RuleError, OSError) as error:
        what = file_problem(error) if isinstance(error, OSError) else error
        print(f"error: {what}", file=sys.stderr)
        return 2
    for line in lines(outcomes):
        print(line.encode("utf-8", "backslashreplace").decode("utf-8"))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


def _outcomes(rules: Path, trails: list[Path], packs: list[str]) -> list[Outcome]:
    from labs_helpers.course.attacks.report import on_packs, on_trail
    from labs_helpers.course.attacks.rule_files import read_rules, read_trail

    found = read_rules(rules)
    if trails:
        return on_trail(found, read_trail(trails))
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.attacks.nights import FIRST
    from labs_helpers.course.attacks.packs import load_pack, pack_names
    from labs_helpers.course.attacks.playing import WORK, play

    for name in packs:
        load_pack(name)
    with Cloud(seed=1) as cloud:
        return on_packs(found, play(cloud, [*(packs or pack_names()), WORK], FIRST))
