"""The scoreboard of Day 1: which attacks succeed through which settings, and whether the shop's work continues."""

from labs_helpers.course.days.day1.widgets.attack_board import Scoreboard

__all__ = ["Scoreboard"]
