"""Views on moto's Secrets Manager: which secret a name or ARN means, and what is attached to it.

moto's Secrets Manager itself is not imported before it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from labs_helpers.core.kept_policies import Kept, keeps_policies
from labs_helpers.core.state import State
from labs_helpers.moto import backends


@dataclass(frozen=True, slots=True)
class SecretView:
    """What a decision needs to know about a secret; `primary_region` only of one that is replicated."""

    name: str
    arn: str
    account: str
    policy: str | None
    rotation_lambda: str | None
    primary_region: str | None
    tags: dict[str, str] = field(default_factory=dict)


def find(account: str, region: str, secret_id: str) -> SecretView | None:
    """The secret that a name, an ARN or an ARN without its random end means, in whichever account; None if none.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
    """
    parts = secret_id.split(":", 6)
    if len(parts) == 7 and parts[0] == "arn":
        region, owner = parts[3], parts[4]
        if owner != account and owner not in backends.accounts("secretsmanager"):
            return None
        account = owner
    secret = _secrets(account, region).get(secret_id)
    return None if secret is None else _view(account, secret)


def _secrets(account: str, region: str) -> Any:
    try:
        return backends.backend("secretsmanager", account, region).secrets
    except KeyError:  # no such region
        return {}


def _view(account: str, secret: Any) -> SecretView:
    source = getattr(secret, "source", secret)  # a replica shows its primary's state
    replicated = source is not secret or bool(source.replicas)
    return SecretView(
        secret.name, secret.arn, account, source.policy, source.rotation_lambda_arn or None,
        source.region if replicated else None, {tag["Key"]: tag.get("Value", "") for tag in source.tags or ()},
    )  # fmt: skip


def matching(account: str, region: str, filters: list[dict[str, Any]]) -> list[str]:
    """The ARNs of the secrets that ListSecrets' filters find."""
    found, _ = backends.backend("secretsmanager", account, region).list_secrets(filters, 10_000)
    return [secret["ARN"] for secret in found]


@keeps_policies
def kept_policies(_: State) -> Iterator[Kept]:
    """The policies of all secrets; a replica shows its primary's."""
    for backend in backends.everywhere("secretsmanager"):
        for each in {id(source): source for source in map(_source, backend.secrets.values())}.values():
            if each.policy:
                yield each.policy, partial(setattr, each, "policy")


def _source(secret: Any) -> Any:
    return getattr(secret, "source", secret)
