"""The process that judges one company or one attack: a job as JSON on standard input, its result on standard output.

A job is {"company": path, "rules": path or null, "attack": path or null, "seconds": limit}. The result is the
company's result; for an attack, {"foothold": name, "taken": [flags]}; or, if judging fails, {"fault": text}. A failure
ends only this process.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from labs_helpers.course.handed_in.child_process import limit_processor_time, limit_resources

MEGABYTES = 3_000
"""The memory limit of this process."""
_MOST_RULES = 50


def main() -> None:
    """Read a job, judge it, and write the result as the last line of standard output."""
    limit_resources(MEGABYTES)
    job = json.load(sys.stdin)
    limit_processor_time(job["seconds"])
    out, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8", newline="\n")  # noqa: SIM115
    try:
        result = _result(job)
    except RecursionError:
        result = {"fault": "it is nested too deeply"}
    except Exception as error:
        result = {"fault": str(error)[:300] or type(error).__name__}
    out.write(json.dumps(result) + "\n")


def _result(job: dict[str, Any]) -> dict[str, Any]:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.days.day6.league.attack_log import read_attack
    from labs_helpers.course.days.day6.league.company_file import read_company
    from labs_helpers.course.days.day6.league.judging import judge_attack, judge_company

    design = read_company(job["company"])
    if job.get("attack"):
        log = read_attack(job["attack"])
        with Cloud(seed=6) as cloud:
            return {"foothold": log.foothold, "taken": judge_attack(cloud, design, log)}
    rules, fault = _rules(job.get("rules"))
    with Cloud(seed=6) as cloud:
        result = judge_company(cloud, design, rules).as_data()
    return {**result, "alarms": fault or result["alarms"]}


def _rules(place: str | None) -> tuple[list[Any], str]:
    """Return the alarm rules in a folder, and the fault of a rule that can't be read."""
    from labs_helpers.course.attacks.rule_files import Unusable, read_rules

    if place is None:
        return [], ""
    try:
        files = read_rules(Path(place))
    except (Unusable, OSError) as error:
        return [], f"can't be read: {str(error).removeprefix(place)[:200]}"
    if len(files) > _MOST_RULES:
        return [], f"more than {_MOST_RULES} rules"
    return [file.rule for file in files], ""


if __name__ == "__main__":
    main()
