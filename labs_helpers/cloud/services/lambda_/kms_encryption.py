"""Environment variables encrypted with a customer managed KMS key.

Setting the variables requires kms:CreateGrant and kms:Encrypt, and viewing them requires kms:Decrypt. The function
itself decrypts them through a grant to its role.
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
"""KMS's error → Lambda's error and the reason in its message.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
"""


@around(
    "lambda",
    "CreateFunction",
    "UpdateFunctionConfiguration",
    stage=Stage.ENCRYPTED,
    after=("refuse_own_package_key",),
    refuses=False,
)
def configure(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Encrypt new variables, or existing variables with a new key, on behalf of the caller.

    If KMS denies access, the function is restored.
    """
    arn, parameters = function_arn(call), call.parameters
    restore = lambdas.snapshot(arn)
    answer = perform()
    if answer.status >= 300 or not ({"Environment", "KMSKeyArn"} & set(parameters)):
        return _with_readable_variables(call, answer)
    key, variables = lambdas.environment(arn)
    # An empty KMSKeyArn returns to the AWS managed key.
    key = parameters.get("KMSKeyArn", key) or None
    try:
        sealed = _seal(call, arn, key, variables) if key is not None and variables else None
    except ServiceError as error:
        restore()
        raise _not_configured(error) from error
    lambdas.encrypt(arn, key, sealed)
    body = json.loads(answer.body) | {"KMSKeyArn": key}
    return replace(answer, body=json.dumps(body))


@around(
    "lambda",
    "GetFunction",
    "GetFunctionConfiguration",
    "ListFunctions",
    "ListVersionsByFunction",
    "PublishVersion",
    "UpdateFunctionCode",
    stage=Stage.ENCRYPTED,
    after=("refuse_own_package_key",),
    refuses=False,
)
def view(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Decrypt variables on behalf of the caller.

    The response contains an error in place of variables that KMS doesn't decrypt.
    """
    return _with_readable_variables(call, perform())


@around("lambda", "CreateFunction", "UpdateFunctionCode", stage=Stage.ENCRYPTED)
def refuse_own_package_key(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise `NotModelled` for a deployment package with a separate KMS key.

    https://docs.aws.amazon.com/lambda/latest/dg/encrypt-zip-package.html
    """
    if call.parameters.get("SourceKMSKeyArn") or (call.parameters.get("Code") or {}).get("SourceKMSKeyArn"):
        raise NotModelled(
            f"lambda:{call.operation} with SourceKMSKeyArn isn't modeled: packages have no KMS key here"
        )
    return perform()


@around("lambda", "Invoke", "InvokeAsync", stage=Stage.ENCRYPTED)
def invoke(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject the invocation of a function whose role can't decrypt the function's variables."""
    sealed = lambdas.sealed(qualified_arn(call))
    error = _decryption_error(call, sealed) if sealed is not None else None
    if error is not None:
        code, reason = _UNUSABLE[error]
        message = (
            f"Lambda was unable to decrypt the environment variables because {reason}. "
            f"Please check the function's KMS key settings."
        )
        raise ServiceError(code, message, 502)
    return perform()


# --- calls to KMS ---------------------------------------------------------------------------------------------


def _context(arn: str) -> dict[str, str]:
    return {"aws:lambda:FunctionArn": arn}


def _seal(call: Call, arn: str, key: str, variables: Mapping[str, str]) -> Sealed:
    """Encrypt variables directly under the KMS key, and create a grant for the function's role to decrypt them."""
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


def _decryption_error(call: Call, sealed: Sealed) -> str | None:
    """Return the code of KMS's error if a function's role can't decrypt the function's variables, or None if it can."""
    arn = function_arn(call)
    role = lambdas.function(arn).role
    parameters = {"CiphertextBlob": sealed.blob, "EncryptionContext": _context(arn)}
    try:
        for_services.ask_as(
            call.state, role, "Decrypt", parameters, account=call.account, region=call.region, source_arn=arn
        )
    except ServiceError as error:
        return error.code
    return None


def _not_configured(error: ServiceError) -> ServiceError:
    """Return Lambda's error for variables that could not be encrypted, with the KMS error in its message."""
    denied = error.code == "AccessDeniedException"
    reason = "the KMS access was denied" if denied else "the KMS key is invalid for CreateGrant"
    check = "KMS permissions" if denied else "KMS key settings"
    return ServiceError(
        "AccessDeniedException" if denied else "InvalidParameterValueException",
        f"Lambda was unable to configure access to your environment variables because {reason}. Please check your "
        f"{check}. KMS Exception: {error.code} KMS Message: {error.message}",
        403 if denied else 400,
    )


def _with_readable_variables(call: Call, answer: Answer) -> Answer:
    """Return the response with only the variables that the caller can decrypt."""
    if answer.status >= 300:
        return answer
    body = json.loads(answer.body)
    configurations = body.get("Functions") or body.get("Versions") or [body.get("Configuration") or body]
    changed = [each for each in configurations if _hide_unreadable(call, each)]
    return replace(answer, body=json.dumps(body)) if changed else answer


def _hide_unreadable(call: Call, configuration: dict[str, Any]) -> bool:
    """Replace the variables in a configuration with an error, and return True, if KMS doesn't decrypt them."""
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
