"""The organization tree: attached policies, the level that denies a request, and the effect of a change."""

from labs_helpers.course.days.day4.widgets.organization_tree import OrganizationTree

__all__ = ["OrganizationTree"]
