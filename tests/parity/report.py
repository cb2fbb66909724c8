"""What `compare` prints: the differences by kind, and a summary by service."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.parity import differences, recording, shapes, targets
from tests.parity.journal import Journal
from tests.parity.runner import Run
from tests.parity.shapes import KINDS, Difference, Group, Recorded
from tests.parity.targets import Target


@dataclass
class Comparison:
    """The result of comparing a recording with answers to the same scenarios."""

    differences: list[Difference] = field(default_factory=list)
    compared: dict[str, str] = field(default_factory=dict)
    """Scenario → service."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Scenario → why it wasn't compared."""

    def alike(self, *, but_for: Sequence[str] = ()) -> Counter[str]:
        """Return how many scenarios of each service have no differences, or only differences of certain kinds."""
        unlike = {each.scenario for each in self.differences if each.kind not in but_for}
        return Counter(service for name, service in self.compared.items() if name not in unlike)


def compare(
    groups: Sequence[Group], theirs: Mapping[str, Recorded], ours: Mapping[str, Recorded]
) -> Comparison:
    """Compare two recordings of the scenarios of `groups`."""
    found = Comparison()
    scenarios = {scenario.name: scenario for group in groups for scenario in group.scenarios}
    for name in sorted(theirs.keys() - scenarios.keys()):
        found.left_out[name] = "the scenario isn't there any more"
    for name, scenario in scenarios.items():
        if name not in theirs:
            found.left_out[name] = "it wasn't recorded"
        elif theirs[name].digest != ours[name].digest:
            found.left_out[name] = "the scenario has changed since it was recorded"
        else:
            found.compared[name] = scenario.service
            found.differences += differences.of_scenario(scenario, theirs[name], ours[name])
    return found


def compared_here(theirs: Mapping[str, Recorded], only: Sequence[str] = ()) -> Comparison:
    """Compare a recording with a new cloud's answers."""
    chosen = shapes.groups(only=only)
    with TemporaryDirectory() as folder, targets.cloud() as target:
        ours = answers(target, chosen, Journal(Path(folder) / "run.journal"))
    return compare(chosen, theirs, ours)


def answers(target: Target, chosen: Sequence[Group], journal: Journal) -> dict[str, Recorded]:
    """Return a target's answers to scenarios, as they would be read from a recording."""
    parts = Run(target, secrets.token_hex(4), journal).all(chosen, told=lambda _: None)
    return {name: recording.plain(each) for part in parts for name, each in part.items()}


def lines(found: Comparison) -> Iterator[str]:
    """The report's lines."""
    by_kind: dict[str, list[Difference]] = defaultdict(list)
    for each in found.differences:
        by_kind[each.kind].append(each)
    for kind in KINDS:
        if by_kind[kind]:
            yield f"{kind}: {len(by_kind[kind])}"
            for each in by_kind[kind]:
                where = f" {each.at}" if each.at else ""
                yield f"  {each.scenario}, {each.call}{where}: {_short(each.theirs)} | here {_short(each.ours)}"
            yield ""
    for name, why in found.left_out.items():
        yield f"not compared: {name}: {why}"
    yield from table(found)


def table(found: Comparison) -> Iterator[str]:
    """Return the summary, with one line per service."""
    head = ["service", "scenarios", "alike", "but for words", *KINDS]
    rows = [head]
    alike, but_words = found.alike(), found.alike(but_for=("words",))
    kinds = Counter((each.service, each.kind) for each in found.differences)
    scenarios = Counter(found.compared.values())
    for service in sorted(scenarios):
        figures = [
            scenarios[service],
            alike[service],
            but_words[service],
            *(kinds[service, kind] for kind in KINDS),
        ]
        rows.append([service, *map(str, figures)])
    sums = [
        scenarios.total(),
        alike.total(),
        but_words.total(),
        *(sum(n for (_, k), n in kinds.items() if k == kind) for kind in KINDS),
    ]
    rows.append(["all", *map(str, sums)])
    for row in rows:
        yield f"{row[0]:<17}" + "".join(f"{each:>15}" for each in row[1:])


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 300 else text[:297] + "..."
