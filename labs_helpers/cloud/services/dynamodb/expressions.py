"""DynamoDB's expressions, read by their grammar: which attributes they name, and which partition key they ask for.

What is not read is refused: a condition on dynamodb:LeadingKeys or dynamodb:Attributes would otherwise see less than
what is performed. Grammar and names:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.dynamodb.errors import invalid

LONGEST = 4096
"""Bytes of an expression: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
_DEEPEST = 100
EXPRESSIONS = (
    "ProjectionExpression",
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "UpdateExpression",
)
OLDER = (
    "AttributesToGet",
    "AttributeUpdates",
    "ConditionalOperator",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
)
"""Parameters that expressions have replaced. A request has the one kind or the other."""
_TOKEN = re.compile(
    r"\s*(?:(?P<name>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>\d+)"
    r"|(?P<sign><>|<=|>=|[=<>(),.\[\]+-]))"
)
_NAME_KEY, _VALUE_KEY = re.compile(r"#[A-Za-z0-9_]+"), re.compile(r":[A-Za-z0-9_]+")
_COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
_FUNCTIONS = {
    "attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2,
}  # fmt: skip
"""Function of a condition → how many operands it takes."""


@dataclass(slots=True)
class Read:
    """What an expression names: top-level attributes in order, values, and (attribute, value) that must be equal."""

    attributes: list[str] = field(default_factory=list)
    placeholders: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    equal: list[tuple[str, str]] = field(default_factory=list)


def read(request: Mapping[str, Any], parameter: str) -> Read:
    """One expression of a request. Raises `ServiceError` for what its grammar does not allow."""
    text = request.get(parameter)
    if text is None:
        return Read()
    return _Parser(text, parameter, request).parse()


def check(request: Mapping[str, Any]) -> None:
    """Refuse a request whose expressions, or the names and values for them, are not what DynamoDB takes."""
    given = [name for name in EXPRESSIONS if request.get(name) is not None]
    older = [name for name in OLDER if request.get(name) is not None]
    if given and older:
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: Non-expression "
            f"parameters: {{{', '.join(older)}}} Expression parameters: {{{', '.join(given)}}}"
        )
    used = [read(request, name) for name in given]
    for parameter, pattern, in_use in (
        ("ExpressionAttributeNames", _NAME_KEY, {name for each in used for name in each.placeholders}),
        ("ExpressionAttributeValues", _VALUE_KEY, {name for each in used for name in each.values}),
    ):
        _check_placeholders(request.get(parameter), parameter, pattern, in_use, bool(given))


