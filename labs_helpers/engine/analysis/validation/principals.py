"""Checks for Principal and NotPrincipal: the format of principals, and the requirements for each kind of principal."""

from __future__ import annotations

import re
from typing import Any

from labs_helpers.engine.analysis.positions import Path
from labs_helpers.engine.analysis.validation.document import Draft, Kind, Statement, strings
from labs_helpers.engine.analysis.validation.findings import Place

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
_KEYS = ("AWS", "Service", "Federated", "CanonicalUser")
_AWS = re.compile(
    r"[0-9]{12}|arn:aws[a-z-]*:iam::[0-9]{12}:(root|(user|role)/[^\s*?]+)"
    r"|arn:aws[a-z-]*:sts::[0-9]{12}:(assumed-role/[^\s*?/]+/[^\s*?/]+|federated-user/[^\s*?]+|self)"
    r"|arn:aws[a-z-]*:iam::cloudfront:user/[^\s*?]+"
)
_USER_ID, _ROLE_ID = re.compile(r"AIDA[A-Z0-9]{12,}"), re.compile(r"AROA[A-Z0-9]{12,}")
_SERVICE = re.compile(
    r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.com|aws\.internal)"
)
_PROVIDER_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(saml|oidc)-provider/(?!https?:)[^\s*?]+")
_WEB_PROVIDERS = (
    "cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com", "accounts.google.com",
)  # fmt: skip
_CANONICAL = re.compile("[0-9a-f]{64}")
_SESSION = re.compile(r"arn:(aws[a-z-]*):sts::([0-9]{12}):assumed-role/([^/]+)/.*")
_GITHUB = "token.actions.githubusercontent.com"
_WITH_A_SOURCE = (
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
)
# These keys describe IAM principals; a service that calls as itself isn't one.
_NOT_OF_SERVICES = ("aws:principalorgid", "aws:principalorgpaths", "aws:principaltag", "aws:username")
_BY_FEDERATION = {
    "sts:assumerolewithsaml": "saml",
    "sts:assumerolewithwebidentity": "oidc",
    "sts:assumerole": "other",
}
_ANYWHERE = ("sts:assumerole", "sts:setsourceidentity", "sts:tagsession")


def check(draft: Draft, statement: Statement) -> None:
    """Run every check in this module, for the kinds of policies that name principals."""
    if not draft.kind.has_principal:
        return
    for element in ("Principal", "NotPrincipal"):
        if element in statement.source:
            _check_element(draft, statement.at(element), statement.source[element])
    _check_not_principal(draft, statement)
    if statement.allows:
        _check_services(draft, statement)
    if draft.kind is Kind.TRUST_POLICY:
        _check_trust(draft, statement)


def _check_element(draft: Draft, path: Path, element: Any) -> None:
    report = draft.report
    if element == {}:
        report.add("EMPTY_OBJECT_PRINCIPAL", "The statement names no principal, so it has no effect.", path)
    elif element == []:
        report.add("EMPTY_ARRAY_PRINCIPAL", "The statement names no principal, so it has no effect.", path)
    elif isinstance(element, str):
        if element != "*":
            details = 'A principal must be "*" or an object such as {"AWS": "111122223333"}.'
            report.add("INVALID_PRINCIPAL_FORMAT", details, path)
        elif draft.kind is Kind.TRUST_POLICY:
            details = 'In a role trust policy, write "*" as {"AWS": "*"}.'
            report.add("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", details, path)
    elif not isinstance(element, dict):
        report.add("DATA_TYPE_MISMATCH", {"type": "Object"}, path)
    else:
        for key, value in element.items():
            _check_key(draft, (*path, key), key, value)


def _check_key(draft: Draft, path: Path, key: str, value: Any) -> None:
    report = draft.report
    if key not in _KEYS:
        report.add("INVALID_PRINCIPAL_KEY", {"key": key}, Place(path, True))
    elif value == []:
        report.add("EMPTY_ARRAY_PRINCIPAL", "The statement names no principal, so it has no effect.", path)
    elif not isinstance(value, (str, list)) or (
        isinstance(value, list) and not all(isinstance(item, str) for item in value)
    ):
        report.add("DATA_TYPE_MISMATCH", {"type": "String"}, path)
    else:
        for place, text in strings(value, path):
            _check_principal(draft, place, key, text)


def _check_principal(draft: Draft, path: Path, key: str, text: str) -> None:
    report = draft.report
    if "${" in text:
        return  # variables.py reports variables in elements that don't support them
    if text == "*" and key == "AWS":
        return
    if "*" in text or "?" in text:
        report.add("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", {"key": key}, path)
    elif key == "AWS":
        _check_aws(draft, path, text)
    elif key == "Service" and not _SERVICE.fullmatch(text):
        details = {"format": "service-name.amazonaws.com"}
        report.add("INVALID_SERVICE_PRINCIPAL_FORMAT", details, path)
    elif key == "Federated":
        _check_federated(draft, path, text)
    elif key == "CanonicalUser" and not _CANONICAL.fullmatch(text):
        report.add("INVALID_PRINCIPAL_FORMAT", "A canonical user ID has 64 hexadecimal digits.", path)


def _check_aws(draft: Draft, path: Path, text: str) -> None:
    for code, expression in (("INVALID_USER_REFERENCE", _USER_ID), ("INVALID_ROLE_REFERENCE", _ROLE_ID)):
        if expression.fullmatch(text):
            draft.report.add(code, {"id": text}, path)
            return
    if not _AWS.fullmatch(text):
        details = "An AWS principal must be an account ID or the ARN of an account, user, role, or session."
        draft.report.add("INVALID_PRINCIPAL_FORMAT", details, path)


