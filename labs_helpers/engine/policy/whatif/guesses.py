"""Guesses of condition key values that might reverse the result of a condition. The engine tries each guess.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from labs_helpers.engine.policy.conditions import compile_condition
from labs_helpers.engine.policy.conditions.dates import instant
from labs_helpers.engine.policy.conditions.numbers import number
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.variables import ONE, STAR, Context, ContextValue, Tokens, resolve, tokenize

# Facts about the caller and the resource's owner, which the caller can't choose.
FIXED_KEYS = frozenset(
    {
        "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principaltype",
        "aws:principalisawsservice", "aws:principalservicename", "aws:principalservicenameslist", "aws:userid",
        "aws:username", "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:federatedprovider",
        "kms:calleraccount",
    }
)  # fmt: skip
# Facts about the person who signed in, which Identity Center adds to each request of a session.
_SIGNED_IN = ("identitystore:", "identitycenter:")
# Times only go forward: a token can be renewed, but not backdated.
_CLOCKS = frozenset({"aws:currenttime", "aws:epochtime", "aws:tokenissuetime"})
_MOST_VALUES = 8
_OUTSIDE = ("203.0.113.1", "198.51.100.1", "192.0.2.1", "2001:db8::1")
_START = datetime(1970, 1, 1, tzinfo=UTC)


def value_that_makes(
    wanted: bool, operator: str, key: str, values: list[str], context: Context, *, variables: bool
) -> tuple[ContextValue | None] | None:
    """Return a value for `key`, as a one-element tuple, for which `operator: {key: values}` has the result `wanted`.

    A value of None in the tuple means that the key is absent. Returns None if no guess works, or if the caller can't
    choose the key's value.
    """
    name = key.lower()
    if name in FIXED_KEYS or name.startswith(_SIGNED_IN):
        return None
    test = compile_condition(operator, key, values, variables=variables, path="").test
    without = {each: value for each, value in context.items() if each != name}
    for guess in _guesses(operator, values, context, context.get(name), variables):
        if name in _CLOCKS and not _later(guess, context.get(name)):
            continue
        if test(without if guess is None else {**without, name: guess}) is wanted:
            return (guess,)
    return None


def condition_values(value: Any) -> list[str]:
    """Return a condition's values as IAM compares them. `value` must be valid, so parse the policy first."""
    return [each if isinstance(each, str) else str(each).lower() for each in as_list(value)]


def _later(guess: ContextValue | None, now: ContextValue | None) -> bool:
    if not isinstance(guess, str):
        return False
    then, since = instant(guess), instant(now) if isinstance(now, str) else None
    return then is not None and (since is None or then >= since)


def _guesses(
    operator: str, values: list[str], context: Context, present: ContextValue | None, variables: bool
) -> Iterator[ContextValue | None]:
    prefix, _, rest = operator.rpartition(":")
    name = rest.removesuffix("IfExists")
    if name == "Null":
        yield from ("example", None)
        return
    several = bool(prefix) or isinstance(present, tuple)
    singles = list(dict.fromkeys(_singles(name, values, context, variables)))
    if isinstance(present, tuple):  # first try to keep as many of the present values as possible
        yield tuple(each for each in present if each in singles)
    for single in singles:
        yield (single,) if several else single
    yield None


def _singles(name: str, values: list[str], context: Context, variables: bool) -> Iterator[str]:
    for value in values[:_MOST_VALUES]:
        yield from _FAMILIES.get(name[:4], _texts)(value, context, variables)
    if "Ip" in name:
        yield from _OUTSIDE
    elif name == "Bool":
        yield from ("true", "false")
    elif name.startswith("Arn"):
        yield "arn:aws:iam::123456789012:role/another"
    elif name.startswith("String"):
        yield "another-value"


def _spelled_out(tokens: Tokens, star: str) -> str:
    """Return the text of tokens with `star` for `*` and an x for `?`."""
    return "".join(each if isinstance(each, str) else star if each is STAR else "x" for each in tokens)


def _texts(value: str, context: Context, variables: bool) -> Iterator[str]:
    """Yield the text, and the text with variables and wildcards replaced: `${aws:username}-*` → alice-example."""
    filled = resolve(tokenize(value, variables=variables, wildcards=True), context)
    if filled is not None:
        if STAR not in filled and ONE not in filled:
            yield _spelled_out(filled, "")
        yield _spelled_out(filled, "example")
        yield _spelled_out(filled, "")
    yield value


def _numbers(value: str, context: Context, variables: bool) -> Iterator[str]:
    given = number(value)
    if given is not None:
        yield from (value.strip(), _plain(given + 1), _plain(given - 1))


def _plain(given: Decimal) -> str:
    return format(given, "f")


def _dates(value: str, context: Context, variables: bool) -> Iterator[str]:
    given = instant(value)
    if given is None:
        return
    yield value.strip()
    for seconds in (1, -1):
        try:
            moment = _START + timedelta(seconds=int(given) + seconds)
        except OverflowError:
            continue
        yield moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _addresses(value: str, context: Context, variables: bool) -> Iterator[str]:
    try:
        network = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return
    yield str(network[1] if network.num_addresses > 2 else network[0])


_FAMILIES: Mapping[str, Any] = {
    "Nume": _numbers, "Date": _dates, "IpAd": _addresses, "NotI": _addresses,
}  # fmt: skip
