"""Secrets that another service creates and owns, such as those for EventBridge's connections.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/service-linked-secrets.html
"""

from __future__ import annotations

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.secretsmanager.secret import CURRENT, Content, Secret, Version
from labs_helpers.cloud.services.secretsmanager.vault import vault, watch


def create(call: Call, name: str, text: str, *, owner: str, description: str) -> str:
    """Create a secret for a service in the account and Region of the service's call, and return its ARN."""
    content = Content(
        name, call.state.ids.token(6), call.region, call.time, call.time, description=description, owner=owner
    )
    secret = vault(call.state).add(Secret(content, call.account, call.region))
    watch(call.state)
    _put(call, secret, text)
    return secret.arn


def renew(call: Call, arn: str, text: str) -> None:
    """Set a new value for a secret. Do nothing if the secret no longer exists."""
    secret = vault(call.state).find(call.account, call.region, arn)
    if secret is not None:
        _put(call, secret, text)


def delete(call: Call, arn: str) -> None:
    """Delete a secret immediately. Do nothing if the secret no longer exists."""
    secret = vault(call.state).find(call.account, call.region, arn)
    if secret is not None:
        vault(call.state).remove(secret)


def _put(call: Call, secret: Secret, text: str) -> None:
    """Add the current version. Its data key is created when the version is first read, as for a replica."""
    version = Version(call.state.ids.uuid(), call.time, string=text)
    secret.content.add(version)
    secret.content.attach(CURRENT, version)
    secret.content.changed = call.time
