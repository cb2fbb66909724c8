"""Policy validation as in IAM Access Analyzer: a document's errors, risks, and redundancies, with positions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html

`findings.CHECKED` lists the AWS checks that are implemented; `findings.NOT_CHECKED` lists the others, with reasons.
"""

from __future__ import annotations

from labs_helpers.engine.analysis.positions import JsonFault, positions
from labs_helpers.engine.analysis.validation import (
    actions,
    conditions,
    elements,
    principals,
    redundancy,
    resources,
    security,
    variables,
)
from labs_helpers.engine.analysis.validation.document import Draft
from labs_helpers.engine.analysis.validation.findings import CHECKED, NOT_CHECKED, Finding, syntax_error

__all__ = ["CHECKED", "NOT_CHECKED", "Finding", "validate"]

_OF_STATEMENTS = (actions, resources, principals, conditions, variables, security)


def validate(text: str, policy_type: str, resource_type: str | None = None) -> list[Finding]:
    """Return the findings for a policy document, in the order of the checks.

    `text` can be any string; `policy_type` and `resource_type` are ValidatePolicy's. For documents that are larger than
    AWS's quotas allow, the checks and findings are limited by `document.MAX_STATEMENTS`, `document.MAX_ITEMS`, and
    `findings.MAX_FINDINGS`.
    """
    try:
        draft = Draft(positions(text), policy_type, resource_type)
    except JsonFault as fault:
        return [syntax_error(fault.message, fault.position, text)]
    elements.check(draft)
    for statement in draft.statements:
        for module in _OF_STATEMENTS:
            module.check(draft, statement)
    redundancy.check(draft)
    return draft.report.findings