def _check_placeholders(
    defined: Mapping[str, Any] | None,
    parameter: str,
    pattern: re.Pattern[str],
    in_use: set[str],
    expressions: bool,
) -> None:
    if defined is None:
        return
    if not expressions:
        raise invalid(f"{parameter} can only be specified when using expressions")
    if not defined:
        raise invalid(f"{parameter} must not be empty")
    for name in defined:
        if not pattern.fullmatch(name):
            raise invalid(f'{parameter} contains invalid key: Syntax error; key: "{name}"')
    unused = [name for name in defined if name not in in_use]
    if unused:
        raise invalid(f"Value provided in {parameter} unused in expressions: keys: {{{', '.join(unused)}}}")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    """Recursive descent; a method a rule of the grammar."""

    def __init__(self, text: str, parameter: str, request: Mapping[str, Any]):
        self.text, self.parameter = text, parameter
        self.names: Mapping[str, str] = request.get("ExpressionAttributeNames") or {}
        self.defined: Mapping[str, Any] = request.get("ExpressionAttributeValues") or {}
        self.found = Read()
        self.depth = 0
        if not text.strip():
            raise self.refused("The expression can not be empty;")
        if len(text.encode()) > LONGEST:
            raise self.refused(
                f"Expression size has exceeded the maximum allowed size; expression size: {len(text)}"
            )
        self.tokens = self._tokens()
        self.next = 0

    def _tokens(self) -> list[_Token]:
        found, at, end = [], 0, len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                raise self.unread(self.text[at:].lstrip()[:1], at)
            kind = match.lastgroup or ""
            found.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        return found

    def parse(self) -> Read:
        """The whole expression."""
        rule: Callable[[], None] = {
            "ProjectionExpression": self.projection,
            "UpdateExpression": self.update,
            "KeyConditionExpression": self.key_condition,
        }.get(self.parameter, self.condition)
        rule()
        if self.peek() is not None:
            raise self.unexpected()
        return self.found

    # Errors

    def refused(self, why: str) -> ServiceError:
        return invalid(f"Invalid {self.parameter}: {why}")

    def unread(self, token: str, at: int) -> ServiceError:
        near = self.text[max(0, at - 10) : at + 10].strip()
        return self.refused(f'Syntax error; token: "{token}", near: "{near}"')

    def unexpected(self) -> ServiceError:
        token = self.peek()
        return self.unread("<EOF>", len(self.text)) if token is None else self.unread(token.text, token.at)

    # Tokens

    def peek(self) -> _Token | None:
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def take(self, *signs: str) -> str | None:
        """The next token if it is one of these signs."""
        token = self.peek()
        if token is None or token.kind != "sign" or token.text not in signs:
            return None
        self.next += 1
        return token.text

    def keyword(self, *words: str) -> str | None:
        """The next token if it is one of these words, whatever its case."""
        token = self.peek()
        if token is None or token.kind != "word" or token.text.upper() not in words:
            return None
        self.next += 1
        return token.text.upper()

    def need(self, sign: str) -> None:
        if self.take(sign) is None:
            raise self.unexpected()

    def function(self) -> str | None:
        """The name of a function that begins here: a word and a parenthesis."""
        token = self.peek()
        after = self.tokens[self.next + 1] if self.next + 1 < len(self.tokens) else None
        if token is None or token.kind != "word" or after is None or after.text != "(":
            return None
        self.next += 2
        return token.text

    # Operands

    def path(self) -> str:
        """A document path; gives its top-level attribute."""
        top = self.name()
        while True:
            if self.take("."):
                self.name()
            elif self.take("["):
                token = self.peek()
                if token is None or token.kind != "number":
                    raise self.unexpected()
                self.next += 1
                self.need("]")
            else:
                break
        self.found.attributes.append(top)
        return top

    def name(self) -> str:
        token = self.peek()
        if token is None or token.kind not in ("word", "name"):
            raise self.unexpected()
        self.next += 1
        if token.kind == "word":
            return token.text
        self.found.placeholders.add(token.text)
        if token.text not in self.names:
            raise self.refused(
                "An expression attribute name used in the document path is not defined; attribute name: "
                f"{token.text}"
            )
        return self.names[token.text]

    def value(self) -> str | None:
        """A value's placeholder, if one stands here."""
        token = self.peek()
        if token is None or token.kind != "value":
            return None
        self.next += 1
        self.found.values.add(token.text)
        if token.text not in self.defined:
            raise self.refused(
                f"An expression attribute value used in expression is not defined; attribute value: {token.text}"
            )
        return token.text

    def operand(self) -> tuple[str, str]:
        """("value", placeholder), ("path", attribute) or ("size", attribute)."""
        placeholder = self.value()
        if placeholder is not None:
            return "value", placeholder
        name = self.function()
        if name is None:
            return "path", self.path()
        if name != "size":
            raise self.refused(f"Invalid function name; function: {name}")
        top = self.path()
        self.need(")")
        return "size", top

    # Conditions

    def condition(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.refused("The expression has too many levels")
        self.conjunction()
        while self.keyword("OR"):
            self.conjunction()
        self.depth -= 1

    def conjunction(self) -> None:
        self.negation()
        while self.keyword("AND"):
            self.negation()

    def negation(self) -> None:
        while self.keyword("NOT"):
            pass
        self.test()

    def test(self) -> None:
        if self.take("("):
            self.condition()
            self.need(")")
            return
        start = self.next
        name = self.function()
        if name in _FUNCTIONS:
            self.path()
            for _ in range(_FUNCTIONS[name] - 1):
                self.need(",")
                self.operand()
            self.need(")")
            return
        self.next = start
        self.comparison()

    def comparison(self) -> tuple[tuple[str, str], str, tuple[str, str] | None]:
        """(left operand, operator, right operand); several right operands are None."""
        left = self.operand()
        sign = self.take(*_COMPARATORS)
        if sign is not None:
            return left, sign, self.operand()
        if self.keyword("BETWEEN"):
            self.operand()
            if self.keyword("AND") is None:
                raise self.unexpected()
            self.operand()
            return left, "BETWEEN", None
        if self.keyword("IN"):
            self.need("(")
            self.operand()
            while self.take(","):
                self.operand()
            self.need(")")
            return left, "IN", None
        raise self.unexpected()

    def key_condition(self) -> None:
        """Conditions on keys, joined by AND alone.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
        """
        self.key_test()
        while self.keyword("AND"):
            self.key_test()

    def key_test(self) -> None:
        if self.take("("):
            self.key_condition()
            self.need(")")
            return
        start = self.next
        name = self.function()
        if name is not None:
            if name != "begins_with":
                raise self.refused(f"Invalid function name; function: {name}")
            self.path()
            self.need(",")
            self.operand()
            self.need(")")
            return
        self.next = start
        left, sign, right = self.comparison()
        if left[0] != "path" or sign in ("<>", "IN"):
            raise self.refused("Invalid operator used in KeyConditionExpression")
        if sign == "=" and right is not None and right[0] == "value":
            self.found.equal.append((left[1], right[1]))

    # Projections and updates

    def projection(self) -> None:
        self.path()
        while self.take(","):
            self.path()

    def update(self) -> None:
        seen = set()
        while (clause := self.keyword("SET", "REMOVE", "ADD", "DELETE")) is not None:
            if clause in seen:
                raise self.refused(f'The "{clause}" section can only be used once in an update expression;')
            seen.add(clause)
            action = {"SET": self.assignment, "REMOVE": self.path}.get(clause, self.change)
            action()
            while self.take(","):
                action()
        if not seen:
            raise self.unexpected()

    def assignment(self) -> None:
        self.path()
        self.need("=")
        self.term()
        while self.take("+", "-"):
            self.term()

    def term(self) -> None:
        if self.take("("):
            self.term()
            while self.take("+", "-"):
                self.term()
            self.need(")")
            return
        if self.value() is not None:
            return
        name = self.function()
        if name is None:
            self.path()
            return
        if name not in ("if_not_exists", "list_append"):
            raise self.refused(f"Invalid function name; function: {name}")
        self.term()
        self.need(",")
        self.term()
        self.need(")")

    def change(self) -> None:
        """ADD and DELETE: a path and a value."""
        self.path()
        if self.value() is None:
            raise self.unexpected()
