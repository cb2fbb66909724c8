"""The evaluation layers in AWS's order, with AWS's terms for them and each layer's policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

from enum import StrEnum

from labs_helpers.engine.policy.policy_set import Attached, Policies


class Layer(StrEnum):
    """The type of a check. Each member is the string used in decisions and scenarios."""

    RESOURCE_CONTROL_POLICY = "RESOURCE_CONTROL_POLICY"
    SERVICE_CONTROL_POLICY = "SERVICE_CONTROL_POLICY"
    VPC_ENDPOINT = "VPC_ENDPOINT"
    RESOURCE = "RESOURCE"
    PRINCIPAL = "PRINCIPAL"
    PERMISSIONS_BOUNDARY = "PERMISSIONS_BOUNDARY"
    SESSION = "SESSION"

    @property
    def words(self) -> str:
        """The policy type as AWS's messages name it, such as "permissions boundary"."""
        return _WORDS[self][0]

    @property
    def with_article(self) -> str:
        """The policy type with its article, such as "an identity-based policy"."""
        return f"{'an' if self.words[0] in 'aeiou' else 'a'} {self.words}"

    @property
    def label(self) -> str:
        """The policy type as a short heading, such as "identity policies"."""
        return _LABELS.get(self, self.words)

    @property
    def policy_type(self) -> str:
        """The policy type as iam-toolbox names it, such as "IDENTITY_BASED_POLICY"."""
        return _WORDS[self][1]

    def attached(self, policies: Policies, level: int | None = None) -> tuple[Attached, ...]:
        """Return the layer's policies. For SCPs and RCPs, return those at one level; the root's level is 0."""
        if self in _BY_LEVEL:
            levels = policies.scp if self is Layer.SERVICE_CONTROL_POLICY else policies.rcp
            return levels[level or 0] if levels else ()
        if self is Layer.PRINCIPAL:
            return policies.identity
        if self is Layer.SESSION:
            return policies.session
        single = {
            Layer.VPC_ENDPOINT: policies.vpc_endpoint,
            Layer.RESOURCE: policies.resource,
            Layer.PERMISSIONS_BOUNDARY: policies.boundary,
        }[self]
        return (single,) if single is not None else ()


_WORDS = {
    Layer.RESOURCE_CONTROL_POLICY: ("resource control policy", "RESOURCE_CONTROL_POLICY"),
    Layer.SERVICE_CONTROL_POLICY: ("service control policy", "SERVICE_CONTROL_POLICY"),
    Layer.VPC_ENDPOINT: ("VPC endpoint policy", "VPC_ENDPOINT_POLICY"),
    Layer.RESOURCE: ("resource-based policy", "RESOURCE_BASED_POLICY"),
    Layer.PRINCIPAL: ("identity-based policy", "IDENTITY_BASED_POLICY"),
    Layer.PERMISSIONS_BOUNDARY: ("permissions boundary", "PERMISSIONS_BOUNDARY"),
    Layer.SESSION: ("session policy", "SESSION_POLICY"),
}
_LABELS = {Layer.RESOURCE: "resource policy", Layer.PRINCIPAL: "identity policies"}
_BY_LEVEL = frozenset({Layer.RESOURCE_CONTROL_POLICY, Layer.SERVICE_CONTROL_POLICY})


def statement_words(index: int, sid: str | None) -> str:
    """Return a statement's display name, such as `statement 2 "AllowRead"`."""
    return f'statement {index + 1} "{sid}"' if sid else f"statement {index + 1}"


def short_statement_words(index: int, sid: str | None) -> str:
    """Return a statement's Sid, such as `"AllowRead"`, or, if it has none, its number: `statement 2`."""
    return f'"{sid}"' if sid else f"statement {index + 1}"
