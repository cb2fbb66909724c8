"""Items to sort: the learner picks one of a few choices for each item, and gets a reason for every wrong choice.

For example: Who patches a Lambda function's runtime: AWS, the customer, or both? Which kind of identity fits a use
case?

An answer without all choices counts as an attempt only if one of its choices is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from labs_helpers.course.content.schema import AwsPage, Model, Text
from labs_helpers.course.grading import answers
from labs_helpers.course.grading.answers import AnswerError
from labs_helpers.course.grading.choice_rows import ChoiceRow, ChoiceRows
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.situations.faults import Fault
from labs_helpers.course.situations.trials import Must, Trial

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud
    from labs_helpers.course.shown.display import Page

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9 -]*$")]


class Item(Model):
    """An item to sort, with or without a group (such as a service).

    `right`: the accepted choices; `why`: the reasons that the other choices are wrong.
    """

    item: Text
    group: Text | None = None
    right: tuple[Word, ...] = Field(min_length=1)
    why: dict[Word, Text]
    source: AwsPage | None = None

    @property
    def name(self) -> str:
        """Return the group and the item: `Lambda: the runtime's patches`."""
        return f"{self.group}: {self.item}" if self.group else self.item


class Choices(Exercise):
    """An exercise whose answer is a dict of item → choice, or of group → item → choice."""

    kind: Literal["choices"]
    choices: dict[Word, Text] = Field(min_length=2)
    """Each word that an answer can contain → its meaning."""
    items: tuple[Item, ...] = Field(min_length=2)

    units = "choices"

    @property
    def tried(self) -> int:
        """Return the number of items."""
        return len(self.items)

    @model_validator(mode="after")
    def _every_wrong_choice_has_its_reason(self) -> Choices:
        for number, item in enumerate(self.items):
            if set(item.right) | set(item.why) != set(self.choices) or set(item.right) & set(item.why):
                raise ValueError(f'items.{number}: "right" and "why" together must name each choice once')
        if len({item.name for item in self.items}) < len(self.items):
            raise ValueError("items: two have the same name")
        return self

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Grade the choice for each item. Raises `AnswerError` for an answer that isn't a dict or has unknown items."""
        given = self._given(answer)
        messages: list[str] = []
        missing, trials = [], []
        for item in self.items:
            before = len(messages)
            word = given.get((item.group, item.item))
            if word is None:
                missing.append(item.name)
            elif word not in self.choices:
                messages.append(
                    f"{item.name}: {word[:40]!r} isn't one of the choices: {', '.join(self.choices)}."
                )
            elif word not in item.right:
                messages.append(f"{item.name}: not `{word}`. {item.why[word]}")
            trials.append(answered(item.name, word, messages[before:]))
        counts = bool(messages) or not missing
        if missing:
            messages.append(not_yet(missing, len(self.items) - len(missing), len(messages)))
        return CheckResult(not messages, self.id, tuple(messages), counts=counts, trials=tuple(trials))

    def _given(self, answer: object) -> dict[tuple[str | None, str], str | None]:
        """Return the choices by (group, item), in lowercase; None for an item without a readable choice."""
        if answers.is_missing(answer) or not issubclass(type(answer), dict):
            raise AnswerError(
                "The answer must be a dict: the one that `day.exercise` shows, with your choices filled in."
            )
        known = {(item.group, item.item) for item in self.items}
        found: dict[tuple[str | None, str], str | None] = {}
        for key, value in answers.plain(answer).items():
            inner = value.items() if isinstance(value, dict) else [(key, value)]
            group = key if isinstance(value, dict) else None
            for item, word in inner:
                if (group, item) not in known:
                    raise AnswerError(self._unknown(group, item))
                found[group, item] = answers.chosen_word(word)
        return found

    def _unknown(self, group: str | None, item: str) -> str:
        """Return a line about an item or a group that doesn't exist."""
        if group is not None and group not in {each.group for each in self.items}:
            return f"{group[:60]!r} isn't one of the parts that `day.exercise` shows."
        for each in self.items:
            if each.item == item:
                return f"{item[:60]!r} belongs in a part, such as {each.group!r}, as `day.exercise` shows."
        return f"{item[:60]!r} isn't one of the items to sort."

    def choice_rows(self) -> ChoiceRows:
        """Return the items with their groups, and the choices."""
        rows = tuple(ChoiceRow(item.item, item.item, item.group) for item in self.items)
        return ChoiceRows(rows, tuple(self.choices))

    def show(self, page: Page) -> None:
        """Show the choices with their meanings."""
        page.table(("choice", "meaning"), self.choices.items())

    def show_form(self, page: Page) -> None:
        """Show the starter."""
        super().show(page)


def answered(question: str, word: str | None, messages: list[str]) -> Trial:
    """Return a part of an answer as a test: wrong if there are messages, and open if no word was chosen."""
    title = question if word is None else f"{question}: {word[:40]}"
    fault = Fault(messages[0]) if messages else None
    return Trial(title, Must.ANSWER, None if word is None else fault is None, fault)


def not_yet(missing: list[str], chosen: int, wrong: int) -> str:
    """Return a line about the items without a choice, and the number of correct choices so far."""
    more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
    so_far = f"Right so far: {chosen - wrong} of {chosen}. " if chosen else ""
    return f"{so_far}No choice yet: “{missing[0]}”{more}."
