"""The formal question: a proof, without a search, that ceilings allow everything that an answer allows a caller.

The world of the question contains at least the requests that the search would try: any context, except for keys whose
values the caller can't choose. So a proof ends the search, and anything else decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from labs_helpers.engine.analysis.ceiling.callers import Caller, statements
from labs_helpers.engine.analysis.ceiling.opening import home, opened_to
from labs_helpers.engine.analysis.ceiling.values import is_of_others
from labs_helpers.engine.analysis.containment.question import Question
from labs_helpers.engine.analysis.containment.situation import Either, Situation
from labs_helpers.engine.analysis.containment.verdict import Verdict
from labs_helpers.engine.analysis.containment.world import World
from labs_helpers.engine.policy import Policies, PrincipalKind
from labs_helpers.engine.policy.variables import ContextValue
from labs_helpers.engine.policy.whatif.guesses import FIXED_KEYS

STEPS = 10_000
"""The budget of one question: some milliseconds for an answer that is beyond its ceiling."""
_ANOTHER = "999988887777"
_ACTIONS = {
    PrincipalKind.WEB_IDENTITY: ("sts:AssumeRoleWithWebIdentity",),
    PrincipalKind.SAML: ("sts:AssumeRoleWithSAML",),
    PrincipalKind.ANONYMOUS: ("s3:*", "sqs:*", "sns:*"),
}
"""The actions of callers without credentials of their own (see `callers.may_ask`)."""


def proved(caller: Caller) -> bool:
    """Return whether it is proved that the ceilings together allow the caller everything that the answer allows."""
    answer = Situation(_opened(caller, caller.answer))
    ceilings = Either(tuple(Situation(_opened(caller, ceiling)) for ceiling in caller.ceilings))
    return all(
        Question(answer, ceilings, caller.principal, world).answer().verdict is Verdict.PROVED
        for world in _worlds(caller)
    )


def _opened(caller: Caller, policies: Policies) -> Policies:
    """Return the policies with the other side's grant for all requests: it changes nothing where it isn't needed."""
    account = caller.principal.account
    if policies.resource is not None or account is None:
        return policies
    return replace(policies, resource=opened_to(account))


def _worlds(caller: Caller) -> Iterator[World]:
    """Yield a world for resources of the caller's own account, and one for those of any other account."""
    own = caller.principal.account or home(caller)
    if caller.within is not None:
        own = home(caller)
    values = _fixed(caller)
    actions = _ACTIONS.get(caller.principal.kind, ("*",))
    world = World(values=values, actions=actions, steps=STEPS)
    yield replace(world, account=own, values={**values, "aws:resourceaccount": (own,)})
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
