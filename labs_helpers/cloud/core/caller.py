"""How one service calls another on somebody's behalf, without knowing the gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Caller(Protocol):
    """Makes calls inside the cloud: authorized and recorded like any other. The gate implements it.

    The first two methods return the operation's output members and raise `ServiceError` as the called service refuses.
    `account` is where the call is performed if nothing in the parameters says whose the resource is.
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
        """Call on behalf of the principal of `call` (a `core.call.Call`), as S3 asks KMS to decrypt.

        aws:ViaAWSService is true; `context` holds the service's own condition keys, such as kms:ViaService.
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

        The ARN of a role stands for a service that was given it.
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
        """Whether an AWS service that calls as itself would be allowed `action`; nothing is called or recorded.

        A role's ARN in the place of the service asks for a service that has assumed this role.

        `context` holds the keys of the called service, such as s3:x-amz-acl.
        """

    def may(self, call: Any, action: str, resource: str) -> bool:
        """Whether the principal of `call` would be allowed another action too; nothing is called or recorded."""

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
