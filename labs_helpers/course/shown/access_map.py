"""An access map: every principal in an organization, and the harmful actions that the principal is allowed to perform.

The resources belong to the principal's own account, so a row shows the damage if the principal's keys are stolen. The
number of allowed cells is the blast radius, which can be compared before and after a guardrail.
https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_permissions_least_privileges.html
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from labs_helpers.cloud import NotModelled, organization_of
from labs_helpers.course.shown.display import Page
from labs_helpers.course.shown.spreadsheets import harmless

if TYPE_CHECKING:
    from labs_helpers.cloud import Cloud, Preview
    from labs_helpers.engine.policy import Decision

HURTING: Mapping[str, str] = {
    "cloudtrail:StopLogging": "arn:aws:cloudtrail:us-east-1:{account}:trail/example",
    "cloudtrail:DeleteTrail": "arn:aws:cloudtrail:us-east-1:{account}:trail/example",
    "organizations:LeaveOrganization": "*",
    "iam:CreateAccessKey": "arn:aws:iam::{account}:user/example",
    "iam:CreateUser": "arn:aws:iam::{account}:user/example",
    "iam:AttachRolePolicy": "arn:aws:iam::{account}:role/example",
    "iam:UpdateAssumeRolePolicy": "arn:aws:iam::{account}:role/example",
    "iam:DeleteRolePermissionsBoundary": "arn:aws:iam::{account}:role/example",
    "s3:GetObject": "arn:aws:s3:::example-{account}/data",
    "s3:DeleteObject": "arn:aws:s3:::example-{account}/data",
    "s3:DeleteBucket": "arn:aws:s3:::example-{account}",
    "s3:PutBucketPolicy": "arn:aws:s3:::example-{account}",
    "s3:PutAccountPublicAccessBlock": "*",
    "logs:DeleteLogGroup": "arn:aws:logs:us-east-1:{account}:log-group:example",
    "secretsmanager:GetSecretValue": "arn:aws:secretsmanager:us-east-1:{account}:secret:example-AbCdEf",
    "ec2:RunInstances": "arn:aws:ec2:us-east-1:{account}:instance/*",
    "ec2:TerminateInstances": "arn:aws:ec2:us-east-1:{account}:instance/i-0123456789abcdef0",
    "lambda:UpdateFunctionCode": "arn:aws:lambda:us-east-1:{account}:function:example",
    "dynamodb:DeleteTable": "arn:aws:dynamodb:us-east-1:{account}:table/example",
    "sqs:DeleteQueue": "arn:aws:sqs:us-east-1:{account}:example",
}
"""Twenty actions that are useful to attackers, each with a resource in the caller's account."""

_WORDS = {True: "allow", False: "deny", None: "not answered"}


def _principals_inside(cloud: Cloud) -> list[str]:
    """Return the principals of the organization's accounts, or of all accounts if there is no organization.

    Outsiders also have accounts in this cloud, but their stolen keys wouldn't harm the organization. No one has the
    keys of service-linked roles.
    """
    organization = organization_of(cloud)
    found = [each for each in cloud.identities() if "/aws-service-role/" not in each]
    if organization is None:
        return found
    return [each for each in found if each.split(":")[4] in organization.members]


