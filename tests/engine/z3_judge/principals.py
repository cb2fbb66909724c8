"""Who calls, and how the Principal element names it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.engine.z3_judge.request import listed


class Kind(enum.Enum):
    """The kinds of callers that are decided differently."""

    USER = enum.auto()
    ROOT = enum.auto()
    SESSION = enum.auto()
    FEDERATED_USER = enum.auto()
    SERVICE = enum.auto()
    ANONYMOUS = enum.auto()
    TOKEN = enum.auto()


class Naming(enum.Enum):
    """The ways in which a statement names a caller."""

    ITSELF = "the ARN of the user, session, or federated user, or the service's name"
    PARENT = "the ARN of the session's role, or of the federated user's parent"
    ACCOUNT = "the account"
    EVERYBODY = "*"
    NO_ELEMENT = "the statement has no Principal"


@dataclass(frozen=True)
class Caller:
    """A principal: its own name (an ARN, a service's name, a provider), and its parent's ARN."""

    kind: Kind
    name: str
    account: str | None = None
    parent: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Caller:
        """Read {"arn": …, "issuer": …}, {"service": …}, {"anonymous": true}, {"web_identity": …}, or {"saml": …}."""
        if given.get("anonymous"):
            return cls(Kind.ANONYMOUS, "*")
        if "service" in given:
            return cls(Kind.SERVICE, given["service"])
        if "web_identity" in given or "saml" in given:
            return cls(Kind.TOKEN, given.get("web_identity") or given["saml"])
        return cls._from_arn(given["arn"], given.get("issuer"))

    @classmethod
    def _from_arn(cls, arn: str, issuer: str | None) -> Caller:
        _, partition, service, _, account, resource = arn.split(":", 5)
        kind, _, name = resource.partition("/")
        if kind == "assumed-role":
            return cls(
                Kind.SESSION,
                arn,
                account,
                issuer or f"arn:{partition}:iam::{account}:role/{name.split('/')[0]}",
            )
        if kind == "federated-user":
            return cls(Kind.FEDERATED_USER, arn, account, issuer)
        if kind in ("saml-provider", "oidc-provider"):
            return cls(Kind.TOKEN, arn)
        if kind == "role":
            return cls(Kind.SESSION, arn, account, issuer or arn)
        assert service == "iam", arn
        return cls(Kind.ROOT if resource == "root" else Kind.USER, arn, account)

    @property
    def service_linked(self) -> bool:
        """Whether the caller is a session of a service-linked role."""
        return ":role/aws-service-role/" in (self.parent or "")

    def naming(self, statement: Mapping[str, Any], *, bounded: bool) -> frozenset[Naming]:
        """Return the ways in which a statement names the caller; none if it is meant for others.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        if "NotPrincipal" in statement:
            spared = not bounded and self._spared_by(statement["NotPrincipal"])
            return frozenset() if spared else frozenset({Naming.EVERYBODY})
        if "Principal" not in statement:
            return frozenset({Naming.NO_ELEMENT})
        principal = statement["Principal"]
        if principal == "*":
            return frozenset({Naming.EVERYBODY})
        found = (self._named(kind, value) for kind, values in principal.items() for value in listed(values))
        return frozenset(naming for naming in found if naming)

    def _named(self, kind: str, value: str) -> Naming | None:
        expected = {Kind.SERVICE: "Service", Kind.TOKEN: "Federated"}.get(self.kind, "AWS")
        if kind == "AWS" and value == "*":
            return Naming.EVERYBODY
        if kind != expected:
            return None
        if value == self.name:
            # A role's ARN, given as the caller, stands for a session without a name of its own.
            return Naming.PARENT if self.name == self.parent else Naming.ITSELF
        if self.parent and value == self.parent:
            return Naming.PARENT
        if self.account and value in (self.account, f"arn:aws:iam::{self.account}:root"):
            return Naming.ACCOUNT
        return None

    def _spared_by(self, principal: Any) -> bool:
        if principal == "*":
            return True
        named = {
            self._named(kind, value) for kind, values in principal.items() for value in listed(values)
        } - {None}
        if Naming.EVERYBODY in named:
            return True
        if self.kind is Kind.ROOT:
            return bool(named)
        needed = {Naming.ITSELF} if self.account is None else {Naming.ITSELF, Naming.ACCOUNT}
        if self.kind is Kind.SESSION:
            # A role's ARN, given as the caller, stands for any of its sessions, which no list can name.
            needed.add(Naming.PARENT)
        return needed <= named
