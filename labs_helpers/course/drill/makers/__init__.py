"""Makers, each of which draws two situations that differ only in one rule's subject, so that this rule decides."""

from __future__ import annotations

from labs_helpers.course.drill.makers import (  # noqa: F401  # each registers its makers
    conditions,
    keys,
    organizations,
    resource_policies,
    sessions,
    statements,
)
from labs_helpers.course.drill.makers.registry import MAKERS

__all__ = ["MAKERS"]
