"""Checks for Condition: the operators and keys must exist, and the values must fit them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from labs_helpers.engine.analysis.positions import Path
from labs_helpers.engine.analysis.validation.condition_values import Item, Operator, check_values
from labs_helpers.engine.analysis.validation.document import MAX_ITEMS, Draft, Statement
from labs_helpers.engine.analysis.validation.findings import Place
from labs_helpers.engine.policy.conditions.compiling import known_operator
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference import retired_names

_KEY = re.compile(r"[A-Za-z0-9_.-]+(?:/[^:\s]*)?:[A-Za-z0-9_.:/=+@ -]+")
# Type of a key → operator families that compare it as intended.
_FITTING = {
    "String": ("String", "Binary", "ARN"),
    "ARN": ("ARN", "String"),
    "Bool": ("Bool",),
    "Date": ("Date", "Numeric"),
    "Numeric": ("Numeric",),
    "IPAddress": ("IPAddress",),
}
_WORDS = {
    "String": "string", "ARN": "ARN", "Bool": "Boolean", "Date": "date", "Numeric": "numeric",
    "IPAddress": "IP address", "Binary": "binary",
}  # fmt: skip
"""The families' names in AWS's findings."""
_ALSO_ARNS = frozenset(("codestar-notifications:notificationsforresource",))


def check(draft: Draft, statement: Statement) -> None:
    """Run every check in this module."""
    block = statement.source.get("Condition")
    if not isinstance(block, dict):
        return
    path = statement.at("Condition")
    if not block:
        draft.report.add("EMPTY_OBJECT_CONDITION", "The condition is empty; complete it or remove it.", path)
    for operator, tests in block.items():
        if draft.report.full:
            return
        _check_operator(draft, statement, (*path, operator), operator, tests)


def _check_operator(draft: Draft, statement: Statement, path: Path, operator: str, tests: Any) -> None:
    report = draft.report
    qualifier, _, rest = operator.rpartition(":")
    read = Operator(qualifier, rest.removesuffix("IfExists"), rest.endswith("IfExists"))
    known = True
    if read.name == "Null" and read.if_exists:
        details = "Null checks whether a key is present, so it can't be combined with IfExists."
        report.add("NULL_WITH_IF_EXISTS", details, Place(path, True))
    elif read.name == "Null" and qualifier in ("ForAllValues", "ForAnyValue"):
        report.add("NULL_WITH_QUALIFIER", f"{qualifier} has no effect with Null.", Place(path, True))
    elif not known_operator(operator):
        known = False
        report.add("INVALID_CONDITION_OPERATOR", {"operator": operator}, Place(path, True))
    if not isinstance(tests, dict):
        report.add("DATA_TYPE_MISMATCH", {"type": "Object"}, path)
        return
    _check_duplicates(draft, path, tests)
    for key, value in tests.items():
        if report.full:
            return
        kind = _check_key(draft, (*path, key), key)
        if known:
            _check_test(draft, statement, (*path, key), read, key, kind, value)


def _check_duplicates(draft: Draft, path: Path, tests: dict[str, Any]) -> None:
    seen: dict[str, str] = {}
    for key in tests:
        other = seen.setdefault(key.lower(), key)
        if other != key:
            details = {"key": key}
            places = Place((*path, other), True), Place((*path, key), True)
            draft.report.add("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", details, *places)


def _check_key(draft: Draft, path: Path, key: str) -> reference.KeyType | None:
    """Return the type of a key, or None if it isn't known; report keys that don't exist."""
    lower = key.lower()
    if not _check_form(draft, path, key) or lower in retired_names.KEYS:
        return None
    if lower.startswith("aws:"):
        kind = reference.global_key(lower)
        if kind is None:
            draft.report.add("INVALID_GLOBAL_CONDITION_KEY", {"key": key}, Place(path, True))
        return kind
    prefix = lower.partition(":")[0]
    kind = reference.service_key(lower) if prefix in reference.services() else None
    if kind is None and not _has_unlisted_keys(prefix):
        draft.report.add("INVALID_SERVICE_CONDITION_KEY", {"key": key, "service": prefix}, Place(path, True))
    return kind


def _check_form(draft: Draft, path: Path, key: str) -> bool:
    """Report a key that can't exist in any service; return True if it could exist."""
    report, place, lower = draft.report, Place(path, True), key.lower()
    if "${" in key:
        report.add(
            "VARIABLE_UNSUPPORTED_IN_ELEMENT", "The name of a condition key can't contain variables.", place
        )
    elif lower.rstrip("/") in reference.TAG_KEYS:
        report.add("MISSING_TAG_KEY_IN_CONDITION", {"key": f"{key.rstrip('/')}/"}, place)
    elif not _KEY.fullmatch(key):
        report.add(
            "INVALID_CONDITION_KEY_FORMAT", 'A condition key must have the form "service:name".', place
        )
    elif lower == "aws:arn":
        instead = "aws:ARN no longer exists; use aws:PrincipalArn or aws:SourceArn."
        report.add("UNSUPPORTED_GLOBAL_CONDITION_KEY", instead, place)
    else:
        return True
    return False


