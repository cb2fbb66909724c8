"""The ARN operators, which match each of an ARN's six parts separately. ArnEquals and ArnLike are equivalent."""

from __future__ import annotations

from labs_helpers.engine.policy.conditions.family import Compiled, Static, any_of
from labs_helpers.engine.policy.matching import arn_pattern


def like(values: list[str], variables: bool) -> Compiled:
    """Compile a test for ARNs that match one of the values, part by part. Values can contain variables."""
    pairs = [arn_pattern(value, variables=variables) for value in values]
    tests = [test for test, _ in pairs]
    keys = frozenset().union(*(used for _, used in pairs))
    if keys or (variables and any("${" in value for value in values)):
        return any_of(tests, keys)
    nothing: dict[str, str] = {}
    if len(tests) == 1:
        only = tests[0]
        return Static(lambda value: only(value, nothing))
    return Static(lambda value: any(test(value, nothing) for test in tests))
