"""Wildcards and policy variables in a string, split into tokens.

Variables work only with Version 2012-10-17, require single-valued keys, and can have a default (`${key, 'default'}`).
`${*}`, `${?}`, and `${$}` stand for the literal characters.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

ContextValue = str | tuple[str, ...]
Context = Mapping[str, ContextValue]


class _Wildcard:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


STAR = _Wildcard("*")
ONE = _Wildcard("?")


class Variable(NamedTuple):
    """A policy variable, `${key}` or `${key, 'default'}`. `key` is in lowercase, because keys are case-insensitive."""

    key: str
    default: str | None


Token = str | _Wildcard | Variable
Tokens = tuple[Token, ...]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_WILDCARD = re.compile(r"[*?]")


def tokenize(text: str, *, variables: bool, wildcards: bool) -> Tokens:
    """Split a string into literals, wildcards, and variables.

    Variables or wildcards that are disabled stay literal. Adjacent literals are merged.
    """
    tokens: list[Token] = []
    position = 0
    if variables and "${" in text:
        for variable in _VARIABLE.finditer(text):
            _add_plain(tokens, text[position : variable.start()], wildcards)
            inside = variable.group(1)
            _add(tokens, inside if inside in ("*", "?", "$") else _variable(inside))
            position = variable.end()
    _add_plain(tokens, text[position:], wildcards)
    return tuple(tokens)


def _variable(inside: str) -> Variable:
    key, comma, default = inside.partition(",")
    default = default.strip()
    if len(default) > 1 and default[0] == default[-1] and default[0] in "'\"":
        default = default[1:-1]
    return Variable(key.strip().lower(), default if comma else None)


def _add_plain(tokens: list[Token], text: str, wildcards: bool) -> None:
    position = 0
    if wildcards:
        for wildcard in _WILDCARD.finditer(text):
            _add(tokens, text[position : wildcard.start()])
            _add(tokens, STAR if wildcard.group() == "*" else ONE)
            position = wildcard.end()
    _add(tokens, text[position:])


def _add(tokens: list[Token], token: Token) -> None:
    if token == "":
        return
    last = tokens[-1] if tokens else None
    if isinstance(token, str) and isinstance(last, str):
        tokens[-1] = last + token
    elif not (token is STAR and last is STAR):
        tokens.append(token)


def has_variables(tokens: Tokens) -> bool:
    """Return whether the tokens contain a variable."""
    return any(isinstance(token, Variable) for token in tokens)


def resolve(tokens: Tokens, context: Context) -> Tokens | None:
    """Replace variables by their values. Returns None if a variable has neither a single value nor a default."""
    resolved: list[Token] = []
    for token in tokens:
        if isinstance(token, Variable):
            value = context.get(token.key, token.default)
            if not isinstance(value, str):
                return None
            token = value
        _add(resolved, token)
    return tuple(resolved)


def filler(tokens: Tokens) -> Callable[[Context], str | None]:
    """Return a function that resolves the variables in tokens without wildcards.

    The function returns None if a variable has neither a single value nor a default.
    """
    # A single variable such as `${aws:username}` is the most frequent case by far.
    if len(tokens) == 1 and isinstance(tokens[0], Variable):
        key, default = tokens[0].key, tokens[0].default

        def value(context: Context) -> str | None:
            """Return the single variable's value."""
            given = context.get(key, default)
            return given if given.__class__ is str else None

        return value

    def filled(context: Context) -> str | None:
        """Return the text with all variables replaced."""
        resolved = resolve(tokens, context)
        return None if resolved is None else "".join(resolved)  # type: ignore[arg-type]

    return filled


def keys_in(tokens: Tokens) -> set[str]:
    """Return the condition keys that the tokens use as variables."""
    return {token.key for token in tokens if isinstance(token, Variable)}
