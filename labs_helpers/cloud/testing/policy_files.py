"""The policies that the tests of each module needed, written as JSON, Terraform, or CDK text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from labs_helpers.engine.analysis.generation import Pair, reusable_policy


def write(folder: Path, form: str, used: Mapping[str, Iterable[Pair]]) -> list[Path]:
    """Write a file for each test module that needed permissions, and return the files.

    `used` maps the path of a module, such as `tests/test_report.py`, to the (action, resource) pairs that its tests
    needed. The file is named after the module (`tests.test_report.json`), with a number if another module has the same
    name. An older file is replaced.
    """
    ending, text = _FORMS[form]
    written: list[Path] = []
    identifiers: set[str] = set()
    for module, pairs in sorted(used.items()):
        policy = reusable_policy(pairs)
        if policy["Statement"]:
            folder.mkdir(parents=True, exist_ok=True)
            name = _unused(module.removesuffix(".py").replace("/", ".").lstrip("."), identifiers)
            written.append(folder / f"{name}{ending}")
            written[-1].write_text(text(policy, _identifier(name)), encoding="utf-8", newline="\n")
    return written


def _unused(name: str, identifiers: set[str]) -> str:
    """Return the name, with a number if its identifier is already in `identifiers`, and add the new identifier.

    `a/b.py` and `a.b.py` have the same name, `a_b.py` and `a-b.py` have the same identifier, and some file systems
    ignore case.
    """
    names = (name, *(f"{name}-{number}" for number in range(2, len(identifiers) + 3)))
    found = next(each for each in names if _identifier(each).casefold() not in identifiers)
    identifiers.add(_identifier(found).casefold())
    return found


def _identifier(name: str) -> str:
    """Return a file's name as a name in Terraform and TypeScript, which doesn't begin with a digit."""
    return re.sub(r"^(?=\d)", "_", re.sub(r"\W+", "_", name))


def _json(policy: dict[str, Any], name: str) -> str:
    return json.dumps(policy, indent=2) + "\n"


def _terraform(policy: dict[str, Any], name: str) -> str:
    """Return a resource with the policy.

    In Terraform, `${` would begin an expression, and `%{` would begin a directive.
    https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    document = re.sub(r"([$%])\{", r"\1\1{", _json(policy, name).rstrip()).replace("\n", "\n  ")
    return (
        f'resource "aws_iam_policy" "{name}" {{\n  name   = "{name}"\n  policy = jsonencode({document})\n}}\n'
    )


def _cdk(policy: dict[str, Any], name: str) -> str:
    """Return TypeScript that builds the document.

    https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_iam.PolicyDocument.html
    """
    document = _json(policy, name).rstrip()
    return (
        'import * as iam from "aws-cdk-lib/aws-iam";\n\n'
        f"export const {name} = iam.PolicyDocument.fromJson({document});\n"
    )


_FORMS: Mapping[str, tuple[str, Callable[[dict[str, Any], str], str]]] = {
    "json": (".json", _json),
    "terraform": (".tf", _terraform),
    "cdk": (".ts", _cdk),
}
