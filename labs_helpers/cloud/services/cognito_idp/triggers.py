"""Lambda triggers: the events that a pool sends to a function, and the responses that it accepts.

The functions are Python callables that replace Lambda functions (`cloud.lambda_function(arn, handler)`), because moto
runs Lambda functions only in Docker.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.lambda_functions import Functions
from labs_helpers.cloud.services.cognito_idp.errors import error
from labs_helpers.cloud.services.cognito_idp.state import User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory
from labs_helpers.cloud.services.lambda_ import moto_view as moto_lambda


def arn_of(pool: UserPool, trigger: str) -> str | None:
    """Return the ARN of the function that a pool uses for a trigger, or None if there isn't one."""
    config = pool.settings.get("LambdaConfig") or {}
    if trigger == "PreTokenGeneration":
        return (config.get("PreTokenGenerationConfig") or {}).get("LambdaArn") or config.get(trigger)
    found = config.get(trigger)
    return found.get("LambdaArn") if isinstance(found, dict) else found


def version(pool: UserPool) -> str:
    """Return the event version of the pre token generation trigger."""
    config = pool.settings.get("LambdaConfig") or {}
    found: str = (config.get("PreTokenGenerationConfig") or {}).get("LambdaVersion", "V1_0")
    return found


def run(
    call: Call,
    pool: UserPool,
    trigger: str,
    source: str,
    *,
    username: str | None,
    client: str | None,
    request: Mapping[str, Any],
    response: Mapping[str, Any] | None = None,
    event_version: str = "1",
) -> dict[str, Any] | None:
    """Invoke a trigger's function and return the `response` in its result, or None if the pool has no such trigger.

    Raises UserLambdaValidationException if the function raises an exception, InvalidLambdaResponseException if its
    result isn't an event, and UnexpectedLambdaException if the function doesn't exist or Cognito isn't allowed to
    invoke it.
    """
    arn = arn_of(pool, trigger)
    if arn is None:
        return None
    handler = call.state.part(Functions).find(arn)
    _refuse_forbidden(call, pool, trigger, arn)
    if handler is None:
        raise _not_there(call, trigger, arn)
    event = {
        "version": event_version,
        "region": pool.region,
        "userPoolId": pool.id,
        "userName": username,
        "callerContext": {
            "awsSdkVersion": call.headers.get("user-agent", "aws-sdk-unknown-unknown"),
            "clientId": client or "CLIENT_ID_NOT_APPLICABLE",
        },
        "triggerSource": source,
        "request": copy.deepcopy(dict(request)),
        "response": dict(response or {}),
    }
    try:
        answer = handler(event, None)
    except (ServiceError, NotModelled):
        raise
    except Exception as raised:
        raise error("UserLambdaValidation", f"{trigger} failed with error {raised}.") from raised
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        raise unreadable()
    found: dict[str, Any] = answer["response"]
    return found


def _refuse_forbidden(call: Call, pool: UserPool, trigger: str, arn: str) -> None:
    """Raise UnexpectedLambdaException if a Lambda function's own policy doesn't let Cognito invoke it for this pool."""
    if moto_lambda.function(arn) is None:
        return
    assert call.state.caller is not None
    allowed = call.state.caller.may_as_service(
        "cognito-idp.amazonaws.com", "lambda:InvokeFunction", arn,
        account=pool.account, region=pool.region, source_arn=pool.arn,
    )  # fmt: skip
    if not allowed:
        raise error("UnexpectedLambda", f"{trigger} invocation failed due to error AccessDeniedException.")


def unreadable() -> ServiceError:
    """Return the InvalidLambdaResponseException error."""
    return error("InvalidLambdaResponse", "Unrecognizable lambda output")


def _not_there(call: Call, trigger: str, arn: str) -> Exception:
    if moto_lambda.function(arn) is not None:
        return NotModelled(
            f"{trigger}: {arn} would run here, but moto runs Lambda functions only in Docker; "
            "register a callable to run in its place: cloud.lambda_function(arn, handler)"
        )
    return error("UnexpectedLambda", f"{trigger} invocation failed due to error ResourceNotFoundException.")


def user_attributes(user: User) -> dict[str, str]:
    """Return the `userAttributes` that most trigger events contain."""
    return {"sub": user.sub, "cognito:user_status": user.status, **directory.all_attributes(user)}


_BEGINS_SIGN_IN = ("InitiateAuth", "AdminInitiateAuth")


def metadata(call: Call) -> dict[str, str]:
    """Return the `clientMetadata` for a trigger: the request's ClientMetadata, unless the request begins a sign-in.

    At the beginning of a sign-in, ClientMetadata becomes validation data.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
    """
    return {} if call.operation in _BEGINS_SIGN_IN else dict(call.parameters.get("ClientMetadata") or {})


def validation(call: Call) -> dict[str, str]:
    """Return the `validationData` of a sign-in, for the pre authentication and user migration triggers."""
    return dict(call.parameters.get("ClientMetadata") or {})
