"""Values to try for condition keys.

They equal a policy's value, are next to it, or are far from it; if possible, the key is also omitted.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from labs_helpers.engine.analysis.ceiling.actions import Action, Kind, is_listed
from labs_helpers.engine.analysis.ceiling.arns import filled_in, fills
from labs_helpers.engine.analysis.ceiling.covering import Test
from labs_helpers.engine.analysis.ceiling.places import MORE_REGIONS
from labs_helpers.engine.analysis.contexts import TAGGED, iso
from labs_helpers.engine.policy import Principal, PrincipalKind
from labs_helpers.engine.policy.conditions.dates import instant
from labs_helpers.engine.policy.conditions.numbers import number
from labs_helpers.engine.policy.patterns import covers
from labs_helpers.engine.policy.principal_element import provider_name
from labs_helpers.engine.policy.variables import Context, ContextValue
from labs_helpers.engine.policy.whatif.guesses import FIXED_KEYS
from labs_helpers.engine.reference import authorization as reference

_ALWAYS = frozenset(
    {"aws:currenttime", "aws:epochtime", "aws:securetransport", "aws:requestedregion", "aws:viaawsservice"}
)
_SERVICES_ONLY = frozenset({"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"})
_MEMBERS_ONLY = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
_NO_MEMBERS = frozenset({PrincipalKind.SERVICE, PrincipalKind.ANONYMOUS})
"""Principals that aren't in any organization: AWS services and anonymous callers."""
_TOKEN_BEARERS = frozenset({PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML})
_SESSIONS_ONLY = frozenset({"aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime"})
_TEMPORARY = frozenset({PrincipalKind.USER, PrincipalKind.ROLE_SESSION})
_CANONICAL = {
    "aws:epochtime": "aws:currenttime",
    "aws:calledviafirst": "aws:calledvia",
    "aws:calledvialast": "aws:calledvia",
}
_MULTIVALUED = frozenset({"aws:tagkeys", "aws:calledvia"})
_AMR = "cognito-identity.amazonaws.com:amr"
_SIGNED_IN = ("authenticated", "unauthenticated")
"""The claims about the sign-in in an identity pool's token, whatever a policy requires.

https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html
"""
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_ADDRESSES = frozenset({"aws:sourceip", "aws:vpcsourceip"})
"""Keys whose value is an address, even if a policy compares it with another type's operator."""
_SERVICE_NAMES = frozenset(
    {"iam:passedtoservice", "aws:principalservicename", "aws:calledvia", "kms:viaservice"}
)
"""Keys whose value is the name of a service, which AWS writes in lowercase."""
_FAR_ADDRESSES = ("198.51.100.7", "2001:db8:ffff::7")
_YEAR = 365 * 24 * 3600
_MOST_VALUES = 24


def may_vary(key: str, principal: Principal, action: Action, kind: Kind | None) -> bool:
    """Return whether this principal's requests for this action can have different values for the key."""
    if key in FIXED_KEYS:  # facts about the caller and the resource, which a request can't vary
        return False
    prefix = key.partition(":")[0]
    if prefix == "aws":
        if is_of_others(key, principal):
            return False
        if key in _SERVICES_ONLY:
            return True
        if key in _SESSIONS_ONLY:
            return principal.kind in _TEMPORARY
        if key.startswith("aws:principaltag/"):
            return principal.has_identity_policies and principal.kind is not PrincipalKind.ROOT
        if not key.startswith(("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")):
            return not key.startswith("aws:calledvia") or principal.has_identity_policies
    elif is_claim(key):
        return _is_claim_of(key, principal)
    return is_listed(key, action.keys) or (kind is not None and is_listed(key, kind.keys))


def is_claim(key: str) -> bool:
    """Return whether the key is a claim of an identity provider's token."""
    prefix = key.partition(":")[0]
    return prefix != "aws" and prefix not in reference.services()


def _is_claim_of(key: str, principal: Principal) -> bool:
    """Return whether the key is a claim of this bearer's token.

    A provider's tokens have no claims of another provider.
    """
    prefix = key.rpartition(":")[0]
    if principal.kind is PrincipalKind.SAML:
        return prefix == "saml"
    if principal.kind is not PrincipalKind.WEB_IDENTITY:
        return False
    return principal.arn == "*" or prefix == provider_name(principal.arn).lower()


def is_of_others(key: str, principal: Principal) -> bool:
    """Return whether only other kinds of callers have this key, so that no request from `principal` contains it."""
    if key in _SERVICES_ONLY:
        return principal.kind is not PrincipalKind.SERVICE
    if principal.kind in _TOKEN_BEARERS and is_claim(key):  # a session keeps the claims that it began with
        return not _is_claim_of(key, principal)
    return key in _MEMBERS_ONLY and principal.kind in _NO_MEMBERS


def canonical_name(key: str) -> str:
    """Return the name to use when varying a key that has two names, such as a resource's tag or the time."""
    prefix, _, rest = key.partition(":")
    if key in _CANONICAL:
        return _CANONICAL[key]
    return f"aws:{rest}" if prefix in TAGGED and rest.startswith("resourcetag/") else key


def may_be_absent(key: str, principal: Principal) -> bool:
    """Return whether a request can lack the key."""
    if key == "aws:tokenissuetime":
        return principal.kind is not PrincipalKind.ROLE_SESSION
    claimed = key == _AMR or key.endswith((":aud", ":sub"))
    return key not in _ALWAYS and not (claimed and _is_claim_of(key, principal))


