"""Counts with their unit, in the singular for one and in the plural for any other number."""

from __future__ import annotations


def counted(count: float | str, unit: str, several: str = "") -> str:
    """Return a count with its unit: `1 hour`, `1,000 records`.

    A count that is already formatted can be passed as text. `several`: an irregular plural.
    """
    number = count if isinstance(count, str) else f"{count:,}"
    return f"{number} {unit if number == '1' else several or f'{unit}s'}"
