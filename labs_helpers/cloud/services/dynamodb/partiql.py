"""A PartiQL parser for DynamoDB: a statement's kind, table, index, and partition key values.

Like `expressions`, the parser rejects statements that it can't parse.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.dynamodb.errors import invalid

LONGEST = 8192
"""The maximum length of a statement.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
"""
_DEEPEST = 50
"""The maximum depth of nested conditions in a statement.

AWS has no such limit. In this parser, it limits the recursion.
"""
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
"""("value", text), ("parameter", index from 0), or ("other", None) for a value that isn't a string or a number."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A parsed statement."""

    kind: str
    """The kind of statement: Select, Insert, Update, or Delete."""
    table: str
    index: str | None
    columns: tuple[str, ...]
    """The attributes that a Select returns, or empty for all attributes."""
    condition: Any
    """The WHERE clause in the form that `_Parser.condition` returns, or None if there isn't one."""
    item: Mapping[str, Literal]
    """The attributes that an Insert writes."""
    attributes: tuple[str, ...] = ()
    """All top-level attributes in the statement, in order."""
    parameters: int = 0
    """The number of question marks in the statement."""

    def keys(self, hash_key: str) -> list[Literal] | None:
        """Return the partition key's values, or None if the statement can access any item."""
        if self.kind == "Insert":
            return [self.item[hash_key]] if hash_key in self.item else None
        return _keys(self.condition, hash_key)


def tokens(text: str) -> list[tuple[str, str]]:
    """Return the tokens of a statement as (kind, text). Raises `ServiceError` for a character outside the grammar."""
    return _Parser(text).tokens


def parse(text: str) -> Parsed:
    """Parse one statement. Raises `ServiceError` for a statement that is too long or outside the grammar."""
    if len(text) > LONGEST:
        raise malformed()
    return _Parser(text).statement()


def returns(text: str) -> bool:
    """Return True if a statement requests the item that it changes (with RETURNING)."""
    return any(kind == "word" and token.upper() == "RETURNING" for kind, token in _Parser(text).tokens)


def malformed() -> ServiceError:
    """Return the ValidationException for a statement outside the grammar."""
    return invalid("Statement wasn't well formed, can't be processed")


def _keys(condition: Any, hash_key: str) -> list[Literal] | None:
    """Return the key values that meet a condition, or None if any value can meet it.

    `=` and IN list the possible values, AND and OR combine lists, and any other condition allows any value.
    """
    if condition is None:
        return None
    kind, *parts = condition
    if kind == "is":
        path, values = parts
        return list(values) if path == (hash_key,) else None
    if kind not in ("and", "or"):
        return None
    by_part = [_keys(each, hash_key) for each in parts]
    values = [value for each in by_part for value in each or ()]
    if kind == "or":
        return None if None in by_part else values
    # AND can select fewer items than its parts, but it is safe to return the values from all parts.
    return values or None


