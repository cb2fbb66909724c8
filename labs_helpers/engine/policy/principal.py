"""Principals of all kinds: users, root users, sessions, AWS services, anonymous callers, and token bearers."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.strict_json import as_text, describe

_ACCOUNT = re.compile(r"[0-9]{12}")
_PARTITION = re.compile(r"aws[a-z-]*")
_ALLOWED = "the ARN of an IAM user, role, root user, role session, federated user, or identity provider"


class PrincipalKind(enum.Enum):
    """A principal's kind. WEB_IDENTITY and SAML are token bearers that call AssumeRoleWith…."""

    USER = "user"
    ROOT = "root"
    ROLE_SESSION = "role session"
    FEDERATED_USER = "federated user"
    SERVICE = "service"
    ANONYMOUS = "anonymous"
    WEB_IDENTITY = "web identity"
    SAML = "saml"


_IN_AN_ACCOUNT = frozenset(
    {PrincipalKind.USER, PrincipalKind.ROOT, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER}
)


@dataclass(frozen=True, slots=True)
class Principal:
    """A request's principal.

    `arn` is the principal's ARN or, if it doesn't have one, a service's name, a provider's name, or "*". `account` has
    twelve digits or is None. `issuer` is the ARN of a session's role, or of the user who called GetFederationToken.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    arn: str
    kind: PrincipalKind
    account: str | None = None
    issuer: str | None = None

    @classmethod
    def from_arn(cls, arn: str, issuer: str | None = None) -> Principal:
        """Return the principal with this ARN. A role's ARN means a session of that role.

        Raises `PolicyError` if it isn't the ARN of a principal.
        """
        return principal_from_arn(arn, issuer, "principal")

    @classmethod
    def service(cls, name: str) -> Principal:
        """Return the principal for an AWS service, such as "lambda.amazonaws.com", that makes its own calls."""
        return cls(name, PrincipalKind.SERVICE)

    @classmethod
    def anonymous(cls) -> Principal:
        """Return the principal for a caller without credentials."""
        return cls("*", PrincipalKind.ANONYMOUS)

    @classmethod
    def web_identity(cls, provider: str) -> Principal:
        """Return the principal that presents an OpenID Connect token from `provider` (an issuer or an ARN)."""
        return cls(provider, PrincipalKind.WEB_IDENTITY)

    @classmethod
    def saml(cls, provider_arn: str) -> Principal:
        """Return the principal that presents a SAML assertion from an identity provider in IAM."""
        return cls(provider_arn, PrincipalKind.SAML)

    @property
    def has_identity_policies(self) -> bool:
        """True if identity policies, a permissions boundary, and SCPs can apply to the principal."""
        return self.kind in _IN_AN_ACCOUNT

    @property
    def is_service_linked(self) -> bool:
        """True if the principal is a session of a service-linked role, which SCPs and RCPs don't affect."""
        return self.issuer is not None and ":role/aws-service-role/" in self.issuer


def read_arn(value: object, path: str, allowed: str) -> Arn:
    """Parse an ARN that has a resource part. Raises `PolicyError` for any other value."""
    arn = Arn.read(as_text(value, path, allowed))
    if arn is None or not arn.resource:
        raise PolicyError(path, f"{describe(value)} isn't an ARN with six parts", allowed)
    return arn


def principal_from_arn(arn: object, issuer: object, path: str) -> Principal:
    """Return the principal with this ARN. In errors, the ARN is at `path`.arn and the issuer at `path`.issuer."""
    where = f"{path}.arn"
    partition, service, _, account, resource = read_arn(arn, where, _ALLOWED)
    assert isinstance(arn, str)
    if not _PARTITION.fullmatch(partition):
        raise PolicyError(where, f'partition "{partition}"', "aws, aws-cn, aws-us-gov, …")
    if not _ACCOUNT.fullmatch(account):
        raise PolicyError(where, f"account {describe(account)}", "twelve digits")
    given = None if issuer is None else _checked_issuer(issuer, f"{path}.issuer")
    kind, name = _kind_of(service, resource, arn, where)
    if kind is PrincipalKind.ROLE_SESSION:
        if service == "iam":
            return Principal(arn, kind, account, given or arn)
        role = name.split("/", 1)[0]
        return Principal(arn, kind, account, given or f"arn:{partition}:iam::{account}:role/{role}")
    if given is not None and kind is not PrincipalKind.FEDERATED_USER:
        raise PolicyError(f"{path}.issuer", f"an issuer for a {kind.value}", "an issuer only for a session")
    if kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return Principal(arn, kind)
    return Principal(arn, kind, account, given)


def _kind_of(service: str, resource: str, arn: str, path: str) -> tuple[PrincipalKind, str]:
    kind, _, name = resource.partition("/")
    principal_kind = {
        ("iam", "root"): PrincipalKind.ROOT,
        ("iam", "user"): PrincipalKind.USER,
        ("iam", "role"): PrincipalKind.ROLE_SESSION,
        ("iam", "saml-provider"): PrincipalKind.SAML,
        ("iam", "oidc-provider"): PrincipalKind.WEB_IDENTITY,
        ("sts", "assumed-role"): PrincipalKind.ROLE_SESSION,
        ("sts", "federated-user"): PrincipalKind.FEDERATED_USER,
    }.get((service, kind))
    if principal_kind is None or (principal_kind is not PrincipalKind.ROOT) != bool(name):
        raise PolicyError(path, f"{describe(arn)} isn't the ARN of a principal", _ALLOWED)
    if kind == "assumed-role" and not all(name.partition("/")[::2]):
        raise PolicyError(path, f"{describe(arn)} has no session name", "…:assumed-role/ROLE/SESSION")
    return principal_kind, name


def _checked_issuer(value: object, path: str) -> str:
    allowed = "the ARN of the session's role"
    arn = read_arn(value, path, allowed)
    if arn.service != "iam" or not (arn.resource.startswith(("role/", "user/")) or arn.resource == "root"):
        raise PolicyError(path, describe(value), allowed)
    return value  # type: ignore[return-value]
