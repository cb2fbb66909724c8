"""The benchmark controls for the day's settings: CIS AWS Foundations by number and version, AWS FSBP by ID.

https://docs.aws.amazon.com/securityhub/latest/userguide/cis-aws-foundations-benchmark.html
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from labs_helpers.course.content.loading import read
from labs_helpers.course.content.paths import data_path

if TYPE_CHECKING:
    from labs_helpers.course.days.day1.schema import Requirement


@cache
def benchmarks() -> dict[str, Requirement]:
    """Return the benchmark requirements by setting ID. Raises `DataError` if the data is invalid."""
    from labs_helpers.course.days.day1.schema import Benchmarks

    data = read(data_path("day1", "controls.json"), Benchmarks.model_validate)
    return {each.setting: each for each in data.settings}
