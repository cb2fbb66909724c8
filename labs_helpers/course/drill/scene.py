"""The parts of a generated situation: accounts, people, resources, policies, and a request in the scenario format.

A maker draws a `Pair`: two situations that differ in one respect only, so that one is allowed and the other denied.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.course.situations.drawn_values import Dice

Scene = dict[str, Any]
"""A scenario: principal, action, resource, context, and policies (docs/simulate.md)."""
VERSION = "2012-10-17"
FULL_ACCESS = {"Version": VERSION, "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""The policy FullAWSAccess, which Organizations attaches to every level by default."""
_PEOPLE = (
    "ana", "ben", "chen", "dora", "eli", "femi", "gita", "hugo", "ida", "jon", "kofi", "lena", "milo", "nina", "omar",
    "petra", "rosa", "sami", "tara", "umar", "vera", "willa", "yara", "zoe",
)  # fmt: skip
_ROLES = (
    "Reporting", "Deploy", "Billing", "Support", "Importer", "Audit", "Backup", "Search", "Orders", "Archive",
)  # fmt: skip
_ACCOUNTS = ("111122223333", "444455556666", "777788889999", "123456789012", "210987654321", "555566667777")
_REGIONS = ("eu-central-1", "us-east-1", "eu-west-1", "ap-southeast-2")
_NOUNS = (
    "invoices", "orders", "reports", "photos", "metrics", "contracts", "tickets", "exports", "models", "events",
    "drafts", "recipes", "readings", "scores", "permits", "layouts", "ratings", "bookings", "samples", "forecasts",
)  # fmt: skip
_FILES = ("summary.csv", "january.pdf", "index.json", "notes.txt", "week7.parquet", "photo.jpg")


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource, an action on it, another action of the same service, and another resource of the same type."""

    action: str
    sibling: str
    arn: str
    other_arn: str
    every: str
    """A pattern for all resources of this name, such as `arn:aws:s3:::invoices/*`."""
    kind: str
    """The resource type in one word, as in the name of its policy ("bucket" for a bucket policy)."""

    @property
    def service(self) -> str:
        """Return the action's prefix, such as "s3"."""
        return self.action.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two situations that differ in one respect, and a description of the difference in each direction.

    `allow_by` is a sentence about the change from the denied to the allowed situation, and `deny_by` about the reverse.
    `by_request` is true if the requests differ, and false if the policies do. `unseen` is true if the difference is
    only that a policy is missing. A question about such a pair has to state what is missing and why.
    """

    allowed: Scene
    denied: Scene
    allow_by: str
    deny_by: str
    by_request: bool = False
    unseen: bool = False


@dataclass(slots=True)
class Draw:
    """The random choices for one situation, and the names that were chosen so far, so that no name occurs twice."""

    dice: Dice
    _taken: set[str] = field(default_factory=set)

    def one(self, options: tuple[str, ...] | list[str]) -> str:
        """Return one of the options."""
        return self.dice.choice(options)

    def coin(self, of: int = 2) -> bool:
        """Return True once in `of` times."""
        return self.dice.below(of) == 0

    def new(self, options: tuple[str, ...]) -> str:
        """Return one of the options that this situation doesn't have yet."""
        left = [option for option in options if option not in self._taken]
        chosen = self.dice.choice(left)
        self._taken.add(chosen)
        return chosen

    def account(self) -> str:
        """Return an account that this situation doesn't have yet."""
        return self.new(_ACCOUNTS)

    def user(self, account: str) -> str:
        """Return the ARN of a new user."""
        return f"arn:aws:iam::{account}:user/{self.new(_PEOPLE)}"

    def session(self, account: str) -> str:
        """Return the ARN of a role session."""
        return f"arn:aws:sts::{account}:assumed-role/{self.new(_ROLES)}/{self.new(_PEOPLE)}"

    def caller(self, account: str) -> str:
        """Return the ARN of a user or of a role session."""
        return self.user(account) if self.coin() else self.session(account)

    def noun(self) -> str:
        """Return a new name for a resource."""
        return self.new(_NOUNS)

    def object(self, action: str = "") -> Thing:
        """Return an object in a bucket."""
        bucket, other = self.noun(), self.noun()
        key = self.one(_FILES)
        actions = (
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:GetObjectTagging",
            "s3:GetObjectVersion",
        )
        mine = action or self.one(actions)
        sibling = self.one([each for each in actions if each != mine])
        return Thing(
            mine, sibling, f"arn:aws:s3:::{bucket}/{key}", f"arn:aws:s3:::{other}/{key}", f"arn:aws:s3:::{bucket}/*",
            "bucket",
        )  # fmt: skip

    def thing(self, account: str, services: tuple[str, ...] = ()) -> Thing:
        """Return a resource in an account, of one of these services if any are given."""
        sort = self.one(services or (*SHARED, "ssm", "ec2", "logs"))
        if sort == "s3":
            return self.object()
        region, name, other = self.one(_REGIONS), self.noun(), self.noun()
        actions, form, kind = _SORTS[sort]
        start = f"arn:aws:{sort}:{region}:{account}:"
        mine = self.one(actions)
        sibling = self.one([each for each in actions if each != mine])
        arn, every = (
            start + form.format(name),
            start + form.format(name) + ("-*" if sort == "secretsmanager" else "*"),
        )
        if sort == "secretsmanager":
            arn += "-x7Kq2P"
        return Thing(f"{sort}:{mine}", f"{sort}:{sibling}", arn, start + form.format(other), every, kind)

    def pattern(self, action: str) -> str:
        """Return an action unchanged, or a pattern that matches it."""
        service, _, name = action.partition(":")
        verb = next((name[:place] for place in range(1, len(name)) if name[place].isupper()), name)
        return self.one([action, action, f"{service}:{verb}*", f"{service}:*"])

    def resource(self, thing: Thing) -> Any:
        """Return a Resource element that covers a thing."""
        forms: list[Any] = [thing.arn, thing.every, "*", [thing.other_arn, thing.every]]
        return forms[self.dice.below(len(forms))]


