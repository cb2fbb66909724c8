"""PartiQL for DynamoDB, read by its grammar: kind, table, index, and which items a statement can touch.

What is not read is refused. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.dynamodb.errors import invalid

LONGEST = 8192
"""Characters of a statement: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html"""
_DEEPEST = 50
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<quoted>\"[\w.:#/@ -]+\")|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_][\w-]*)|(?P<sign><<|>>|<>|!=|<=|>=|[=<>(){}\[\],.:?*+-]))"
)
_COMPARATORS = ("=", "<>", "!=", "<", "<=", ">", ">=")
_FUNCTIONS = ("BEGINS_WITH", "CONTAINS", "ATTRIBUTE_TYPE", "EXISTS", "SIZE")
_KEYWORDS = frozenset(
    "SELECT FROM WHERE ORDER BY ASC DESC INSERT INTO VALUE UPDATE SET REMOVE DELETE RETURNING AND OR NOT IN IS BETWEEN "
    "MISSING NULL".split()
)

Literal = tuple[str, Any]
"""("value", text), ("parameter", number from 0) or ("other", None) for what is no scalar."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A statement: `kind` is Select, Insert, Update or Delete; no `columns` mean all of them."""

    kind: str
    table: str
    index: str | None
    columns: tuple[str, ...]
    condition: Any
    item: Mapping[str, Literal]
    attributes: tuple[str, ...] = ()
    """Every top-level attribute that it names anywhere, in order."""

    def keys(self, hash_key: str) -> list[Literal] | None:
        """The partition key's values, None where the statement reaches any item."""
        if self.kind == "Insert":
            return [self.item[hash_key]] if hash_key in self.item else None
        return _keys(self.condition, hash_key)


def spaced(text: str) -> str:
    """The statement with one space between its words and around comparisons: the one spelling that moto reads."""
    parts: list[str] = []
    for kind, token in _Parser(text).tokens:
        if parts and token not in (".", ",", ")", "]") and parts[-1][-1:] not in ("(", "[", "."):
            tight = (
                token in ("(", "[")
                and kind == "sign"
                and parts[-1].upper() not in _KEYWORDS | set(_COMPARATORS)
            )
            parts.append("" if tight else " ")
        parts.append(token)
    return "".join(parts)


def parse(text: str) -> Parsed:
    """Raises `ServiceError` for what is no statement of the grammar."""
    if len(text) > LONGEST:
        raise malformed()
    return _Parser(text).statement()


def malformed() -> ServiceError:
    return invalid("Statement wasn't well formed, can't be processed")


def _keys(condition: Any, hash_key: str) -> list[Literal] | None:
    """Values of the key in a condition: `=` and IN name them, AND narrows, OR joins, all else leaves them open."""
    if condition is None:
        return None
    kind, *parts = condition
    if kind == "is":
        path, values = parts
        return list(values) if path == (hash_key,) else None
    if kind not in ("and", "or"):
        return None
    found = [_keys(each, hash_key) for each in parts]
    if kind == "or":
        return None if None in found else [value for each in found for value in each or ()]
    known = [value for each in found for value in each or ()]
    return known or None


