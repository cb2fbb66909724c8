"""Policy tests: tables of requests and expected decisions for an organization's policies (docs/policy-as-code.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.lazy import exported

if TYPE_CHECKING:
    from labs_helpers.course.policy_tests.runner import reports, run

_HOMES = {
    "reports": "labs_helpers.course.policy_tests.runner",
    "run": "labs_helpers.course.policy_tests.runner",
}
__all__ = ["reports", "run"]
__getattr__, __dir__ = exported(__name__, _HOMES)
