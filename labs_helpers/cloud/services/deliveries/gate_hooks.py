"""The connections from SNS, EventBridge, and S3 to the targets of their deliveries.

The gate connects each service when it loads the service.
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.registry import connects
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.deliveries import delivery_permissions


@connects(*sorted(delivery_permissions.SENDERS))
def have_target_policies_decide(service: str, state: Callable[[], State]) -> Callable[[], None]:
    """Have each target's policy determine whether a service's deliveries are allowed, and record the deliveries.

    Returns a function that undoes the change.
    """

    def allowed(sender: str, action: str, target_arn: str, source_arn: str) -> bool:
        caller = state().caller
        assert caller is not None, "a running cloud has a caller"
        operation, parameters = delivery_permissions.as_call(target_arn)
        return caller.may_deliver(
            sender,
            action,
            target_arn,
            operation=operation,
            parameters=parameters,
            account=delivery_permissions.account_of(source_arn),
            source_arn=source_arn,
        )

    return delivery_permissions.connect(service, allowed, state)
