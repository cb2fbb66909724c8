"""Checks for a document's elements: they must be known and of the right type, and required ones must be present."""

from __future__ import annotations

import re
from typing import Any

from labs_helpers.engine.analysis.validation.document import Draft, Kind, Statement
from labs_helpers.engine.analysis.validation.findings import Place

_TOP = ("Version", "Id", "Statement")
_ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
_PAIRS = (("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))
_VERSIONS = ("2012-10-17", "2008-10-17")
_SID = re.compile("[A-Za-z0-9]*")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length
# https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
_QUOTAS = {
    # The largest quota, that of a role's inline policies. A managed policy has 6,144.
    Kind.IDENTITY_POLICY: ("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", 10240),
    Kind.TRUST_POLICY: ("POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", 2048),
    Kind.SERVICE_CONTROL_POLICY: ("POLICY_SIZE_EXCEEDS_SCP_QUOTA", 10240),
    Kind.RESOURCE_CONTROL_POLICY: ("POLICY_SIZE_EXCEEDS_RCP_QUOTA", 5120),
    # The smallest quota of the resource types, that of a bucket policy.
    Kind.RESOURCE_POLICY: ("POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", 20480),
}


def check(draft: Draft) -> None:
    """Run every check in this module. Invalid elements are reported, but aren't removed from the document."""
    _check_size(draft)
    for path, member in draft.positions.duplicates():
        place = Place(path, True, at=(member.start, member.end))
        draft.report.add("JSON_SYNTAX_ERROR", f'The key "{_short(member.key)}" occurs twice.', place)
    if not isinstance(draft.root, dict):
        draft.report.add("DATA_TYPE_MISMATCH", {"type": "Object"}, ())
        return
    _check_top(draft, draft.root)
    for statement in draft.statements:
        _check_statement(draft, statement)
    _check_sids(draft)


def _check_size(draft: Draft) -> None:
    code, quota = _QUOTAS[draft.kind]
    size = len("".join(draft.positions.text.split()))
    if size > quota:
        words = f"The {draft.kind.value} has {size} characters; the quota is {quota}. Split it into several policies."
        details = words if draft.kind is Kind.RESOURCE_CONTROL_POLICY else {"size": size, "quota": quota}
        draft.report.add(code, details, ())


def _check_top(draft: Draft, root: dict[str, Any]) -> None:
    report = draft.report
    for key in root:
        if key not in _TOP:
            report.add("INVALID_POLICY_ELEMENT", {"element": key}, Place((key,), True))
    _check_version(draft, root)
    if "Id" in root and not isinstance(root["Id"], str):
        report.add("DATA_TYPE_MISMATCH", {"type": "String"}, ("Id",))
    _check_statement_list(draft, root)


def _check_version(draft: Draft, root: dict[str, Any]) -> None:
    report, version = draft.report, root.get("Version")
    if "Version" not in root:
        report.add("MISSING_VERSION", 'Without "Version", the version is 2008-10-17; add "2012-10-17".', ())
    elif not isinstance(version, str):
        report.add("DATA_TYPE_MISMATCH", {"type": "String"}, ("Version",))
    elif version not in _VERSIONS:
        report.add("INVALID_VERSION", {"version": version}, ("Version",))


def _check_statement_list(draft: Draft, root: dict[str, Any]) -> None:
    report, statements = draft.report, root.get("Statement")
    if "Statement" not in root or statements == []:
        report.add("MISSING_STATEMENT", "A policy needs at least one statement.", ())
    elif not isinstance(statements, (dict, list)):
        report.add("DATA_TYPE_MISMATCH", {"type": "Array"}, ("Statement",))
    elif isinstance(statements, list):
        for index, item in enumerate(statements):
            if report.full:
                break
            if not isinstance(item, dict):
                report.add("DATA_TYPE_MISMATCH", {"type": "Object"}, ("Statement", index))


def _check_statement(draft: Draft, statement: Statement) -> None:
    report, source = draft.report, statement.source
    for key in source:
        if key not in _ELEMENTS:
            place = Place(statement.at(key), True)
            report.add("INVALID_POLICY_ELEMENT", {"element": key}, place)
    for one, other in _PAIRS:
        if one in source and other in source:
            places = Place(statement.at(one), True), Place(statement.at(other), True)
            details = {"one": one, "other": other}
            report.add("UNSUPPORTED_ELEMENT_COMBINATION", details, *places)
    _check_effect(draft, statement)
    if "Action" not in source and "NotAction" not in source:
        report.add("MISSING_ACTION", "The statement has neither Action nor NotAction.", statement.path)
    _check_needs(draft, statement)
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        _check_strings(draft, statement, element)
    if "Condition" in source and not isinstance(source["Condition"], dict):
        report.add("DATA_TYPE_MISMATCH", {"type": "Object"}, statement.at("Condition"))


def _check_effect(draft: Draft, statement: Statement) -> None:
    effect = statement.source.get("Effect")
    if "Effect" not in statement.source:
        draft.report.add("MISSING_EFFECT", 'The statement has no Effect, "Allow" or "Deny".', statement.path)
    elif not isinstance(effect, str):
        draft.report.add("DATA_TYPE_MISMATCH", {"type": "String"}, statement.at("Effect"))
    elif effect not in ("Allow", "Deny"):
        draft.report.add("INVALID_EFFECT", {"effect": effect}, statement.at("Effect"))


def _check_needs(draft: Draft, statement: Statement) -> None:
    """Check that Principal and Resource are where they are required, and absent where they aren't allowed."""
    source, report, kind = statement.source, draft.report, draft.kind
    principals = [name for name in ("Principal", "NotPrincipal") if name in source]
    resources = [name for name in ("Resource", "NotResource") if name in source]
    if not kind.has_principal:
        code = (
            "SCP_SYNTAX_ERROR_PRINCIPAL" if kind is Kind.SERVICE_CONTROL_POLICY else "UNSUPPORTED_PRINCIPAL"
        )
        for name in principals:
            place = Place(statement.at(name), True)
            report.add(code, {"type": kind.name}, place)
    elif not principals and kind is not Kind.RESOURCE_CONTROL_POLICY:
        details = f"A statement of a {kind.value} needs a Principal."
        report.add("MISSING_PRINCIPAL", details, statement.path)
    if kind is Kind.TRUST_POLICY:
        for unwanted in resources:
            place = Place(statement.at(unwanted), True)
            details = f"A role trust policy can't contain {unwanted}, because it applies only to its role."
            report.add("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", details, place)
    elif not resources:
        report.add("MISSING_RESOURCE", "The statement has neither Resource nor NotResource.", statement.path)


def _check_strings(draft: Draft, statement: Statement, element: str) -> None:
    """Check an element that must be a string or a list of strings."""
    if element not in statement.source:
        return
    value, report, path = statement.source[element], draft.report, statement.at(element)
    what = element.removeprefix("Not").lower()
    if value == []:
        report.add(
            f"EMPTY_ARRAY_{what.upper()}", f"The statement names no {what}, so it has no effect.", path
        )
    elif not isinstance(value, (str, list)):
        report.add("DATA_TYPE_MISMATCH", {"type": "Array"}, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if report.full:
                break
            if not isinstance(item, str):
                report.add("DATA_TYPE_MISMATCH", {"type": "String"}, (*path, index))


def _check_sids(draft: Draft) -> None:
    """Check the Sids.

    Services with resource policies accept duplicates, so a duplicate there is only a warning.
    """
    report, seen = draft.report, dict[str, Statement]()
    strict = draft.kind is not Kind.RESOURCE_POLICY
    for statement in draft.statements:
        if "Sid" not in statement.source:
            continue
        sid, path = statement.source["Sid"], statement.at("Sid")
        if not isinstance(sid, str):
            report.add("DATA_TYPE_MISMATCH", {"type": "String"}, path)
        elif not sid:
            report.add("EMPTY_SID_VALUE", "The Sid is empty; name the statement or remove Sid.", path)
        elif strict and not _SID.fullmatch(sid):
            report.add("UNSUPPORTED_SID", "A Sid can contain only the letters A-Z and a-z and digits.", path)
        elif sid in seen:
            code = "UNIQUE_SIDS_REQUIRED" if strict else "UNIQUE_SIDS_RECOMMENDED"
            report.add(code, f'Two statements have the Sid "{_short(sid)}".', seen[sid].at("Sid"), path)
        else:
            seen[sid] = statement


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "…"
