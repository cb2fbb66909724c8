"""The similarity of this cloud's denials to recorded ones: the figures in docs/parity.md.

The records are those of tests/cloud/observed, in the folder that LABS_VECTORS names. The figures are kept in
`figures.json`, so that the page can be made without them.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from labs_helpers.cloud import Cloud, modelled_services
from tests.cloud.observed import records

FILE = Path(__file__).with_name("figures.json")


def figures() -> dict[str, dict[str, int]]:
    """Return, by service, how many kinds of denials are recorded and replayed, and have the same code and words."""
    recorded: Counter[str] = Counter()
    played: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    words: Counter[str] = Counter()
    served = {service.partition("-")[0] for service in modelled_services()}
    for key in {records.key(event) for event in records.events()}:
        recorded[key.partition(":")[0]] += 1
    with Cloud() as cloud:
        for key, (theirs, ours) in records.play(cloud).items():
            service = key.partition(":")[0]
            played[service] += 1
            codes[service] += theirs["errorCode"] == ours["errorCode"]
            words[service] += _words(theirs) == _words(ours)
    return {
        service: {
            "recorded": recorded[service],
            "played": played[service],
            "code": codes[service],
            "words": words[service],
        }
        for service in sorted(recorded.keys() & served)
    }


def kept() -> dict[str, dict[str, int]]:
    """Return the figures that were written last."""
    found: dict[str, dict[str, int]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def write() -> None:
    """Write the figures again, if there are records."""
    if records.exist():
        FILE.write_text(json.dumps(figures(), indent=1) + "\n", encoding="utf-8", newline="\n")


def _words(event: dict[str, Any]) -> str:
    return records.without_names(event["errorMessage"])
