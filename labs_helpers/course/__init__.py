"""The course: days, exercises, checks, hints, progress, quizzes.

`open_day(2)` starts the cloud and returns a `Day`. This package doesn't import pydantic or the engine until a learner
opens an exercise, so a notebook's first AWS call doesn't have to wait for these imports.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.course.content.paths import data_path
    from labs_helpers.course.lesson.day import Day, open_day, open_weekend
    from labs_helpers.course.lesson.delivered_records import delivered
    from labs_helpers.course.lesson.demos import refused
    from labs_helpers.course.lesson.drawn_paths import path_picture
    from labs_helpers.course.lesson.overview import way
    from labs_helpers.course.policy_tests.organization_table import described
    from labs_helpers.course.policy_tests.report import lines as policy_test_lines
    from labs_helpers.course.policy_tests.runner import reports as policy_test_reports
    from labs_helpers.course.shown.glossary import term_page

_HOMES = {
    "Day": "labs_helpers.course.lesson.day",
    "data_path": "labs_helpers.course.content.paths",
    "delivered": "labs_helpers.course.lesson.delivered_records",
    "described": "labs_helpers.course.policy_tests.organization_table",
    "open_day": "labs_helpers.course.lesson.day",
    "open_weekend": "labs_helpers.course.lesson.day",
    "path_picture": "labs_helpers.course.lesson.drawn_paths",
    "policy_test_lines": "labs_helpers.course.policy_tests.report:lines",
    "policy_test_reports": "labs_helpers.course.policy_tests.runner:reports",
    "refused": "labs_helpers.course.lesson.demos",
    "term_page": "labs_helpers.course.shown.glossary",
    "way": "labs_helpers.course.lesson.overview",
}
__all__ = [
    "Day",
    "data_path",
    "delivered",
    "described",
    "open_day",
    "open_weekend",
    "path_picture",
    "policy_test_lines",
    "policy_test_reports",
    "refused",
    "term_page",
    "way",
]
__getattr__, __dir__ = exported(__name__, _HOMES)
