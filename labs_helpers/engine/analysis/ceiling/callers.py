"""Callers: principals with the policies in force for them, with the answer and with each ceiling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from labs_helpers.engine.analysis.ceiling.places import account_like
from labs_helpers.engine.policy import Attached, Policies, PolicyError, Principal, PrincipalKind
from labs_helpers.engine.policy.elements import as_list
from labs_helpers.engine.policy.statement import Statement
from labs_helpers.engine.policy.variables import Context, ContextValue
from labs_helpers.engine.policy.whatif.guesses import condition_values

OUTSIDER = "arn:aws:iam::999988887777:user/stranger"
ROLE_SESSION_KEYS = {
    "aws:federatedprovider": "arn:aws:iam::111122223333:saml-provider/example",
    "identitystore:userid": "11112222-3333-4444-5555-666677778888",
    "ec2:sourceinstancearn": "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0",
    "lambda:sourcefunctionarn": "arn:aws:lambda:us-east-1:111122223333:function:example",
}
"""Keys that only sessions of some roles have, each with a value for conditions that check only whether the key
is present.
"""
RESERVED = "role/aws-reserved/"
"""The path of roles that AWS creates in a customer's account."""
_OF_IDENTITY_CENTER = re.compile(RESERVED + r"sso\.amazonaws\.com/([a-z0-9-]+/)?AWSReservedSSO_.+")
"""The form of all names below that path, because only Identity Center creates roles there.

https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
"""
_SOME_OF_IDENTITY_CENTER = tuple(
    f"{RESERVED}sso.amazonaws.com/{region}AWSReservedSSO_Example_0123456789abcdef"
    for region in ("", "eu-central-1/")
)
"""A role of Identity Center in us-east-1, and one in another Region, for patterns that match any of its roles."""
_MOST_NAMED = 24
_MOST_GUISES = 4
_BEARERS = {
    "sts:assumerolewithwebidentity": PrincipalKind.WEB_IDENTITY,
    "sts:assumerolewithsaml": PrincipalKind.SAML,
}


@dataclass(frozen=True, slots=True)
class Seed:
    """A request by an exercise's author, from which the search starts."""

    action: str
    resource: str
    account: str | None
    context: Context
    """Condition keys in lowercase, without those that AWS always adds."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller with its policies.

    `context` contains the keys, in lowercase, that AWS adds to each of the caller's requests. `seeds` contains the
    requests to start with. `within` contains the ARNs of the resources to which the resource policy in `answer` and
    `ceilings` is attached, or is None if there is no such policy. `only` contains keys, in lowercase, with the only
    values that they can have in the caller's requests.
    """

    principal: Principal
    answer: Policies
    ceilings: tuple[Policies, ...]
    context: Context
    seeds: tuple[Seed, ...] = ()
    within: tuple[str, ...] | None = None
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def layers(policies: Policies) -> Iterator[tuple[str, tuple[Attached, ...]]]:
    """Yield the policies by layer, with SCPs and RCPs level by level."""
    yield "identity", policies.identity
    for name in ("boundary", "resource", "vpc_endpoint"):
        one = getattr(policies, name)
        if one is not None:
            yield name, (one,)
    if policies.session:
        yield "session", policies.session
    for name in ("scp", "rcp"):
        for level, attached in enumerate(getattr(policies, name) or ()):
            yield f"{name}{level}", attached


def statements(policies: Policies) -> Iterator[Statement]:
    """Yield every statement in force."""
    for _, attached in layers(policies):
        for _, policy in attached:
            yield from policy.statements


def named(sides: Iterable[Policies], account: str) -> list[Principal]:
    """Return the principals that policies name, in Principal elements and in conditions.

    Conditions name them with aws:username, aws:PrincipalArn, and similar keys. An account's root is represented by a
    user in that account; "*" is represented by an outsider and an anonymous caller. `account` is the account for users
    that are named without an account.
    """
    principals: dict[Principal, None] = {}
    for side in sides:
        for statement in statements(side):
            for principal in (*_of_element(statement.source), *_of_conditions(statement.source, account)):
                if len(principals) < _MOST_NAMED:
                    principals.setdefault(principal)
    return list(principals)


