"""What exists on Monday morning."""

from __future__ import annotations

from labs_helpers.cloud import Cloud
from labs_helpers.course.days.day6 import blueprint, capstone_scoreboard, design_grading


def test_the_start_is_mostly_red_and_no_attack_is_stopped():
    with Cloud(seed=6) as cloud:
        report = capstone_scoreboard.run(design_grading.build_company(cloud, blueprint.after(0)))
    stopped = [one.probe.id for one in report.outcomes if one.probe.kind == "attack" and one.right]
    assert stopped == []
    assert report.green < len(report.outcomes) / 2
