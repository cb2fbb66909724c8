"""The AWS in memory: accounts, identities, and the gate that every request passes."""

from labs_helpers.cloud.cloud import HOME, Cloud
from labs_helpers.cloud.network import NetworkRefused

__all__ = ["HOME", "Cloud", "NetworkRefused"]
