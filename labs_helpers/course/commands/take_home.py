"""Write a Day 6 design to a new folder: AWS CLI commands, CloudFormation templates, and a report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from labs_helpers.course.grading.answers import AnswerError


def run(arguments: list[str]) -> int:
    """Write a design. Returns 0, or 1 if the folder exists or the design is invalid, or 2 for invalid arguments."""
    from labs_helpers.course.days.day6 import blueprint
    from labs_helpers.course.days.day6.take_home.folder import take_home
    from labs_helpers.course.learner.progress_format import BrokenProgress

    parser = argparse.ArgumentParser("python -m labs_helpers take-home", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder to create; an existing folder must be empty")
    parser.add_argument(
        "--design",
        default=blueprint.REFERENCE,
        help=f"{', '.join(blueprint.designs())}, or a file (default: %(default)s)",
    )
    parsed = parser.parse_args(arguments)
    try:
        named = parsed.design in blueprint.designs() or parsed.design == blueprint.REFERENCE
        design = blueprint.load(parsed.design) if named else _in_file(Path(parsed.design))
        written = take_home(design, parsed.folder)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    except (ValueError, RecursionError, BrokenProgress, AnswerError) as error:
        print(f"{parsed.design}: {error}", file=sys.stderr)
        return 1
    print("\n".join(map(str, written)))
    return 0


def _in_file(path: Path) -> Any:
    """Return the design in a `blueprint.json` or a progress file. AnswerError names the fault."""
    from labs_helpers.course.days.day6.capstone import design_in
    from labs_helpers.course.days.day6.design_grading import blueprint_of

    found = design_in(path)
    if found is None:
        raise AnswerError("it contains no design: `larkspur.save()` saves one")
    return blueprint_of(found)
