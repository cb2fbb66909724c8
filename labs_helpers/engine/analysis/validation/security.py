"""Checks for statements that might allow more than intended.

They cover passing roles, service-linked roles, and tags that a service doesn't support.
"""

from __future__ import annotations

from labs_helpers.engine.analysis.positions import Path
from labs_helpers.engine.analysis.validation.document import Draft, Kind, Statement, strings
from labs_helpers.engine.analysis.validation.findings import Place
from labs_helpers.engine.policy.patterns import covers, loosened
from labs_helpers.engine.reference import authorization as reference

# Action → (prefix of the codes, the condition key that narrows it as well, the ARN pattern that is as wide as "*").
_ACTIONS = {
    "iam:passrole": ("PASS_ROLE", "iam:passedtoservice", "arn:aws:iam::111122223333:role/"),
    "iam:createservicelinkedrole": (
        "CREATE_SLR",
        "iam:awsservicename",
        "arn:aws:iam::111122223333:role/aws-service-role/",
    ),
}


def check(draft: Draft, statement: Statement) -> None:
    """Run every check in this module."""
    if draft.kind is Kind.IDENTITY_POLICY and statement.allows:
        for action in _ACTIONS:
            _check_role_action(draft, statement, action)
    if draft.kind is Kind.RESOURCE_CONTROL_POLICY:
        _check_rcp(draft, statement)
    _check_tag_keys(draft, statement)


def _check_role_action(draft: Draft, statement: Statement, action: str) -> None:
    covered = _covered_by(statement, action)
    if covered is None:
        return
    named, action_places = covered
    prefix, key, _ = _ACTIONS[action]
    if "NotResource" in statement.source:
        code = {"": "_WITH_NOT_RESOURCE", "STAR": "_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE"}.get(
            named, "_WITH_NOT_ACTION_AND_NOT_RESOURCE"
        )
        places: list[Path] = [*action_places, statement.at("NotResource")]
    else:
        wide = [path for path, text in statement.strings("Resource") if _is_wide(text, action)]
        if not wide or _narrowed(statement, key):
            return
        code = {"": "_WITH_STAR_IN_RESOURCE", "STAR": "_WITH_STAR_IN_ACTION_AND_RESOURCE"}.get(
            named, "_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION"
        )
        places = [*action_places, *wide]
    draft.report.add(prefix + code, {}, *places)


def _narrowed(statement: Statement, key: str) -> bool:
    """Return whether a condition restricts the key: its presence is required, and no value begins with *."""
    for path, operator, name, value in statement.conditions():
        if name.lower() == key and not operator.endswith("IfExists"):
            return not any(text.startswith("*") for _, text in strings(value, path))
    return False


def _covered_by(statement: Statement, action: str) -> tuple[str, list[Path]] | None:
    """Return how a statement covers an action, and where, or None if it doesn't.

    The action is covered by its name (""), by a pattern ("STAR"), or by NotAction ("NOT").
    """
    if "NotAction" in statement.source:
        excluded = any(covers(text.lower(), action) for _, text in statement.strings("NotAction"))
        return None if excluded else ("NOT", [statement.at("NotAction")])
    exact = [path for path, text in statement.strings("Action") if text.lower() == action]
    if exact:
        return "", exact
    stars = [path for path, text in statement.strings("Action") if covers(text.lower(), action)]
    return ("STAR", stars) if stars else None


def _is_wide(resource: str, action: str) -> bool:
    """Return whether a pattern covers roles of any name: no part of the role's name precedes its wildcard."""
    start = _ACTIONS[action][2]
    return covers(loosened(resource), f"{start}*") or covers(loosened(resource), f"{start}?*")


def _check_tag_keys(draft: Draft, statement: Statement) -> None:
    """Report aws:ResourceTag with actions of services that don't support authorization by tags."""
    places = [
        Place(path, True)
        for path, _, key, _ in statement.conditions()
        if key.lower().startswith("aws:resourcetag/")
    ]
    if not places or not (statement.allows or statement.denies):
        return
    unsupported = [
        (path, prefix)
        for path, text in statement.strings("Action")
        if (prefix := text.lower().partition(":")[0]) in reference.services()
        and _untagged(draft, text.lower())
    ]
    if unsupported:
        effect = "ALLOW" if statement.allows else "DENY"
        key = next(
            key for _, _, key, _ in statement.conditions() if key.lower().startswith("aws:resourcetag/")
        )
        details = {"key": key, "services": ", ".join(dict.fromkeys(prefix for _, prefix in unsupported))}
        code = f"{effect}_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
        draft.report.add(code, details, *(path for path, _ in unsupported), *places)


def _untagged(draft: Draft, action: str) -> bool:
    """Return whether none of the service's resources supports authorization by tags."""
    prefix, _, name = action.partition(":")
    known = reference.actions(prefix)
    named = [each for each in known if draft.afford(len(name)) and covers(name, each)]
    return bool(named) and not reference.supports_tags(prefix, list(known))


def _check_rcp(draft: Draft, statement: Statement) -> None:
    """Check that Deny statements by organization or account have exceptions for calls by AWS services.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_examples.html
    """
    if not statement.denies:
        return
    keys, report = statement.condition_keys(), draft.report
    negated = {
        key.lower(): path
        for path, operator, key, _ in statement.conditions()
        if "Not" in operator.rpartition(":")[2]
    }
    service = "aws:principalisawsservice"
    for key in ("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount"):
        if key in negated and service not in keys:
            details = f"{key} is absent when an AWS service calls; add aws:PrincipalIsAWSService."
            report.add("RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", details, Place(negated[key], True))
    for key in ("aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceaccount"):
        if key not in negated:
            continue
        place = Place(negated[key], True)
        if service not in keys:
            details = f"{key} is present only when an AWS service calls; add aws:PrincipalIsAWSService."
            report.add("RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", details, place)
        if key != "aws:sourceaccount" and not _null_checked(statement):
            details = "Some services don't send a source; add a Null condition on aws:SourceAccount or aws:SourceArn."
            report.add("RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", details, place)


def _null_checked(statement: Statement) -> bool:
    return any(
        operator == "Null" and key.lower() in ("aws:sourceaccount", "aws:sourcearn")
        for _, operator, key, _ in statement.conditions()
    )
