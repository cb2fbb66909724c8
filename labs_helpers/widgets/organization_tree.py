"""The organization's tree: what hangs where, which level refuses a request, and what a change would bring about."""

from labs_helpers.course.days.day4.widgets.organization_tree import OrganizationTree

__all__ = ["OrganizationTree"]