class _Parser:
    """Recursive descent; a method a rule of the grammar."""

    def __init__(self, text: str):
        self.tokens = self._tokens(text)
        self.next = 0
        self.depth = 0
        self.parameters = 0
        self.named: list[str] = []

    @staticmethod
    def _tokens(text: str) -> list[tuple[str, str]]:
        found, at, end = [], 0, len(text.rstrip().removesuffix(";").rstrip())
        while at < end:
            match = _TOKEN.match(text, at, end)
            if match is None:
                raise malformed()
            kind = match.lastgroup or ""
            found.append((kind, match[kind]))
            at = match.end()
        return found

    # Tokens

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self.next + ahead
        return self.tokens[at] if at < len(self.tokens) else ("end", "")

    def sign(self, *signs: str) -> str | None:
        kind, text = self.peek()
        if kind != "sign" or text not in signs:
            return None
        self.next += 1
        return text

    def word(self, *words: str) -> str | None:
        kind, text = self.peek()
        if kind != "word" or text.upper() not in words:
            return None
        self.next += 1
        return text.upper()

    def need(self, *signs: str) -> None:
        if self.sign(*signs) is None:
            raise malformed()

    def need_word(self, *words: str) -> str:
        found = self.word(*words)
        if found is None:
            raise malformed()
        return found

    def identifier(self) -> str:
        kind, text = self.peek()
        if kind == "quoted":
            self.next += 1
            return text[1:-1]
        if kind != "word" or text.upper() in _KEYWORDS:
            raise malformed()
        self.next += 1
        return text

    # Statements

    def statement(self) -> Parsed:
        kind = self.need_word("SELECT", "INSERT", "UPDATE", "DELETE").title()
        parsed: Parsed = {
            "Select": self.select, "Insert": self.insert, "Update": self.update, "Delete": self.delete,
        }[kind]()  # fmt: skip
        if self.peek()[0] != "end":
            raise malformed()
        return replace(parsed, attributes=tuple(dict.fromkeys((*self.named, *parsed.item))))

    def select(self) -> Parsed:
        columns: list[str] = []
        if not self.sign("*"):
            columns.append(self.path()[0])
            while self.sign(","):
                columns.append(self.path()[0])
        self.need_word("FROM")
        table = self.identifier()
        index = self.identifier() if self.sign(".") else None
        condition = self.where(required=False)
        if self.word("ORDER"):
            self.need_word("BY")
            self.ordered()
            while self.sign(","):
                self.ordered()
        return Parsed("Select", table, index, tuple(columns), condition, {})

    def ordered(self) -> None:
        self.path()
        self.word("ASC", "DESC")

    def insert(self) -> Parsed:
        self.need_word("INTO")
        table = self.identifier()
        self.need_word("VALUE")
        return Parsed("Insert", table, None, (), None, self.tuple_of_values())

    def update(self) -> Parsed:
        table = self.identifier()
        changed = 0
        while (clause := self.word("SET", "REMOVE")) is not None:
            changed += 1
            self.clause(clause)
            while self.sign(","):
                self.clause(clause)
        if not changed:
            raise malformed()
        condition = self.where(required=True)
        self.returning()
        return Parsed("Update", table, None, (), condition, {})

    def clause(self, clause: str) -> None:
        self.path()
        if clause == "SET":
            self.need("=")
            self.expression()

    def delete(self) -> Parsed:
        self.need_word("FROM")
        table = self.identifier()
        condition = self.where(required=True)
        self.returning()
        return Parsed("Delete", table, None, (), condition, {})

    def returning(self) -> None:
        if self.word("RETURNING"):
            self.need_word("ALL", "MODIFIED")
            self.need_word("OLD", "NEW")
            self.need("*")

    def where(self, required: bool) -> Any:
        if self.word("WHERE"):
            return self.condition()
        if required:
            raise malformed()
        return None

    # Conditions: ("and" | "or", …), ("is", path, values), ("other",)

    def condition(self) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise malformed()
        found = [self.conjunction()]
        while self.word("OR"):
            found.append(self.conjunction())
        self.depth -= 1
        return found[0] if len(found) == 1 else ("or", *found)

    def conjunction(self) -> Any:
        found = [self.negation()]
        while self.word("AND"):
            found.append(self.negation())
        return found[0] if len(found) == 1 else ("and", *found)

    def negation(self) -> Any:
        if self.word("NOT"):
            self.negation()
            return ("other",)
        return self.test()

    def test(self) -> Any:
        if self.sign("("):
            found = self.condition()
            self.need(")")
            return found
        left = self.operand()
        sign = self.sign(*_COMPARATORS)
        if sign is not None:
            right = self.operand()
            return _equal(left, right) if sign == "=" else ("other",)
        if self.word("IN"):
            return self.listed(left)
        if self.word("BETWEEN"):
            self.operand()
            self.need_word("AND")
            self.operand()
        elif self.word("IS"):
            self.word("NOT")
            self.need_word("MISSING", "NULL")
        elif left[0] != "call":
            raise malformed()
        return ("other",)

    def listed(self, left: Any) -> Any:
        close = {"[": "]", "(": ")"}.get(self.sign("[", "(") or "")
        if close is None:
            raise malformed()
        values = [self.operand()]
        while self.sign(","):
            values.append(self.operand())
        self.need(close)
        if left[0] == "path" and all(value[0] in ("value", "parameter") for value in values):
            return ("is", left[1], values)
        return ("other",)

    # Values

    def operand(self) -> Any:
        """("path", names), a literal, ("call", name) or ("other", None)."""
        kind, text = self.peek()
        after = self.peek(1)
        if kind == "word" and after == ("sign", "("):
            return self.call()
        if kind == "quoted" or (kind == "word" and text.upper() not in ("TRUE", "FALSE", "NULL", "MISSING")):
            return "path", self.path()
        return self.literal()

    def call(self) -> Any:
        name = self.peek()[1].upper()
        if name not in _FUNCTIONS:
            raise malformed()
        self.next += 2
        if name == "EXISTS":
            self.need_word("SELECT")
            self.select()
        else:
            self.operand()
            while self.sign(","):
                self.operand()
        self.need(")")
        return "call", name

    def expression(self) -> None:
        """What SET assigns: values, paths and functions, added or taken away."""
        kind, text = self.peek()
        if kind == "word" and text.lower() in ("list_append", "set_add", "set_delete", "if_not_exists"):
            self.next += 1
            self.need("(")
            self.expression()
            while self.sign(","):
                self.expression()
            self.need(")")
        else:
            self.operand()
        while self.sign("+", "-"):
            self.operand()

    def path(self) -> tuple[str, ...]:
        names = [self.identifier()]
        while True:
            if self.sign("."):
                names.append(self.identifier())
            elif self.sign("["):
                kind, text = self.peek()
                if kind != "number" or not text.isdigit():
                    raise malformed()
                self.next += 1
                self.need("]")
                names.append(f"[{text}]")
            else:
                self.named.append(names[0])
                return tuple(names)

    def literal(self) -> Literal:
        kind, text = self.peek()
        self.next += 1
        if kind == "string":
            return "value", text[1:-1].replace("''", "'")
        if kind == "number":
            return "value", text
        if kind == "word" and text.upper() in ("TRUE", "FALSE", "NULL", "MISSING"):
            return "other", None
        if text == "?":
            self.parameters += 1
            return "parameter", self.parameters - 1
        if text in ("[", "<<"):
            self.members("]" if text == "[" else ">>")
        elif text == "{":
            self.next -= 1
            self.tuple_of_values()
        else:
            raise malformed()
        return "other", None

    def members(self, close: str) -> None:
        if self.sign(close):
            return
        self.literal()
        while self.sign(","):
            self.literal()
        self.need(close)

    def tuple_of_values(self) -> dict[str, Literal]:
        self.need("{")
        found: dict[str, Literal] = {}
        if self.sign("}"):
            return found
        while True:
            kind, text = self.peek()
            if kind not in ("string", "quoted"):
                raise malformed()
            self.next += 1
            name = text[1:-1].replace("''", "'")
            self.need(":")
            if name in found:
                raise malformed()
            found[name] = self.literal()
            if self.sign("}"):
                return found
            self.need(",")


def _equal(left: Any, right: Any) -> Any:
    for path, value in ((left, right), (right, left)):
        if path[0] == "path" and value[0] in ("value", "parameter"):
            return ("is", path[1], [value])
    return ("other",)
