"""Policy containment: a decision, without a search, on whether one situation allows anything that another one doesn't.

`contained` returns PROVED, REFUTED with a request, or UNKNOWN. See docs/proved.md.
"""

from __future__ import annotations

from labs_helpers.engine.analysis.containment.question import contained
from labs_helpers.engine.analysis.containment.verdict import Answer, Verdict
from labs_helpers.engine.analysis.containment.world import World

__all__ = ["Answer", "Verdict", "World", "contained"]
