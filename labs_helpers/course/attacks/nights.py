"""A night: the accounts, names, addresses, and times that a seed determines.

The first night is the one that the learner sees. Rules are also graded on a second night, so that a rule fails if it
depends on values that an attacker chooses, or on values that will be different tomorrow.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.course.attacks.schema import Place

OURS = ("111122223333", "222233334444", "333344445555", "555566667777", "666677778888")
"""Larkspur's accounts."""
PARTNERS = ("444455556666", "888899990000")
"""The accounts with which Larkspur shares resources: those of Ledger and of the clinic's laboratory."""
OFFICE = ipaddress.ip_network("203.0.113.0/24")
"""The network of Larkspur's office."""
FIRST, SECOND = 1, 2
"""The seeds of the night that the learner sees, and of the night that the learner doesn't see."""

_WORDS = {
    "app": ("app", "shop"),
    "new": ("new", "second"),
    "copy": ("copy", "backup"),
    "secret": ("secret", "password"),
    "trail": ("trail", "record"),
    "work": ("work", "access"),
    "tidy": ("tidy", "old"),
    "log-bucket": ("larkspur-trail", "larkspur-trails-of-all"),
}
"""Words in the names of resources: on the first night, and on other nights."""
_EMPTY_ZIP = "PK\x05\x06" + "\0" * 18
_MALLORY = "198.51.100.66"
_NAMES = (
    "pia", "omar", "kim", "lars", "dora", "erin", "frank", "uma", "jo", "mo", "sven", "nora", "ravi", "selma", "tariq",
    "wren",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Night:
    """A night: its values, keyed by the names that packs write in angle brackets, and the address of each place."""

    seed: int
    values: Mapping[str, str]
    addresses: Mapping[Place, str]

    @property
    def account(self) -> str:
        """The account that is attacked."""
        return self.values["account"]

    @property
    def region(self) -> str:
        """The Region in which the calls are made."""
        return self.values["region"]

    def fill(self, value: Any, more: Mapping[str, str]) -> Any:
        """Return a value in which each <name> is replaced with the night's value, or with the value in `more`."""
        if isinstance(value, str):
            for name, instead in {**self.values, **more}.items():
                value = value.replace(f"<{name}>", instead)
            return value
        if isinstance(value, Mapping):
            return {self.fill(key, more): self.fill(inner, more) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.fill(inner, more) for inner in value]
        return value


def night(seed: int) -> Night:
    """Return the night that a seed determines. The first night has the story's account, names, and addresses."""
    dice = random.Random(f"night {seed}")
    staff = ["pia", "omar", "kim"] if seed == FIRST else dice.sample(_NAMES[3:], 3)
    if seed == SECOND:  # a rule might exempt Lars, who looks after the logs
        staff = ["lars", *(each for each in staff if each != "lars")][:3]
    known = {*OURS, *PARTNERS}
    outsider = "999988887777" if seed == FIRST else _account(dice, known)
    region = "eu-central-1" if seed == FIRST else "eu-west-1"
    home = "222233334444" if seed == FIRST else "555566667777"
    sisters = [account for account in OURS if account != home]
    values = {
        "account": home,
        "outsider": outsider,
        "other-outsider": "123443211234" if seed == FIRST else _account(dice, {*known, outsider}),
        "partner": PARTNERS[0] if seed == FIRST else PARTNERS[1],
        **dict(zip(("sister", "sister-2", "sister-3", "sister-4"), sisters, strict=True)),
        "region": region,
        "other-region": "us-west-2",
        "user": staff[0],
        "user-short": staff[0][:-1],
        "colleague": staff[1],
        "third": staff[2],
        "role": "operations" if seed == FIRST else "platform-admin",
        **{name: words[seed != FIRST] for name, words in _WORDS.items()},
        "salt": f"{dice.randrange(16**4):04x}",
        "outsider-address": _MALLORY
        if seed == FIRST
        else f"198.18.{dice.randrange(256)}.{dice.randrange(1, 255)}",
        "outsider-network": "198.51.100.0/24" if seed == FIRST else f"198.18.{dice.randrange(256)}.0/24",
        "office": str(OFFICE),
        "zip": _EMPTY_ZIP,
        "office-desk": f"203.0.113.{dice.randrange(4, 250)}/32",
    }
    addresses: dict[Place, str] = {
        "office": f"203.0.113.{dice.randrange(4, 250)}",
        "away": f"192.0.2.{dice.randrange(4, 250)}",
        "abroad": values["outsider-address"],
        "instance": f"10.0.{dice.randrange(256)}.{dice.randrange(4, 250)}",
    }
    return Night(seed, values, addresses)


def _account(dice: random.Random, taken: set[str]) -> str:
    """Return an account ID that isn't taken."""
    while (found := f"{dice.randrange(10**11, 10**12):012}") in taken:
        pass
    return found
