"""Write a Day 6 design to a new folder: AWS CLI commands, CloudFormation templates, and a report.

Without --design, the design is your company, which consists of your answers that passed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.shown.file_errors import file_problem


def run(arguments: list[str]) -> int:
    """Write a design. Returns 0, or 1 if the folder exists or the design is invalid, or 2 for invalid arguments."""
    from labs_helpers.course.days.day6 import blueprint
    from labs_helpers.course.days.day6.take_home.folder import take_home
    from labs_helpers.course.learner.kept_file import BrokenFile

    parser = argparse.ArgumentParser("python -m labs_helpers take-home", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder to create; an existing folder must be empty")
    parser.add_argument(
        "--design",
        help=f"{', '.join(blueprint.designs())}, or a file (default: your company)",
    )
    parsed = parser.parse_args(arguments)
    try:
        written = take_home(_chosen(parsed.design), parsed.folder)
    except OSError as error:
        print(file_problem(error), file=sys.stderr)
        return 1
    except (ValueError, RecursionError, BrokenFile, AnswerError) as error:
        print(f"{parsed.design or 'your company'}: {error}", file=sys.stderr)
        return 1
    print("\n".join(map(str, written)))
    return 0


def _chosen(design: str | None) -> Any:
    """Return the design with this name, the design in this file, or by default the learner's own company."""
    from labs_helpers.course.days.day6 import blueprint
    from labs_helpers.course.days.day6.own_company import compose
    from labs_helpers.course.learner.answers import Answers
    from labs_helpers.course.learner.progress import Progress

    if design is None:
        return blueprint.Blueprint.model_validate(compose(Answers(Progress()).as_printed()).design)
    return blueprint.load(design) if design in blueprint.designs() else _in_file(Path(design))


def _in_file(path: Path) -> Any:
    """Return the design in a `blueprint.json` or a progress file. Raises `AnswerError`, which names the fault."""
    from labs_helpers.course.days.day6.capstone import design_in
    from labs_helpers.course.days.day6.design_grading import blueprint_of

    found = design_in(path)
    if found is None:
        raise AnswerError("it contains no design: `larkspur.save()` saves one")
    return blueprint_of(found)
