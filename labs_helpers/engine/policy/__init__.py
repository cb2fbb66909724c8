"""The decision engine, which evaluates a request against policies and gives the reasons for its decision.

It does no I/O.
"""

from __future__ import annotations

from labs_helpers.engine.policy.decide import decide, is_kms_key, needs_trust
from labs_helpers.engine.policy.decision import Check, Decision, Matched
from labs_helpers.engine.policy.errors import PolicyError
from labs_helpers.engine.policy.grants import Grant, parse_grants
from labs_helpers.engine.policy.parse import MAX_STATEMENTS, parse_policy
from labs_helpers.engine.policy.policy_set import Attached, Policies
from labs_helpers.engine.policy.principal import Principal, PrincipalKind
from labs_helpers.engine.policy.request import AccessRequest
from labs_helpers.engine.policy.scenario import read_policies, resource_kind, simulate, simulate_line
from labs_helpers.engine.policy.statement import Policy, PolicyKind, Statement, context_keys
from labs_helpers.engine.policy.strict_json import MAX_BYTES

__all__ = [
    "MAX_BYTES", "MAX_STATEMENTS", "AccessRequest", "Attached", "Check", "Decision", "Grant", "Matched", "Policies",
    "Policy", "PolicyError", "PolicyKind", "Principal", "PrincipalKind", "Statement", "context_keys", "decide",
    "is_kms_key", "needs_trust", "parse_grants", "parse_policy", "read_policies", "resource_kind", "simulate",
    "simulate_line",
]  # fmt: skip
