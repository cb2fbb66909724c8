"""The scoreboard of Day 1 for attacks and fixes: which attacks succeed through which settings, and whether the shop
works.
"""

from labs_helpers.course.days.day1.widgets.attack_board import Scoreboard

__all__ = ["Scoreboard"]
