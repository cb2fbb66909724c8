"""Checks before any policy is evaluated: MFA codes, identity tokens, SAML assertions."""

from __future__ import annotations

import re

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.iam import mfa as iam_mfa
from labs_helpers.cloud.services.sts import saml as sts_saml
from labs_helpers.cloud.services.sts import web_identity as sts_web_identity
from labs_helpers.cloud.services.sts.errors import access_denied, invalid
from labs_helpers.engine.policy import PrincipalKind
from labs_helpers.engine.policy.arn import Arn

_ROLE_ARN = re.compile(r"arn:aws:iam::\d{12}:role/[\x21-\x7e]+", re.ASCII)


def authenticate(call: Call) -> None:
    """Authenticate the call, and add the content of the MFA code, token, or assertion to the condition keys.

    Tokens and assertions are verified with the keys of the issuers that the role's account has registered.
    Raises `ServiceError` if the code, the token, or the assertion isn't valid.
    """
    if "RoleArn" in call.parameters:
        _check_role_arn(call.parameters["RoleArn"])
    if call.operation == "AssumeRole" and call.principal.kind is PrincipalKind.ROOT:
        # "Roles may not be assumed by root accounts": https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
        raise access_denied("Roles may not be assumed by root accounts.")
    _refuse_identity_context(call)
    call.account = role_account(call) or call.account
    if call.operation in ("AssumeRole", "GetSessionToken"):
        iam_mfa.authenticate(call)
    elif call.operation == "AssumeRoleWithWebIdentity":
        sts_web_identity.authenticate(call)
    elif call.operation == "AssumeRoleWithSAML":
        sts_saml.authenticate(call)


def _refuse_identity_context(call: Call) -> None:
    """Raise InvalidContextAssertion for an identity context: only Identity Center's applications receive one.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors
    """
    if call.parameters.get("ProvidedContexts"):
        raise ServiceError(
            "InvalidContextAssertion", "The context assertion that was provided is invalid.", 400
        )


def _check_role_arn(arn: str) -> None:
    named = Arn.read(arn)
    if named is None or not named.partition.startswith("aws"):
        # OBSERVED in 2024, for text that only begins like an ARN.
        raise invalid(f"{arn} is invalid")
    if not _ROLE_ARN.fullmatch(arn):
        raise invalid("Request ARN is invalid")


def role_account(call: Call) -> str | None:
    """Return the account of the role in the request, or None if the role ARN isn't valid."""
    role = Arn.read(call.parameters.get("RoleArn", ""))
    return role.account if role is not None else None