def values(
    key: str,
    tests: Iterable[Test],
    context: Context,
    given: Iterable[ContextValue | None],
    principal: Principal,
) -> list[ContextValue | None]:
    """Return values to try for a key (None means absent): the current, the author's, and generated values."""
    tests = [test for test in tests if canonical_name(test.key) == key]
    several = key in _MULTIVALUED or any(":" in test.operator for test in tests)
    options: dict[ContextValue | None, None] = {context.get(key): None}
    for value in given:
        options.setdefault(value)
    singles = dict.fromkeys(
        single
        for test in tests
        for value in test.values
        for single in _near(test.operator.rpartition(":")[2], value, context)
        if key not in _SERVICE_NAMES or single == single.lower()
    )
    if key == "aws:requestedregion":  # whatever a policy compares it with, its value is the name of a Region
        patterns = [value for test in tests for value in test.values if "*" in value or "?" in value]
        meant = [each for each in MORE_REGIONS if any(covers(pattern, each) for pattern in patterns)]
        singles = dict.fromkeys((*filter(REGION.fullmatch, singles), *meant, "ap-southeast-2"))
    if key in _ADDRESSES:
        texts = [value for test in tests for value in test.values if test.operator != "Null"]
        singles = dict.fromkeys((*filter(_is_address, singles), *_filled_addresses(texts), *_FAR_ADDRESSES))
    if key == "iam:permissionsboundary":  # IAM accepts managed policies of the account itself, or of AWS
        of_aws = [single for single in singles if single.startswith("arn:aws:iam::aws:policy/")]
        texts = [value for test in tests for value in test.values if test.operator != "Null"]
        own = [each for text in texts for each in _boundaries(text, principal.account)]
        singles = dict.fromkeys((*own, *of_aws, "arn:aws:iam::aws:policy/AdministratorAccess"))
    if key == _AMR:
        singles = dict.fromkeys(_SIGNED_IN)
    for single in list(singles)[:_MOST_VALUES]:
        options.setdefault((single,) if several else single)
    if several and singles and key != _AMR:
        first = next(iter(singles))
        options.setdefault((first, "something-else"))
        options.setdefault(("something-else",))
    if not singles:
        options.setdefault("example")
    if may_be_absent(key, principal):
        options.setdefault(None)
    else:
        options.pop(None, None)
    return list(options)


def _near(operator: str, value: str, context: Context) -> Iterator[str]:
    name = operator.removesuffix("IfExists")
    if name == "Bool":
        yield from (value.lower(), "false" if value.lower() == "true" else "true")
    elif name == "Null":
        yield "example"
    elif "IpAddress" in name:
        yield from _addresses(value)
    elif name.startswith("Date"):
        yield from _dates(value)
    elif name.startswith("Numeric"):
        yield from _numbers(value)
    else:
        yield from _texts(value, context)


def _texts(value: str, context: Context) -> Iterator[str]:
    filled = filled_in(value, context)
    if filled is None:
        return
    yield from (text for text in fills(filled) if text)
    whole = filled.replace("*", "x").replace("?", "x")
    yield whole.swapcase()
    yield whole + "x"
    yield "arn:aws:iam::999988887777:role/another" if whole.startswith("arn:") else "something-else"
    yield filled  # with the wildcards themselves, for operators that compare them literally


def _boundaries(pattern: str, own: str | None) -> Iterator[str]:
    """Yield policies of the caller's account that a pattern might match.

    They have the name in the pattern or a longer name, or are in a path. A path can contain colons, and in a
    string `*` matches them: `:policy/x:policy/app-boundary`.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
    """
    name = pattern.rpartition("policy/")[2].replace("?", "x")
    for place in ("", "x", "x/", "x:policy/"):
        for fill in ("", "x"):
            yield f"arn:aws:iam::{own}:policy/{place}{name.replace('*', fill)}"


def _addresses(value: str) -> Iterator[str]:
    try:
        network = ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return
    first, last = network.network_address, network.broadcast_address
    yield from (str(first), str(last))
    if int(first) > 0:
        yield str(first - 1)
    if int(last) + 1 < 2**network.max_prefixlen:
        yield str(last + 1)
    middle = int(first) + (int(last) - int(first)) // 2 + 1
    if middle <= int(last):
        yield str(type(first)(middle))
    yield from _FAR_ADDRESSES


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _filled_addresses(patterns: Iterable[str]) -> Iterator[str]:
    """Yield addresses that patterns match: `192.0.*` gives 192.0.0.0 and 192.0.9.9."""
    for pattern in patterns:
        for fill in ("0", "9", "0.0", "9.9", "0.0.0", "9.9.9"):
            text = pattern.replace("*", fill).replace("?", fill[0])
            if _is_address(text):
                yield text


def _dates(value: str) -> Iterator[str]:
    moment = instant(value)
    if moment is None:
        return
    for seconds in (0, 1, -1, _YEAR, -_YEAR, 20 * _YEAR):
        yield iso(int(moment) + seconds)


def _numbers(value: str) -> Iterator[str]:
    given = number(value)
    if given is not None:
        for by in (0, 1, -1, 1000):
            yield format(given + Decimal(by), "f")