class AccessMap:
    """A table of principals (ARNs) and actions. `step` fills the table row by row, and `run` fills it all at once.

    `principals`: by default all users and roles of the organization's accounts (of every account, if there is no
    organization), except service-linked roles. `actions`: name → resource, in which {account} is replaced by the
    principal's account; by default `HURTING`. `preview`: a changed organization with which to evaluate requests.
    """

    def __init__(
        self,
        cloud: Cloud,
        principals: Iterable[str] | None = None,
        actions: Mapping[str, str] | None = None,
        *,
        preview: Preview | None = None,
    ) -> None:
        self._cloud, self._preview = cloud, preview
        self._is_given = principals is not None
        chosen = _principals_inside(cloud) if principals is None else principals
        self.principals: tuple[str, ...] = tuple(dict.fromkeys(chosen))
        self._resources = dict(HURTING if actions is None else actions)
        self.rows: dict[str, tuple[bool | None, ...]] = {}
        """Principal → for each action, whether it is allowed, or None if that can't be decided, because the files of a
        loaded account lack something or the cloud doesn't model it."""

    @property
    def actions(self) -> tuple[str, ...]:
        """Return the actions in the order of the columns."""
        return tuple(self._resources)

    def step(self) -> Iterator[str]:
        """Fill the rows one after the other and yield the principal of each completed row."""
        for principal in self.principals:
            if principal not in self.rows:
                self.rows[principal] = tuple(self.answer(principal, each) for each in self._resources)
                yield principal

    def run(self) -> AccessMap:
        """Fill all rows and return the map."""
        for _ in self.step():
            pass
        return self

    def why(self, principal: str, action: str) -> tuple[Decision, str]:
        """Return a cell's decision and resource. Raises `NotModelled` if the request can't be evaluated."""
        decide = self._preview.judge if self._preview is not None else self._cloud.would
        resource = self._resources[action].replace("{account}", principal.split(":")[4])
        return decide(principal, action, resource), resource

    def answer(self, principal: str, action: str) -> bool | None:
        """Return whether a request is allowed now, or None if it can't be evaluated."""
        try:
            return self.why(principal, action)[0].allowed
        except NotModelled:
            return None

    def radius(self, principal: str | None = None) -> tuple[int, int]:
        """Return (allowed cells, evaluated cells) for one principal, or for all principals."""
        rows = self.rows.values() if principal is None else [self.rows[principal]]
        answered = [cell for row in rows for cell in row if cell is not None]
        return sum(answered), len(answered)

    def changed_since(self, before: Mapping[str, Sequence[bool | None]]) -> dict[tuple[str, str], bool]:
        """Return each cell that differs from these earlier rows, and whether it is allowed now.

        Principals that have no row then or now are left out.
        """
        return {
            (principal, action): bool(now)
            for principal, row in self.rows.items()
            for action, then, now in zip(self.actions, before.get(principal, row), row, strict=True)
            if bool(then) is not bool(now)
        }

    def added(self) -> list[str]:
        """Return the users and roles that were created after the map, unless its principals were given."""
        if self._is_given:
            return []
        return [each for each in _principals_inside(self._cloud) if each not in self.principals]

    def accounts(self) -> dict[str, tuple[int, int]]:
        """Return (allowed cells, evaluated cells) by account."""
        found: dict[str, tuple[int, int]] = {}
        for principal in self.rows:
            account = principal.split(":")[4]
            allowed, decided = self.radius(principal)
            before = found.get(account, (0, 0))
            found[account] = before[0] + allowed, before[1] + decided
        return found

    def csv(self) -> str:
        """Return the map as CSV: a row per principal and a column per action, with allow, deny, or not answered."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(("principal", "account", *self.actions))
        for principal, row in self.rows.items():
            words = (_WORDS[each] for each in row)
            writer.writerow((harmless(principal), principal.split(":")[4], *words))
        return text.getvalue()

    def __repr__(self) -> str:
        allowed, decided = self.radius()
        return f"<AccessMap: {len(self.rows)} of {len(self.principals)} principals, {allowed} of {decided} allowed>"


def comparison(before: AccessMap, after: AccessMap, names: Mapping[str, str]) -> Page:
    """Return a page with the blast radius per account, before and after. `names`: account ID → name."""
    page = Page().heading("Blast radius: how many dangerous actions are allowed")
    then = after.accounts()
    rows: list[Sequence[str]] = [
        (names.get(account, account), f"{allowed} of {asked}", f"{then[account][0]} of {then[account][1]}")
        for account, (allowed, asked) in before.accounts().items()
        if account in then
    ]
    sums = [f"{allowed} of {asked}" for allowed, asked in (before.radius(), after.radius())]
    return page.table(("account", "before", "after"), [*rows, ("all", *sums)])
