"""Trail events for actions that Secrets Manager performs on its own.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.secretsmanager.secret import Secret
from labs_helpers.cloud.services.shared import unrequested_events

_SERVICE = "secretsmanager.amazonaws.com"


def of_versions(state: State, secret: Secret, name: str, when: datetime) -> None:
    """Record the start, cancellation, or end of a deletion, as one event per version of the secret."""
    for version in secret.content.versions:
        _record(state, secret, name, when, SecretVersionId=version)


def of_rotation(state: State, secret: Secret, name: str, when: datetime, **details: Any) -> None:
    """Record RotationStarted, RotationSucceeded, RotationFailed, RotationAbandoned, or the test's own event."""
    _record(state, secret, name, when, **details)


def of_replication(state: State, secret: Secret, name: str, when: datetime, **details: Any) -> None:
    """Record ReplicationStarted, ReplicationSucceeded, or ReplicationFailed."""
    _record(state, secret, name, when, **details)


def _record(state: State, secret: Secret, name: str, when: datetime, **details: Any) -> None:
    shown = {"eventType": "AwsServiceEvent", "additionalEventData": {"SecretId": secret.arn, **details}}
    unrequested_events.record(
        state, "secretsmanager", name, when, account=secret.account, region=secret.region, by=_SERVICE, shown=shown
    )  # fmt: skip