def _check_federated(draft: Draft, path: Path, text: str) -> None:
    if draft.kind is not Kind.TRUST_POLICY:
        details = "Only role trust policies can name identity providers."
        draft.report.add("FEDERATED_PRINCIPAL_NOT_SUPPORTED", details, path)
    elif text not in _WEB_PROVIDERS and not _PROVIDER_ARN.fullmatch(text):
        details = "A federated principal must be the ARN of an IAM identity provider, or a built-in provider."
        draft.report.add("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", details, path)


def _check_not_principal(draft: Draft, statement: Statement) -> None:
    if "NotPrincipal" not in statement.source:
        return
    path = statement.at("NotPrincipal")
    if draft.kind is Kind.TRUST_POLICY:
        details = "A role trust policy can't contain NotPrincipal; use Principal."
        draft.report.add("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", details, path)
    if statement.allows:
        details = "Allow with NotPrincipal allows everyone else, including anonymous callers; use Principal instead."
        draft.report.add("ALLOW_WITH_NOT_PRINCIPAL", details, Place(path, True))


def _check_services(draft: Draft, statement: Statement) -> None:
    services = statement.principals("Service")
    if not services:
        return
    keys = {key.partition("/")[0] for key in statement.condition_keys()}
    if draft.kind is Kind.RESOURCE_POLICY and not keys & set(_WITH_A_SOURCE):
        details = (
            "An AWS service acts for many customers; restrict access with aws:SourceAccount or aws:SourceArn."
        )
        draft.report.add("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", details, *(path for path, _, _ in services))
    unknown = keys & set(_NOT_OF_SERVICES)
    if unknown and len(services) == len(statement.principals()):
        places = [
            Place(path, True)
            for path, _, key, _ in statement.conditions()
            if key.lower().partition("/")[0] in unknown
        ]
        named = {"keys": ", ".join(sorted(unknown))}
        draft.report.add("UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", named, *places)


def _check_trust(draft: Draft, statement: Statement) -> None:
    if statement.allows:
        _check_actions_of_principals(draft, statement)
        _check_roles_anywhere(draft, statement)
        _check_oidc(draft, statement)
    roles = {text for _, _, text in statement.principals("AWS")}
    for path, _, text in statement.principals("AWS"):
        session = _SESSION.fullmatch(text)
        role = f"arn:{session[1]}:iam::{session[2]}:role/{session[3]}" if session else ""
        if role in roles:
            details = {"principal": text, "role": role}
            draft.report.add("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", details, path)


def _kind_of(key: str, text: str) -> str:
    if key != "Federated":
        return "other"
    return "saml" if ":saml-provider/" in text else "oidc"


def _check_actions_of_principals(draft: Draft, statement: Statement) -> None:
    """Check that each kind of principal has its own AssumeRole action: SAML, OpenID Connect, and others."""
    kinds = {_kind_of(key, text) for _, key, text in statement.principals()}
    for path, text in statement.strings("Action"):
        kind = _BY_FEDERATION.get(text.lower())
        if kind and kinds and kind not in kinds:
            named = ", ".join(each for _, _, each in statement.principals())
            details = {"action": text, "principals": named}
            draft.report.add("MISMATCHED_ACTION_FOR_PRINCIPAL", details, path)


def _check_roles_anywhere(draft: Draft, statement: Statement) -> None:
    """Check that IAM Roles Anywhere has all actions that it needs.

    https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
    """
    named = [
        path for path, _, text in statement.principals("Service") if text == "rolesanywhere.amazonaws.com"
    ]
    actions = statement.actions()
    missing = [action for action in _ANYWHERE if action not in actions]
    if named and missing and "sts:*" not in actions and "*" not in actions:
        details = f"IAM Roles Anywhere also needs {', '.join(missing)}."
        draft.report.add("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", details, *named)


def _check_oidc(draft: Draft, statement: Statement) -> None:
    report = draft.report
    keys = statement.condition_keys()
    for path, _, text in statement.principals("Federated"):
        if _kind_of("Federated", text) == "saml":
            continue
        provider = text.partition(":oidc-provider/")[2] or text
        if provider == _GITHUB:
            _check_github(draft, statement, path)
        elif not any(key.startswith(f"{provider.lower()}:") for key in keys):
            details = (
                f"Anyone with a token from {provider} is trusted; add conditions on {provider}:aud or :sub."
            )
            report.add("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", details, path)


def _check_github(draft: Draft, statement: Statement, path: Path) -> None:
    """Check that the trust of GitHub's provider is limited to a repository and branch.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub
    """
    tests = [test for test in statement.conditions() if test[2].lower() == f"{_GITHUB}:sub"]
    if not tests:
        details = f"Every GitHub repository is trusted; add a condition on {_GITHUB}:sub."
        draft.report.add("MISSING_GITHUB_REPO_CONDITION_KEY", details, path)
    for place, operator, _, value in tests:
        for where, text in strings(value, place):
            parts = text.split(":", 2)
            if "like" in operator.lower() and (
                len(parts) < 3 or "*" in ":".join(parts[:2]) or parts[2] == "*"
            ):
                details = "Name one repository, and one of its branches, tags, or environments."
                draft.report.add("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", details, where)
