"""Tables encrypted with KMS keys: DynamoDB calls KMS on behalf of the principal that creates a table or uses its items.

Without SSESpecification, the key is an AWS owned key, and DynamoDB doesn't call KMS.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.dynamodb import json_content
from labs_helpers.cloud.services.dynamodb import moto_view as dynamodb
from labs_helpers.cloud.services.dynamodb.table import table_arn
from labs_helpers.cloud.services.kms import for_services, reuse
from labs_helpers.engine.policy.arn import Arn

_REUSED_FOR = timedelta(minutes=5)
"""How long DynamoDB caches a table key for a principal: encryption.howitworks.html, "Table keys".

That page: "refreshed once every 5 minutes per client connection with active traffic".
"""
_GRANTED = (
    "Decrypt", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo", "RetireGrant", "DescribeKey",
)  # fmt: skip
"""The operations that DynamoDB's grant allows.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-kms-authz-grants
"""


@around("dynamodb", "CreateTable", stage=Stage.ENCRYPTED, refuses=False)
def create(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Create a table key and a grant for a table with a KMS key. If KMS denies either, remove the new table."""
    answer = perform()
    specification = call.parameters.get("SSESpecification") or {}
    if answer.status >= 300 or not specification.get("Enabled"):
        return answer
    arn = _arn(call)
    try:
        _seal(call, arn, specification)
    except ServiceError:
        dynamodb.forget(arn)
        raise
    return _with_current_key(answer, arn)


@around("dynamodb", "UpdateTable", stage=Stage.ENCRYPTED, refuses=False)
def update(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Create a table key and a grant for the new KMS key, and retire the grant for the old KMS key."""
    specification = call.parameters.get("SSESpecification")
    answer = perform()
    if answer.status >= 300 or specification is None:
        return answer
    arn = _arn(call)
    old = dynamodb.sealed(arn)
    if specification.get("Enabled"):
        _seal(call, arn, specification)
    else:
        dynamodb.seal(arn, None)
        dynamodb.encrypt(arn, None)
    if old is not None:
        for_services.retire_grant(call, _service(call), old, arn)
    return _with_current_key(answer, arn)


@around("dynamodb", "DeleteTable", stage=Stage.ENCRYPTED, refuses=False)
def delete(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Retire DynamoDB's grant after the table is deleted."""
    arn = _arn(call)
    sealed = dynamodb.sealed(arn)
    answer = perform()
    if answer.status < 300 and sealed is not None:
        for_services.retire_grant(call, _service(call), sealed, arn)
    return answer


@around(
    "dynamodb", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
    "TransactGetItems", "TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction",
    stage=Stage.ENCRYPTED,
)  # fmt: skip
def use_items(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Have KMS decrypt the table key for the caller, once every five minutes per table and caller.

    Raises AccessDeniedException with KMS's message if KMS denies the call.
    """
    allowed = (each.request.resource for each in call.judgements if each.allowed)
    for arn in dict.fromkeys(resource.partition("/index/")[0] for resource in allowed):
        sealed = dynamodb.sealed(arn)
        if sealed is None or reuse.known(call, arn, sealed.key_arn) is not None:
            continue
        try:
            for_services.unwrap(call, sealed.blob, _context(arn))
        except ServiceError as error:
            raise ServiceError(
                "AccessDeniedException", f"KMS key access denied error: {error.message}", 400
            ) from error
        reuse.keep(call, arn, sealed.key_arn, sealed.blob, _REUSED_FOR)
    return perform()


@around(
    "dynamodb", "RestoreTableFromBackup", "RestoreTableToPointInTime", stage=Stage.ENCRYPTED, refuses=False
)
def encrypt_restored(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Encrypt a restored table with the key of its source, or with the requested key.

    If the key of the source isn't enabled, or KMS denies the use of the new key, remove the restored table.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Restore.Tutorial.html
    """
    given = call.parameters
    if call.operation == "RestoreTableFromBackup":
        sealed = dynamodb.sealed_in_backup(given["BackupArn"])
    else:
        sealed = dynamodb.sealed(table_arn(call, given.get("SourceTableArn") or given.get("SourceTableName")))
    answer = perform()
    kept = {"Enabled": sealed is not None, "KMSMasterKeyId": sealed.key_arn if sealed is not None else None}
    specification = given.get("SSESpecificationOverride") or kept
    if answer.status >= 300:
        return answer
    arn = table_arn(call, given["TargetTableName"])
    try:
        check_readable(call, sealed)
        if not specification.get("Enabled"):
            return answer
        _seal(call, arn, specification)
    except ServiceError:
        dynamodb.forget(arn)
        raise
    return _with_current_key(answer, arn)


def check_readable(call: Call, sealed: Any | None) -> None:
    """Raise AccessDeniedException for a table key whose KMS key isn't enabled."""
    if sealed is not None and not for_services.usable(call.state, sealed.key_arn):
        raise ServiceError(
            "AccessDeniedException", f"KMS key access denied error: {sealed.key_arn} isn't enabled.", 400
        )


# --- calls to KMS ---------------------------------------------------------------------------------------------


def _arn(call: Call) -> str:
    return str(call.judgements[0].request.resource)


def _service(call: Call) -> str:
    return f"dynamodb.{call.region}.amazonaws.com"


def _context(arn: str) -> dict[str, str]:
    """Return the encryption context of a table.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-encryption-context
    """
    table = Arn.parse(arn)
    return {"aws:dynamodb:tableName": table.name, "aws:dynamodb:subscriberId": table.account}


def _seal(call: Call, arn: str, specification: Any) -> None:
    """Create a grant and a table key under the requested KMS key, or the AWS managed key for DynamoDB.

    Raises `ServiceError` if KMS rejects the request: AccessDeniedException for a denial, ValidationException for
    anything else.
    """
    requested = specification.get("KMSMasterKeyId") or "alias/aws/dynamodb"
    key = for_services.key_for(call.state, arn, requested)
    identifier = key.arn if key is not None else requested
    service = _service(call)
    try:
        identifier = for_services.ask(call, "DescribeKey", KeyId=identifier)["KeyMetadata"]["Arn"]
        grant = for_services.ask(
            call,
            "CreateGrant",
            KeyId=identifier,
            GranteePrincipal=service,
            RetiringPrincipal=service,
            Operations=list(_GRANTED),
            Constraints={"EncryptionContextSubset": _context(arn)},
        )["GrantId"]
        blob, _ = for_services.data_key(call, identifier, _context(arn))
    except ServiceError as error:
        code = "AccessDeniedException" if error.code == "AccessDeniedException" else "ValidationException"
        raise ServiceError(code, error.message, 400) from error
    dynamodb.seal(arn, for_services.Sealed(blob, identifier, grant))
    dynamodb.encrypt(arn, identifier)


def _with_current_key(answer: Answer, arn: str) -> Answer:
    """Return the response with the table's current encryption: moto wrote the response before the key was set."""
    content = json_content.content(answer)
    description = dynamodb.described(arn)["TableDescription"].get("SSEDescription")
    content["TableDescription"].pop("SSEDescription", None)
    if description is not None:
        content["TableDescription"]["SSEDescription"] = description
    return json_content.rewritten(answer, content)
