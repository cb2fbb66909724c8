"""The state of a widget's cloud: whether it is still the one that the widget shows."""

from __future__ import annotations

from labs_helpers.cloud import Cloud
from labs_helpers.course.widgets.visual_language import Verdict, box

_OUTDATED = (
    "The cloud was reset or stopped after this widget was created, so the widget shows how it was before. Run the "
    "cells of this part again, and then this one."
)


class Standing:
    """A cloud's state when a widget was created."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._then = self._now()

    def _now(self) -> tuple[int, bool]:
        return self._cloud.resets, Cloud.running() is self._cloud

    @property
    def is_outdated(self) -> bool:
        """Return True if the cloud was reset, stopped, or started since."""
        return self._now() != self._then

    def note(self, title: str) -> str:
        """Return a box that explains why there is no answer. `title`: what is missing."""
        return box(Verdict.WARN, title, _OUTDATED, label=title, word="outdated")
