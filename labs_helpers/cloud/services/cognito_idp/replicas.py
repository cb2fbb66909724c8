"""Replicas in other Regions, and recovery to a point in time: what can be refused truly; the rest is not modelled.

https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolReplica.html
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiatePointInTimeRecovery.html
"""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.services.cognito_idp.calls import pool_of
from labs_helpers.cloud.services.cognito_idp.errors import invalid, not_found, not_in_tier
from labs_helpers.cloud.services.cognito_idp.state import UserPool

_WINDOWS = {"ESSENTIALS": timedelta(days=1), "PLUS": timedelta(days=14)}
_LEAST = timedelta(minutes=15)


@operation("cognito-idp", "CreateUserPoolReplica")
def create_user_pool_replica(call: Call) -> dict[str, Any]:
    """A pool can be replicated if a multi-Region key of the customer's encrypts it, which pools here have not.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolReplica.html
    """
    pool = pool_of(call)
    if pool.tier == "LITE":
        raise not_in_tier("Multi-Region replication", pool.tier)
    if call.parameters["RegionName"] == pool.region:
        raise invalid("The replica must be in another Region than the user pool.")
    raise invalid("Replication needs a user pool that is encrypted with a multi-Region customer managed key.")


@operation("cognito-idp", "UpdateUserPoolReplica", "DeleteUserPoolReplica")
def change_user_pool_replica(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DeleteUserPoolReplica.html"""
    pool_of(call)
    raise not_found(f"The user pool has no replica in {call.parameters['RegionName']}.")


@operation("cognito-idp", "ListUserPoolReplicas")
def list_user_pool_replicas(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUserPoolReplicas.html"""
    pool = pool_of(call)
    primary = {"RegionName": pool.region, "Status": "ACTIVE", "Role": "PRIMARY", "UserPoolArn": pool.arn}
    return {"UserPoolReplicas": [primary]}


def _recoverable(call: Call) -> UserPool:
    pool = pool_of(call)
    if pool.tier not in _WINDOWS:
        raise not_in_tier("Point-in-time recovery", pool.tier)
    return pool


@operation("cognito-idp", "InitiatePointInTimeRecovery")
def initiate_point_in_time_recovery(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiatePointInTimeRecovery.html"""
    pool, point = _recoverable(call), call.parameters["RestoreTimestamp"].replace(tzinfo=UTC)
    if point > call.time - _LEAST:
        raise invalid("The recovery point must be at least 15 minutes in the past.")
    if point < pool.created:
        raise invalid("The recovery point can't be earlier than the creation time of the user pool.")
    if point < call.time - _WINDOWS[pool.tier]:
        raise invalid(
            f"The recovery point is outside of the recovery period of the {pool.tier} feature plan."
        )
    raise NotModelled("cognito-idp InitiatePointInTimeRecovery: earlier states of a user pool are not kept")


@operation(
    "cognito-idp", "DescribePointInTimeRecovery", "StartPointInTimeRecovery", "CancelPointInTimeRecovery"
)
def use_point_in_time_recovery(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribePointInTimeRecovery.html"""
    _recoverable(call)
    raise not_found(f"Recovery {call.parameters['RestoreId']} does not exist.")


@operation("cognito-idp", "ListPointInTimeRecoveries")
def list_point_in_time_recoveries(call: Call) -> dict[str, Any]:
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListPointInTimeRecoveries.html"""
    _recoverable(call)
    return {"Restorations": []}
