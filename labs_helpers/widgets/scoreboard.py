"""The scoreboard of attack and fix: who got in, by which of your settings, and whether honest work goes on."""

from labs_helpers.course.days.day1.widgets.attack_board import Scoreboard

__all__ = ["Scoreboard"]
