"""A search for one concrete request that a learner's answer allows and no ceiling does.

A ceiling is the most that an answer is allowed to grant, as policies. Containment of policies (analysis/containment)
can't be decided for splits over several statements, for Allow minus Deny, for equivalent operators and dates, and its
witness might not be a request that AWS could get. Here the engine decides a possible request under both sides, so an
answer is rejected with a witness or not at all. The search is bounded; its result shows whether it was cut short.

callers.py has the callers. covering.py shows without a search that most of an answer is harmless. actions.py, arns.py
and values.py build the requests, and search.py passes them to the engine.
"""

from __future__ import annotations

from labs_helpers.engine.analysis.ceiling.callers import Caller, Seed, guises, named
from labs_helpers.engine.analysis.ceiling.search import Outcome, Witness, search

__all__ = ["Caller", "Outcome", "Seed", "Witness", "guises", "named", "search"]