def region_of(action: str, arn: str) -> str:
    """Return the Region that a request about a resource is sent to: the resource's own, if its ARN contains one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
    """
    own = arn.split(":")[3] if arn.startswith("arn:") else ""
    return own or ("us-east-1" if action.startswith("iam:") else "eu-central-1")


def is_service_linked(scene: Scene) -> bool:
    """Return True if the caller is a session of a service-linked role, whose policies customers can't change.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    return ":assumed-role/AWSServiceRole" in scene["principal"].get("arn", "")


SHARED = ("s3", "sqs", "secretsmanager", "sns", "dynamodb", "lambda")
"""Services with resource-based policies."""
DENYING = ("s3", "sqs", "secretsmanager", "sns", "dynamodb")
"""Services whose resource-based policies can deny. Lambda's AddPermission adds only Allow statements."""
_SORTS: dict[str, tuple[list[str], str, str]] = {
    "sqs": (["SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"], "{}", "queue"),
    "secretsmanager": (["GetSecretValue", "PutSecretValue", "DescribeSecret"], "secret:{}", "secret"),
    "sns": (["Publish", "Subscribe", "GetTopicAttributes"], "{}", "topic"),
    "dynamodb": (["GetItem", "PutItem", "Query", "UpdateItem", "DeleteItem"], "table/{}", "table"),
    "lambda": (["InvokeFunction", "GetFunction", "UpdateFunctionCode"], "function:{}", "function"),
    "ssm": (["GetParameter", "PutParameter", "DeleteParameter"], "parameter/{}", "parameter"),
    "ec2": (["StartInstances", "StopInstances", "TerminateInstances"], "instance/i-0{}", "instance"),
    "logs": (
        ["GetLogEvents", "PutLogEvents", "CreateLogStream"],
        "log-group:{}:log-stream:main",
        "log stream",
    ),
}


def sibling_actions(action: str) -> list[str]:
    """Return other actions of the same service, on the same type of resource if there are any."""
    service, _, name = action.partition(":")
    names = _OTHERS[service] if service in _OTHERS else _SORTS[service][0] if service in _SORTS else []
    return [f"{service}:{each}" for each in names if each != name]


_OTHERS = {
    "s3": ["GetObject", "PutObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging"],
    "kms": ["Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "DescribeKey"],
    "iam": ["GetRole", "DeleteRole", "TagRole"],
}


_ELEMENTS = (
    "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """Return an Allow statement; `Principal` and other elements come from `more`."""
    return _statement("Allow", {"Action": action, "Resource": resource}, more)


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """Return a Deny statement."""
    return _statement("Deny", {"Action": action, "Resource": resource}, more)


def _statement(effect: str, elements: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return a statement; None leaves out an element that another one replaces, as NotAction replaces Action."""
    given = {"Effect": effect, **elements, **more}
    return {name: given[name] for name in _ELEMENTS if given.get(name) is not None}


def doc(*statements: Mapping[str, Any], version: str = VERSION) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": version, "Statement": list(statements)}


def scene(
    principal: str | dict[str, Any], action: str, arn: str, owner: str, context: Mapping[str, Any] | None = None,
    **policies: Any,
) -> Scene:  # fmt: skip
    """Return a situation: `owner` is the account of the resource, and `policies` are in the scenario format."""
    who = {"arn": principal} if isinstance(principal, str) else principal
    made: Scene = {"principal": who, "action": action, "resource": {"arn": arn, "account": owner}}
    if context:
        made["context"] = dict(context)
    return {**made, "policies": {"identity": [], **policies}}


def varied(base: Scene, change: Callable[[Scene], None]) -> Scene:
    """Return a copy of a situation with a change."""
    changed = copy.deepcopy(base)
    change(changed)
    return changed


def with_context(base: Scene, **changes: Any) -> Scene:
    """Return a situation with other condition keys: `aws__SourceIp` is aws:SourceIp, and None removes a key."""
    context = {
        **base.get("context", {}),
        **{name.replace("__", ":"): value for name, value in changes.items()},
    }
    return {**base, "context": {key: value for key, value in context.items() if value is not None}}


def with_policies(base: Scene, **changes: Any) -> Scene:
    """Return a situation with other policies; None removes a kind of policy."""
    policies = {**base["policies"], **changes}
    return {**base, "policies": {name: value for name, value in policies.items() if value is not None}}


def name_of(arn: str) -> str:
    """Return the name that sentences use for a principal: the name of the user, or of the session."""
    return arn.rpartition("/")[2]


def holder_of(arn: str) -> str:
    """Return the words for the identity that has a caller's policies: a user's name, or a session's role."""
    return f"the role {arn.split('/')[1]}" if ":assumed-role/" in arn else name_of(arn)


def role_arn(session: str) -> str:
    """Return the ARN of a session's role."""
    account, role = session.split(":")[4], session.split("/")[1]
    return f"arn:aws:iam::{account}:role/{role}"


def root_arn(account: str) -> str:
    """Return the ARN that stands for an account in a Principal element."""
    return f"arn:aws:iam::{account}:root"
