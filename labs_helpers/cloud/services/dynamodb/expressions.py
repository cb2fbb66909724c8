"""A parser for DynamoDB's expressions that collects the attributes and partition key values in them.

The parser rejects expressions that it can't parse. Otherwise, conditions on dynamodb:LeadingKeys or dynamodb:Attributes
would be evaluated for fewer items or attributes than the operation accesses. Grammar and names:
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
from labs_helpers.cloud.services.dynamodb.operands import shown, wrong_operands

LONGEST = 4096
"""The maximum size of an expression, in bytes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""
_DEEPEST = 100
"""The maximum depth of nested parentheses in a condition.

AWS has no such limit. In this parser, it limits the recursion.
"""
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
"""The legacy parameters that expressions replaced.

A request can't contain both legacy parameters and expressions.
"""
_TOKEN = re.compile(
    r"\s*(?:(?P<name>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>\d+)"
    r"|(?P<sign><>|<=|>=|[=<>(),.\[\]+-]))"
)
_NAME_KEY, _VALUE_KEY = re.compile(r"#[A-Za-z0-9_]+"), re.compile(r":[A-Za-z0-9_]+")
_MOST_OPERATORS = 300
"""The maximum number of operators or functions in an expression, according to the same page."""
_COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
_FUNCTIONS = {
    "attribute_exists": 1, "attribute_not_exists": 1, "attribute_type": 2, "begins_with": 2, "contains": 2,
}  # fmt: skip
"""The number of operands of each function in a condition."""
_OPERATORS = frozenset(
    (
        *_COMPARATORS,
        *(name.upper() for name in _FUNCTIONS),
        "SIZE",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "+",
        "-",
    )
)

Path = tuple[str | int, ...]
"""An attribute and the names and list positions below it, such as `("offers", 0, "price")`."""
Operand = tuple[str, Any]
"""("value", placeholder), ("path", `Path`), or ("size", `Path`)."""
Node = tuple[Any, ...]
"""A part of a condition: ("or", nodes), ("and", nodes), ("not", node), or ("test", operator or function, operands)."""


@dataclass(slots=True)
class ExpressionNames:
    """The names used in an expression."""

    attributes: list[str] = field(default_factory=list)
    """The top-level attributes, in order."""
    placeholders: set[str] = field(default_factory=set)
    """The placeholders for attribute names, such as `#owner`."""
    values: set[str] = field(default_factory=set)
    """The placeholders for values, such as `:owner`."""
    equal: list[tuple[str, str]] = field(default_factory=list)
    """The pairs (attribute, placeholder for a value) that a key condition requires to be equal."""
    tests: list[Node] = field(default_factory=list)
    """The tests in the condition, in order."""
    paths: list[Path] = field(default_factory=list)
    """The paths in the expression, in order."""
    condition: Node = ("and", ())
    """The whole condition. Without an expression, it holds for every item."""


def read(request: Mapping[str, Any], parameter: str) -> ExpressionNames:
    """Return the names used in one of a request's expressions.

    Raises `ServiceError` for an expression outside the grammar.
    """
    text = request.get(parameter)
    if text is None:
        return ExpressionNames()
    return _Parser(text, parameter, request).parse()


def check(request: Mapping[str, Any]) -> None:
    """Raise ValidationException for malformed expressions, or for invalid definitions of placeholders."""
    present = [name for name in EXPRESSIONS if request.get(name) is not None]
    older = [name for name in OLDER if request.get(name) is not None]
    if present and older:
        raise invalid(
            "Can not use both expression and non-expression parameters in the same request: Non-expression "
            f"parameters: {{{', '.join(older)}}} Expression parameters: {{{', '.join(present)}}}"
        )
    parsed = [read(request, name) for name in present]
    for parameter, pattern, in_use in (
        ("ExpressionAttributeNames", _NAME_KEY, {name for each in parsed for name in each.placeholders}),
        ("ExpressionAttributeValues", _VALUE_KEY, {name for each in parsed for name in each.values}),
    ):
        _check_placeholders(request.get(parameter), parameter, pattern, in_use, bool(present))


