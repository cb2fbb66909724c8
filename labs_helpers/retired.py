"""Former names of public modules, and their current names (CONTRIBUTING.md describes how to retire a name).

An old name is silently imported as the new module, so that notebooks keep working in the middle of a course week. If a
package has a public name with the spelling of a retired module, such as the function `labs_helpers.cloud.who_can`, the
package's attribute remains the public name.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Loader
else:
    Loader = object

MOVED = {
    "labs_helpers.actors": "labs_helpers.cloud.actors",
    "labs_helpers.actors.authenticator": "labs_helpers.cloud.actors.authenticator",
    "labs_helpers.actors.browser": "labs_helpers.cloud.actors.browser",
    "labs_helpers.actors.identity_provider": "labs_helpers.cloud.actors.identity_provider",
    "labs_helpers.actors.saml_provider": "labs_helpers.cloud.actors.saml_provider",
    "labs_helpers.analysis": "labs_helpers.engine.analysis",
    "labs_helpers.analysis.ceiling": "labs_helpers.engine.analysis.ceiling",
    "labs_helpers.analysis.containment": "labs_helpers.engine.analysis.containment",
    "labs_helpers.analysis.generation": "labs_helpers.engine.analysis.generation",
    "labs_helpers.analysis.validation": "labs_helpers.engine.analysis.validation",
    "labs_helpers.cloud.account_files.used": "labs_helpers.cloud.account_files.used_access",
    "labs_helpers.cloud.escalation": "labs_helpers.cloud.audit.escalation",
    "labs_helpers.cloud.trail": "labs_helpers.cloud.audit.trail_setup",
    "labs_helpers.cloud.who_can": "labs_helpers.cloud.audit.who_can",
    "labs_helpers.core": "labs_helpers.cloud.core",
    "labs_helpers.core.content": "labs_helpers.course.content.paths",
    "labs_helpers.course.day": "labs_helpers.course.lesson.day",
    "labs_helpers.course.glossary": "labs_helpers.course.shown.glossary",
    "labs_helpers.course.organization_tables": "labs_helpers.course.policy_tests.organization_table",
    "labs_helpers.course.policy_test_report": "labs_helpers.course.policy_tests.report",
    "labs_helpers.course.progress": "labs_helpers.course.learner.progress",
    "labs_helpers.course.trail": "labs_helpers.course.lesson.delivered_records",
    "labs_helpers.course.way": "labs_helpers.course.lesson.overview",
    "labs_helpers.days": "labs_helpers.course.days",
    "labs_helpers.days.day1": "labs_helpers.course.days.day1",
    "labs_helpers.days.day1.incidents": "labs_helpers.course.days.day1.incidents",
    "labs_helpers.days.day1.responsibility": "labs_helpers.course.days.day1.responsibility",
    "labs_helpers.days.day3": "labs_helpers.course.days.day3",
    "labs_helpers.days.day3.tokens": "labs_helpers.course.days.day3.tokens",
    "labs_helpers.days.day4": "labs_helpers.course.days.day4",
    "labs_helpers.days.day5": "labs_helpers.course.days.day5",
    "labs_helpers.days.day5.envelope": "labs_helpers.course.days.day5.envelope",
    "labs_helpers.days.day5.incident": "labs_helpers.course.days.day5.incident",
    "labs_helpers.days.day5.log_validation": "labs_helpers.course.days.day5.log_validation",
    "labs_helpers.days.day6": "labs_helpers.course.days.day6",
    "labs_helpers.days.day6.capstone": "labs_helpers.course.days.day6.capstone",
    "labs_helpers.serve": "labs_helpers.cloud.endpoint",
    "labs_helpers.serve.endpoint": "labs_helpers.cloud.endpoint.endpoint",
}
"""Retired module name → current name."""


class _Package(ModuleType):
    """A package that has a public name with the same spelling as a retired module."""

    def __setattr__(self, name: str, value: object) -> None:
        """Store a value, but keep a public name if the import system would store a module under the same name."""
        if not (isinstance(value, ModuleType) and name in self.__all__):
            super().__setattr__(name, value)


class _Alias(Loader):
    """A loader that imports the module under its current name.

    At run time, the loader and the finder have no base class, because `importlib.abc` would import twenty more modules,
    which aren't needed, whenever this package is imported.
    """

    def __init__(self, today: str):
        self._today = today

    def create_module(self, spec: ModuleSpec) -> None:
        """Return None: Python creates the empty module."""

    def exec_module(self, module: ModuleType) -> None:
        """Replace the empty module with the current module."""
        sys.modules[module.__name__] = import_module(self._today)
        parent, _, name = module.__name__.rpartition(".")
        package = sys.modules[parent]
        if name in getattr(package, "__all__", ()):
            package.__class__ = _Package


class _Finder:
    """A finder that finds only the retired names."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec that loads the current module for a retired name, or None for any other name."""
        today = MOVED.get(name)
        return None if today is None else ModuleSpec(name, _Alias(today), is_package=True)


def install() -> None:
    """Make the retired names importable. Calling this again has no effect."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        # This finder comes first, because the others would import a moved package's modules a second time, from its
        # path.
        sys.meta_path.insert(0, _Finder())