class _Parser:
    """A recursive descent parser with one method for each rule of the grammar."""

    def __init__(self, text: str):
        self.tokens = self._tokens(text)
        self.next = 0
        self.depth = 0
        self.parameters = 0
        self.named: list[str] = []

    @staticmethod
    def _tokens(text: str) -> list[tuple[str, str]]:
        tokens, at, end = [], 0, len(text.rstrip().removesuffix(";").rstrip())
        while at < end:
            match = _TOKEN.match(text, at, end)
            if match is None:
                raise malformed()
            kind = match.lastgroup or ""
            tokens.append((kind, match[kind]))
            at = match.end()
        return tokens

    # Tokens

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        """Return the kind and text of an upcoming token without consuming it.

        Return ("end", "") after the last token.
        """
        at = self.next + ahead
        return self.tokens[at] if at < len(self.tokens) else ("end", "")

    def sign(self, *signs: str) -> str | None:
        """Consume the next token and return it if it is one of these signs, or return None."""
        kind, text = self.peek()
        if kind != "sign" or text not in signs:
            return None
        self.next += 1
        return text

    def word(self, *words: str) -> str | None:
        """Consume the next token if it is one of these words, in any case, and return it in uppercase, or None."""
        kind, text = self.peek()
        if kind != "word" or text.upper() not in words:
            return None
        self.next += 1
        return text.upper()

    def need(self, *signs: str) -> None:
        """Consume one of these signs. Raise an error for any other token."""
        if self.sign(*signs) is None:
            raise malformed()

    def need_word(self, *words: str) -> str:
        """Consume one of these words and return it in uppercase. Raise an error for any other token."""
        word = self.word(*words)
        if word is None:
            raise malformed()
        return word

    def identifier(self) -> str:
        """Parse a name, which can be in quotes, and return it without quotes."""
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
        """Parse a whole statement."""
        kind = self.need_word("SELECT", "INSERT", "UPDATE", "DELETE").title()
        parsed: Parsed = {
            "Select": self.select, "Insert": self.insert, "Update": self.update, "Delete": self.delete,
        }[kind]()  # fmt: skip
        if self.peek()[0] != "end":
            raise malformed()
        attributes = tuple(dict.fromkeys((*self.named, *parsed.item)))
        return replace(parsed, attributes=attributes, parameters=self.parameters)

    def select(self) -> Parsed:
        """Parse `("*" | path ("," path)*) FROM table ["." index] [WHERE condition] [ORDER BY …]`."""
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
        """Parse `path [ASC | DESC]`."""
        self.path()
        self.word("ASC", "DESC")

    def insert(self) -> Parsed:
        """Parse `INTO table VALUE tuple`."""
        self.need_word("INTO")
        table = self.identifier()
        self.need_word("VALUE")
        return Parsed("Insert", table, None, (), None, self.tuple_of_values())

    def update(self) -> Parsed:
        """Parse `table (SET … | REMOVE …)+ WHERE condition [RETURNING …]`."""
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
        """Parse `path "=" expression` in SET, or the path in REMOVE."""
        self.path()
        if clause == "SET":
            self.need("=")
            self.expression()

    def delete(self) -> Parsed:
        """Parse `FROM table WHERE condition [RETURNING …]`."""
        self.need_word("FROM")
        table = self.identifier()
        condition = self.where(required=True)
        self.returning()
        return Parsed("Delete", table, None, (), condition, {})

    def returning(self) -> None:
        """Parse `[RETURNING (ALL | MODIFIED) (OLD | NEW) "*"]`."""
        if self.word("RETURNING"):
            self.need_word("ALL", "MODIFIED")
            self.need_word("OLD", "NEW")
            self.need("*")

    def where(self, required: bool) -> Any:
        """Parse `WHERE condition` and return the condition, or None if an optional WHERE clause is missing."""
        if self.word("WHERE"):
            return self.condition()
        if required:
            raise malformed()
        return None

    # Conditions: ("and" | "or", …), ("is", path, values), or ("other",) for any other condition

    def condition(self) -> Any:
        """Parse `conjunction (OR conjunction)*`."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise malformed()
        parts = [self.conjunction()]
        while self.word("OR"):
            parts.append(self.conjunction())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else ("or", *parts)

    def conjunction(self) -> Any:
        """Parse `negation (AND negation)*`."""
        parts = [self.negation()]
        while self.word("AND"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else ("and", *parts)

    def negation(self) -> Any:
        """Parse `NOT negation | test`."""
        if self.word("NOT"):
            self.negation()
            return ("other",)
        return self.test()

    def test(self) -> Any:
        """Parse a condition in parentheses, a comparison, IN, BETWEEN, IS, or a function call."""
        if self.sign("("):
            condition = self.condition()
            self.need(")")
            return condition
        left = self.operand()
        sign = self.sign(*_COMPARATORS)
        if sign is not None:
            right = self.operand()
            return _equal(left, right) if sign == "=" else ("other",)
        if self.word("IN"):
            return self.membership(left)
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

    def membership(self, left: Any) -> Any:
        """Parse the list after IN, in brackets or parentheses, and return the condition on the left operand."""
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
        """Parse an operand; return ("path", names), a literal, ("call", name), or ("other", None)."""
        kind, text = self.peek()
        after = self.peek(1)
        if kind == "word" and after == ("sign", "("):
            return self.call()
        if kind == "quoted" or (kind == "word" and text.upper() not in ("TRUE", "FALSE", "NULL", "MISSING")):
            return "path", self.path()
        return self.literal()

    def call(self) -> Any:
        """Parse a function call in a condition. The operand of EXISTS is a whole SELECT."""
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
        """Parse the right side of SET: values, paths, and functions, joined by `+` and `-`."""
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
        """Parse a document path and return its steps. Its first name is added to the statement's attributes."""
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
        """Parse a string, number, constant, parameter, list, set, or tuple."""
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
        """Parse the members of a list or set up to its closing sign."""
        if self.sign(close):
            return
        self.literal()
        while self.sign(","):
            self.literal()
        self.need(close)

    def tuple_of_values(self) -> dict[str, Literal]:
        """Parse `{name: literal, …}`, where each name occurs once."""
        self.need("{")
        item: dict[str, Literal] = {}
        if self.sign("}"):
            return item
        while True:
            kind, text = self.peek()
            if kind not in ("string", "quoted"):
                raise malformed()
            self.next += 1
            name = text[1:-1].replace("''", "'")
            self.need(":")
            if name in item:
                raise malformed()
            item[name] = self.literal()
            if self.sign("}"):
                return item
            self.need(",")


def _equal(left: Any, right: Any) -> Any:
    """Return the condition that two operands are equal, or ("other",) if they aren't a path and a value."""
    for path, value in ((left, right), (right, left)):
        if path[0] == "path" and value[0] in ("value", "parameter"):
            return ("is", path[1], [value])
    return ("other",)
