"""The engine's front door: policy documents and a request in, a decision with its reasons out."""

from labs_helpers.engine.policy import *  # noqa: F403
from labs_helpers.engine.policy import __all__  # noqa: F401
