"""The prover's answer to a pair, which the judge's is compared with."""

from __future__ import annotations

from typing import Any, NamedTuple

from labs_helpers.engine.analysis.containment import Answer, contained
from labs_helpers.engine.analysis.containment import World as ProverWorld
from labs_helpers.engine.policy import (
    AccessRequest,
    Attached,
    Policies,
    PolicyKind,
    Principal,
    decide,
    parse_policy,
)
from labs_helpers.engine.reference.global_keys import KeyType
from tests.engine.z3_judge.judge import World
from tests.engine.z3_judge.pairs import Pair
from tests.engine.z3_judge.request import ADDRESS, ARN, BOOLEAN, DATE, NUMBER, TEXT

_TYPES = {TEXT: "String", ARN: "ARN", BOOLEAN: "Bool", NUMBER: "Numeric", DATE: "Date", ADDRESS: "IPAddress"}
_RESOURCE_KINDS = {"trust": PolicyKind.TRUST, "key": PolicyKind.KEY}


class Asked(NamedTuple):
    """A pair as the engine's own objects."""

    a: Policies
    b: Policies
    principal: Principal
    owner: str | None
    world: World

    def answer(self) -> Answer:
        """Ask the prover."""
        world = self.world
        types = {key: KeyType(_TYPES[kind], several) for key, (kind, several) in world.kinds.items()}
        asked = ProverWorld(
            account=self.owner,
            types=types,
            present=world.present,
            actions=tuple(world.actions),
            resources=tuple(world.resources),
        )
        return contained(self.a, self.b, self.principal, asked)

    def decisions(self, action: str, resource: str, context: dict[str, Any]) -> tuple[bool, bool]:
        """Return whether the decision engine allows a request on both sides."""
        request = AccessRequest.of(self.principal, action, resource, account=self.owner, context=context)
        return decide(request, self.a).allowed, decide(request, self.b).allowed

    def refuted_by(self, request: AccessRequest) -> bool:
        """Return whether the decision engine allows a request of the prover's in a, and not in b."""
        return decide(request, self.a).allowed and not decide(request, self.b).allowed


def asked(pair: Pair) -> Asked:
    """Read a pair."""
    return Asked(
        _policies(pair.a, pair.layer),
        _policies(pair.b, pair.layer),
        _principal(pair.principal),
        pair.owner,
        pair.world,
    )


def _principal(given: Any) -> Principal:
    if "service" in given:
        return Principal.service(given["service"])
    return (
        Principal.anonymous()
        if given.get("anonymous")
        else Principal.from_arn(given["arn"], given.get("issuer"))
    )


def _policies(given: Any, layer: str) -> Policies:
    def one(name: str, kind: PolicyKind) -> Attached | None:
        return Attached(name, parse_policy(given[name], kind)) if name in given else None

    def several(name: str, documents: Any, kind: PolicyKind) -> tuple[Attached, ...]:
        return tuple(
            Attached(f"{name}[{index}]", parse_policy(one, kind)) for index, one in enumerate(documents)
        )

    def levels(name: str, kind: PolicyKind) -> tuple[tuple[Attached, ...], ...] | None:
        if name not in given:
            return None
        return tuple(
            several(f"{name}[{index}]", documents, kind) for index, documents in enumerate(given[name])
        )

    return Policies(
        identity=several("identity", given.get("identity", ()), PolicyKind.IDENTITY),
        boundary=one("boundary", PolicyKind.BOUNDARY),
        session=several("session", given.get("session", ()), PolicyKind.SESSION),
        resource=one("resource", _RESOURCE_KINDS.get(layer, PolicyKind.RESOURCE)),
        vpc_endpoint=one("vpc_endpoint", PolicyKind.VPC_ENDPOINT),
        scp=levels("scp", PolicyKind.SCP),
        rcp=levels("rcp", PolicyKind.RCP),
    )
