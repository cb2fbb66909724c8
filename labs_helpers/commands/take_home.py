"""Write a design of Day 6 as AWS CLI commands, CloudFormation templates and a report, into a new folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def run(arguments: list[str]) -> int:
    """Exit code 0, 1 where the folder is there already or the design can't be read, 2 when called wrongly."""
    from labs_helpers.days.day6 import blueprint
    from labs_helpers.days.day6.take_home.folder import take_home

    parser = argparse.ArgumentParser("python -m labs_helpers take-home", description=__doc__)
    parser.add_argument(
        "folder", type=Path, help="made anew; nothing is written into one that holds anything"
    )
    parser.add_argument(
        "--design", default=blueprint.REFERENCE, help=f"{', '.join(blueprint.designs())}, or a file"
    )
    asked = parser.parse_args(arguments)
    try:
        named = asked.design in blueprint.designs() or asked.design == blueprint.REFERENCE
        design = blueprint.load(asked.design) if named else _in_file(Path(asked.design))
        written = take_home(design, asked.folder)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join(map(str, written)))
    return 0


def _in_file(path: Path) -> Any:
    """The design in a `blueprint.json` that was taken home. ValueError names the place of a fault."""
    from labs_helpers.days.day6.blueprint import Blueprint

    return Blueprint.model_validate_json(path.read_text(encoding="utf-8"))