def _check_placeholders(
    defined: Mapping[str, Any] | None,
    parameter: str,
    pattern: re.Pattern[str],
    in_use: set[str],
    has_expressions: bool,
) -> None:
    """Reject malformed and unused definitions of placeholders."""
    if defined is None:
        return
    if not has_expressions:
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
    """A recursive descent parser with one method for each rule of the grammar."""

    def __init__(self, text: str, parameter: str, request: Mapping[str, Any]):
        self.text, self.parameter = text, parameter
        self.attribute_names: Mapping[str, str] = request.get("ExpressionAttributeNames") or {}
        self.attribute_values: Mapping[str, Any] = request.get("ExpressionAttributeValues") or {}
        self.result = ExpressionNames()
        self.depth = 0
        if not text.strip():
            raise self.error("The expression can not be empty;")
        if len(text.encode(errors="surrogatepass")) > LONGEST:
            raise self.error(
                f"Expression size has exceeded the maximum allowed size; expression size: {len(text)}"
            )
        self.tokens = self._tokens()
        if sum(token.text.upper() in _OPERATORS for token in self.tokens) > _MOST_OPERATORS:
            raise self.error(f"The expression contains more than {_MOST_OPERATORS} operators")
        self.next = 0

    def _tokens(self) -> list[_Token]:
        tokens, at, end = [], 0, len(self.text.rstrip())
        while at < end:
            match = _TOKEN.match(self.text, at)
            if match is None:
                raise self.syntax_error(self.text[at:].lstrip()[:1], at)
            kind = match.lastgroup or ""
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        return tokens

    def parse(self) -> ExpressionNames:
        """Parse the whole expression by the rule for its parameter, and return the names in it."""
        rule: Callable[[], None] = {
            "ProjectionExpression": self.projection,
            "UpdateExpression": self.update,
            "KeyConditionExpression": self.key_condition,
        }.get(self.parameter, self.whole_condition)
        rule()
        if self.peek() is not None:
            raise self.unexpected_token()
        return self.result

    # Errors

    def error(self, why: str) -> ServiceError:
        """Return a ValidationException about the expression."""
        return invalid(f"Invalid {self.parameter}: {why}")

    def syntax_error(self, token: str, at: int) -> ServiceError:
        """Return the error for a token that doesn't belong at this position."""
        near = self.text[max(0, at - 10) : at + 10].strip()
        return self.error(f'Syntax error; token: "{token}", near: "{near}"')

    def unexpected_token(self) -> ServiceError:
        """Return the syntax error for the next token, or for the end of the expression."""
        token = self.peek()
        return (
            self.syntax_error("<EOF>", len(self.text))
            if token is None
            else self.syntax_error(token.text, token.at)
        )

    # Tokens

    def peek(self) -> _Token | None:
        """Return the next token without consuming it, or None at the end."""
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def take(self, *signs: str) -> str | None:
        """Consume the next token and return it if it is one of these signs, or return None."""
        token = self.peek()
        if token is None or token.kind != "sign" or token.text not in signs:
            return None
        self.next += 1
        return token.text

    def keyword(self, *words: str) -> str | None:
        """Consume the next token if it is one of these words (ignoring case); return it in uppercase, or None."""
        token = self.peek()
        if token is None or token.kind != "word" or token.text.upper() not in words:
            return None
        self.next += 1
        return token.text.upper()

    def need(self, sign: str) -> None:
        """Consume a sign and raise a syntax error for any other token."""
        if self.take(sign) is None:
            raise self.unexpected_token()

    def function(self) -> str | None:
        """Consume a function's name and the parenthesis. Return the name, or None if there is no function."""
        token = self.peek()
        after = self.tokens[self.next + 1] if self.next + 1 < len(self.tokens) else None
        if token is None or token.kind != "word" or after is None or after.text != "(":
            return None
        self.next += 2
        return token.text

    # Operands

    def path(self) -> Path:
        """Parse `name ("." name | "[" number "]")*`."""
        steps: list[str | int] = [self.name()]
        while True:
            if self.take("."):
                steps.append(self.name())
            elif self.take("["):
                token = self.peek()
                if token is None or token.kind != "number":
                    raise self.unexpected_token()
                self.next += 1
                steps.append(int(token.text))
                self.need("]")
            else:
                break
        self.result.attributes.append(str(steps[0]))
        self.result.paths.append(tuple(steps))
        return tuple(steps)

    def name(self) -> str:
        """Parse an attribute name or a placeholder for one, and return the attribute name."""
        token = self.peek()
        if token is None or token.kind not in ("word", "name"):
            raise self.unexpected_token()
        self.next += 1
        if token.kind == "word":
            return token.text
        self.result.placeholders.add(token.text)
        if token.text not in self.attribute_names:
            raise self.error(
                "An expression attribute name used in the document path is not defined; attribute name: "
                f"{token.text}"
            )
        return self.attribute_names[token.text]

    def value(self) -> str | None:
        """Consume a placeholder for a value and return it. Return None if the next token isn't one."""
        token = self.peek()
        if token is None or token.kind != "value":
            return None
        self.next += 1
        self.result.values.add(token.text)
        if token.text not in self.attribute_values:
            raise self.error(
                f"An expression attribute value used in expression is not defined; attribute value: {token.text}"
            )
        return token.text

    def operand(self) -> Operand:
        """Parse `value | path | size(path)`."""
        placeholder = self.value()
        if placeholder is not None:
            return "value", placeholder
        name = self.function()
        if name is None:
            return "path", self.path()
        if name != "size":
            raise self.error(f"Invalid function name; function: {name}")
        path = self.path()
        self.need(")")
        return "size", path

    # Conditions

    def whole_condition(self) -> None:
        """Parse a condition and record it in the result."""
        self.result.condition = self.condition()

    def condition(self) -> Node:
        """Parse `conjunction (OR conjunction)*`."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error("The expression has too many levels")
        parts = [self.conjunction()]
        while self.keyword("OR"):
            parts.append(self.conjunction())
        self.depth -= 1
        return "or", parts

    def conjunction(self) -> Node:
        """Parse `negation (AND negation)*`."""
        parts = [self.negation()]
        while self.keyword("AND"):
            parts.append(self.negation())
        return "and", parts

    def negation(self) -> Node:
        """Parse `NOT* test`."""
        negated = False
        while self.keyword("NOT"):
            negated = not negated
        test = self.test()
        return ("not", test) if negated else test

    def test(self) -> Node:
        """Parse `"(" condition ")"`, a call of a boolean function, or a comparison."""
        if self.take("("):
            inner = self.condition()
            self.need(")")
            return inner
        start = self.next
        name = self.function()
        if name in _FUNCTIONS:
            return self.call(name, _FUNCTIONS[name])
        # `size` is an operand; `operand` rejects other functions.
        self.next = start
        return self.comparison()

    def call(self, name: str, number: int) -> Node:
        """Parse the operands of a function, the first of which is a path."""
        operands: list[Operand] = [("path", self.path())]
        for _ in range(number - 1):
            self.need(",")
            operands.append(self.operand())
        self.need(")")
        return self.tested(name, operands)

    def comparison(self) -> Node:
        """Parse a comparison, BETWEEN, or IN."""
        operands = [self.operand()]
        sign = self.take(*_COMPARATORS) or self.keyword("BETWEEN", "IN")
        if sign is None:
            raise self.unexpected_token()
        if sign == "IN":
            self.need("(")
        operands.append(self.operand())
        if sign == "BETWEEN":
            if self.keyword("AND") is None:
                raise self.unexpected_token()
            operands.append(self.operand())
        elif sign == "IN":
            while self.take(","):
                operands.append(self.operand())
            self.need(")")
        return self.tested(sign, operands)

    def tested(self, operator: str, operands: list[Operand]) -> Node:
        """Record a test and return it. Raises `ServiceError` for operands that the operator doesn't take."""
        why = wrong_operands(operator, operands, self.attribute_values)
        if why is not None:
            raise self.error(why)
        test = ("test", operator, operands)
        self.result.tests.append(test)
        return test

    def key_condition(self) -> None:
        """Parse `key_test (AND key_test)*`: conditions on keys are joined only by AND.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.KeyConditionExpressions.html
        """
        self.key_test()
        while self.keyword("AND"):
            self.key_test()

    def key_test(self) -> None:
        """Parse a condition on one key, and record the value that it must equal."""
        if self.take("("):
            self.key_condition()
            self.need(")")
            return
        start = self.next
        name = self.function()
        if name is not None:
            if name != "begins_with":
                raise self.error(f"Invalid function name; function: {name}")
            self.call(name, 2)
            return
        self.next = start
        _, sign, (left, right, *_) = self.comparison()
        if left[0] != "path" or sign in ("<>", "IN"):
            raise self.error("Invalid operator used in KeyConditionExpression")
        if sign == "=" and right[0] == "value":
            self.result.equal.append((left[1][0], right[1]))

    # Projections and updates

    def projection(self) -> None:
        """Parse `path ("," path)*`, in which no path equals or contains another path."""
        self.path()
        while self.take(","):
            self.path()
        paths = self.result.paths
        for place, path in enumerate(paths):
            for other in paths[:place]:
                shared = min(len(path), len(other))
                if path[:shared] == other[:shared]:
                    raise self.error(
                        "Two document paths overlap with each other; must remove or rewrite one of these paths; "
                        f"path one: {shown(other)}, path two: {shown(path)}"
                    )

    def update(self) -> None:
        """Parse the sections SET, REMOVE, ADD, and DELETE: at least one of them, and each at most once."""
        seen: set[str] = set()
        while (clause := self.keyword("SET", "REMOVE", "ADD", "DELETE")) is not None:
            if clause in seen:
                raise self.error(f'The "{clause}" section can only be used once in an update expression;')
            seen.add(clause)
            action = {"SET": self.assignment, "REMOVE": self.path}.get(clause, self.change)
            action()
            while self.take(","):
                action()
        if not seen:
            raise self.unexpected_token()

    def assignment(self) -> None:
        """Parse `path "=" term (("+" | "-") term)*`, an action of SET."""
        self.path()
        self.need("=")
        self.term()
        while self.take("+", "-"):
            self.term()

    def term(self) -> None:
        """Parse a value, a path, a function, or a sum in parentheses."""
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
            raise self.error(f"Invalid function name; function: {name}")
        self.term()
        self.need(",")
        self.term()
        self.need(")")

    def change(self) -> None:
        """Parse `path value`, an action of ADD or DELETE."""
        self.path()
        if self.value() is None:
            raise self.unexpected_token()
