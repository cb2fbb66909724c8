"""The rotation operations: a Lambda function creates a new version of a secret in four steps.

In this cloud, a Python callable replaces the function (`cloud.lambda_function`). If there isn't one, RotateSecret
raises an error that names the function.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.lambda_functions import Functions, Handler
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.lambda_ import moto_view as moto_lambda
from labs_helpers.cloud.services.secretsmanager import schedules, service_events
from labs_helpers.cloud.services.secretsmanager.access import (
    invalid_parameter,
    invalid_request,
    primary_secret,
)
from labs_helpers.cloud.services.secretsmanager.secret import CURRENT, PENDING, Rotation, Secret, Version
from labs_helpers.cloud.services.secretsmanager.vault import vault

_SERVICE = "secretsmanager.amazonaws.com"
_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@operation("secretsmanager", "RotateSecret")
def rotate_secret(call: Call) -> Mapping[str, Any]:
    """Configure rotation and start it immediately, or only test the function if RotateImmediately is false.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
    """
    given, secret = call.parameters, primary_secret(call)
    before = secret.content.rotation
    function = given.get("RotationLambdaARN") or (before.function if before else None)
    if not function:
        raise invalid_request("No Lambda rotation function ARN is associated with this secret.")
    rules = given.get("RotationRules")
    rules = (before.rules if before else {}) if rules is None else rules
    try:
        schedules.check(rules)
    except schedules.WrongSchedule as error:
        raise invalid_parameter(str(error)) from error
    _refuse_function(call, secret, function)
    version = given.get("ClientRequestToken") or call.state.ids.uuid()
    _refuse_running(secret, version)
    _refuse_unplayed(call, function)
    rotation = Rotation(function, dict(rules), last=before.last if before else None)
    rotation.next = schedules.window_end(rules, rotation.last or call.time)
    secret.content.rotation, secret.content.changed = rotation, call.time
    if _rotate_due not in call.state.before_call:
        call.state.before_call.append(_rotate_due)
    act = _test_function if given.get("RotateImmediately") is False else rotate
    call.afterwards.append(lambda: act(call.state, secret, version))
    return {"ARN": secret.arn, "Name": secret.content.name, "VersionId": version}


def _refuse_function(call: Call, secret: Secret, function: str) -> None:
    """Raise `ServiceError` for a function that doesn't exist, or that Secrets Manager can't invoke.

    OBSERVED from 2022 to 2024: the error is the same, so that it doesn't reveal whether the function exists.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
    """
    if moto_lambda.function(function) is None:
        allowed = call.state.part(Functions).find(function) is not None
    else:
        assert call.state.caller is not None, "a running cloud has a caller"
        allowed = call.state.caller.may_as_service(
            _SERVICE, "lambda:InvokeFunction", function,
            account=secret.account, region=secret.region, source_arn=secret.arn,
        )  # fmt: skip
    if not allowed:
        raise ServiceError(
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
            f"access to the principal {_SERVICE}.",
            400,
        )


def _refuse_unplayed(call: Call, function: str) -> None:
    """Raise `NotModelled` for a function without a Python replacement: its rotation would never end."""
    if call.state.part(Functions).find(function) is None:
        raise NotModelled(
            f"secretsmanager:RotateSecret isn't modeled for {function}: no code of a Lambda function runs here. "
            "Register a Python callable to run in its place: cloud.lambda_function(arn, handler)"
        )


def _refuse_running(secret: Secret, version: str) -> None:
    pending = secret.content.labelled(PENDING)
    if pending is not None and pending.id != version and CURRENT not in pending.stages:
        raise invalid_request("A previous rotation isn't complete. That rotation will be reattempted.")


@operation("secretsmanager", "CancelRotateSecret")
def cancel_rotate_secret(call: Call) -> Mapping[str, Any]:
    """Turn off automatic rotation and return the version of an incomplete rotation.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
    """
    secret = primary_secret(call)
    rotation, pending = secret.content.rotation, secret.content.labelled(PENDING)
    if rotation is None:
        raise invalid_request("Rotation was never turned on for this secret.")
    rotation.enabled, secret.content.changed = False, call.time
    answer = {"ARN": secret.arn, "Name": secret.content.name}
    return answer | ({"VersionId": pending.id} if pending is not None else {})


# --- the course of a rotation ---------------------------------------------------------------------------------


def rotate(state: State, secret: Secret, version_id: str) -> None:
    """Start a new version and have the function make it current, step by step. The trail records the result."""
    content, rotation = secret.content, secret.content.rotation
    assert rotation is not None, "the secret rotates"
    assert rotation.function is not None, "by a function"
    now = state.clock.now()
    version = content.versions.get(version_id)
    if version is None:
        content.add(version := Version(version_id, now))
    content.attach(PENDING, version)
    service_events.of_rotation(state, secret, "RotationStarted", now)
    failure = _run_steps(state, secret, version_id, _STEPS)
    current = content.labelled(CURRENT)
    if failure is None and (current is None or current.id != version_id):
        failure = "The rotation function did not make the new version the current one."
    if failure is not None:
        service_events.of_rotation(state, secret, "RotationFailed", state.clock.now(), ErrorMessage=failure)
        return
    rotation.last = content.changed = state.clock.now()
    rotation.next = schedules.window_end(rotation.rules, rotation.last)
    service_events.of_rotation(state, secret, "RotationSucceeded", rotation.last)


def _rotate_due(call: Call) -> None:
    """Before a call, rotate the secrets that are due: once each, however much time has passed."""
    state = call.state
    for secret in vault(state).every():
        rotation = secret.content.rotation
        if (
            secret.is_replica
            or secret.content.deletion is not None
            or rotation is None
            or not rotation.enabled
        ):
            continue
        if rotation.next is not None and rotation.next <= state.clock.now():
            rotation.next = schedules.window_end(rotation.rules, state.clock.now())
            pending = secret.content.labelled(PENDING)
            again = pending is not None and CURRENT not in pending.stages
            rotate(state, secret, pending.id if pending is not None and again else state.ids.uuid())


def _test_function(state: State, secret: Secret, version_id: str) -> None:
    """Run only the step testSecret, with a version that is removed afterward."""
    content, now = secret.content, state.clock.now()
    before = content.labelled(PENDING)
    content.add(version := Version(version_id, now))
    content.attach(PENDING, version)
    service_events.of_rotation(state, secret, "TestRotationStarted", now)
    failure = _run_steps(state, secret, version_id, ("testSecret",))
    content.versions.pop(version_id, None)
    if before is not None:
        content.attach(PENDING, before)
    name = "TestRotationSucceeded" if failure is None else "TestRotationFailed"
    details = {} if failure is None else {"ErrorMessage": failure}
    service_events.of_rotation(state, secret, name, state.clock.now(), **details)


def _run_steps(state: State, secret: Secret, version_id: str, steps: tuple[str, ...]) -> str | None:
    """Call the function for each step. Returns the reason for a failure, or None if there isn't one."""
    rotation = secret.content.rotation
    assert rotation is not None, "the secret rotates"
    assert rotation.function is not None, "by a function"
    handler: Handler | None = state.part(Functions).find(rotation.function)
    if handler is None:
        return f"No Python callable replaces the function {rotation.function}."
    for step in steps:
        try:
            handler({"Step": step, "SecretId": secret.arn, "ClientRequestToken": version_id}, None)
        except Exception as raised:  # whatever the learner's function raises
            return f"{step}: {raised}"
    return None


def abandon_pending(call: Call, secret: Secret, version: Version) -> None:
    """Abandon a pending rotation because a request sets a new current value, which counts as a rotation.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html
    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
    """
    content = secret.content
    pending, rotation = content.labelled(PENDING), content.rotation
    if CURRENT not in version.stages or rotation is None:
        return
    if pending is not None and pending is not version:
        pending.stages.remove(PENDING)
        when = call.time
        call.afterwards.append(
            lambda: service_events.of_rotation(call.state, secret, "RotationAbandoned", when)
        )
    if rotation.rules.get("AutomaticallyAfterDays") is not None:
        rotation.next = schedules.window_end(rotation.rules, call.time)
