"""The world of a question: its requests, and the values that a condition key can have in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labs_helpers.engine.policy.conditions import CompiledCondition
from labs_helpers.engine.policy.variables import ContextValue
from labs_helpers.engine.reference.authorization import KeyType, global_key, service_key

STEPS = 200_000
"""The default budget: a few seconds in the worst case."""
_FAMILIES = {"String": "String", "Arn": "String", "Numeric": "Numeric", "Date": "Date", "Bool": "Bool"}
_FAMILIES |= {"IpAddress": "IPAddress", "NotIpAddress": "IPAddress", "Binary": "Binary"}
_TEXTS = frozenset({"String", "ARN"})
MIXTURE = "mixture"


@dataclass(frozen=True, slots=True)
class World:
    """The requests that a question is about. Without arguments: any request.

    `account` owns the resource (None: the principal's account). `types` maps lowercase condition keys to their types;
    other keys have the type in AWS's reference or, if they aren't in it, the type of their operators. `values` are
    closed sets: the only values that a key has, where None means that it is absent. `present` are keys that every
    request has. `actions` and `resources` are patterns, one of which must match. With `plain_arns`, the last part of an
    ARN has no more colons than the last part of at least one pattern. A `*` for a Region or an account then can't match
    beyond its part, as in AWS's custom policy checks. `steps` is the maximum number of steps.

    Keys are independent of each other, of the principal, and of the resource. So a proof is valid whatever the real
    dependencies are, but a request that refutes a claim could be one that AWS never receives.
    """

    account: str | None = None
    types: Mapping[str, KeyType] = field(default_factory=dict)
    values: Mapping[str, tuple[ContextValue | None, ...]] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    actions: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("*",)
    plain_arns: bool = False
    steps: int = STEPS


def family(condition: CompiledCondition) -> str | None:
    """Return the type that a condition's operator compares: String for strings and ARNs; None for Null."""
    name = condition.operator.name
    return next((kind for start, kind in _FAMILIES.items() if name.startswith(start)), None)


def key_type(key: str, conditions: Iterable[CompiledCondition], world: World) -> KeyType:
    """Return a key's type in a world, given all conditions on it.

    The type's name is "mixture" if the key's values can't be divided into classes that all operators respect. For a key
    of type String with operators of one other type, the name is that type and a `?`: some of its values can't be read
    as that type.
    """
    used = {kind for each in conditions if (kind := family(each)) is not None}
    known = world.types.get(key) or global_key(key) or service_key(key)
    if known is None:
        several = any(each.operator.prefix for each in conditions)
        return KeyType(min(used, default="String") if len(used) < 2 else MIXTURE, several)
    name, several = known
    if name == "Bool" or not used:
        return known
    if name in _TEXTS:
        if used <= {"String"}:
            return known
        return KeyType(f"{used.pop()}?" if name == "String" and len(used) == 1 else MIXTURE, several)
    return known if used == {name} else KeyType(MIXTURE, several)
