"""Log groups encrypted with a KMS key: CloudWatch Logs calls KMS as a service principal that the key policy must allow.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.kms import for_services
from labs_helpers.cloud.services.logs import moto_view as logs
from labs_helpers.engine.policy.arn import Arn

_CONTEXT = "aws:logs:arn"
"""The key of the encryption context; its value is the log group's ARN."""


@around("logs", "CreateLogGroup", stage=Stage.ENCRYPTED, refuses=False)
def create(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Set the class and KMS key of a new log group. If CloudWatch Logs can't use the key, the log group is removed."""
    answer = perform()
    key, name = call.parameters.get("kmsKeyId"), call.parameters["logGroupName"]
    if answer.status < 300 and call.parameters.get("logGroupClass"):
        logs.put_class(call.account, call.region, name, call.parameters["logGroupClass"])
    if answer.status < 300 and key:
        try:
            _associate(call, name, key)
        except ServiceError:
            logs.forget(call.account, call.region, name)
            raise
    return answer


@operation("logs", "AssociateKmsKey")
def associate(call: Call) -> Mapping[str, Any]:
    """Encrypt a log group's future events with a KMS key. Rejects a key that CloudWatch Logs can't use.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html
    """
    _associate(call, _requested_group(call), call.parameters["kmsKeyId"])
    return {}


@operation("logs", "DisassociateKmsKey")
def disassociate(call: Call) -> Mapping[str, Any]:
    """Stop encrypting a log group's new events with its KMS key. Existing data stays encrypted.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DisassociateKmsKey.html
    """
    logs.encrypt(call.account, call.region, _requested_group(call), None, None)
    return {}


@around("logs", "GetLogEvents", "FilterLogEvents", "GetLogRecord", "StartLiveTail", stage=Stage.ENCRYPTED)
def read(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject the call unless CloudWatch Logs can decrypt the log groups' events."""
    require_keys(call)
    return perform()


def require_keys(call: Call) -> None:
    """Raise AccessDeniedException unless CloudWatch Logs can use every KMS key that the log groups have had."""
    for name in groups_read(call.parameters):
        for sealed in logs.sealed(call.account, call.region, name):
            context = {_CONTEXT: _arn(call, name)}
            try:
                _call_kms(call, name, "Decrypt", CiphertextBlob=sealed.blob, EncryptionContext=context)
            except ServiceError as error:
                raise ServiceError("AccessDeniedException", error.message, 400) from error


def groups_read(parameters: Mapping[str, Any]) -> list[str]:
    """Return the names of the log groups that a request specifies by name or by ARN."""
    one = [parameters.get("logGroupName"), parameters.get("logGroupIdentifier")]
    several = [*(parameters.get("logGroupNames") or ()), *(parameters.get("logGroupIdentifiers") or ())]
    return [_group_name(each) for each in (*one, *several) if each]


def _group_name(group: str) -> str:
    return logs.group_name(parts) if (parts := Arn.read(group)) is not None else group


def _requested_group(call: Call) -> str:
    """Return the log group that a request names, by name or by ARN.

    Raises `ServiceError` for a request without a group or with an unknown group, and `NotModelled` for query
    results.
    """
    name, identifier = call.parameters.get("logGroupName"), call.parameters.get("resourceIdentifier")
    if name is None and identifier is None:
        raise ServiceError(
            "InvalidParameterException",
            "Either logGroupName or resourceIdentifier must be specified, but not both.",
        )
    if identifier is not None and ":query-result:" in identifier:
        raise NotModelled(
            "logs: the encryption of query results isn't modeled; see services/logs/kms_encryption.py"
        )
    name = name or _group_name(identifier or "")
    if not logs.has_group(call.account, call.region, name):
        raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
    return name


def _arn(call: Call, name: str) -> str:
    return f"arn:aws:logs:{call.region}:{call.account}:log-group:{name}"


def _associate(call: Call, name: str, key: str) -> None:
    """Have KMS create a data key that encrypts the log group from now on. Raises InvalidParameterException."""
    try:
        if not key.startswith("arn:"):
            raise ServiceError("NotFoundException", "the key must be specified by its ARN")
        answer = _call_kms(
            call,
            name,
            "GenerateDataKey",
            KeyId=key,
            KeySpec="AES_256",
            EncryptionContext={_CONTEXT: _arn(call, name)},
        )
    except ServiceError as error:
        raise ServiceError(
            "InvalidParameterException",
            f"The specified KMS key does not exist or is not allowed to be used with LogGroup '{_arn(call, name)}'",
        ) from error
    # Reading events that this data key encrypts requires its KMS key, even if the group gets another key later.
    sealed = for_services.Sealed(answer["CiphertextBlob"], answer["KeyId"])
    logs.encrypt(call.account, call.region, name, sealed.key_arn, sealed)


def _call_kms(call: Call, name: str, operation: str, **parameters: Any) -> Mapping[str, Any]:
    """Call KMS as the service principal of CloudWatch Logs in the Region, for a log group."""
    return for_services.ask_as(
        call.state, f"logs.{call.region}.amazonaws.com", operation, parameters, account=call.account,
        region=call.region, source_arn=_arn(call, name),
    )  # fmt: skip
