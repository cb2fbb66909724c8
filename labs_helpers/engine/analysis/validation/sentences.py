"""Access Analyzer's own sentences for its findings, which are part of ValidatePolicy's response.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

_LONGEST = 200


def sentence(code: str, details: str | Mapping[str, object]) -> str:
    """Return AWS's sentence for an issue code, with its placeholders filled from `details`.

    If `details` is a string, it is returned instead of a sentence that is unknown or has placeholders.
    """
    known = sentences().get(code)
    if isinstance(details, str):
        return details if known is None or _has_gaps(known) else known.format()
    assert known is not None, code
    return known.format(**{name: _short(value) for name, value in details.items()})


@cache
def sentences() -> Mapping[str, str]:
    """Return AWS's sentences by issue code, with placeholders as `{name}`."""
    file = resources.files(__package__).joinpath("sentences.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def _has_gaps(known: str) -> bool:
    return "{" in known.replace("{{", "")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