def outsiders(sides: Iterable[Policies]) -> list[Principal]:
    """Return a user of an outsider's account, an anonymous caller, and outsiders whom aws:PrincipalArn matches.

    An outsider can give a user or role any name, so a pattern such as `arn:aws:iam::*:role/x` keeps no one out.
    """
    found = [Principal.from_arn(OUTSIDER), Principal.anonymous()]
    for side in sides:
        for statement in statements(side):
            for name, text in _condition_entries(statement.source):
                if name == "aws:principalarn" and "${" not in text:
                    found += [each for arn in _outsiders_like(text) for each in _named_by("AWS", arn)]
    return list(dict.fromkeys(found))[:_MOST_NAMED]


def deputies(sides: Iterable[Policies]) -> dict[Principal, tuple[str, ...]]:
    """Return the services that policies let in, each with ARNs of an outsider's resources for which it might act.

    A policy names a service in a Principal element, or in aws:SourceArn.
    """
    account = OUTSIDER.split(":")[4]
    found: dict[Principal, dict[str, None]] = {}
    for side in sides:
        for statement in statements(side):
            texts = [text for name, text in _condition_entries(statement.source) if name == "aws:sourcearn"]
            patterns = [parts for text in texts if len(parts := text.split(":", 5)) == 6]
            of_sources = [
                each for parts in patterns for each in _named_by("Service", f"{parts[2]}.amazonaws.com")
            ]
            for principal in (*_of_element(statement.source), *of_sources):
                if principal.kind is PrincipalKind.SERVICE:
                    service = principal.arn.partition(".")[0]
                    theirs = found.setdefault(principal, {f"arn:aws:{service}:us-east-1:{account}:x": None})
                    for parts in patterns:
                        if fnmatchcase(account, parts[4]):
                            whole = ":".join((*parts[:4], account, parts[5]))
                            theirs.setdefault(whole.replace("*", "x").replace("?", "x"))
    return {principal: tuple(theirs) for principal, theirs in found.items()}


def _outsiders_like(pattern: str) -> Iterator[str]:
    """Yield principals outside the learner's accounts that a pattern without a fixed account matches."""
    parts = pattern.split(":", 5)
    account = parts[4] if len(parts) == 6 else "*"
    if not account.isdigit():
        known = OUTSIDER.split(":")[4]
        yield from _of_account(pattern, known if fnmatchcase(known, account) else account_like(account))


def _of_element(source: Any) -> Iterator[Principal]:
    element = source.get("Principal", source.get("NotPrincipal"))
    if element is None:
        return
    entries = element.items() if isinstance(element, dict) else [("AWS", element)]
    for kind, value in entries:
        for text in as_list(value):
            yield from _named_by(kind, text)


def _named_by(kind: str, text: str) -> Iterator[Principal]:
    try:
        if kind == "Service":
            yield Principal.service(text)
        elif kind == "Federated":
            yield Principal.saml(text) if ":saml-provider/" in text else Principal.web_identity(text)
        elif kind == "AWS" and text == "*":
            yield from (Principal.anonymous(), Principal.from_arn(OUTSIDER))
        elif kind == "AWS" and text.isdigit():
            yield Principal.from_arn(f"arn:aws:iam::{text}:user/somebody")
        elif kind == "AWS" and text.endswith(":root"):
            yield Principal.from_arn(f"{text.removesuffix('root')}user/somebody")
        elif kind == "AWS":
            yield Principal.from_arn(text)
    except PolicyError:  # a unique ID, or a form that matches no principal
        return


def _of_conditions(source: Any, account: str) -> Iterator[Principal]:
    for name, text in _condition_entries(source):
        whole = text.replace("*", "x").replace("?", "x")
        if name == "aws:principalservicename" and "." in whole:  # leaves out the values of Null
            yield from _named_by("Service", whole)
        arns = {
            "aws:username": [f"arn:aws:iam::{account}:user/{whole}"],
            "aws:principalarn": _of_account(text, account),
            "aws:principalaccount": [f"arn:aws:iam::{account_like(text)}:user/somebody"],
            "kms:calleraccount": [f"arn:aws:iam::{account_like(text)}:user/somebody"],
        }
        for arn in arns.get(name, ()):
            if arn.endswith(":root"):  # in aws:PrincipalArn it means the root user, not the account
                yield from (
                    Principal.from_arn(arn),
                    Principal.from_arn(f"{OUTSIDER.partition('user')[0]}root"),
                )
            elif "${" not in arn and arn.count(":") == 5:
                yield from _named_by("AWS", arn)


