"""The policy editor: JSON that is checked as you type, autocompleted from AWS's lists, and evaluated on a cloud."""

from labs_helpers.course.widgets.policy_editor.widget import PolicyEditor

__all__ = ["PolicyEditor"]
