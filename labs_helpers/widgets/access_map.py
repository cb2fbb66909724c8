"""The access map: a heat map of who can do what in a whole organization, with a reason in each cell."""

from labs_helpers.course.days.day4.widgets.access_map import OrganizationAccess

__all__ = ["OrganizationAccess"]
