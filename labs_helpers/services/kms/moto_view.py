"""Views on moto's KMS: which key an id, ARN, alias, ciphertext or grant means, and what is attached to it.

moto's KMS itself is not imported before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labs_helpers.moto import backends

_KEY_ID_LENGTH = 36
"""moto puts the key's id, in plain text, at the front of a ciphertext."""


@dataclass(frozen=True, slots=True)
class KeyView:
    """What a decision needs to know about a KMS key; `aliases` are names (`alias/payroll`)."""

    id: str
    arn: str
    account: str
    region: str
    policy: str
    spec: str
    usage: str
    origin: str
    multi_region: bool
    multi_region_type: str | None
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A key identifier taken apart: `path` is `key/<id>` or `alias/<name>`."""

    account: str
    region: str
    path: str

    @property
    def arn(self) -> str:
        return f"arn:aws:kms:{self.region}:{self.account}:{self.path}"

    @property
    def alias(self) -> str | None:
        """The alias name, if the identifier is one."""
        return self.path if self.path.startswith("alias/") else None


def name(account: str, region: str, identifier: str) -> Name:
    """What an identifier (id, key ARN, alias, alias ARN) names; ids and aliases are those of `account` and `region`.

    https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
    """
    parts = identifier.split(":", 5)
    if len(parts) == 6 and parts[0] == "arn":
        return Name(parts[4], parts[3], parts[5])
    return Name(account, region, identifier if identifier.startswith("alias/") else f"key/{identifier}")


def find(account: str, region: str, identifier: str) -> KeyView | None:
    """The key that an identifier names, in whichever account; None if there is none.

    AWS makes a managed key (`alias/aws/s3`) when its alias is first used, and so does this, in `account` only.
    """
    named = name(account, region, identifier)
    if named.account != account and named.account not in backends.accounts("kms"):
        return None
    kms = _backend(named.account, named.region)
    if kms is None:
        return None
    if named.alias is None:
        key = kms.keys.get(named.path.partition("/")[2])
    else:
        key = next((key for key in kms.keys.values() if named.alias in key.aliases), None)
        if key is None and named.account == account and named.alias.startswith("alias/aws/"):
            key = kms.keys.get(kms.get_key_id_from_alias(named.alias))
    return None if key is None else _view(key)


def _backend(account: str, region: str) -> Any | None:
    """moto's KMS of an account and region, None for a region that does not exist."""
    try:
        return backends.backend("kms", account, region)
    except KeyError:
        return None


def _view(key: Any) -> KeyView:
    primary = key.multi_region_configuration["PrimaryKey"]["Arn"] if key.multi_region else None
    kind = None if primary is None else "PRIMARY" if primary == key.arn else "REPLICA"
    # A replica shares its primary's dictionary of aliases in moto; an alias belongs to one region.
    aliases = tuple(
        alias for alias, found in key.aliases.items() if found.alias_arn.split(":")[3] == key.region
    )
    return KeyView(
        key.id, key.arn, key.account_id, key.region, key.policy, key.key_spec, key.key_usage, key.origin,
        bool(key.multi_region), kind, aliases,
    )  # fmt: skip


def of_ciphertext(account: str, region: str, ciphertext: bytes) -> KeyView | None:
    """The key that a ciphertext was made with, the account's own before another's; None if there is none here."""
    key_id = ciphertext[:_KEY_ID_LENGTH].decode("ascii", "replace")
    for owner in (account, *(other for other in backends.accounts("kms") if other != account)):
        found = find(owner, region, key_id)
        if found is not None:
            return found
    return None


def of_grant_token(region: str, token: str) -> tuple[KeyView, dict[str, Any]] | None:
    """The key and the grant (as ListGrants returns it) that a grant token stands for."""
    for account in backends.accounts("kms"):
        kms = _backend(account, region)
        for key in kms.keys.values() if kms is not None else ():
            for grant in key.grants.values():
                if grant.token == token:
                    return _view(key), _grant(key, grant)
    return None


def grants(arn: str) -> list[dict[str, Any]]:
    """A key's grants as ListGrants returns them, by the key's ARN."""
    key = _stored(arn)
    return [] if key is None else [_grant(key, grant) for grant in key.grants.values()]


def _grant(key: Any, grant: Any) -> dict[str, Any]:
    entry = grant.to_json() | {"KeyId": key.arn, "IssuingAccount": f"arn:aws:iam::{key.account_id}:root"}
    return {field: value for field, value in entry.items() if value}


def tags(arn: str) -> dict[str, str]:
    """A key's tags, by the key's ARN."""
    key = _stored(arn)
    if key is None:
        return {}
    return dict(backends.backend("kms", key.account_id, key.region).tagger.get_tag_dict_for_resource(key.id))


def _stored(arn: str) -> Any | None:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[4] not in backends.accounts("kms"):
        return None
    kms = _backend(parts[4], parts[3])
    return kms.keys.get(parts[5].partition("/")[2]) if kms is not None else None
