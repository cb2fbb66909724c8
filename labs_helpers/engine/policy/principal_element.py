"""The Principal and NotPrincipal elements: which principals they name, and how directly.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.principal import Principal, PrincipalKind
from labs_helpers.engine.policy.strict_json import as_object, as_text, describe, one_or_more, only_known

# How directly a statement names a principal of the resource's own account. This determines which other policies can
# still limit a grant by an implicit deny ("Resource-based policies and implicit denies in other policy types"):
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
NOT_NAMED = 0
BY_ACCOUNT = 1  # delegates to the account: the identity policy must still allow
BY_ISSUER = 2  # the role of a session, or a federated user's parent: boundary and session policy still apply
DIRECTLY = 3  # a user, a session, a service or "*": implicit denies don't apply

PrincipalTest = Callable[[Principal, bool], int]

_FORMS = '"*" or an object with AWS, Service, Federated, or CanonicalUser'
_AWS_FORMS = '"*", an account ID, or the ARN of an account\'s root, a user, a role, a role session, or a federated user'
_ACCOUNT = re.compile(r"[0-9]{12}")
_ROOT = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):root")
_ENTITY = re.compile(
    r"arn:aws[a-z-]*:(iam::[0-9]{12}:(user|role)/[^*?\s]+|sts::[0-9]{12}:(assumed-role/[^*?/\s]+/[^*?/\s]+"
    r"|federated-user/[^*?\s]+|self))"
)
# In the policy, a deleted user or role is replaced by its unique ID, which matches no principal.
_UNIQUE_ID = re.compile(r"A(ID|RO)A[A-Z0-9]{12,}")
_CLOUDFRONT_IDENTITY = re.compile(r"arn:aws[a-z-]*:iam::cloudfront:user/[^*?]+")
_PROVIDER_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(saml|oidc)-provider/[^*?\s]+")
_PROVIDER_NAME = re.compile(r"[A-Za-z0-9.-]+\.[A-Za-z0-9.-]+(/[^*?\s]*)?")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_CANONICAL = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class PrincipalSet:
    """The principals that one element lists."""

    everyone: bool = False
    accounts: set[str] = field(default_factory=set)
    arns: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    providers: set[str] = field(default_factory=set)

    def naming(self, principal: Principal) -> int:
        """Return how directly the set names a principal: NOT_NAMED, BY_ACCOUNT, BY_ISSUER, or DIRECTLY."""
        if self.everyone:
            return DIRECTLY
        kind = principal.kind
        if kind is PrincipalKind.SERVICE:
            return DIRECTLY if principal.arn in self.services else NOT_NAMED
        if kind is PrincipalKind.WEB_IDENTITY or kind is PrincipalKind.SAML:
            return DIRECTLY if self._names_provider(principal) else NOT_NAMED
        if kind is PrincipalKind.ANONYMOUS:
            return NOT_NAMED
        # A role's ARN as principal means an unnamed session, so the role is its issuer.
        if principal.arn in self.arns and principal.arn != principal.issuer:
            return DIRECTLY
        if principal.issuer in self.arns:
            return BY_ISSUER
        if principal.account in self.accounts:
            return DIRECTLY if kind is PrincipalKind.ROOT else BY_ACCOUNT
        return NOT_NAMED

    def _names_provider(self, principal: Principal) -> bool:
        if principal.arn == "*":  # a token whose issuer isn't in the request; see decide.py
            return any(
                ("saml-provider/" in p) == (principal.kind is PrincipalKind.SAML) for p in self.providers
            )
        return principal.arn in self.providers or any(
            provider_name(principal.arn) == provider_name(listed) for listed in self.providers
        )

    def exempts(self, principal: Principal, has_boundary: bool) -> bool:
        """Return whether a Deny with this set as its NotPrincipal exempts a principal.

        The account and the principal are checked separately, so both must be listed. A principal with a permissions
        boundary is never exempt.
        """
        if self.everyone:
            return True
        kind = principal.kind
        if not principal.has_identity_policies:
            return self.naming(principal) == DIRECTLY
        if has_boundary or principal.account not in self.accounts:
            return False
        return kind is PrincipalKind.ROOT or (
            principal.arn in self.arns and principal.arn != principal.issuer
        )


def provider_name(provider: str) -> str:
    """Return the issuer's name from an OpenID Connect provider's ARN. Other names are returned unchanged."""
    return provider.split(":oidc-provider/", 1)[-1].removeprefix("https://")


def principal_test(element: Any, path: str, *, negated: bool) -> tuple[PrincipalTest, PrincipalSet]:
    """Compile a Principal element into a test of how directly it names a principal.

    If `negated`, the element is NotPrincipal.
    """
    listed = read_principals(element, path)
    if negated:
        return (
            lambda principal, has_boundary: 0 if listed.exempts(principal, has_boundary) else DIRECTLY
        ), listed
    if listed.everyone:
        return (lambda principal, has_boundary: DIRECTLY), listed
    naming = listed.naming
    return (lambda principal, has_boundary: naming(principal)), listed


def read_principals(element: Any, path: str) -> PrincipalSet:
    """Return the principals that a Principal element lists. Raises `PolicyError` for an invalid element."""
    listed = PrincipalSet()
    if element == "*":
        listed.everyone = True
        return listed
    entries = as_object(element, path, _FORMS)
    if not entries:
        raise PolicyError(path, "an empty object", _FORMS)
    only_known(entries, _READERS, path)
    for kind, value in entries.items():
        for item, where in one_or_more(value, f"{path}.{kind}", "a string"):
            _READERS[kind](listed, as_text(item, where), where)
    return listed


def _read_aws(listed: PrincipalSet, text: str, path: str) -> None:
    root = _ROOT.fullmatch(text)
    if text == "*":
        listed.everyone = True
    elif root:
        listed.accounts.add(root.group(1))
    elif _ACCOUNT.fullmatch(text):
        listed.accounts.add(text)
    elif _ENTITY.fullmatch(text) or _CLOUDFRONT_IDENTITY.fullmatch(text) or _UNIQUE_ID.fullmatch(text):
        listed.arns.add(text)
    else:
        raise PolicyError(path, describe(text), _AWS_FORMS)


def _read_service(listed: PrincipalSet, text: str, path: str) -> None:
    if not _SERVICE.fullmatch(text):
        raise PolicyError(path, describe(text), 'a service principal such as "lambda.amazonaws.com"')
    listed.services.add(text)


def _read_federated(listed: PrincipalSet, text: str, path: str) -> None:
    if not (_PROVIDER_ARN.fullmatch(text) or _PROVIDER_NAME.fullmatch(text)):
        raise PolicyError(
            path, describe(text), "the ARN of a SAML or OpenID Connect provider, or a provider's name"
        )
    listed.providers.add(text)


def _read_canonical(listed: PrincipalSet, text: str, path: str) -> None:
    if not _CANONICAL.fullmatch(text):
        raise PolicyError(path, describe(text), "a canonical user ID with 64 hexadecimal digits")


_READERS: dict[str, Callable[[PrincipalSet, str, str], None]] = {
    "AWS": _read_aws,
    "Service": _read_service,
    "Federated": _read_federated,
    "CanonicalUser": _read_canonical,
}
