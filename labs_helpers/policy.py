"""The engine's public API, which evaluates requests against policy documents and gives the reasons.

`contained` decides whether one set of policies allows anything that another one doesn't (docs/proved.md).
"""

from labs_helpers.engine import policy as _policy
from labs_helpers.engine.analysis.containment import Answer, Verdict, World, contained
from labs_helpers.engine.policy import *  # noqa: F403

__all__ = [*_policy.__all__, "Answer", "Verdict", "World", "contained"]
