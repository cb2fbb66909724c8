"""The formal question: a proof, without a search, that ceilings allow everything that an answer allows a caller.

The question covers at least the requests that the search would try. Their contexts are arbitrary, except that
some keys have values that the caller can't choose. So a proof makes the search unnecessary, whereas any other
answer decides nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from labs_helpers.engine.analysis.ceiling.callers import Caller, layers, statements
from labs_helpers.engine.analysis.ceiling.opening import home, opened_to
from labs_helpers.engine.analysis.ceiling.values import is_of_others
from labs_helpers.engine.analysis.containment.question import Question
from labs_helpers.engine.analysis.containment.situation import Either, Situation
from labs_helpers.engine.analysis.containment.verdict import Verdict
from labs_helpers.engine.analysis.containment.world import World
from labs_helpers.engine.policy import Policies, Policy, Principal, PrincipalKind
from labs_helpers.engine.policy.principal_element import DIRECTLY
from labs_helpers.engine.policy.statement import Statement
from labs_helpers.engine.policy.variables import ContextValue
from labs_helpers.engine.policy.whatif.guesses import FIXED_KEYS

STEPS = 10_000
"""The budget of one question."""
_ANOTHER = "999988887777"
_OWNER = "aws:resourceaccount"
_ACTIONS = {
    PrincipalKind.WEB_IDENTITY: ("sts:AssumeRoleWithWebIdentity",),
    PrincipalKind.SAML: ("sts:AssumeRoleWithSAML",),
    PrincipalKind.ANONYMOUS: ("s3:*", "sqs:*", "sns:*"),
}
"""The actions of callers without their own credentials (see `callers.may_ask`)."""


class Proofs:
    """A cache of answers to formal questions. Callers that no policy distinguishes share an answer."""

    def __init__(self) -> None:
        """Start without answers."""
        self._known: dict[object, bool] = {}

    def found(self, caller: Caller) -> bool:
        """Return whether it is proved that the ceilings allow the caller everything that the answer allows."""
        return all(
            # Without the caller's own keys, the answer is shared with more callers.
            self._proved(caller, replace(world, values={})) or self._proved(caller, world)
            for world in _worlds(caller)
        )

    def _proved(self, caller: Caller, world: World) -> bool:
        sides = (caller.answer, *caller.ceilings)
        principal = caller.principal
        alike = (
            # The same policy can have been parsed for each caller.
            tuple(
                (layer, *(_text(each.policy) for each in found))
                for side in sides
                for layer, found in layers(side)
            ),
            principal.kind,
            principal.is_service_linked,
            principal.account == world.account,
            tuple(sorted(world.values.items(), key=str)),
            tuple(_naming(side, statement, principal) for side in sides for statement in statements(side)),
            principal if any(side.grants for side in sides) else None,
        )
        if alike not in self._known:
            answer = Situation(_opened(caller, caller.answer))
            ceilings = Either(tuple(Situation(_opened(caller, ceiling)) for ceiling in caller.ceilings))
            verdict = Question(answer, ceilings, principal, world).answer().verdict
            self._known[alike] = verdict is Verdict.PROVED
        return self._known[alike]


@lru_cache(maxsize=512)
def _text(policy: Policy) -> str:
    return json.dumps(
        [policy.kind.name, policy.version, *(statement.source for statement in policy.statements)]
    )


def _naming(side: Policies, statement: Statement, principal: Principal) -> int:
    test = statement.principal_test
    return DIRECTLY if test is None else test(principal, side.boundary is not None)


def _opened(caller: Caller, policies: Policies) -> Policies:
    """Return the policies with the other side's grant, for all requests.

    It has no effect where it isn't needed.
    """
    account = caller.principal.account
    if policies.resource is not None or account is None:
        return policies
    return replace(policies, resource=opened_to(account))


def _worlds(caller: Caller) -> Iterator[World]:
    """Yield a world for resources of the caller's own account, and one for resources of any other account.

    Without a resource policy and without conditions on the resource's account, the two don't differ.
    """
    sides = (caller.answer, *caller.ceilings)
    account = caller.principal.account
    own = home(caller) if account is None or caller.within is not None else account
    values = _fixed(caller)
    world = World(
        account=own, values=values, actions=_ACTIONS.get(caller.principal.kind, ("*",)), steps=STEPS
    )
    by_owner = any(_OWNER in statement.keys for side in sides for statement in statements(side))
    if account is not None and not by_owner and all(side.resource is None for side in sides):
        yield world
    else:
        yield replace(world, values={**values, _OWNER: (own,)})
        yield replace(world, account=_ANOTHER)


def _fixed(caller: Caller) -> dict[str, tuple[ContextValue | None, ...]]:
    """Return the keys whose values the caller can't choose."""
    sides = (caller.answer, *caller.ceilings)
    keys = {key for side in sides for statement in statements(side) for key in statement.keys}
    given = {key for seed in caller.seeds for key in seed.context}
    return {
        key: (caller.context.get(key),)
        for key in keys
        if (key in FIXED_KEYS or is_of_others(key, caller.principal))
        and key not in given
        and not key.startswith("aws:resource")
    }
