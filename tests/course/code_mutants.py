"""Mutants of a function: the solution with one classic mistake in security code, each named after the mistake. The
mistakes are a prefix without a separator, a predictable random number, two empty values treated as equal, a missing
comparison, the wrong clock, a swallowed exception, and something that isn't authenticated.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

_CLOCKS = ("__import__('time').time()", "__import__('datetime').datetime.now(__import__('datetime').UTC)")
_OTHER_EDGE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


def code_mutants(source: str) -> dict[str, str]:
    """Return every mistake in a source text: name → the changed source."""
    tree = ast.parse(source)
    found: dict[str, str] = {}
    for place, node in enumerate(ast.walk(tree)):
        for slip, other in _slips(node):
            name = f"{slip}: {ast.unparse(node).splitlines()[0]}"
            while name in found:
                name += "'"
            found[name] = ast.unparse(_replaced(tree, place, other))
    return found


def _replaced(tree: ast.Module, place: int, other: ast.AST) -> ast.Module:
    changed = copy.deepcopy(tree)
    target = list(ast.walk(changed))[place]
    for parent in ast.walk(changed):
        for field, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, field, other)
            elif isinstance(value, list):
                value[:] = [other if each is target else each for each in value]
    return ast.fix_missing_locations(changed)


def _slips(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    yield from _prefixes(node)
    yield from _predictable(node)
    yield from _empty(node)
    yield from _missing(node)
    yield from _clocks(node)
    yield from _swallowed(node)
    yield from _unauthenticated(node)


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _prefixes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq)) and not _counts(node):
        one, other = ast.unparse(node.left), ast.unparse(node.comparators[0])
        sign = "not " if isinstance(node.ops[0], ast.NotEq) else ""
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("compare_digest"):
        one, other = map(ast.unparse, node.args)
        sign = ""
    else:
        if isinstance(node, ast.Call) and ast.unparse(node).endswith(".split()"):
            yield "a part of a word", _expression(ast.unparse(node).removesuffix(".split()"))
        return
    yield "a prefix", _expression(f"{sign}str({one}).startswith(str({other}))")
    yield "a prefix of it", _expression(f"{sign}str({other}).startswith(str({one}))")


def _counts(node: ast.Compare) -> bool:
    """Return whether a comparison is with a number, which can't have a prefix."""
    return any(isinstance(each, ast.Constant) and isinstance(each.value, int) for each in node.comparators)


def _predictable(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("secrets."):
        yield (
            "a predictable random",
            _expression(f"__import__('random').randrange({ast.unparse(node.args[0])})"),
        )
        yield "a constant", _expression("4")


def _empty(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield a condition without one of its tests, such as a test of whether a value is present."""
    if isinstance(node, ast.BoolOp):
        for place, value in enumerate(node.values):
            rest = node.values[:place] + node.values[place + 1 :]
            left = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            yield f"without {ast.unparse(value)}", left


def _missing(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.If):
        yield "never", ast.If(ast.Constant(False), node.body, node.orelse)
    if isinstance(node, ast.Return) and isinstance(node.value, (ast.Compare, ast.Call)):
        yield "whatever it is", ast.Return(ast.Constant(True))
    if isinstance(node, ast.IfExp):
        yield "whatever it is", node.body


def _clocks(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if not isinstance(node, ast.Compare):
        return
    if type(node.ops[0]) in _OTHER_EDGE:
        yield "a second off", ast.Compare(node.left, [_OTHER_EDGE[type(node.ops[0])]()], node.comparators)
    if "now" in (sides := [ast.unparse(each) for each in (node.left, *node.comparators)]):
        for clock in _CLOCKS:
            changed = copy.deepcopy(node)
            here = _expression(clock)
            if sides[0] == "now":
                changed.left = here
            else:
                changed.comparators = [here]
            yield f"the clock of {'the machine' if clock == _CLOCKS[0] else 'the calendar'}", changed


def _swallowed(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Raise):
        yield "an exception that isn't raised", ast.Pass()
    if isinstance(node, ast.FunctionDef) and node.args.args:
        handler = ast.parse(f"try:\n pass\nexcept Exception:\n return {node.args.args[0].arg}").body[0]
        assert isinstance(handler, ast.Try)
        handler.body = node.body
        changed = copy.deepcopy(node)
        changed.body = [handler]
        yield "a swallowed exception", changed


def _unauthenticated(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield changes to what is authenticated: another order, a missing part, or a cut at another byte."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "sorted":
        yield "in any order", _expression(f"list({ast.unparse(node.args[0])})")
        yield "backwards", _expression(f"sorted({ast.unparse(node.args[0])}, reverse=True)")
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".decrypt"):
        last = ast.unparse(node.args[-1])
        yield f"without {last}", _expression(ast.unparse(node).replace(f", {last})", ", None)"))
    if isinstance(node, ast.Slice):
        for name in ("lower", "upper"):
            bound = getattr(node, name)
            if isinstance(bound, ast.Constant) and isinstance(bound.value, int):
                changed = copy.deepcopy(node)
                setattr(changed, name, ast.Constant(bound.value + 1))
                yield f"one further ({name})", changed
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".items"):
        yield "without the names", _expression(ast.unparse(node).removesuffix("items()") + "values()")
