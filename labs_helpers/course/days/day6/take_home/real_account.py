"""Ten things to do in a real account, each with its cost, for the README of the take-home folder."""

from __future__ import annotations

from functools import cache

from pydantic import Field

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.content.schema import AwsPage, Model, Text


class FirstStep(Model):
    """Something to do in a real account: the AWS CLI command that does it or shows its state, and its cost."""

    title: Text
    why: Text
    command: Text
    cost: Text
    page: AwsPage
    price: AwsPage


class FirstSteps(Model):
    """The schema of data/day6/real_account.json."""

    day: int
    steps: tuple[FirstStep, ...] = Field(min_length=10, max_length=10)


@cache
def load() -> tuple[FirstStep, ...]:
    """Return the ten steps. Raises `pydantic.ValidationError`, which locates the fault, if the data is invalid."""
    text = data_path("day6", "real_account.json").read_text(encoding="utf-8")
    return FirstSteps.model_validate_json(text).steps


def first_steps() -> str:
    """Return the ten steps as a Markdown list."""
    return "\n".join(
        f"{number}. **{step.title}.** {step.why} Cost: {step.cost} "
        f"([AWS's page]({step.page}), [prices]({step.price}))\n\n"
        f"   {step.command}\n"
        for number, step in enumerate(load(), 1)
    )
