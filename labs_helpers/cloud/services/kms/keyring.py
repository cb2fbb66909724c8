"""The keys, aliases, and grants in a cloud, and the parsing of key identifiers.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.services.kms.keys import Alias, Family, Grant, Key
from labs_helpers.engine.policy.arn import Arn

KEY_ID = re.compile(r"(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_Place = tuple[str, str]
"""(account, Region)"""


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of a key identifier: `path` is `key/<ID>` or `alias/<name>`."""

    account: str
    region: str
    path: str

    @property
    def arn(self) -> str:
        """The ARN of the key or alias that the identifier specifies."""
        return f"arn:aws:kms:{self.region}:{self.account}:{self.path}"

    @property
    def alias(self) -> str | None:
        """The alias name, or None if the identifier isn't an alias."""
        return self.path if self.path.startswith("alias/") else None


@lru_cache(maxsize=1024)
def parse_identifier(account: str, region: str, identifier: str) -> Name:
    """Return the parts of an identifier (key ID, key ARN, alias, alias ARN).

    Key IDs and alias names refer to `account` and `region`.
    """
    arn = Arn.read(identifier)
    if arn is not None:
        return Name(arn.account, arn.region, arn.resource)
    return Name(account, region, identifier if identifier.startswith("alias/") else f"key/{identifier}")


@dataclass(slots=True)
class WrappingKey:
    """A wrapping key from GetParametersForImport: its private key, its KMS key, the algorithm, and the expiration."""

    key_arn: str
    algorithm: str
    secret: bytes = field(repr=False)
    valid_to: datetime


class Keyring:
    """The state of KMS. `due` is the next time at which the clock changes a key; see `timeline`.

    `transient` is the time for which the transient states (Creating, Updating) last on the lab clock. AWS documents "a
    few seconds". By default, a transient state ends before the response is returned; set `transient` to make it
    visible.
    """

    def __init__(self) -> None:
        self.places: dict[_Place, dict[str, Key]] = {}
        self.aliases: dict[_Place, dict[str, Alias]] = {}
        self.accounts_of: dict[str, str] = {}
        """The account by key ID, including deleted keys, because IDs are unique."""
        self.tokens: dict[str, tuple[str, str]] = {}
        """(key ARN, grant ID) by grant token."""
        self.wrapping_keys: dict[bytes, WrappingKey] = {}
        self.due: datetime | None = None
        self.transient = timedelta()

    # keys

    def keys(self, account: str, region: str) -> dict[str, Key]:
        """Return an account's keys in a Region by ID, in order of creation."""
        return self.places.get((account, region), {})

    def every_key(self) -> Iterator[Key]:
        """Yield the keys of all accounts and Regions."""
        for place in list(self.places.values()):
            yield from list(place.values())

    def add(self, key: Key) -> Key:
        """Add a key to its account, Region, and family, and return the key."""
        key.family.members[key.region] = key
        self.places.setdefault((key.account, key.region), {})[key.id] = key
        self.accounts_of[key.id] = key.account
        return key

    def remove(self, key: Key) -> None:
        """Remove a key, its aliases, and its grant tokens. A family without members is removed as well."""
        del self.places[key.account, key.region][key.id]
        key.family.members.pop(key.region, None)
        for alias in list(key.aliases):
            del self.aliases[key.account, key.region][alias]
        for token in [each for each, (arn, _) in self.tokens.items() if arn == key.arn]:
            del self.tokens[token]

    def find(self, account: str, region: str, identifier: str) -> Key | None:
        """Return the key that an identifier specifies, in any account and Region, or None."""
        return self.named(parse_identifier(account, region, identifier))

    def named(self, parts: Name) -> Key | None:
        """Return the key for a parsed identifier, directly or through an alias, or None if there isn't one."""
        keys = self.places.get((parts.account, parts.region))
        if keys is None:
            return None
        if parts.alias is None:
            kind, _, key_id = parts.path.partition("/")
            return keys.get(key_id) if kind == "key" else None
        alias = self.aliases.get((parts.account, parts.region), {}).get(parts.alias)
        return keys.get(alias.key_id) if alias is not None else None

    def of_arn(self, arn: str) -> Key | None:
        """Return the key with a key ARN or alias ARN, or None if there isn't one."""
        return self.find("", "", arn)

    def with_id(self, key_id: str, region: str) -> Key | None:
        """Return the key with this ID in a Region, in any account, or None if there isn't one.

        A ciphertext identifies a key only by ID.
        """
        account = self.accounts_of.get(key_id)
        return self.keys(account, region).get(key_id) if account is not None else None

    # aliases

    def alias(self, account: str, region: str, alias_name: str) -> Alias | None:
        """Return the alias with this name, or None if there isn't one."""
        return self.aliases.get((account, region), {}).get(alias_name)

    def point(self, alias_name: str, key: Key, now: datetime) -> Alias:
        """Point a new or existing alias to a key, and return the alias."""
        place = self.aliases.setdefault((key.account, key.region), {})
        alias = place.get(alias_name)
        if alias is None:
            alias = place[alias_name] = Alias(alias_name, key.account, key.region, key.id, now, now)
        else:
            self.keys(key.account, key.region)[alias.key_id].aliases.pop(alias_name, None)
            alias.key_id, alias.updated = key.id, now
        key.aliases[alias_name] = alias
        return alias

    def unalias(self, alias: Alias) -> None:
        """Delete an alias without deleting its key."""
        del self.aliases[alias.account, alias.region][alias.name]
        self.keys(alias.account, alias.region)[alias.key_id].aliases.pop(alias.name, None)

    # grants

    def grant_of_token(self, token: str) -> tuple[Key, Grant] | None:
        """Return the key and grant for a grant token, or None if the grant no longer exists."""
        if token not in self.tokens:
            return None
        key_arn, grant_id = self.tokens[token]
        key = self.of_arn(key_arn)
        grant = key.grants.get(grant_id) if key is not None else None
        return (key, grant) if key is not None and grant is not None else None

    # time

    def expect(self, moment: datetime | None) -> None:
        """Have `timeline` check the keys at `moment` at the latest. If `moment` is None, nothing changes."""
        if moment is not None and (self.due is None or moment < self.due):
            self.due = moment


def new_id(ids: Any, multi_region: bool) -> str:
    """Return a new key ID. IDs of multi-Region keys begin with `mrk-`."""
    uuid = str(ids.uuid())
    return "mrk-" + uuid.replace("-", "") if multi_region else uuid


__all__ = ["KEY_ID", "Family", "Keyring", "Name", "WrappingKey", "new_id", "parse_identifier"]
