"""The quotas of Organizations, from `quotas.json` in this folder.

The file contains the URL and the date of the AWS page.
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
    """A policy type's quotas: the characters per policy, and the policies per target and per organization."""

    characters: int
    attached: int
    in_organization: int


@cache
def quotas() -> dict[str, Any]:
    """Return all quotas by name."""
    values: dict[str, Any] = json.loads(Path(__file__).with_name("quotas.json").read_text(encoding="utf-8"))
    return values


def days(name: str) -> timedelta:
    """Return the period with this name, which is specified in days."""
    return timedelta(days=quotas()["days"][name])


@cache
def policy_quota(policy_type: str) -> PolicyQuota:
    """Return a policy type's quotas."""
    row = quotas()["policies"].get(policy_type) or quotas()["other_policies"]
    return PolicyQuota(row["characters"], row["attached"], row["in_organization"])
