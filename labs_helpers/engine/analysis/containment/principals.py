"""Principals that represent all others, for questions about policies that name principals."""

from __future__ import annotations

from collections.abc import Sequence

from labs_helpers.engine.policy import Policy, PolicyError, Principal, PrincipalKind
from labs_helpers.engine.policy.parse import WITH_PRINCIPAL

_ACCOUNT = "111122223333"
_ANY = "any"  # a name that no policy contains


def principals_for(policies: Sequence[Policy]) -> list[Principal]:
    """Return principals that represent all others: the named ones, and for each kind one that no policy names."""
    if not any(policy.kind in WITH_PRINCIPAL for policy in policies):
        return [Principal.from_arn(f"arn:aws:iam::{_ACCOUNT}:user/{_ANY}")]
    named = [
        statement.elements.principals
        for policy in policies
        for statement in policy.statements
        if statement.elements.principals is not None
    ]
    accounts = {_ACCOUNT}.union(*(each.accounts for each in named))
    arns = [principal for each in named for arn in sorted(each.arns) if (principal := _read(arn)) is not None]
    accounts.update(each.account for each in arns if each.account is not None)
    found = []
    for account in sorted(accounts):
        found.append(Principal.from_arn(f"arn:aws:iam::{account}:user/{_ANY}"))
        found.append(Principal.from_arn(f"arn:aws:iam::{account}:root"))
    found += arns
    for each in named:
        found += map(Principal.service, sorted(each.services))
        for provider in sorted(each.providers):
            found.append(
                (Principal.saml if ":saml-provider/" in provider else Principal.web_identity)(provider)
            )
    found += [
        Principal.service(f"{_ANY}.amazonaws.com"),
        Principal.web_identity(f"{_ANY}.example.com"),
        Principal.saml(f"arn:aws:iam::{_ACCOUNT}:saml-provider/{_ANY}"),
        Principal.anonymous(),
    ]
    # NotPrincipal can exempt a user without exempting the user's federated sessions.
    users = [each for each in found if each.kind is PrincipalKind.USER]
    if any("NotPrincipal" in statement.source for policy in policies for statement in policy.statements):
        found += [
            Principal.from_arn(f"arn:aws:sts::{user.account}:federated-user/{_ANY}", user.arn)
            for user in users
        ]
    return list(dict.fromkeys(found))


def _read(arn: str) -> Principal | None:
    """Return the principal with an ARN, or None for a unique ID or a CloudFront identity, which no request has."""
    try:
        return Principal.from_arn(arn)
    except PolicyError:
        return None
