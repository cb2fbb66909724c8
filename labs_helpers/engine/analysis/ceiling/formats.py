"""ARNs made from the formats of resource types in AWS's reference, for an account and Region or for a pattern.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import itertools
from functools import lru_cache

from labs_helpers.engine.analysis.ceiling.actions import Action
from labs_helpers.engine.analysis.ceiling.places import (
    ELSEWHERE,
    MORE_REGIONS,
    REGIONS,
    accounts_like,
    matches,
    texts_like,
)
from labs_helpers.engine.analysis.containment.languages import (
    Chars,
    Language,
    Step,
    Steps,
    literal,
    pattern_steps,
    word,
)
from labs_helpers.engine.analysis.containment.verdict import Budget, OutOfStepsError
from labs_helpers.engine.policy.variables import tokenize
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference.arn_types import VARIABLE

_IN_NAMES = Chars(frozenset(":/"), True)
_MOST_STEPS = 500


def formats_of(action: Action) -> tuple[str, ...]:
    """Return the ARN formats of an action's types: an object's ARN before its ARN through an access point."""
    kinds = reference.resource_types(action.key.partition(":")[0])
    return tuple(sorted({kinds.get(kind.name.lower(), {}).get("arn", "") for kind in action.kinds}, key=len))


@lru_cache(maxsize=1024)
def of_formats(
    formats: tuple[str, ...], own: str, regions: tuple[str, ...], accounts: tuple[str, ...]
) -> tuple[str, ...]:
    """Return an ARN of each format in each Region of the caller's account, and in every other account."""
    places = [(region, own) for region in (*REGIONS, *regions)]
    places += [(REGIONS[0], account) for account in (*accounts, ELSEWHERE)]
    made = (_filled_in(format, region, account) for format in formats for region, account in places)
    return tuple(dict.fromkeys(made))


def _filled_in(format: str, region: str, account: str) -> str:
    known = {"Partition": "aws", "Region": region, "Account": account}
    return VARIABLE.sub(lambda found: known.get(found[1], "example"), format)


@lru_cache(maxsize=4096)
def fitted(formats: tuple[str, ...], pattern: str, patterns: tuple[str, ...], own: str) -> tuple[str, ...]:
    """Return ARNs that have one of the formats and match a pattern and, if possible, no other pattern."""
    wanted = pattern.split(":", 5)
    if len(wanted) != 6 or not matches(wanted[1], "aws"):
        return ()
    others = [other for each in patterns if each != pattern and len(other := each.split(":", 5)) == 6]
    arns = []
    for format in formats:
        _, _, service, region, account, name = format.split(":", 5)
        if not matches(wanted[2], service):
            continue
        regions = _texts(region, wanted[3], (*REGIONS, *MORE_REGIONS))[:1]
        accounts = _texts(account, wanted[4], accounts_like(wanted[4], own))
        for place in itertools.product(("arn",), ("aws",), (service,), regions, accounts):
            close = dict.fromkeys(other[5] for other in others if all(map(matches, other, place)))
            found = _name(name, wanted[5], tuple(close))
            if found is not None:
                arns.append(":".join((*place, found)))
    return tuple(arns)


def _texts(format: str, pattern: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the strings for a part of an ARN: the format's own text, or the options if the format has a variable."""
    if "${" not in format:
        return (format,) if matches(pattern, format) else ()
    return tuple(each for each in texts_like(pattern, options) if each)


@lru_cache(maxsize=4096)
def _name(format: str, pattern: str, others: tuple[str, ...]) -> str | None:
    """Return the last part of an ARN that has a format and matches a pattern and, if possible, none of the others."""
    positives = [Language([_steps_of_format(format)]), Language([_steps(pattern)])]
    for avoided in (others, tuple(each for each in others if "*" not in each), ()):
        try:
            found = word(positives, [Language([_steps(each)]) for each in avoided], Budget(_MOST_STEPS))
        except OutOfStepsError:
            continue
        if found is not None:
            return found
    return None


def _steps(pattern: str) -> Steps:
    return pattern_steps(tokenize(pattern, variables=False, wildcards=True), None)


def _steps_of_format(format: str) -> Steps:
    """Return the steps of a format. Each variable in it stands for a name without slashes or colons."""
    first, *others = VARIABLE.split(format)[::2]
    steps = literal(first)
    for text in others:
        steps += (Step(_IN_NAMES, False), Step(_IN_NAMES, True), *literal(text))
    return steps
