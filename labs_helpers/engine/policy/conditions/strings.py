"""StringEquals, StringEqualsIgnoreCase, StringLike, and their negations.

Values can contain variables; `*` and `?` are wildcards only in StringLike.
"""

from __future__ import annotations

from labs_helpers.engine.policy.conditions.family import Compiled, Dynamic, Static, ValueTest, any_of
from labs_helpers.engine.policy.matching import glob, text_pattern
from labs_helpers.engine.policy.variables import Context, Tokens, filler, has_variables, keys_in, tokenize


def _tokens(values: list[str], variables: bool, wildcards: bool) -> tuple[list[Tokens], frozenset[str]]:
    tokens = [tokenize(value, variables=variables, wildcards=wildcards) for value in values]
    return tokens, frozenset().union(*(keys_in(each) for each in tokens))


def _never(_: str) -> bool:
    return False


def equals(values: list[str], variables: bool) -> Compiled:
    """Compile a test for strings that are equal to one of the values."""
    tokens, keys = _tokens(values, variables, False)
    if not any(has_variables(each) for each in tokens):
        literals = frozenset("".join(each) for each in tokens)  # type: ignore[arg-type]
        return Static(literals.__contains__)

    fillers = [filler(each) for each in tokens]
    if len(fillers) == 1:
        fill = fillers[0]

        def bind_one(context: Context) -> ValueTest:
            """Return the test for the single value with its variables replaced."""
            text = fill(context)
            return text.__eq__ if text is not None else _never

        return Dynamic(bind_one, keys)

    def bind(context: Context) -> ValueTest:
        """Return the test for the values with their variables replaced."""
        return [fill(context) for fill in fillers].__contains__

    return Dynamic(bind, keys)


def equals_ignoring_case(values: list[str], variables: bool) -> Compiled:
    """Compile a test for strings that are equal to one of the values, ignoring case."""
    tokens, keys = _tokens(values, variables, False)
    if not any(has_variables(each) for each in tokens):
        literals = frozenset("".join(each).casefold() for each in tokens)  # type: ignore[arg-type]
        return Static(lambda value: value.casefold() in literals)

    fillers = [filler(each) for each in tokens]

    def bind(context: Context) -> ValueTest:
        """Return the test for the values with their variables replaced."""
        wanted = {text.casefold() for fill in fillers if (text := fill(context)) is not None}
        return lambda value: value.casefold() in wanted

    return Dynamic(bind, keys)


def like(values: list[str], variables: bool) -> Compiled:
    """Compile a test for strings that match one of the values, with `*` and `?` as wildcards."""
    tokens, keys = _tokens(values, variables, True)
    if any(has_variables(each) for each in tokens):
        return any_of([text_pattern(each) for each in tokens], keys)
    tests = [glob(each) for each in tokens]
    if len(tests) == 1:
        return Static(tests[0])
    return Static(lambda value: any(test(value) for test in tests))
