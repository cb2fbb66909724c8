"""What a run on AWS creates, and its maximum cost. The estimate counts each call three times (setup calls can be
repeated, and are undone), at the price of the service's most expensive kind of request and without free tiers. What is
charged by the month (keys, secrets) is counted for a whole day, although a run takes only a few minutes. A key that is
pending deletion costs nothing. The prices, with their pages, are in `prices.json`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.parity.shapes import Call, Group
from tests.parity.undo import UNDO

PRICES = json.loads(Path(__file__).with_name("prices.json").read_text(encoding="utf-8"))
LIMIT = 1.0
"""US dollars that a run may cost."""
_MONTH = 730
"""Hours."""
_TIMES = 3


def calls(group: Group) -> Iterator[Call]:
    """Return all calls of a group, including those that create its people and roles."""
    yield from group.stage
    for scenario in group.scenarios:
        yield from (*scenario.setup, *scenario.calls)
    for kind, everyone in (("user", group.people), ("role", group.roles)):
        for who in everyone.values():
            yield Call(f"iam.create_{kind}", {})
            if "policy" in who:
                yield Call(f"iam.put_{kind}_policy", {})
            if "boundary" in who:
                yield Call("iam.create_policy", {})
    yield from (Call("iam.create_access_key", {}) for _ in group.people)


def created(groups: Iterable[Group]) -> Counter[str]:
    """Return how often an operation that creates something is called, which is the maximum number of such resources."""
    return Counter(call.method for group in groups for call in calls(group) if call.method in UNDO)


def dollars(groups: Iterable[Group]) -> float:
    """Return the maximum cost of a run."""
    groups = list(groups)
    requests = sum(_request(call) for group in groups for call in calls(group))
    share = PRICES["hours_that_things_stay"] / _MONTH
    things = sum(
        PRICES["things"][method]["usd_a_month"] * share * number
        for method, number in created(groups).items()
        if method in PRICES["things"]
    )
    return _TIMES * requests + things


def _request(call: Call) -> float:
    price = PRICES["calls"].get(call.method) or PRICES["requests"][call.service]
    return float(price["usd"])
