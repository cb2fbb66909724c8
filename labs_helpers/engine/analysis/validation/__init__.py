"""Policy validation as IAM Access Analyzer does it: what is wrong, risky or superfluous in a document, and where.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-validation.html
Which of AWS's checks are made is listed in `findings.CHECKED`, which are not, and why, in `findings.NOT_CHECKED`.
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
    """The findings of a policy document, in the order in which the document gives rise to them.

    `text` may be anything; `policy_type` and `resource_type` are ValidatePolicy's. Of a document beyond every quota
    only so much is looked at as `document.MAX_STATEMENTS`, `document.MAX_ITEMS` and `findings.MAX_FINDINGS` say.
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
