"""Does an answer allow more than it should? A search for one concrete request that it lets through and no ceiling does.

A ceiling is the most that an answer may allow, as policies. Containment of policies (analysis/containment) cannot be
decided for splits over several statements, for Allow minus Deny, for equivalent operators and dates; and what it names
may be no request that AWS could get. Here the engine decides both sides of a request that could be made, so an answer
is refused with a witness or not at all. The search is bounded; one that was cut short says so.

callers.py says who may ask, covering.py proves most of an answer harmless without a search, actions.py, arns.py and
values.py make the requests, search.py puts them to the engine.
"""

from __future__ import annotations

from labs_helpers.engine.analysis.ceiling.callers import Caller, Seed, guises, named
from labs_helpers.engine.analysis.ceiling.search import Outcome, Witness, search

__all__ = ["Caller", "Outcome", "Seed", "Witness", "guises", "named", "search"]
