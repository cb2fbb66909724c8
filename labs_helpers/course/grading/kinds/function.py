"""A function written by the learner, which must accept genuine inputs and reject forged ones.

The function runs in this process, like the rest of the learner's code, for at most a second per case
(labs_helpers.course.grading.time_limits). It accepts an input by returning a value, and rejects it by raising an
exception or by returning None or False. If another exception occurs, the report contains its line.
"""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr, StringConstraints, model_validator

from labs_helpers.course.content.schema import Clauses, Model, Text
from labs_helpers.course.grading.answers import AnswerError, is_missing, type_name
from labs_helpers.course.grading.kinds.exercise import Exercise
from labs_helpers.course.grading.results import CheckResult
from labs_helpers.course.grading.time_limits import TimeUp, time_limit
from labs_helpers.course.shown.traceback_lines import line_of_code
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing
from labs_helpers.course.situations.faults import Fault, clause_numbers
from labs_helpers.course.situations.trials import Must, trial

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud

_ANYTHING = object()


class Watch:
    """A context manager that observes more than the outcome while a case calls the function.

    `clause`: the clause of the task that the observed fault breaks; None means the case's own clause.
    """

    clause: Clauses = None

    def __enter__(self) -> None:
        """Start watching: the function is called next."""

    def __exit__(self, *_: object) -> None:
        """Stop watching: the function has returned or raised."""

    def fault(self) -> str | None:
        """Return a sentence about what the function did wrong while it ran, or None if it didn't do anything wrong."""
        return None


@dataclass(frozen=True, slots=True)
class Case:
    """An input for the function.

    `taken`: True if the input is genuine. `returns`: the value that the function must return, if that matters. `story`:
    the meaning of a wrong outcome. `watch`: a function that returns a `Watch`, which observes more than the outcome.
    `refused`: True if that value means that the input was rejected, as an error code does.
    """

    title: str
    story: str
    taken: bool
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    returns: Any = _ANYTHING
    clause: Clauses = None
    watch: Watch = field(default_factory=Watch)
    refused: bool = False

    @property
    def must(self) -> Must:
        """Return what must happen to the input."""
        return Must.WORK if self.taken and not self.refused else Must.REJECT

    def drawn(self, drawing: Drawing) -> Case:
        """Return the case with a learner's values in the function's arguments and results."""
        return replace(
            self,
            arguments=drawing(self.arguments),
            keywords=drawing(dict(self.keywords)),
            returns=drawing(self.returns),
        )

    def varied(self, facts: Drawing) -> Case:
        """Return the case with a learner's own facts, including in its messages."""
        return replace(self.drawn(facts), title=facts(self.title), story=facts(self.story))


class StoredCase(Model):
    """A case that is stored in data/."""

    title: Text
    story: Text
    taken: bool
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = Field(default_factory=dict)
    returns: Any = None
    """The value that the function must return; None means any value."""
    clause: Clauses = None


