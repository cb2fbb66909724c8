"""Resource patterns that match more resources than were used.

A wildcard is fine for a part that AWS generates, such as a key's ID, and for a part within a resource, such as
an object key in a bucket. In place of a name, an account, or a Region, a wildcard is fine only if it matches
several values that were used.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labs_helpers.engine.analysis.generation import Pair, is_generated
from labs_helpers.engine.policy.patterns import covers
from labs_helpers.engine.reference.arn_types import filled, type_of, variables

_NAME = re.compile(r"(?:Name|Id)(?:WithPath)?$")
_UNKNOWN = "~"
"""A value that isn't used anywhere."""
_FIXED = ("Partition", "Region", "Account")
_WORDS = {"Region": "Region", "Account": "account"}


@dataclass(frozen=True)
class _Place:
    """A variable in the ARN pattern of a used resource's type, with the resource's value for it."""

    variable: str
    value: str
    suffix: str
    prefix: str
    type: str
    arn: str

    @property
    def word(self) -> str:
        """Return what the variable names: `bucket` for `BucketName`."""
        return (
            _WORDS.get(self.variable)
            or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _NAME.sub("", self.variable)).lower()
        )

    def with_value(self, other: str) -> str:
        """Return the ARN with another value in this place, keeping the suffix that AWS adds to a secret's name."""
        return filled(
            self.prefix,
            self.type,
            self.arn,
            lambda name, old: other + self.suffix if name == self.variable else old,
        )


def breadth(pattern: str, used: Sequence[Pair]) -> str | None:
    """Return what a pattern covers if it covers more than the (action, resource) pairs that used it require.

    Otherwise, return None.
    """
    values: dict[str, set[str]] = {}
    loose: dict[str, str] = {}
    for action, resource in used:
        for place in _names(action, resource):
            values.setdefault(place.variable, set()).add(place.value)
            if covers(pattern, place.with_value(_UNKNOWN)):
                return f"every {place.word}"
            if any(covers(pattern, place.with_value(other)) for other in _variations(place.value)):
                loose[place.variable] = place.word
    for variable, word in loose.items():
        if len(values[variable]) == 1:
            return f"more than one {word}"
    return None


def _names(action: str, resource: str) -> Iterator[_Place]:
    """Yield the parts of a resource's ARN that have to be literal."""
    prefix, _, name = action.partition(":")
    found = type_of(prefix, resource, name)
    if found is None:
        return
    every = variables(prefix, found)
    own = [each for each in every if each not in _FIXED]
    within = own[-1] if len(own) > 1 else None  # the object of a bucket, the stream of a log group
    given: dict[str, str] = {}
    filled(prefix, found, resource, lambda variable, value: given.setdefault(variable, value))
    for variable, value in given.items():
        if variable not in ("Partition", within) and value and not is_generated(variable):
            chosen, suffix = (value[:-7], value[-7:]) if variable == "SecretId" else (value, "")
            yield _Place(variable, chosen, suffix, prefix, found, resource)


def _variations(value: str) -> Iterator[str]:
    """Yield values that differ from a name at its end or at its beginning."""
    yield value + _UNKNOWN
    yield _UNKNOWN + value
    yield value[:-1] + _UNKNOWN
    yield _UNKNOWN + value[1:]
