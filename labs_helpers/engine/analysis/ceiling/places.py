"""Places of resources: the accounts and Regions that a part of an ARN pattern matches."""

from __future__ import annotations

from functools import lru_cache

from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.variables import tokenize

ELSEWHERE = "999988887777"
"""Another account, which grants the caller all the access that it can grant."""
REGIONS = ("us-east-1", "eu-west-1")
MORE_REGIONS = (
    "us-east-2",
    "us-west-2",
    "eu-north-1",
    "eu-west-2",
    "eu-south-1",
    "ca-central-1",
    "ap-northeast-1",
    "sa-east-1",
    "eu-central-1",
    "eu-central-2",
    "eu-south-2",
    "eu-west-3",
    "us-west-1",
    "ca-west-1",
    "mx-central-1",
    "ap-east-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "me-central-1",
    "me-south-1",
    "il-central-1",
    "af-south-1",
)
"""Regions to try for a pattern that matches none of `REGIONS`: at least one in each area of the world, so that
no area is forgotten.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
"""


def accounts_like(pattern: str, own: str) -> tuple[str, ...]:
    """Return sample accounts that a pattern matches: the caller's, and another one, which is generated if necessary.

    `1111*3333` gives 111100003333.
    """
    accounts = texts_like(pattern, (own, ELSEWHERE))
    another = account_like(pattern)
    known = ELSEWHERE in accounts or another in accounts
    return accounts if known or len(another) != 12 else (*accounts, another)


def account_like(pattern: str) -> str:
    """Return an account ID that matches a pattern."""
    if "*" not in pattern:
        return pattern.replace("?", "0")
    return pattern.replace("*", "0" * (13 - len(pattern)), 1).replace("*", "").replace("?", "0")


def texts_like(pattern: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """Return the options that a part of an ARN pattern matches, with empty text as one more option.

    A part without wildcards matches only itself.
    """
    if "*" not in pattern and "?" not in pattern:
        return (pattern,)
    return tuple(each for each in (*options, "") if matches(pattern, each))


@lru_cache(maxsize=4096)
def matches(pattern: str, text: str) -> bool:
    """Return whether a part of a pattern matches a part of an ARN."""
    return glob(tokenize(pattern, variables=False, wildcards=True))(text)
