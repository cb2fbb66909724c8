"""A search for one concrete request that a learner's answer allows but no ceiling allows.

A ceiling consists of policies that express the most an answer is allowed to grant. Policy containment
(analysis/containment) can't be determined for grants that are split over several statements, for Allow minus Deny, or
for equivalent operators and dates, and its witness might not be a request that AWS could receive. Therefore, the engine
evaluates a possible request with both sides, so an answer is rejected only with a witness. The search is bounded, and
its result shows whether it was cut short.

callers.py provides the callers. covering.py shows, without a search, that most of an answer is harmless. actions.py,
arns.py and values.py build the requests, and search.py passes them to the engine.
"""

from __future__ import annotations

from labs_helpers.engine.analysis.ceiling.callers import Caller, Seed, guises, named
from labs_helpers.engine.analysis.ceiling.search import Outcome, Witness, search

__all__ = ["Caller", "Outcome", "Seed", "Witness", "guises", "named", "search"]
