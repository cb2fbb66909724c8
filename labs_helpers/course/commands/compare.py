"""Compare two versions of a policy: prove that the new one allows no more, or show what it adds (docs/proved.md)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from labs_helpers.course.shown.file_errors import file_problem
from labs_helpers.engine.policy import MAX_BYTES, PolicyError, PolicyKind, parse_policy
from labs_helpers.engine.policy.elements import statements_of
from labs_helpers.engine.policy.strict_json import read_json

_KINDS = {
    "identity": PolicyKind.IDENTITY, "scp": PolicyKind.SCP, "rcp": PolicyKind.RCP, "trust": PolicyKind.TRUST,
    "key": PolicyKind.KEY, "resource": PolicyKind.RESOURCE,
}  # fmt: skip


def run(arguments: list[str]) -> int:
    """Run `compare [--type TYPE] [--json] BEFORE AFTER`.

    Exit code 0: AFTER is proved to allow nothing more than BEFORE; 1: AFTER allows more, or this couldn't be decided;
    2: the files can't be read or compared.
    """
    from labs_helpers.engine.analysis.containment.comparison import compare_documents

    parser = argparse.ArgumentParser(prog="python -m labs_helpers compare", description=__doc__)
    parser.add_argument("before", metavar="BEFORE", help="the policy as it was (JSON)")
    parser.add_argument("after", metavar="AFTER", help="the policy as it will be (JSON)")
    parser.add_argument(
        "--type", choices=sorted(_KINDS), help="the policies' type; by default, determined by their elements"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    try:
        given = parser.parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        documents = [_read(path) for path in (given.before, given.after)]
        kind = _KINDS[given.type] if given.type else _kind_of(documents)
        before, after = (
            parse_policy(document, kind, path=path)
            for document, path in zip(documents, (given.before, given.after), strict=True)
        )
    except (PolicyError, OSError) as error:
        what = file_problem(error) if isinstance(error, OSError) else error
        print(f"error: {what}", file=sys.stderr)
        return 2
    compared = compare_documents(before, after)
    if given.json:
        print(json.dumps({"type": _name(kind), **compared.to_dict()}, indent=2))
    else:
        print(f"{given.after} against {given.before} ({kind.value}):")
        for line in compared.lines():
            print(f"  {line}")
    return 0 if compared.no_wider else 1


def _read(path: str) -> Any:
    content = Path(path).read_bytes()
    if len(content) > MAX_BYTES:
        raise PolicyError(path, f"a file of more than {MAX_BYTES} bytes, the limit")
    try:
        return read_json(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError:
        raise PolicyError(path, "not UTF-8") from None


def _kind_of(documents: list[Any]) -> PolicyKind:
    """Return the type of two documents, which depends on whether their statements have principals and resources."""
    statements = [
        statement
        for document in documents
        if isinstance(document, dict)
        for statement in statements_of(document)
        if isinstance(statement, dict)
    ]
    if not any({"Principal", "NotPrincipal"} & statement.keys() for statement in statements):
        return PolicyKind.IDENTITY
    if not any({"Resource", "NotResource"} & statement.keys() for statement in statements):
        return PolicyKind.TRUST
    return PolicyKind.RESOURCE


def _name(kind: PolicyKind) -> str:
    return next(name for name, each in _KINDS.items() if each is kind)
