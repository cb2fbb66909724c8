"""Ten things of the account that look dangerous and are not."""

from __future__ import annotations

from labs_helpers.days.day1.hands import Hands


def make(hands: Hands) -> None:
    """Make them."""
