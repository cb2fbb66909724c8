"""Incidents to play one after another: a scene, three places to look at, and what is known."""

from labs_helpers.course.days.day1.widgets.incident_player import IncidentPlayer

__all__ = ["IncidentPlayer"]
