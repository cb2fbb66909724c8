"""Views on moto's Secrets Manager: which secret a name or ARN means, and what is attached to it.

moto's Secrets Manager itself is not imported before it is used.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from labs_helpers.core.kept_policies import Kept, keeps_policies
from labs_helpers.core.state import State
from labs_helpers.moto import backends
from labs_helpers.policy.arn import Arn


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
    arn = Arn.read(secret_id)
    if arn is not None:
        if arn.account != account and arn.account not in backends.accounts("secretsmanager"):
            return None
        region, account = arn.region, arn.account
    secret = _secrets(account, region).get(secret_id)
    return None if secret is None else _view(account, secret)


def is_deleted(account: str, region: str, secret_id: str) -> bool:
    """Whether a secret is scheduled for deletion."""
    arn = Arn.read(secret_id)
    if arn is not None:
        region, account = arn.region, arn.account
    secret = _secrets(account, region).get(secret_id)
    return secret is not None and bool(getattr(secret, "source", secret).deleted_date)


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
                yield Kept(each.arn, each.policy, partial(setattr, each, "policy"))


def _source(secret: Any) -> Any:
    return getattr(secret, "source", secret)


# Encryption with KMS keys: what moto keeps of it, and what the service remembers beside it


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a secret that has a value. `sealed` is what `seal` kept, None for one nobody encrypted yet."""

    arn: str
    id: str
    stages: tuple[str, ...]
    sealed: Any | None


def _own(account: str, region: str, secret_id: str) -> Any | None:
    """A secret as moto keeps it, unless it is a replica: its values are its primary's."""
    secret = _secrets(account, region).get(secret_id) if secret_id else None
    return None if secret is None or hasattr(secret, "source") else secret


def key_of(account: str, region: str, secret_id: str) -> str | None:
    """The KMS key that a secret names, None for the AWS managed one and for no secret."""
    secret = _own(account, region, secret_id)
    named = secret.kms_key_id if secret is not None else None
    return None if not named or named == _DEFAULT_KEY else named


def versions(account: str, region: str, secret_id: str) -> list[VersionView]:
    """The versions of a secret that have values; a replica has its primary's, encrypted for itself."""
    secret = _secrets(account, region).get(secret_id)
    if secret is None:
        return []
    kept = secret.__dict__.get(_SEALED, {})
    return [
        VersionView(secret.arn, name, tuple(version["version_stages"]), kept.get(name))
        for name, version in getattr(secret, "source", secret).versions.items()
        if "secret_string" in version or "secret_binary" in version
    ]


def seal(account: str, region: str, secret_id: str, version: str, sealed: Any) -> None:
    """Remember with a version of a secret how it is encrypted."""
    secret = _secrets(account, region)[secret_id]
    secret.__dict__[_SEALED] = {**secret.__dict__.get(_SEALED, {}), version: sealed}


def undo(account: str, region: str, secret_id: str) -> Callable[[], None]:
    """What brings a secret back to how it is now, or makes it unknown again if there is none."""
    secret = _own(account, region, secret_id)
    kept = None if secret is None else {**secret.__dict__, "versions": copy.deepcopy(secret.versions)}

    def bring_back() -> None:
        if kept is not None:
            secret.__dict__.update(kept)
            return
        made = _own(account, region, secret_id)
        if made is not None:
            _secrets(account, region).pop(secret_id)
            for replica in made.replicas:
                _secrets(account, replica.region).pop(replica.arn)

    return bring_back


_SEALED = "labs_sealed"
_DEFAULT_KEY = "alias/aws/secretsmanager"
