"""A search for one concrete request that a learner's answer allows but no ceiling allows.

A ceiling consists of policies that express the most an answer is allowed to grant. In most cases, a statement
covers another one, or the prover (analysis/containment) shows that the ceilings allow everything that the
answer allows. Then no search is needed. The prover might refute containment with a request that AWS could never
receive. Therefore, the engine evaluates possible requests with both sides, and an answer is rejected only if
one of these requests is a witness. The search is bounded, and its result shows whether it was cut short.

callers.py provides the callers. covering.py and proof.py show, without a search, that an answer is harmless.
actions.py, arns.py, and values.py build the requests, and search.py passes them to the engine.
"""

from __future__ import annotations

from labs_helpers.engine.analysis.ceiling.callers import Caller, Seed, deputies, guises, named, outsiders
from labs_helpers.engine.analysis.ceiling.search import Outcome, Witness, search

__all__ = ["Caller", "Outcome", "Seed", "Witness", "deputies", "guises", "named", "outsiders", "search"]
