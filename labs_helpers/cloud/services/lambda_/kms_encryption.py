"""Environment variables encrypted with a KMS key of the customer's.

Whoever sets them needs kms:CreateGrant and kms:Encrypt, whoever views them kms:Decrypt. The function itself decrypts
by the grant that its role got.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.lambda_functions import unqualified
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.kms import for_services
from labs_helpers.cloud.services.kms.for_services import Sealed
from labs_helpers.cloud.services.lambda_ import moto_view as lambdas
from labs_helpers.cloud.services.lambda_.table import function_arn, qualified_arn

_UNUSABLE = {
    "NotFoundException": ("KMSNotFoundException", "the KMS key was not found"),
    "AccessDeniedException": ("KMSAccessDeniedException", "the KMS access was denied"),
    "DisabledException": ("KMSDisabledException", "the KMS key used is disabled"),
    "KMSInvalidStateException": ("KMSInvalidStateException", "the state of the KMS key used is not valid for Decrypt"),
}  # fmt: skip
"""https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""


@around(
    "lambda",
    "CreateFunction",
    "UpdateFunctionConfiguration",
    stage=Stage.ENCRYPTED,
    after=("refuse_own_package_key",),
    refuses=False,
)
def configure(call: Call, perform: Callable[[], Answer]) -> Answer:
    """New variables, or another key, are encrypted for whoever sets them. What KMS refuses is not set."""
    arn, given = function_arn(call), call.parameters
    bring_back = lambdas.undo(arn)
    answer = perform()
    if answer.status >= 300 or not ({"Environment", "KMSKeyArn"} & set(given)):
        return _told(call, answer)
    key, variables = lambdas.environment(arn)
    key = given.get("KMSKeyArn", key) or None
    try:
        sealed = _seal(call, arn, key, variables) if key is not None and variables else None
    except ServiceError as error:
        bring_back()
        raise _not_configured(error) from error
    lambdas.encrypt(arn, key, sealed)
    told = json.loads(answer.body) | {"KMSKeyArn": key}
    return replace(answer, body=json.dumps(told))


@around(
    "lambda",
    "GetFunction",
    "GetFunctionConfiguration",
    "ListFunctions",
    "PublishVersion",
    stage=Stage.ENCRYPTED,
    refuses=False,
)
def view(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Variables are decrypted for whoever views them; an error stands in the place of what KMS does not decrypt."""
    return _told(call, perform())


@around("lambda", "CreateFunction", "UpdateFunctionCode", stage=Stage.ENCRYPTED)
def refuse_own_package_key(call: Call, perform: Callable[[], Answer]) -> Answer:
    """https://docs.aws.amazon.com/lambda/latest/dg/encrypt-zip-package.html: nothing of a package's own key is here."""
    if call.parameters.get("SourceKMSKeyArn") or (call.parameters.get("Code") or {}).get("SourceKMSKeyArn"):
        raise NotModelled(
            f"lambda:{call.operation} with SourceKMSKeyArn is not modelled: packages have no KMS key here"
        )
    return perform()


@around("lambda", "Invoke", "InvokeAsync", stage=Stage.ENCRYPTED)
def invoke(call: Call, perform: Callable[[], Answer]) -> Answer:
    """A function does not start whose variables cannot be decrypted."""
    sealed = lambdas.sealed(qualified_arn(call))
    why = _refused(call, sealed) if sealed is not None else None
    if why is not None:
        code, reason = _UNUSABLE[why]
        message = (
            f"Lambda was unable to decrypt the environment variables because {reason}. "
            f"Please check the function's KMS key settings."
        )
        raise ServiceError(code, message, 502)
    return perform()


# --- asking KMS -----------------------------------------------------------------------------------------------


def _context(arn: str) -> dict[str, str]:
    return {"aws:lambda:FunctionArn": arn}


def _seal(call: Call, arn: str, key: str, variables: Mapping[str, str]) -> Sealed:
    """Encrypt variables, with no data key between, and grant the function's role to decrypt them."""
    role = lambdas.function(arn).role
    grant = for_services.ask(
        call,
        "CreateGrant",
        KeyId=key,
        GranteePrincipal=role,
        Operations=["Decrypt", "RetireGrant"],
        Constraints={"EncryptionContextEquals": _context(arn)},
    )
    answer = for_services.ask(
        call,
        "Encrypt",
        KeyId=key,
        Plaintext=json.dumps(dict(variables)).encode(),
        EncryptionContext=_context(arn),
    )
    return Sealed(answer["CiphertextBlob"], answer["KeyId"], grant["GrantId"])


def _refused(call: Call, sealed: Sealed) -> str | None:
    """The error by which KMS refuses to decrypt for a function's role, None if it decrypts."""
    arn = function_arn(call)
    role = lambdas.function(arn).role
    given = {"CiphertextBlob": sealed.blob, "EncryptionContext": _context(arn)}
    try:
        for_services.ask_as(
            call.state, role, "Decrypt", given, account=call.account, region=call.region, source_arn=arn
        )
    except ServiceError as error:
        return error.code
    return None


def _not_configured(error: ServiceError) -> ServiceError:
    refused = error.code == "AccessDeniedException"
    why = "the KMS access was denied" if refused else "the KMS key is invalid for CreateGrant"
    check = "KMS permissions" if refused else "KMS key settings"
    return ServiceError(
        "AccessDeniedException" if refused else "InvalidParameterValueException",
        f"Lambda was unable to configure access to your environment variables because {why}. Please check your "
        f"{check}. KMS Exception: {error.code} KMS Message: {error.message}",
        403 if refused else 400,
    )


def _told(call: Call, answer: Answer) -> Answer:
    """The answer with the variables that the caller may decrypt."""
    if answer.status >= 300:
        return answer
    told = json.loads(answer.body)
    shown = told.get("Functions") or [told.get("Configuration") or told]
    closed = [each for each in shown if _show(call, each)]
    return replace(answer, body=json.dumps(told)) if closed else answer


def _show(call: Call, configuration: dict[str, Any]) -> bool:
    """Whether something had to be taken from a function's configuration, which was done then."""
    arn = configuration.get("FunctionArn") or ""
    sealed = lambdas.sealed(arn) if "Environment" in configuration else None
    if sealed is None:
        return False
    try:
        for_services.unwrap(call, sealed.blob, _context(unqualified(arn)))
    except ServiceError as error:
        _, reason = _UNUSABLE[error.code]
        check = "permissions" if error.code == "AccessDeniedException" else "key settings"
        message = (
            f"Lambda was unable to decrypt your environment variables because {reason}. Please check your KMS {check}. "
            f"KMS Exception: {error.code} KMS Message: {error.message}"
        )
        configuration["Environment"] = {"Error": {"ErrorCode": error.code, "Message": message}}
        return True
    return False
