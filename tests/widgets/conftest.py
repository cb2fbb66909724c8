"""The cloud that widgets are shown: the one that is running, else one for each module."""

from __future__ import annotations

from tests.aws.conftest import one_cloud

__all__ = ["one_cloud"]