def _of_account(pattern: str, account: str) -> Iterator[str]:
    """Yield principals that a pattern matches.

    `arn:aws:iam::*:role/x` matches a role of any account, including this one; `*x` matches roles whose name ends with
    an x; `arn:aws:iam::111122223333:*/x` matches a user and a role.
    """
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        tail = pattern.rpartition(":")[2]
        parts = ["arn", "aws", "iam", "", account, tail if "/" in tail or tail == "root" else f"role/{tail}"]
    if not parts[4].isdigit():
        parts[4] = account
    for own in _of_kinds(parts[5]):
        filled = dict.fromkeys(own.replace("*", fill).replace("?", "x") for fill in ("x", ""))
        names = [
            each for each in filled if not each.startswith(RESERVED) or _OF_IDENTITY_CENTER.fullmatch(each)
        ]
        if not names:
            names = [each for each in _SOME_OF_IDENTITY_CENTER if fnmatchcase(each, own)]
        for name in names:
            yield ":".join([*parts[:5], name])


def _of_kinds(pattern: str) -> Iterator[str]:
    """Yield a pattern for users and one for roles if the pattern leaves open what comes before the slash."""
    kind, slash, name = pattern.partition("/")
    if not {"*", "?"} & set(kind):
        yield pattern
        return
    for each in ("role", "user"):
        if fnmatchcase(each, kind):
            yield f"{each}/{name if slash else kind}"


def _condition_entries(source: Any) -> Iterator[tuple[str, str]]:
    """Yield (key in lowercase, value) for each test in a statement's Condition."""
    for entries in source.get("Condition", {}).values():
        for key, value in entries.items():
            for text in condition_values(value):
                yield key.lower(), text


def guises(sides: Iterable[Policies]) -> list[dict[str, ContextValue]]:
    """Return context keys for callers and resources that policies don't name, such as members of an organization.

    The keys come from conditions. Neither a caller nor a resource's owner can choose them, but a caller or resource
    that has them might exist.
    """
    options: list[dict[str, ContextValue]] = []
    for side in sides:
        for statement in statements(side):
            for name, text in _condition_entries(statement.source):
                whole = text.replace("*", "x").replace("?", "x")
                shown: dict[str, dict[str, ContextValue]] = {
                    "aws:principalorgid": {
                        "aws:principalorgid": whole,
                        "aws:principalorgpaths": (f"{whole}/r-1/",),
                    },
                    "aws:principalorgpaths": {
                        "aws:principalorgid": whole.partition("/")[0],
                        "aws:principalorgpaths": (whole,),
                    },
                    "aws:userid": {"aws:userid": whole},
                    "aws:resourceorgid": {
                        "aws:resourceorgid": whole,
                        "aws:resourceorgpaths": (f"{whole}/r-1/",),
                    },
                    "aws:resourceorgpaths": {
                        "aws:resourceorgid": whole.partition("/")[0],
                        "aws:resourceorgpaths": (whole,),
                    },
                }
                if name in ROLE_SESSION_KEYS:
                    shown[name] = {name: ROLE_SESSION_KEYS[name] if text in ("true", "false") else whole}
                if name in shown and "${" not in text and shown[name] not in options:
                    options.append(shown[name])
    return options[:_MOST_GUISES]


def may_ask(principal: Principal, action: str) -> bool:
    """Return whether a principal of this kind is able to make this call.

    Only two calls accept identity tokens, and anonymous callers can be allowed only by resource policies of a few
    services.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    by_token = {
        "sts:assumerolewithwebidentity": PrincipalKind.WEB_IDENTITY,
        "sts:assumerolewithsaml": PrincipalKind.SAML,
    }
    bearer = by_token.get(action)
    if principal.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return principal.kind is bearer
    if bearer is not None:
        return False
    if principal.kind is PrincipalKind.ANONYMOUS:
        return action.partition(":")[0] in ("s3", "sqs", "sns")
    return not (action == "sts:assumerole" and principal.kind is PrincipalKind.ROOT)
