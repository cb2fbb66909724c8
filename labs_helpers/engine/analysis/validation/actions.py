"""Checks for Action and NotAction: the actions must exist and be valid in this kind of policy."""

from __future__ import annotations

import re

from labs_helpers.engine.analysis.positions import Path
from labs_helpers.engine.analysis.validation.document import TRUST_POLICY, Draft, Kind, Statement
from labs_helpers.engine.policy.patterns import overlap
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference import retired_names

# The service prefixes of actions that the policies of a resource type can contain.
_PREFIXES = {
    "AWS::S3::Bucket": ("s3",),
    "AWS::S3::AccessPoint": ("s3",),
    "AWS::S3::MultiRegionAccessPoint": ("s3",),
    "AWS::S3ObjectLambda::AccessPoint": ("s3-object-lambda",),
    "AWS::DynamoDB::Table": ("dynamodb",),
}
_TRUST_ACTIONS = (
    "sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession",
    "sts:setsourceidentity", "sts:setcontext",
)  # fmt: skip
_LONGEST = 128
_NAME = re.compile(r"[a-z0-9_*?.-]+")


def check(draft: Draft, statement: Statement) -> None:
    """Run every check in this module."""
    for element in ("Action", "NotAction"):
        for path, text in statement.strings(element):
            if draft.report.full:
                return
            if text != "*":
                _check_action(draft, path, text)
                _check_supported(draft, path, text)
    if draft.kind is Kind.RESOURCE_CONTROL_POLICY:
        _check_rcp(draft, statement)


def _check_action(draft: Draft, path: Path, text: str) -> None:
    prefix, colon, name = text.partition(":")
    prefix = prefix.lower()
    report = draft.report
    if not colon or not name:
        report.add("INVALID_ACTION", {"action": text, "meant": ""}, path)
    elif prefix not in reference.services():
        if text == "*:*" or prefix in retired_names.SERVICES:
            return
        meant = reference.close_to(prefix, sorted(reference.services()))
        report.add("INVALID_SERVICE_IN_ACTION", {"service": prefix, "meant": _did_you_mean(meant)}, path)
    elif draft.afford(len(name) * 10) and not _exists(prefix, name.lower()):
        meant = None if "*" in name or "?" in name else reference.similar_action(prefix, name)
        report.add("INVALID_ACTION", {"action": text, "meant": _did_you_mean(meant)}, path)


def _did_you_mean(meant: str | None) -> str:
    return f" Did you mean {meant}?" if meant else ""


def _exists(prefix: str, name: str) -> bool:
    known = reference.actions(prefix)
    if (
        name in known
        or name == "*"
        or prefix in retired_names.PARTLY_LISTED
        or f"{prefix}:{name}" in retired_names.ACTIONS
    ):
        return True
    if len(name) > _LONGEST or not _NAME.fullmatch(name) or ("*" not in name and "?" not in name):
        return False
    return any(overlap(name, each) for each in known)


def _check_supported(draft: Draft, path: Path, text: str) -> None:
    """Report actions that policies of this resource type don't support."""
    action = text.lower()
    if draft.kind is Kind.TRUST_POLICY:
        if not any(overlap(action, known) for known in _TRUST_ACTIONS):
            details = {"action": text, "type": TRUST_POLICY}
            draft.report.add("UNSUPPORTED_ACTION_IN_POLICY", details, path)
        return
    prefixes = _PREFIXES.get(draft.resource_type or "")
    prefix = action.partition(":")[0]
    if prefixes and prefix in reference.services() and prefix not in prefixes:
        details = {"action": text, "type": str(draft.resource_type)}
        draft.report.add("UNSUPPORTED_ACTION_IN_POLICY", details, path)


def _check_rcp(draft: Draft, statement: Statement) -> None:
    """Report elements that resource control policies don't have.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html
    """
    report, source = draft.report, statement.source
    if "NotAction" in source:
        details = "A resource control policy can't contain NotAction; list the actions in Action."
        report.add("RCP_SYNTAX_ERROR_NOTACTION", details, statement.at("NotAction"))
    if statement.allows:
        report.add(
            "RCP_SYNTAX_ERROR_ALLOW",
            'Your own resource control policies can contain only "Deny".',
            statement.at("Effect"),
        )
    if "NotPrincipal" in source:
        details = 'A resource control policy must contain "Principal": "*".'
        report.add("RCP_SYNTAX_ERROR_PRINCIPAL", details, statement.at("NotPrincipal"))
    elif source.get("Principal") != "*":
        place = statement.at("Principal") if "Principal" in source else statement.path
        report.add(
            "RCP_SYNTAX_ERROR_PRINCIPAL", 'A resource control policy must contain "Principal": "*".', place
        )
    for path, text in statement.strings("Action"):
        if text == "*":
            details = "A resource control policy must name the service of each action."
            report.add("RCP_SYNTAX_ERROR_ACTION", details, path)
