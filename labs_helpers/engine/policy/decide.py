"""The evaluation of a request: it checks each layer of policies in AWS's order and gives the reasons.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from labs_helpers.engine.policy import reasons
from labs_helpers.engine.policy.decision import IMPLICIT_DENY, NO_IMPACT, Check, Decision, Matched
from labs_helpers.engine.policy.policy_set import Attached, Policies
from labs_helpers.engine.policy.principal import Principal, PrincipalKind
from labs_helpers.engine.policy.principal_element import BY_ISSUER, DIRECTLY, NOT_NAMED
from labs_helpers.engine.policy.request import AccessRequest
from labs_helpers.engine.policy.statement import ALLOW, EXPLICIT_DENY

# GetCallerIdentity needs no permission, and a Deny doesn't stop it:
# https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
# Policies don't control GetSessionToken, which only users (including the root user) can call:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html
ALWAYS_ALLOWED = {
    "sts:getcalleridentity": frozenset(
        {PrincipalKind.USER, PrincipalKind.ROOT, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER}
    ),
    "sts:getsessiontoken": frozenset({PrincipalKind.USER, PrincipalKind.ROOT}),
}
TRUSTED_ACTIONS = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:tagsession",
        "sts:setsourceidentity",
        "sts:setcontext",
    }
)
TOKEN_BEARERS = {
    "sts:assumerolewithwebidentity": PrincipalKind.WEB_IDENTITY,
    "sts:assumerolewithsaml": PrincipalKind.SAML,
}
# RCPs don't affect these actions: https://docs.aws.amazon.com/kms/latest/developerguide/resource-control-policies.html
BEYOND_RCPS = frozenset({"kms:retiregrant"})


class _LayerResult(NamedTuple):
    """The result of a layer: the matching statements, whether one denies, and how directly one allows."""

    matched: tuple[Matched, ...]
    denies: bool
    allows: int

    def effect(self, needed: bool) -> str:
        """Return the layer's effect; `needed` is True if the layer must have an Allow."""
        if self.denies:
            return EXPLICIT_DENY
        if self.allows:
            return ALLOW
        return IMPLICIT_DENY if needed else NO_IMPACT


_NO_MATCH = _LayerResult((), False, NOT_NAMED)


def needs_trust(action_key: str, resource: str) -> bool:
    """Return whether a role's trust policy applies to a request (AssumeRole and similar actions on a role's ARN)."""
    if action_key not in TRUSTED_ACTIONS:
        return False
    parts = resource.split(":", 5)
    return len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("role/")


def is_kms_key(resource: str) -> bool:
    """Return whether a resource is a KMS key's ARN. The key policy must allow every use of such a key."""
    if ":key/" not in resource:
        return False
    parts = resource.split(":", 5)
    return len(parts) == 6 and parts[2] == "kms" and parts[5].startswith("key/")


def decide(request: AccessRequest, policies: Policies) -> Decision:
    """Evaluate a request against policies and return the decision.

    Never raises an exception for a parsed request and parsed policies.
    """
    principal = request.principal
    kinds = ALWAYS_ALLOWED.get(request.action_key)
    if kinds is not None and principal.kind in kinds:
        return _allowed_without_permission(policies)
    if principal.kind is PrincipalKind.ANONYMOUS and request.action_key in TOKEN_BEARERS:
        principal = _token_bearer(request)
    return _Decider(request, policies, principal).decide()


def _allowed_without_permission(policies: Policies) -> Decision:
    checks = [
        *(Check("RESOURCE_CONTROL_POLICY", level, NO_IMPACT) for level in range(len(policies.rcp or ()))),
        *(Check("SERVICE_CONTROL_POLICY", level, NO_IMPACT) for level in range(len(policies.scp or ()))),
    ]
    given = (
        ("VPC_ENDPOINT", policies.vpc_endpoint),
        ("RESOURCE", policies.resource),
        ("PRINCIPAL", True),
        ("PERMISSIONS_BOUNDARY", policies.boundary),
        ("SESSION", policies.session),
    )
    checks += [Check(name, None, NO_IMPACT) for name, present in given if present]
    return Decision(ALLOW, reasons.WITHOUT_PERMISSION, tuple(checks), None)


