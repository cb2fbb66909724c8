"""All keys, aliases and grants of a cloud, and what a key identifier names.

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


@lru_cache(maxsize=1024)
def name(account: str, region: str, identifier: str) -> Name:
    """What an identifier (id, key ARN, alias, alias ARN) names; ids and aliases are those of `account` and `region`."""
    arn = Arn.read(identifier)
    if arn is not None:
        return Name(arn.account, arn.region, arn.resource)
    return Name(account, region, identifier if identifier.startswith("alias/") else f"key/{identifier}")


@dataclass(slots=True)
class WrappingKey:
    """What GetParametersForImport gave out: the private half, for which key, how to unwrap, and until when."""

    key_arn: str
    algorithm: str
    secret: bytes = field(repr=False)
    valid_to: datetime


class Keyring:
    """The state of KMS. `due` is the next moment at which time changes something; see `timeline`.

    `transient` is how long the passing states (Creating, Updating) last by the lab clock. AWS documents "a few
    seconds"; here the change is done when the answer is there, unless somebody makes it longer to see them.
    """

    def __init__(self) -> None:
        self.places: dict[_Place, dict[str, Key]] = {}
        self.aliases: dict[_Place, dict[str, Alias]] = {}
        self.accounts_of: dict[str, str] = {}
        """The account by key id, of deleted keys as well: ids are unique."""
        self.tokens: dict[str, tuple[str, str]] = {}
        """(key ARN, grant id) by grant token."""
        self.wrapping_keys: dict[bytes, WrappingKey] = {}
        self.due: datetime | None = None
        self.transient = timedelta()

    # keys

    def keys(self, account: str, region: str) -> dict[str, Key]:
        """The keys of an account and Region by id, in the order in which they were made."""
        return self.places.get((account, region), {})

    def every_key(self) -> Iterator[Key]:
        for place in list(self.places.values()):
            yield from list(place.values())

    def add(self, key: Key) -> Key:
        key.family.members[key.region] = key
        self.places.setdefault((key.account, key.region), {})[key.id] = key
        self.accounts_of[key.id] = key.account
        return key

    def remove(self, key: Key) -> None:
        """The end of a key: with it go its aliases, grants and tokens. The family goes with its last member."""
        del self.places[key.account, key.region][key.id]
        key.family.members.pop(key.region, None)
        for alias in list(key.aliases):
            del self.aliases[key.account, key.region][alias]
        for token in [each for each, (arn, _) in self.tokens.items() if arn == key.arn]:
            del self.tokens[token]

    def find(self, account: str, region: str, identifier: str) -> Key | None:
        """The key that an identifier names, in whichever account and Region; None if there is none."""
        return self.named(name(account, region, identifier))

    def named(self, found: Name) -> Key | None:
        keys = self.places.get((found.account, found.region))
        if keys is None:
            return None
        if found.alias is None:
            kind, _, key_id = found.path.partition("/")
            return keys.get(key_id) if kind == "key" else None
        alias = self.aliases.get((found.account, found.region), {}).get(found.alias)
        return keys.get(alias.key_id) if alias is not None else None

    def of_arn(self, arn: str) -> Key | None:
        return self.find("", "", arn)

    def with_id(self, key_id: str, region: str) -> Key | None:
        """The key of that id in a Region, whoever owns it: what a ciphertext names."""
        account = self.accounts_of.get(key_id)
        return self.keys(account, region).get(key_id) if account is not None else None

    # aliases

    def alias(self, account: str, region: str, alias_name: str) -> Alias | None:
        return self.aliases.get((account, region), {}).get(alias_name)

    def point(self, alias_name: str, key: Key, now: datetime) -> Alias:
        """Let an alias name a key from now on: a new one, or one that named another."""
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
        del self.aliases[alias.account, alias.region][alias.name]
        self.keys(alias.account, alias.region)[alias.key_id].aliases.pop(alias.name, None)

    # grants

    def grant_of_token(self, token: str) -> tuple[Key, Grant] | None:
        """The key and the grant that a grant token stands for, None once the grant is gone."""
        found = self.tokens.get(token)
        key = self.of_arn(found[0]) if found else None
        grant = key.grants.get(found[1]) if key is not None and found else None
        return (key, grant) if key is not None and grant is not None else None

    # time

    def expect(self, moment: datetime | None) -> None:
        """Have `timeline` look at the keys at `moment`, if not before."""
        if moment is not None and (self.due is None or moment < self.due):
            self.due = moment


def new_id(ids: Any, multi_region: bool) -> str:
    """A key id; those of multi-Region keys begin with `mrk-`."""
    found = str(ids.uuid())
    return "mrk-" + found.replace("-", "") if multi_region else found


__all__ = ["KEY_ID", "Family", "Keyring", "Name", "WrappingKey", "name", "new_id"]
