"""Undoing applied changes: an account is moved back, and a draft's policy is detached and deleted.

A policy that is still attached elsewhere can't be deleted, so it stays.
https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeletePolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud, Preview
from labs_helpers.course.days.day4.widgets.organization_html import rejection


class Undo:
    """Changes that were just applied (attached drafts and moved accounts), which can be reversed.

    `preview`: the organization with the changes. `changes`: the preview's changes that were applied, in order.
    """

    def __init__(self, preview: Preview, changes: Sequence[Any]) -> None:
        """Remember the changes, the IDs of the policies that they created, and the names of all nodes."""
        organization = preview.organization
        policies = {(each.type, each.name): each.id for each in organization.policies.values()}
        self._left = [(each, policies.get((each.policy_type, each.what), "")) for each in changes]
        self._names = {id: organization.target_name(id)[0] for id in organization.targets()}
        self._names |= {policy: change.what for change, policy in self._left if policy}

    @property
    def is_possible(self) -> bool:
        """True if changes are left, and all of them attached a draft or moved an account."""
        return bool(self._left) and all(change.kind != "detach" for change, _ in self._left)

    def run(self, cloud: Cloud) -> tuple[list[str], str]:
        """Reverse the changes with real calls, last change first.

        Return the state after each reversed change, and the reason why the others aren't reversed, or "". If one of the
        changes can't be reversed because the organization is different now, no call is made.
        """
        undone: list[str] = []
        try:
            preview = self._reversed(cloud)
            for state in self._calls(preview, cloud):
                undone.append(state)
        except ClientError as error:
            return undone, f"{rejection(error)} Undone before: {'; '.join(undone) or 'nothing'}."
        except (ValueError, LookupError) as error:
            return undone, f"{error}. Nothing was changed."
        return undone, ""

    def _calls(self, preview: Preview, cloud: Cloud) -> Iterator[str]:
        """Make the calls, and yield the state after each change; then delete a policy that isn't used elsewhere."""
        organizations = cloud.account(cloud.home).client("organizations")
        for back in preview.changes:
            back.make(organizations)
            change, policy = self._left.pop()
            if change.kind == "move":
                yield f"{self._name(change.target)} is back in {self._name(change.what)}"
                continue
            elsewhere = [self._name(each) for each in preview.organization.policies[policy].targets]
            kept = f", but still to {', '.join(elsewhere)}, so it isn't deleted" if elsewhere else ""
            yield f"{change.what} is no longer attached to {self._name(change.target)}{kept}"
            if not elsewhere:
                organizations.delete_policy(PolicyId=policy)

    def _reversed(self, cloud: Cloud) -> Preview:
        """Return a preview of the reversed changes. Raises `ValueError` if one of them can't be reversed."""
        preview = Preview(cloud)
        try:
            for change, policy in reversed(self._left):
                if change.kind != "move":
                    preview.detach(policy, change.target, policy_type=change.policy_type)
                elif preview.parent(change.target) == change.to:
                    preview.move(change.target, change.what)
                else:
                    raise ValueError(f"{change.target} has left {change.to}")
        except ValueError as error:
            raise ValueError(" ".join(map(self._name, str(error).split(" ")))) from None
        return preview

    def _name(self, word: str) -> str:
        return self._names.get(word, word)