class Function(Exercise):
    """An exercise whose answer is a function."""

    kind: Literal["function"]
    function: Annotated[str, StringConstraints(pattern=r"^[a-z_]\w*$")]
    """The function's name in `starter` and `solution`, which are source text."""
    cases: tuple[StoredCase, ...] = ()
    cases_of: Annotated[str, StringConstraints(pattern=r"^day\d\.\w+$")] | None = None
    """A module of labs_helpers.course.days whose `cases` returns cases that can't be stored, such as fresh tokens.

    Its argument is a `Drawing` of the values in the cases; without a drawing, the values are those that every learner
    sees.
    """
    refuses_with: tuple[str, ...] = ()
    """The names of the exceptions (or their base classes) by which the function can reject an input.

    If empty, the function can use any exception.
    """
    seconds: float = Field(1.0, gt=0, le=10)
    _facts: Drawing = PrivateAttr(UNCHANGED)
    """The learner's own facts, in an exercise that `variant` returns. They are also in the cases that the day's module
    creates."""

    units = "cases"

    @property
    def tried(self) -> int:
        """Return the number of cases."""
        return len(self.all_cases())

    @model_validator(mode="after")
    def _there_are_cases(self) -> Function:
        if not self.cases and self.cases_of is None:
            raise ValueError('an answer of the kind "function" needs "cases" or "cases_of"')
        return self

    def all_cases(self, drawing: Drawing = UNCHANGED) -> list[Case]:
        """Return the stored cases, followed by those that the day's module creates, with the values of a drawing."""
        made = [
            Case(
                each.title,
                each.story,
                each.taken,
                each.arguments,
                each.keywords,
                _ANYTHING if each.returns is None else each.returns,
                each.clause,
            ).drawn(drawing)
            for each in self.cases
        ]
        if self.cases_of is not None:
            told = import_module(f"labs_helpers.course.days.{self.cases_of}").cases(drawing)
            made += told if self._facts is UNCHANGED else [case.varied(self._facts) for case in told]
        return made

    def variant(self, seed: str, learner: str) -> Self:
        """Return the exercise with a learner's own facts, including in the cases that the day's module creates."""
        own = super().variant(seed, learner)
        if own is not self:
            own._facts = self.facts(seed, learner)
        return own

    def judge(self, answer: object, cloud: Cloud | None) -> CheckResult:
        """Run the function with every case, then with every case as generated for the learner.

        Raises `AnswerError` for an answer that can't be called.
        """
        if is_missing(answer) or not callable(answer):
            found = (
                "There is no answer yet."
                if is_missing(answer)
                else f"This one is of type {type_name(answer)}."
            )
            raise AnswerError(
                f'The answer must be your function itself: day.check("{self.id}", {self.function}). {found}'
            )
        cases = [(case, list(self._faults(answer, case))) for case in self.all_cases()]
        tests = tuple(
            trial(case.title, case.must, found[0] if found else None, numbers)
            for case, found in cases
            for numbers in [clause_numbers(case.clause)]
        )
        faults = [fault for _, found in cases for fault in found]
        if not faults and self._drawing is not None:
            faults = [
                Fault(
                    f"{fault.story} (This case has values that were chosen for you at random.)", fault.clauses
                )
                for fault in self.faults(answer, self.all_cases(self._drawing))
            ]
        return self.judged(faults, trials=tests)

    def faults(self, function: Callable[..., Any], cases: Iterable[Case]) -> list[Fault]:
        """Run a function with cases, and return the faults in what it does."""
        return [fault for case in cases for fault in self._faults(function, case)]

    def _faults(self, function: Callable[..., Any], case: Case) -> Iterator[Fault]:
        """Yield the fault in the outcome of a case, then any other fault that the case observed."""
        wrong = self._wrong(function, case)
        if wrong is not None:
            yield Fault(wrong, clause_numbers(case.clause))
        seen = case.watch.fault()
        if seen is not None:
            clause = case.clause if case.watch.clause is None else case.watch.clause
            yield Fault(f"{case.title}: {seen}", clause_numbers(clause))

    def _wrong(self, function: Callable[..., Any], case: Case) -> str | None:
        """Return the fault in the outcome of a case, or None."""
        arguments, keywords = copy.deepcopy((case.arguments, dict(case.keywords)))
        try:
            with time_limit(self.seconds), contextlib.redirect_stdout(io.StringIO()), case.watch:
                returned = function(*arguments, **keywords)
        except TimeUp:
            return f"{case.title}: your function didn't return within {self.seconds:g} s."
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # the learner's code can raise anything, SystemExit included
            return self._after_an_exception(case, error)
        if not case.taken:
            refused = returned is None or returned is False
            return None if refused else f"{case.title}: your function {_acceptance(returned)}. {case.story}"
        if returned is None or returned is False:
            return f"{case.title}: your function rejects it. {case.story}"
        if case.returns is not _ANYTHING and not _same(returned, case.returns):
            return f"{case.title}: your function returns the wrong value. {case.story}"
        return None

    def _after_an_exception(self, case: Case, error: BaseException) -> str | None:
        if not case.taken and self._is_refusal(error):
            return None
        where = line_of_code(error.__traceback__)
        text = _text_of(error)
        said = type_name(error) + (f": {text}" if text else "") + (f" ({where})" if where else "")
        if case.taken:
            return f"{case.title}: your function raised {said}. {case.story}"
        names = " or ".join(self.refuses_with) or "an ordinary exception"
        return f"{case.title}: your function fails by accident with {said}. It should raise {names}."

    def _is_refusal(self, error: BaseException) -> bool:
        if not isinstance(error, Exception):
            return False
        bases = {base.__name__ for base in type(error).__mro__}
        return not self.refuses_with or bool(bases & set(self.refuses_with))

    def enact(self, answer: Any, cloud: Cloud) -> object:
        """Return the function that the answer's source text defines."""
        return function_of(answer, self.function)


def function_of(source: Any, name: str) -> Any:
    """Run source text from data/ and return the function called `name` that it defines."""
    space: dict[str, Any] = {"__name__": "an answer"}
    exec(compile(source, "<an answer>", "exec"), space)
    return space[name]


def _same(returned: Any, expected: Any) -> bool:
    """Return True if a value is the expected one, regardless of what the learner's own types claim about themselves."""
    try:
        compare: Any = type(expected).__eq__  # not the learner's own method
        return compare(expected, _plain(returned)) is True
    except Exception:  # a value that can't be read isn't the expected one
        return False


_BASES: tuple[Any, ...] = (str, bytes, bool, int, float, tuple, list, dict)


def _plain(value: Any) -> Any:
    """Return a copy made of the base types, without calling a method of a subclass.

    Raises `TypeError` for a value of any other type.
    """
    kind = type(value)
    base = next((each for each in _BASES if issubclass(kind, each)), None)
    if value is None:
        return None
    if issubclass(kind, bytearray):
        return bytes(bytearray.copy(value))
    if kind is memoryview:
        return bytes(value)
    if base is None:
        raise TypeError(f"a value of type {type_name(value)}")
    if base is dict:
        return {_plain(key): _plain(each) for key, each in dict.items(value)}
    if base in (tuple, list):
        return base(map(_plain, base.__iter__(value)))
    return value if kind is base else base.__getnewargs__(value)[0]


def _acceptance(returned: Any) -> str:
    """Return how a function accepted a case, for a sentence. An empty value looks like a rejection, but isn't one."""
    plain = type(returned) in _BASES and not returned
    return (
        f"returns {returned!r}, but only False, None, or an exception rejects it" if plain else "accepts it"
    )


def _text_of(error: BaseException) -> str:
    try:
        return str(error)[:200]
    except Exception:  # the learner's own exception can raise anything when it is printed
        return "…"
