"""KMS grants: each allows only the operations that it lists, for one grantee, under its constraints.

https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.principal import Principal
from labs_helpers.engine.policy.principal_element import NOT_NAMED, PrincipalSet, read_principals
from labs_helpers.engine.policy.strict_json import as_object, as_text, describe, join, one_or_more, only_known
from labs_helpers.engine.policy.variables import Context

_OPERATIONS = (
    "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo", "Sign",
    "Verify", "GetPublicKey", "CreateGrant", "RetireGrant", "DescribeKey", "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext", "GenerateMac", "VerifyMac", "DeriveSharedSecret", "Encapsulate",
    "Decapsulate",
)  # fmt: skip
_FIELDS = (
    "KeyId", "GrantId", "Name", "CreationDate", "GranteePrincipal", "RetiringPrincipal", "IssuingAccount",
    "Operations", "Constraints", "GranteeServicePrincipal", "RetiringServicePrincipal",
)  # fmt: skip
_CONSTRAINTS = ("EncryptionContextEquals", "EncryptionContextSubset", "SourceArn")
_MAX_PAIRS = 8
# Encryption context constraints don't apply to operations without an encryption context.
UNCONSTRAINED = frozenset({"kms:describekey", "kms:retiregrant"})
CONTEXT_PREFIX = "kms:encryptioncontext:"


@dataclass(frozen=True, slots=True)
class Grant:
    """A KMS grant. `operations` are IAM actions in lowercase.

    `equals` and `subset` are constraints on the encryption context, with lowercase keys.
    """

    grant_id: str | None
    key_id: str | None
    grantee: PrincipalSet
    retiring: PrincipalSet | None
    operations: frozenset[str]
    equals: Mapping[str, str] | None
    subset: Mapping[str, str] | None
    source_arn: str | None

    def naming(self, principal: Principal, action: str, resource: str, context: Context) -> int:
        """Return how directly the grant allows a principal to perform `action` (in lowercase) on the KMS key.

        The result is NOT_NAMED if the grant doesn't allow the action.
        """
        if self.key_id is not None and self.key_id.rpartition("/")[2] != resource.rpartition("/")[2]:
            return NOT_NAMED
        if action == "kms:retiregrant" and self.retiring is not None and self.retiring.naming(principal):
            return self.retiring.naming(principal)
        if action not in self.operations or not self._constraints_hold(action, context):
            return NOT_NAMED
        return self.grantee.naming(principal)

    def _constraints_hold(self, action: str, context: Context) -> bool:
        if self.source_arn is not None and context.get("aws:sourcearn") != self.source_arn:
            return False
        if action in UNCONSTRAINED or (self.equals is None and self.subset is None):
            return True
        start = len(CONTEXT_PREFIX)
        given = {key[start:]: value for key, value in context.items() if key.startswith(CONTEXT_PREFIX)}
        if self.equals is not None and given != dict(self.equals):
            return False
        return self.subset is None or all(given.get(key) == value for key, value in self.subset.items())


def parse_grants(grants: Any, path: str) -> tuple[Grant, ...]:
    """Parse grants in the format that ListGrants returns. Raises `PolicyError`, which names the invalid field."""
    if not isinstance(grants, list):
        raise PolicyError(path, describe(grants), "a list of grants as ListGrants returns them")
    return tuple(_parse(grant, f"{path}[{index}]") for index, grant in enumerate(grants))


def _parse(grant: Any, path: str) -> Grant:
    as_object(grant, path, "a grant: an object as ListGrants returns it")
    only_known(grant, _FIELDS, path)
    for name in ("Name", "IssuingAccount"):
        _optional(grant, name, path)
    constraints = as_object(grant.get("Constraints", {}), f"{path}.Constraints")
    only_known(constraints, _CONSTRAINTS, f"{path}.Constraints")
    grantee = _principals(grant, ("GranteePrincipal", "GranteeServicePrincipal"), path)
    if grantee is None:
        raise PolicyError(f"{path}.GranteePrincipal", "missing", "the ARN of the grantee")
    return Grant(
        grant_id=_optional(grant, "GrantId", path),
        key_id=_optional(grant, "KeyId", path),
        grantee=grantee,
        retiring=_principals(grant, ("RetiringPrincipal", "RetiringServicePrincipal"), path),
        operations=_operations(grant, path),
        equals=_pairs(constraints, "EncryptionContextEquals", f"{path}.Constraints"),
        subset=_pairs(constraints, "EncryptionContextSubset", f"{path}.Constraints"),
        source_arn=_optional(constraints, "SourceArn", f"{path}.Constraints"),
    )


def _optional(grant: dict[str, Any], name: str, path: str) -> str | None:
    return as_text(grant[name], f"{path}.{name}") if name in grant else None


def _principals(grant: dict[str, Any], names: tuple[str, str], path: str) -> PrincipalSet | None:
    listed = None
    for name in names:
        text = _optional(grant, name, path)
        if text is None:
            continue
        if text == "*":
            raise PolicyError(f"{path}.{name}", describe(text), "the ARN of one principal")
        kind = "Service" if "." in text and not text.startswith("arn:") else "AWS"
        try:
            listed = read_principals({kind: text}, path)
        except PolicyError as error:
            raise PolicyError(f"{path}.{name}", error.found, error.allowed) from None
    return listed


def _operations(grant: dict[str, Any], path: str) -> frozenset[str]:
    where = f"{path}.Operations"
    if "Operations" not in grant:
        raise PolicyError(where, "missing", ", ".join(_OPERATIONS))
    if not isinstance(grant["Operations"], list):
        raise PolicyError(where, describe(grant["Operations"]), "a list of operations")
    for item, place in one_or_more(grant["Operations"], where, "an operation"):
        if as_text(item, place) not in _OPERATIONS:
            raise PolicyError(place, describe(item), ", ".join(_OPERATIONS))
    return frozenset(f"kms:{name.lower()}" for name in grant["Operations"])


def _pairs(constraints: dict[str, Any], name: str, path: str) -> dict[str, str] | None:
    if name not in constraints:
        return None
    where = f"{path}.{name}"
    pairs = as_object(constraints[name], where, "an object of strings")
    if len(pairs) > _MAX_PAIRS:
        raise PolicyError(where, f"{len(pairs)} pairs, above the limit of {_MAX_PAIRS}")
    return {as_text(key, where).lower(): as_text(value, join(where, key)) for key, value in pairs.items()}
