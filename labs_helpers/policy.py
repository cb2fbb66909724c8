"""The engine's public API, which evaluates requests against policy documents and gives the reasons.

`contained` decides whether one set of policies allows anything that another one doesn't (docs/proved.md). It is loaded
on first use, with `Answer`, `Verdict`, and `World`.
"""

from typing import TYPE_CHECKING

from labs_helpers.engine import policy as _policy
from labs_helpers.engine.policy import *  # noqa: F403
from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.engine.analysis.containment import Answer, Verdict, World, contained

__all__ = [*_policy.__all__, "Answer", "Verdict", "World", "contained"]
_PROVER = "labs_helpers.engine.analysis.containment"
__getattr__, __dir__ = exported(__name__, dict.fromkeys(("Answer", "Verdict", "World", "contained"), _PROVER))
