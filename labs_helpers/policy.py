"""The engine's public API: policy documents and a request in, a decision with reasons out."""

from labs_helpers.engine.policy import *  # noqa: F403
from labs_helpers.engine.policy import __all__  # noqa: F401
