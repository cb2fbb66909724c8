"""The engine's public API: policy documents and a request in, a decision with reasons out.

`contained` asks about all requests at once whether one set of policies allows anything beyond another (docs/proved.md).
"""

from labs_helpers.engine.analysis.containment import Answer, Verdict, World, contained
from labs_helpers.engine.policy import *  # noqa: F403
from labs_helpers.engine.policy import __all__ as _of_the_engine

__all__ = [*_of_the_engine, "Answer", "Verdict", "World", "contained"]
