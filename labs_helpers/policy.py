"""The engine's public API, which evaluates requests against policy documents and gives the reasons."""

from labs_helpers.engine.policy import *  # noqa: F403
from labs_helpers.engine.policy import __all__  # noqa: F401
