"""What a learner does: days, exercises, checks, hints, progress, quizzes.

`open_day(2)` starts the cloud and returns a `Day`. Nothing here imports pydantic or the engine before a
learner asks for an exercise, so that the first AWS call of a notebook comes soon.
"""

from __future__ import annotations

from labs_helpers.course.day import Day, open_day
from labs_helpers.course.demos import refused

__all__ = ["Day", "open_day", "refused"]
