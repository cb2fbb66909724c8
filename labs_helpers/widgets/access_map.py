"""Who can do what where, for a whole organization: a heat map, and why each cell says what it says."""

from labs_helpers.course.days.day4.widgets.access_map import OrganizationAccess

__all__ = ["OrganizationAccess"]
