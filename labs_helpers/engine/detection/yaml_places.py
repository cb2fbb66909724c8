"""YAML that keeps the place of each value, for errors with a line and a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from labs_helpers.engine.detection.rule import RuleError


@dataclass(frozen=True, slots=True)
class Placed:
    """A YAML value with the line and column at which it begins, from 1.

    `value` is a mapping of `Placed` by name, a list of `Placed`, or a plain value. `keys` has the place of each name in
    a mapping.
    """

    value: Any
    line: int
    column: int
    keys: Mapping[str, tuple[int, int]]

    def error(self, problem: str, after: int = 0) -> RuleError:
        """Return the error about this value, or about the text at an offset from its beginning."""
        return RuleError(problem, self.line, self.column + after)

    def plain(self) -> Any:
        """Return the value without places."""
        if isinstance(self.value, Mapping):
            return {name: inner.plain() for name, inner in self.value.items()}
        if isinstance(self.value, list):
            return [inner.plain() for inner in self.value]
        return self.value


_DEEPEST = 50
_BEGINS = yaml.FlowSequenceStartToken | yaml.FlowMappingStartToken
_ENDS = yaml.FlowSequenceEndToken | yaml.FlowMappingEndToken


def read_yaml(text: str) -> Placed:
    """Return the one document in a YAML text. Raises `RuleError` for invalid YAML, aliases, and repeated names."""
    loader = None
    try:
        loader, depth = yaml.SafeLoader(text), 0
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            depth += isinstance(token, _BEGINS) - isinstance(token, _ENDS)
            if depth > _DEEPEST:  # PyYAML's time grows with the square of the depth
                raise RuleError(f"there are more than {_DEEPEST} levels of brackets", *_place(token))
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                raise RuleError("YAML anchors, aliases, and tags aren't supported", *_place(token))
        node = loader.get_single_node()
        if node is None:
            raise RuleError("the rule is empty", 1, 1)
        return _placed(node, loader)
    except yaml.MarkedYAMLError as why:
        mark = why.problem_mark or why.context_mark
        parts = (
            (why.context, why.problem)
            if str(why.problem).startswith("but ")
            else (why.problem or why.context,)
        )
        said = f"this isn't valid YAML: {', '.join(map(str, parts))}"
        raise RuleError(said, *((mark.line + 1, mark.column + 1) if mark else ())) from None
    except (yaml.YAMLError, ValueError, RecursionError) as why:
        if isinstance(why, RuleError):
            raise
        raise RuleError(f"this isn't valid YAML: {str(why).splitlines()[0]}") from None
    finally:
        if loader is not None:
            loader.dispose()


def _place(at: Any) -> tuple[int, int]:
    return at.start_mark.line + 1, at.start_mark.column + 1


def _placed(node: Any, loader: Any) -> Placed:
    line, column = _place(node)
    if isinstance(node, yaml.MappingNode):
        inner: dict[str, Placed] = {}
        keys: dict[str, tuple[int, int]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise RuleError("a name must be text", *_place(key))
            if key.value in inner:
                raise RuleError(f'"{key.value}" occurs twice in one mapping', *_place(key))
            inner[key.value], keys[key.value] = _placed(value, loader), _place(key)
        return Placed(inner, line, column, keys)
    if isinstance(node, yaml.SequenceNode):
        return Placed(_list(node.value, loader), line, column, {})
    # In a quoted value, the text begins after the quotation mark.
    quoted = node.style in ("'", '"')
    return Placed(loader.construct_object(node), line, column + quoted, {})


def _list(nodes: Sequence[Any], loader: Any) -> list[Placed]:
    return [_placed(node, loader) for node in nodes]
