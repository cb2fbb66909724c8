"""ARNs that match a pattern.

They have the right type for an action, and are in the caller's account or in another Region or account.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from labs_helpers.engine.analysis.ceiling.actions import Action, Kind
from labs_helpers.engine.analysis.ceiling.formats import fitted, formats_of, of_formats
from labs_helpers.engine.analysis.ceiling.places import REGIONS, accounts_like, texts_like
from labs_helpers.engine.policy import needs_trust
from labs_helpers.engine.policy.arn import account_number_in
from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.variables import ONE, STAR, Context, resolve, tokenize
from labs_helpers.engine.policy.whatif.proposals import WITH_RESOURCE_POLICIES
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference.arn_types import VARIABLE

_FILLS = ("x", "", "x/x")


def candidates(
    action: Action,
    patterns: Iterable[str],
    own: str,
    context: Context,
    given: Iterable[str],
    regions: tuple[str, ...] = (),
    accounts: tuple[str, ...] = (),
) -> Iterator[tuple[str, Kind | None]]:
    """Yield ARNs that the action works on, with their types.

    The given ARNs come first, then ARNs based on the patterns, then ARNs based on the formats of the types. Each format
    yields an ARN for each pattern that can match it, and an ARN in each account. `own` is the caller's account;
    `regions` and `accounts` contain additional relevant Regions and accounts. Actions without resource types yield "*".
    """
    if not action.kinds:
        yield "*", None
        return
    filled = (filled_in(pattern, context) for pattern in patterns if pattern != "*")
    known = tuple(pattern for pattern in filled if pattern is not None)
    yield from _candidates(action, known, own, tuple(given), regions, accounts)


@lru_cache(maxsize=4096)
def _candidates(
    action: Action,
    patterns: tuple[str, ...],
    own: str,
    given: tuple[str, ...],
    regions: tuple[str, ...],
    accounts: tuple[str, ...],
) -> tuple[tuple[str, Kind | None], ...]:
    """Return the ARNs of an action with resource types. Many callers share them."""
    service = action.key.partition(":")[0]
    instances = (arn for pattern in patterns for arn in _instances(pattern, own))
    formats = formats_of(action)
    within = (arn for pattern in patterns for arn in fitted(formats, pattern, patterns, own))
    made = dict.fromkeys((*given, *instances, *within, *of_formats(formats, own, regions, accounts)))
    typed = ((arn, _kind_of(arn, service, action.kinds)) for arn in made)
    return tuple(
        (arn, kind)
        for arn, kind in typed
        if kind is not None and (account_of(arn, own) == own or _opens(action, arn))
    )


@lru_cache(maxsize=4096)
def account_of(arn: str, own: str | None) -> str | None:
    """Return the account that owns the resource, or `own` if the ARN doesn't contain an account."""
    return account_number_in(arn) or own


def _opens(action: Action, arn: str) -> bool:
    """Return whether another account can grant an action: the resource has a policy, or is a role to assume."""
    return needs_trust(action.key, arn) or arn.split(":", 3)[2] in WITH_RESOURCE_POLICIES


def filled_in(pattern: str, context: Context) -> str | None:
    """Return a pattern with its variables replaced, or None if one of them has no value in the context."""
    if "${" not in pattern:
        return pattern
    tokens = resolve(tokenize(pattern, variables=True, wildcards=True), context)
    if tokens is None:
        return None
    return "".join("*" if token is STAR else "?" if token is ONE else str(token) for token in tokens)


@lru_cache(maxsize=1024)
def _instances(pattern: str, own: str) -> tuple[str, ...]:
    parts = pattern.split(":", 5)
    if len(parts) != 6:
        return ()
    regions, accounts = texts_like(parts[3], REGIONS), accounts_like(parts[4], own)
    partition = "aws" if "*" in parts[1] or "?" in parts[1] else parts[1]
    return tuple(
        f"arn:{partition}:{parts[2]}:{region}:{account}:{tail}"
        for region in regions
        for account in accounts
        for tail in fills(parts[5])
    )


def fills(pattern: str) -> tuple[str, ...]:
    """Return a few strings that match a pattern."""
    if "*" not in pattern and "?" not in pattern:
        return (pattern,)
    made = [pattern.replace("*", fill) for fill in _FILLS]
    if pattern.count("*") > 1:
        head, _, rest = pattern.partition("*")
        made += [head + rest.replace("*", "x"), head + "x" + rest.replace("*", "")]
    return tuple(dict.fromkeys(text.replace("?", "x") for text in made if text))


@lru_cache(maxsize=4096)
def _kind_of(arn: str, service: str, kinds: tuple[Kind, ...]) -> Kind | None:
    """Return the type of an ARN, among an action's types, or None if there isn't one."""
    names = _types_of(arn, service)
    return next((kind for kind in kinds if kind.name.lower() in names), None)


@lru_cache(maxsize=4096)
def _types_of(arn: str, service: str) -> tuple[str, ...]:
    """Return the types whose format fits an ARN best.

    `bucket/key` is an object, although a bucket's format fits as well.
    """
    fitting = [(literal, name) for name, literal, test in _formats(service) if test(arn)]
    most = max((literal for literal, _ in fitting), default=0)
    return tuple(name for literal, name in fitting if literal == most)


@lru_cache(maxsize=64)
def _formats(service: str) -> tuple[tuple[str, int, Callable[[str], bool]], ...]:
    formats = []
    for name, each in reference.resource_types(service).items():
        pattern = VARIABLE.sub("*", each["arn"])
        parts = [_part_test(part) for part in pattern.split(":", 5)]
        formats.append((name, len(pattern.replace("*", "")), _parted(parts)))
    return tuple(formats)


def _part_test(pattern: str) -> Callable[[str], bool]:
    """Return a test for one part of an ARN, where a variable matches at least one character."""
    test = glob(tokenize(pattern, variables=False, wildcards=True))
    return lambda part: bool(part) == bool(pattern) and test(part)


def _parted(tests: list[Callable[[str], bool]]) -> Callable[[str], bool]:
    def fits(arn: str) -> bool:
        """Return whether each part of the ARN passes its test."""
        parts = arn.split(":", 5)
        return len(parts) == len(tests) and all(test(part) for test, part in zip(tests, parts, strict=True))

    return fits
