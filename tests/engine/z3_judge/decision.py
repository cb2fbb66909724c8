"""All layers together: whether a request is allowed.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from tests.engine.z3_judge.formulas import ALWAYS, NEVER, Formula, all_of, any_of, atom, none_of
from tests.engine.z3_judge.patterns import UnsupportedError, anything, joined, no_colons
from tests.engine.z3_judge.principals import Caller, Kind, Naming
from tests.engine.z3_judge.request import Request
from tests.engine.z3_judge.statements import Policies, Policy

_ON_A_ROLE = (
    *("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity"),
    *("sts:tagsession", "sts:setsourceidentity", "sts:setcontext"),
)
_IN_AN_ACCOUNT = (Kind.USER, Kind.ROOT, Kind.SESSION, Kind.FEDERATED_USER)


@dataclass(frozen=True)
class Situation:
    """A caller, the account that owns the resource, and every policy in force, as plain JSON.

    `policies` has identity, boundary, session, resource, vpc_endpoint, scp, and rcp (lists of levels, root first).
    """

    caller: Caller
    owner: str | None
    policies: Mapping[str, Any]

    @classmethod
    def of(cls, principal: Mapping[str, Any], owner: str | None, policies: Mapping[str, Any]) -> Situation:
        """Read a principal, the account that owns the resource (the caller's, if None), and policies."""
        caller = Caller.of(principal)
        return cls(caller, owner or caller.account, policies)


def allowed(situation: Situation, request: Request) -> Formula:
    """Return whether a request is allowed."""
    return _Layers(situation, request).allowed()


class _Layers:
    """The layers of a situation, each with what it allows and denies."""

    def __init__(self, situation: Situation, request: Request) -> None:
        given, caller = situation.policies, situation.caller
        if "grants" in given:
            raise UnsupportedError("KMS grants")
        self.caller, self.request, self.owner = caller, request, situation.owner
        bounded = "boundary" in given
        in_an_account = caller.kind in _IN_AN_ACCOUNT

        def read(documents: Sequence[Policy]) -> Policies:
            return Policies(documents, request, caller, bounded=bounded)

        def one(name: str) -> Policies | None:
            return read([given[name]]) if name in given else None

        self.identity = read(given.get("identity", ()) if in_an_account else ())
        self.boundary = one("boundary") if in_an_account else None
        self.session = read(given.get("session", ())) if given.get("session") and in_an_account else None
        self.resource, self.endpoint = one("resource"), one("vpc_endpoint")
        bound_by_scps = in_an_account and not caller.service_linked
        self.scp = [read(level) for level in given.get("scp") or ()] if bound_by_scps else []
        # RCPFullAWSAccess is always attached, so that an RCP only denies.
        self.rcp = [read(level) for level in given.get("rcp") or ()] if not caller.service_linked else []

    def allowed(self) -> Formula:
        optional = (self.boundary, self.session, self.resource, self.endpoint)
        layers = [self.identity, *self.scp, *(layer for layer in optional if layer)]
        decided = all_of(
            none_of(*(layer.deny() for layer in layers)),
            any_of(_escapes_rcps(self.request), none_of(*(level.deny() for level in self.rcp))),
            *(level.allow() for level in self.scp),
            self.endpoint.allow() if self.endpoint else ALWAYS,
            self._granted(),
        )
        return self._without_permission(decided) if self.caller.kind in _IN_AN_ACCOUNT else decided

    def _without_permission(self, decided: Formula) -> Formula:
        """Whether a request is allowed that perhaps needs no permission.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
        """
        free = [atom(self.request.action == "sts:getcalleridentity")]
        if self.caller.kind in (Kind.USER, Kind.ROOT):
            free.append(atom(self.request.action == "sts:getsessiontoken"))
        return any_of(*free, decided)

    def _granted(self) -> Formula:
        """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html"""
        kind = self.caller.kind
        given = self._resource_allow
        if kind is Kind.ANONYMOUS:
            return given(Naming.EVERYBODY)
        if kind in (Kind.SERVICE, Kind.TOKEN):
            return given(Naming.ITSELF, Naming.EVERYBODY)
        if self.caller.account != self.owner:
            own = self._not_assuming() if kind is Kind.ROOT else all_of(self.identity.allow(), self._limits())
            return all_of(given(*Naming), own)
        trust, key = _assumes_a_role(self.request), _uses_a_key(self.request)
        return any_of(
            all_of(trust, self._delegated(kind, trust=True)),
            all_of(key, none_of(trust), self._delegated(kind, trust=False)),
            all_of(none_of(trust, key), self._owned(kind)),
        )

    def _resource_allow(self, *namings: Naming) -> Formula:
        return self.resource.allow(*namings) if self.resource else NEVER

    def _limits(self) -> Formula:
        boundary = self.boundary.allow() if self.boundary else ALWAYS
        if self.session:
            return all_of(boundary, self.session.allow())
        return NEVER if self.caller.kind is Kind.FEDERATED_USER else boundary

    def _owned(self, kind: Kind) -> Formula:
        """Whether a caller of the account that owns the resource is granted the request."""
        if kind is Kind.ROOT:
            return self._not_assuming()
        return any_of(all_of(self.identity.allow(), self._limits()), self._given())

    def _not_assuming(self) -> Formula:
        """Whether the root user may make the request: with its credentials, no one can call AssumeRole.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        """
        return none_of(atom(self.request.action == "sts:assumerole"))

    def _given(self) -> Formula:
        """Whether the resource's policy grants the request without the identity policies."""
        given = self._resource_allow
        return any_of(given(Naming.ITSELF, Naming.EVERYBODY), all_of(given(Naming.PARENT), self._limits()))

    def _delegated(self, kind: Kind, *, trust: bool) -> Formula:
        """Whether a role's trust policy or a key policy grants the request, alone or by delegating to the account.

        https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
        """
        given = self._resource_allow
        if kind is Kind.ROOT:
            return all_of(given(*Naming), self._not_assuming())
        through_iam = all_of(given(Naming.ACCOUNT), self.identity.allow(), self._limits())
        if trust and kind is Kind.USER:
            # A user's permissions boundary limits sts:AssumeRole even where the trust policy names the user.
            return any_of(through_iam, all_of(self._given(), self._limits()))
        return any_of(through_iam, self._given())


def _assumes_a_role(request: Request) -> Formula:
    """Whether the request is about a role's session, which the role's trust policy must allow.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
    """
    return all_of(
        any_of(*(atom(request.action == name) for name in _ON_A_ROLE)), atom(z3.InRe(request.resource, _ROLE))
    )


def _escapes_rcps(request: Request) -> Formula:
    """https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html"""
    return atom(request.action == "kms:retiregrant")


def _uses_a_key(request: Request) -> Formula:
    return atom(z3.InRe(request.resource, _KEY))


def _arn(service: str, start: str) -> z3.ReRef:
    parts = ["arn:", no_colons(), f":{service}:", no_colons(), ":", no_colons(), f":{start}", anything()]
    return joined(parts)


_ROLE, _KEY = _arn("iam", "role/"), _arn("kms", "key/")
