"""Organizations' quotas, as `data/quotas_organizations.json` has them with AWS's page and its date.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from labs_helpers.core.content import data_path


@dataclass(frozen=True, slots=True)
class PolicyQuota:
    """How long a policy of a type may be, how many a target and an organisation may have."""

    characters: int
    attached: int
    in_organization: int


@cache
def quotas() -> dict[str, Any]:
    """All of them, by name."""
    found: dict[str, Any] = json.loads(data_path("quotas_organizations.json").read_text(encoding="utf-8"))
    return found


def days(name: str) -> timedelta:
    """One of the times that are counted in days."""
    return timedelta(days=quotas()["days"][name])


@cache
def policy_quota(policy_type: str) -> PolicyQuota:
    """The quotas of a policy type."""
    row = quotas()["policies"].get(policy_type) or quotas()["other_policies"]
    return PolicyQuota(row["characters"], row["attached"], row["in_organization"])
