"""Benchmark for Day 6's company: building it, running its scoreboard, attacking it, and changing its design."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import blueprint, campaign, capstone_scoreboard, design_grading


def timed(what: str, goal: float, work: Callable[[], Any]) -> Any:
    begun = time.perf_counter()
    result = work()
    print(f"{what:<48} {time.perf_counter() - begun:6.2f} s   goal {goal:.0f} s")
    return result


def main() -> None:
    with Cloud(seed=6) as cloud:
        company = timed("build the start", 5, lambda: design_grading.build_company(cloud, blueprint.after(0)))
        timed(
            "nine steps to the reference", 5, lambda: design_grading.build_company(cloud, blueprint.as_data())
        )
        timed("the first scoreboard", 5, lambda: capstone_scoreboard.run(company))
        timed("the second scoreboard", 5, lambda: capstone_scoreboard.run(company))
        timed("back before step 9", 5, lambda: design_grading.build_company(cloud, blueprint.after(8)))
        for strength in campaign.STRENGTHS:
            attack = timed(
                f"a campaign of strength {strength}", 10, lambda s=strength: campaign.attack(company, 6, s)
            )  # type: ignore[misc]
            attack.clean_up()


if __name__ == "__main__":
    main()
