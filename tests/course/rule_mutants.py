"""Mutants of a detection rule: an item, a value, a modifier, or a filter is removed, or a bound is moved by one."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import yaml


def rule_mutants(answer: Any) -> dict[str, Any]:
    """Return every mutant of a rule: name → the changed rule, in the form of the answer (text or dict)."""
    if isinstance(answer, dict):
        return dict(_patterns(answer))
    if answer.lstrip().startswith("{"):
        return {name: json.dumps(each) for name, each in _patterns(json.loads(answer))}
    if re.match(r"(\s*--.*\n)*\s*(select|with)\b", answer, re.IGNORECASE):
        return dict(_queries(answer))
    return dict(_sigma(answer))


def _without(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield a structure with one member or one list element left out, unless that leaves nothing."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if len(value) > 1:
                yield f"without {path}{name}", {key: each for key, each in value.items() if key != name}
            for title, changed in _without(inner, f"{path}{name}."):
                yield title, {**value, name: changed}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            if len(value) > 1:
                shown = json.dumps(inner)[:40]
                yield f"{path[:-1]} without {shown}", [*value[:place], *value[place + 1 :]]
            for title, changed in _without(inner, f"{path}{place}."):
                yield title, [*value[:place], changed, *value[place + 1 :]]


def _patterns(pattern: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, changed in _without(pattern):
        yield name, _single_alternatives(changed)
    text = json.dumps(pattern)
    for found in re.finditer(r'"(<=|>=|<|>)", (\d+)', text):
        other = {"<=": "<", ">=": ">", "<": "<=", ">": ">="}[found[1]]
        yield (
            f"{found[1]} {found[2]} is {other}",
            json.loads(f'{text[: found.start()]}"{other}", {found[2]}{text[found.end() :]}'),
        )


def _single_alternatives(value: Any) -> Any:
    """Replace each "$or" that has only one alternative with that alternative, because AWS requires two or more."""
    if isinstance(value, dict):
        found = {name: _single_alternatives(each) for name, each in value.items()}
        if len(found.get("$or", [1, 2])) == 1:
            return {**{name: each for name, each in found.items() if name != "$or"}, **found["$or"][0]}
        return found
    return [_single_alternatives(each) for each in value] if isinstance(value, list) else value


def _sigma(text: str) -> Iterator[tuple[str, str]]:
    rule = yaml.safe_load(text)
    detection = rule["detection"]

    def written(changed: dict[str, Any]) -> str:
        return yaml.safe_dump({**rule, "detection": changed}, sort_keys=False)

    selections = {name: each for name, each in detection.items() if name != "condition"}
    for name, each in selections.items():
        for title, changed in _without(each, f"{name}."):
            yield title, written({**detection, name: changed})
        for title, changed in _without_modifiers(each, name):
            yield title, written({**detection, name: changed})
    condition = detection["condition"]
    for found in re.finditer(r"(?:and|or) (?:not )?(?:\([^()]*\)|1 of \S+|\w+)|\bnot ", condition):
        rest = (condition[: found.start()] + condition[found.end() :]).strip()
        yield f"condition without {found[0].strip()}", written({**detection, "condition": rest})


def _without_modifiers(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for place, each in enumerate(value):
            for title, changed in _without_modifiers(each, path):
                yield title, [*value[:place], changed, *value[place + 1 :]]
    elif isinstance(value, dict):
        for field in value:
            first, *modifiers = field.split("|")
            for modifier in modifiers:
                name = "|".join([first, *(each for each in modifiers if each != modifier)])
                changed = {name if key == field else key: each for key, each in copy.deepcopy(value).items()}
                yield f"{path}.{field} without {modifier}", changed


def _queries(text: str) -> Iterator[tuple[str, str]]:
    for found in re.finditer(r"\bDISTINCT ", text):
        yield "without DISTINCT", text[: found.start()] + text[found.end() :]
    for found in re.finditer(r"(>=?|<=?) (\d+)", text):
        for step in (-1, 1):
            number = int(found[2]) + step
            yield (
                f"{found[0]} is {number}",
                f"{text[: found.start()]}{found[1]} {number}{text[found.end() :]}",
            )
    for found in re.finditer(
        r"\s(?:AND|OR) (?:NOT )?(?:[^\s()']|'[^']*'|\((?:[^()]|\([^()]*\))*\)| (?!AND|OR|GROUP|HAVING))+",
        text,
    ):
        yield f"without {found[0].strip()[:50]}", text[: found.start()] + "\n" + text[found.end() :]
    for found in re.finditer(r"('[^']*'), (?=')|(\w+)\|", text):
        yield f"without {found[1] or found[2]}", text[: found.start()] + text[found.end() :]
    for found in re.finditer(r"^GROUP BY .*\n", text, re.MULTILINE):
        yield "without GROUP BY", text.replace(found[0], "")
