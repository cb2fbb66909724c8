"""Calls from one service to another on behalf of a principal, independent of the gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Caller(Protocol):
    """Calls inside the cloud, authorized and recorded like any other. The gate implements it.

    The first two methods return the operation's output members, and raise `ServiceError` if the called service
    refuses. `account` is where the call is performed if the parameters don't name the owner of the resource.
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
        """Call on behalf of the principal of `call` (a `core.call.Call`), as S3 does when it asks KMS to decrypt.

        aws:ViaAWSService is true; `context` has the service's own condition keys, such as kms:ViaService.
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
        """Call as an AWS service (`sns.amazonaws.com`): aws:SourceArn is `source_arn`, aws:SourceAccount `account`.

        A role's ARN as `service_principal` means a service that has assumed this role.
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
        """Return whether an AWS service that calls as itself would be allowed `action`; call and record nothing.

        A role's ARN as `service_principal` means a service that has assumed this role. `context` has the keys of the
        called service, such as s3:x-amz-acl.
        """

    def may(self, call: Any, action: str, resource: str) -> bool:
        """Return whether the principal of `call` would be allowed another action as well; call and record nothing."""

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

        `sender` is a service principal (`sns.amazonaws.com`), or the ARN of a role that the service was given;
        aws:SourceArn is `source_arn`, aws:SourceAccount `account`.
        """
