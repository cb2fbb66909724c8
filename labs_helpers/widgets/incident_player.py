"""The incident player: public incidents one by one, each with a scene, three places to look, and the known facts."""

from labs_helpers.course.days.day1.widgets.incident_player import IncidentPlayer

__all__ = ["IncidentPlayer"]
