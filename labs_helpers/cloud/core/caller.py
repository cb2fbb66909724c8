"""Calls that one service makes to another on behalf of a principal, independently of the gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Caller(Protocol):
    """Calls inside the cloud, authorized and recorded like any other call. The gate implements this protocol.

    `as_principal` and `as_service` return the operation's output members, and raise `ServiceError` if the called
    service rejects the call. The call is performed in `account`, unless the parameters identify the owner of the
    resource.
    """

    def as_principal(
        self,
        call: Any,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        context: Mapping[str, Any] | None = None,
    ) -> Mapping[str, Any]:
        """Call on behalf of `call`'s principal, as S3 does when it calls KMS to decrypt an object.

        `call` is a `core.call.Call`. aws:ViaAWSService is true; `context` has the service's own condition keys, such as
        kms:ViaService.
        """

    def as_service(
        self,
        service_principal: str,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        account: str,
        region: str,
        source_arn: str,
    ) -> Mapping[str, Any]:
        """Call as an AWS service such as `sns.amazonaws.com`.

        `source_arn` is the value of aws:SourceArn, and `account` is the value of aws:SourceAccount. If
        `service_principal` is a role's ARN, the caller is a service that has assumed this role.
        """

    def may_as_service(
        self,
        service_principal: str,
        action: str,
        resource: str,
        *,
        account: str,
        region: str,
        source_arn: str,
        context: Mapping[str, Any] | None = None,
    ) -> bool:
        """Return whether an AWS service, calling as itself, would be allowed to perform `action`.

        Nothing is called or recorded.

        If `service_principal` is a role's ARN, the caller is a service that has assumed this role. `context` contains
        the called service's condition keys, such as s3:x-amz-acl.
        """

    def may(self, call: Any, action: str, resource: str) -> bool:
        """Return whether `call`'s principal would also be allowed to perform `action`.

        Nothing is called or recorded.
        """

    def may_deliver(
        self,
        sender: str,
        action: str,
        target_arn: str,
        *,
        operation: str,
        parameters: Mapping[str, Any],
        account: str,
        source_arn: str,
    ) -> bool:
        """Return True if the target's policy allows a delivery, and record the delivery as a call of `operation`.

        `sender` is a service principal (`sns.amazonaws.com`), or the ARN of a role that was passed to the service;
        `source_arn` is the value of aws:SourceArn, and `account` is the value of aws:SourceAccount.
        """
