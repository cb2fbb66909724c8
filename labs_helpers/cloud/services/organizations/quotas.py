"""Organizations' quotas, as `quotas.json` beside this module has them with AWS's page and its date.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class PolicyQuota:
    """How long a policy of a type may be, how many a target and an organisation may have."""

    characters: int
    attached: int
    in_organization: int


@cache
def quotas() -> dict[str, Any]:
    """All of them, by name."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("quotas.json").read_text(encoding="utf-8"))
    return found


def days(name: str) -> timedelta:
    """One of the times that are counted in days."""
    return timedelta(days=quotas()["days"][name])


@cache
def policy_quota(policy_type: str) -> PolicyQuota:
    """The quotas of a policy type."""
    row = quotas()["policies"].get(policy_type) or quotas()["other_policies"]
    return PolicyQuota(row["characters"], row["attached"], row["in_organization"])
