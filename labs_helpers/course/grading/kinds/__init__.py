"""The kinds of exercises: one module per kind, with its schema in data/ and its grader. EXERCISE reads all kinds.

Importing this package imports pydantic and the engine, so only code that needs an exercise imports it.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from labs_helpers.course.grading.kinds.boundary import Boundary
from labs_helpers.course.grading.kinds.break_in import BreakIn
from labs_helpers.course.grading.kinds.choices import Choices
from labs_helpers.course.grading.kinds.decided import Decided
from labs_helpers.course.grading.kinds.delegation import Delegation
from labs_helpers.course.grading.kinds.design import WrittenDesign
from labs_helpers.course.grading.kinds.detection import Detection
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.kinds.function import Function
from labs_helpers.course.grading.kinds.hunt import Hunt
from labs_helpers.course.grading.kinds.least_privilege import LeastPrivilege
from labs_helpers.course.grading.kinds.live import Live
from labs_helpers.course.grading.kinds.policies import (
    KeyPolicy,
    Policies,
    Policy,
    Probed,
    Rcp,
    ResourcePolicy,
    Scp,
    TrustPolicy,
)
from labs_helpers.course.grading.kinds.predictions import Predictions
from labs_helpers.course.grading.kinds.repair import Repair

__all__ = ["EXERCISE", "Exercise", "Probed"]

AnyExercise = Annotated[
    Policy
    | ResourcePolicy
    | KeyPolicy
    | TrustPolicy
    | Scp
    | Rcp
    | Policies
    | Predictions
    | LeastPrivilege
    | Repair
    | Delegation
    | Choices
    | Boundary
    | Function
    | Live
    | WrittenDesign
    | Decided
    | Detection
    | Hunt
    | BreakIn,
    Field(discriminator="kind"),
]
EXERCISE: TypeAdapter[Exercise] = TypeAdapter(AnyExercise)
"""The reader for exercises of every kind: `EXERCISE.validate_python(data)`."""