def _has_unlisted_keys(prefix: str) -> bool:
    """Return whether a prefix outside the reference has condition keys: identity providers, retired services."""
    if prefix in reference.services():
        return False
    return "." in prefix or prefix in reference.other_key_prefixes() or prefix in retired_names.SERVICES


def _check_test(
    draft: Draft,
    statement: Statement,
    path: Path,
    operator: Operator,
    key: str,
    kind: reference.KeyType | None,
    value: Any,
) -> None:
    values = list(_items(path, value))
    if value == []:
        _report_empty(draft, path, operator, key)
        return
    if not _check_types(draft, path, value, values):
        return
    if kind is not None:
        _check_multiplicity(draft, statement, path, operator, key, kind)
        _check_family(draft, path, operator, key, kind)
    check_values(draft, path, operator, key, values)
    if operator.name == "StringLike" and not operator.if_exists and any(item == "*" for _, item in values):
        details = (
            f"{operator.name} with * checks only that {key[:60]} is present; use Null with false for that."
        )
        draft.report.add("EQUIVALENT_TO_NULL_FALSE", details, Place(path, True))


def _items(path: Path, value: Any) -> Iterator[Item]:
    if not isinstance(value, list):
        yield path, value
        return
    for index, item in enumerate(value[:MAX_ITEMS]):
        yield (*path, index), item


def _report_empty(draft: Draft, path: Path, operator: Operator, key: str) -> None:
    ends = {"ForAllValues": "_FORALLVALUES", "ForAnyValue": "_FORANYVALUE"}
    end = ends.get(operator.qualifier, "_IFEXISTS" if operator.if_exists else "")
    draft.report.add(f"EMPTY_ARRAY_CONDITION{end}", {"key": key}, path)


def _check_types(draft: Draft, path: Path, value: Any, values: list[Item]) -> bool:
    report = draft.report
    wrong = [place for place, item in values if item is None or isinstance(item, (dict, list))]
    if wrong:
        report.add("DATA_TYPE_MISMATCH", {"type": "String"}, *wrong)
        return False
    kinds = {"number" if isinstance(item, (int, float)) and not isinstance(item, bool) else type(item).__name__
             for _, item in values}  # fmt: skip
    if len(kinds) > 1:
        details = "The values of a condition key must be all strings, all numbers, or all Booleans."
        report.add("INVALID_CONDITION_DATA_TYPE", details, path)
        return False
    return True


def _check_multiplicity(
    draft: Draft, statement: Statement, path: Path, operator: Operator, key: str, kind: reference.KeyType
) -> None:
    if operator.name == "Null":
        return
    place = Place(path, True)
    if kind.multivalued and not operator.qualifier:
        draft.report.add("MISSING_QUALIFIER", {"key": key}, place)
    # Access Analyzer doesn't report this for services' keys, as its findings for AWS's managed policies show.
    single = not kind.multivalued and key.lower().startswith("aws:")
    if single and operator.qualifier == "ForAllValues" and statement.allows:
        draft.report.add("FORALLVALUES_WITH_SINGLE_VALUED_KEY", {"key": key}, place)


def _check_family(draft: Draft, path: Path, operator: Operator, key: str, kind: reference.KeyType) -> None:
    fitting = _FITTING.get(kind.type, ())
    if operator.name != "Null" and fitting and operator.family not in fitting:
        words = {
            "allowed": _WORDS[fitting[0]],
            "operator": _WORDS.get(operator.family, operator.name),
            "key": key,
        }
        draft.report.add("TYPE_MISMATCH", words, Place(path, True))
    elif operator.name in ("StringLike", "StringNotLike") and _holds_arns(key.lower(), kind):
        draft.report.add("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", {"key": key}, Place(path, True))


def _holds_arns(key: str, kind: reference.KeyType) -> bool:
    """Return whether Access Analyzer regards a key's values as ARNs; the reference calls some of them strings."""
    named = key.endswith("arn") and "/" not in key and not key.startswith("kms:encryptioncontext:")
    return kind.type == "ARN" or named or key in _ALSO_ARNS