def _token_bearer(request: AccessRequest) -> Principal:
    """Return the bearer of the token in a call that is anonymous to IAM (AssumeRoleWithWebIdentity, …WithSAML).

    aws:FederatedProvider is the token's issuer. Without this key, the issuer is unknown, and only the trust
    policy's conditions on the token's claims decide.
    """
    issuer = request.context.get("aws:federatedprovider")
    return Principal(issuer if isinstance(issuer, str) else "*", TOKEN_BEARERS[request.action_key])


class _Decider:
    """One decision in progress: the checks so far, and those among them that deny."""

    __slots__ = (
        "_asks_trust", "_checks", "_granted", "_has_boundary", "_identity_allows", "_policies", "_principal",
        "_refusals", "_request", "_resource_allows",
    )  # fmt: skip

    def __init__(self, request: AccessRequest, policies: Policies, principal: Principal) -> None:
        """Start without checks."""
        self._request = request
        self._policies = policies
        self._principal = principal
        self._has_boundary = policies.boundary is not None
        self._checks: list[Check] = []
        self._refusals: list[Check] = []
        self._asks_trust = needs_trust(request.action_key, request.resource)
        self._granted = NOT_NAMED
        self._resource_allows = False
        self._identity_allows = False

    def decide(self) -> Decision:
        """Run all checks in AWS's order and return the decision."""
        request, policies, principal = self._request, self._policies, self._principal
        service_linked = principal.is_service_linked
        if policies.rcp is not None:
            bound = not service_linked and request.action_key not in BEYOND_RCPS
            self._organization("RESOURCE_CONTROL_POLICY", policies.rcp, bound, ALLOW)
        if policies.scp is not None:
            bound = principal.has_identity_policies and not service_linked
            self._organization("SERVICE_CONTROL_POLICY", policies.scp, bound, IMPLICIT_DENY)
        if policies.vpc_endpoint is not None:
            result = self._match((policies.vpc_endpoint,))
            self._add("VPC_ENDPOINT", None, result.effect(True), result.matched)
        self._resource_side()
        if principal.has_identity_policies:
            self._principal_side()
        else:
            self._add("PRINCIPAL", None, NO_IMPACT)
        return self._conclude()

    def _add(
        self,
        check_type: str,
        level: int | None,
        effect: str,
        matched: tuple[Matched, ...] = (),
        *,
        shown: bool = True,
    ) -> None:
        check = Check(check_type, level, effect, matched)
        if shown:
            self._checks.append(check)
        if effect is IMPLICIT_DENY or effect is EXPLICIT_DENY:
            self._refusals.append(check)

    def _match(self, attached: Iterable[Attached]) -> _LayerResult:
        """Return the statements of several policies that match the request."""
        request = self._request
        action, resource, context = request.action_key, request.resource, request.context
        matched: list[Matched] = []
        denies, allows = False, NOT_NAMED
        for name, policy in attached:
            for statement in policy.candidates(action, resource):
                test = statement.resource_test
                if test is not None and not test(resource, context):
                    continue
                for condition in statement.condition_tests:
                    if not condition(context):
                        break
                else:
                    naming = DIRECTLY
                    if statement.principal_test is not None:
                        naming = statement.principal_test(self._principal, self._has_boundary)
                        if not naming:
                            continue
                    matched.append(statement.matched_under(name))
                    if statement.effect is EXPLICIT_DENY:
                        denies = True
                    elif naming > allows:
                        allows = naming
        return _LayerResult(tuple(matched), denies, allows) if matched else _NO_MATCH

    def _organization(
        self, check_type: str, levels: tuple[tuple[Attached, ...], ...], bound: bool, unmatched: str
    ) -> None:
        """Add one check for each level.

        `unmatched` is the effect of a level in which no statement matches. For RCPs it is ALLOW, because
        RCPFullAWSAccess is attached to every level and can't be detached.
        """
        for level, attached in enumerate(levels):
            if not bound:
                self._add(check_type, level, NO_IMPACT)
                continue
            result = self._match(attached)
            self._add(check_type, level, result.effect(True) if result.matched else unmatched, result.matched)

    def _resource_side(self) -> None:
        """Add the RESOURCE check.

        Without a policy, the decision doesn't list the check, but the check denies if this side must allow the request.
        """
        attached = self._policies.resource
        result = _NO_MATCH if attached is None else self._match((attached,))
        by_grant = self._grant()
        needed = not result.allows and not by_grant and self._resource_must_allow()
        self._add("RESOURCE", None, result.effect(needed), result.matched, shown=attached is not None)
        self._resource_allows = result.allows != NOT_NAMED
        self._granted = max(result.allows, by_grant)

    def _resource_must_allow(self) -> bool:
        """Return whether the resource's side must allow the request by itself.

        It must do so for another account's resource, a role (in the trust policy), and a KMS key.
        """
        request, principal = self._request, self._principal
        if not principal.has_identity_policies or principal.account != request.account:
            return True
        return self._asks_trust or is_kms_key(request.resource)

    def _grant(self) -> int:
        """Return how directly a KMS grant allows the request."""
        request = self._request
        if not self._policies.grants or not is_kms_key(request.resource):
            return NOT_NAMED
        return max(
            grant.naming(self._principal, request.action_key, request.resource, request.context)
            for grant in self._policies.grants
        )

    def _principal_side(self) -> None:
        """Add the checks PRINCIPAL, PERMISSIONS_BOUNDARY, and SESSION.

        A grant by the resource's side within its own account exempts the principal from the implicit denies of
        some of these checks: the more directly the grant names the principal, the more checks it affects.
        """
        policies, principal = self._policies, self._principal
        granted = self._granted if principal.account == self._request.account else NOT_NAMED
        result = self._match(policies.identity)
        self._identity_allows = result.allows != NOT_NAMED
        if principal.kind is PrincipalKind.ROOT:
            # The root user needs no permission, but can't call AssumeRole:
            # https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
            needed = self._request.action_key == "sts:assumerole"
        else:
            needed = granted < BY_ISSUER
        self._add("PRINCIPAL", None, result.effect(needed), result.matched)
        limited = granted < DIRECTLY
        if policies.boundary is not None:
            # A trust policy that names a user doesn't exempt the user from the boundary:
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
            bounded = limited or (self._asks_trust and principal.kind is PrincipalKind.USER)
            result = self._match((policies.boundary,))
            self._add("PERMISSIONS_BOUNDARY", None, result.effect(bounded), result.matched)
        if policies.session:
            result = self._match(policies.session)
            self._add("SESSION", None, result.effect(limited), result.matched)
        elif limited and principal.kind is PrincipalKind.FEDERATED_USER:
            # Without a session policy, a federated user's session has no permissions of its own:
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html
            self._add("SESSION", None, IMPLICIT_DENY, shown=False)

    def _conclude(self) -> Decision:
        checks = tuple(self._checks)
        if not self._refusals:
            return Decision(ALLOW, self._allowed_by(), checks, None)
        refused_by = self._refusals[0]
        for check in self._refusals:
            if check.effect is EXPLICIT_DENY:
                refused_by = check
                break
        reason = reasons.refusal(refused_by, self._request.action, of_role=self._asks_trust)
        return Decision(refused_by.effect, reason, checks, refused_by)

    def _allowed_by(self) -> str:
        if self._resource_allows:
            return reasons.BY_BOTH if self._identity_allows else reasons.BY_RESOURCE
        if self._granted:
            return reasons.BY_GRANT
        return reasons.BY_IDENTITY if self._identity_allows else reasons.BY_ROOT
