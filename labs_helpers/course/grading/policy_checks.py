"""Policy validation before grading: unknown names, invalid dates and ranges, as the console's editor reports them.

The findings are Access Analyzer's. A policy isn't graded if a finding shows that it doesn't do what its author
intended.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from labs_helpers.course.grading.answers import AnswerError, as_object
from labs_helpers.engine.analysis.policy_types import is_too_large, policy_type
from labs_helpers.engine.analysis.unknown_services import about, unknown_services
from labs_helpers.engine.policy import PolicyKind
from labs_helpers.engine.policy.conditions.dates import instant
from labs_helpers.engine.policy.elements import statements_of

# AWS accepts these policies, but reads them in a way that their author can't have meant.
_AS_BAD = frozenset({"TYPE_MISMATCH_DATE", "TYPE_MISMATCH_NUMBER", "INVALID_DATE_VALUE"})
# AWS accepts these policies as well, and the learner should see their effect.
_WORTH_SEEING = frozenset({"VARIABLE_UNSUPPORTED_IN_VERSION", "PRIVATE_IP_ADDRESS", "PRIVATE_NOT_IP_ADDRESS"})
_MOST_FINDINGS = 5


def validate(document: dict[str, Any] | str, kind: PolicyKind, name: str = "") -> tuple[str, ...]:
    """Return the findings that should be shown with the check's result.

    `name`: the policy's name if the answer has several policies. Documents larger than any quota are not validated.
    Raises `AnswerError` for findings that must be fixed.
    """
    from labs_helpers.engine.analysis.validation import validate as findings_of

    text = document if isinstance(document, str) else json.dumps(document)
    if is_too_large(text):
        return ()
    where = f"{name}: " if name else ""
    bad, notes = [], []
    for finding in findings_of(text, *policy_type(kind)):
        line = where + _line(finding, text)
        if finding.code in _WORTH_SEEING:
            notes.append(line)
        elif finding.type == "ERROR" or (finding.code in _AS_BAD and not _is_moment(finding, text)):
            bad.append(line)
    bad += [f"{where}{line}" for line in rejections(document)]
    if bad:
        raise AnswerError("\n".join(dict.fromkeys(bad[:_MOST_FINDINGS])))
    return tuple(dict.fromkeys(notes))


_MULTIVALUED_KEYS = frozenset({"cognito-identity.amazonaws.com:amr"})
"""Multivalued keys in identity providers' tokens. Access Analyzer recognizes only those of AWS services."""


def rejections(document: dict[str, Any] | str) -> list[str]:
    """Return a line for each fault that Access Analyzer doesn't report but for which AWS rejects a policy."""
    unknown = [about(name) for _, name in unknown_services(as_object(document))]
    return unknown + _without_set_operator(document)


def _without_set_operator(document: dict[str, Any] | str) -> list[str]:
    """Return a line for each test of a multivalued key without ForAnyValue or ForAllValues, which AWS requires.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_wif-amr
    """
    statements = statements_of(as_object(document))
    return [
        f"`{key}` is multivalued, so AWS requires `ForAnyValue:` or `ForAllValues:` before the operator "
        f"`{operator}`."
        for statement in statements
        for operator, tests in statement.get("Condition", {}).items()
        for key in tests
        if key.lower() in _MULTIVALUED_KEYS and ":" not in operator and operator != "Null"
    ]


def _is_moment(finding: Any, text: str) -> bool:
    """Return True if the text of a finding can be read as a time after all: as seconds since 1970, for instance."""
    return instant(_written(finding, text)) is not None


def _written(finding: Any, text: str) -> str:
    """Return the part of a policy's text that a finding is about."""
    if not finding.locations:
        return ""
    span = finding.locations[0][1]
    start, end = int(span.start.offset), int(span.end.offset)
    return text[start:end].strip('"')


def _line(finding: Any, text: str) -> str:
    """Return a finding as a line. For an API operation, the line names the required action."""
    written = _written(finding, text)
    meant = action_of(written) if finding.code == "INVALID_ACTION" else None
    if meant is not None:
        return f"`{written}` is an API operation, not an IAM action. It requires `{meant}`."
    shown = f"`{written}`: " if written and len(written) < 80 and finding.code != "JSON_SYNTAX_ERROR" else ""
    return shown + str(finding.details)


@cache
def action_of(name: str) -> str | None:
    """Return the action that an API operation requires, or None if both have the same name.

    `s3:ListObjectsV2` requires `s3:ListBucket`.
    """
    from labs_helpers.cloud import action_of_operation

    prefix, _, operation = name.partition(":")
    return action_of_operation(prefix, operation)
