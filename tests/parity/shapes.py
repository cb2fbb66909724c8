"""The types for scenarios, recorded answers, and differences, and the reader for scenario files.

A file of `scenarios/` has, for one service:

- `people`: users with an access key, by name, each with its inline `policy`, managed policy as `boundary`, and `tags`;
- `roles`: roles that the administrator may assume, likewise, with `trust` and `session` (parameters of AssumeRole);
- `stage`: calls that all its scenarios build on;
- `scenarios`: `id`, `about` (a sentence), `setup`, and the `calls` whose answers are kept;
- `tables`: scenarios of one call each, with an `id` and an `about` in which `{call}` is the operation's name.

A call is `[method, parameters]`, or `[caller, method, parameters]`, or such a list that ends with options.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

from botocore import xform_name
from botocore.session import Session

FOLDER = Path(__file__).with_name("scenarios")
ADMIN, ANONYMOUS = "admin", "anonymous"
"""The caller whose profile it is, and the caller who signs nothing. All others are of the scenario's file."""
Kind = Literal["decision", "code", "shape", "value", "words"]
KINDS: tuple[Kind, ...] = ("decision", "code", "shape", "value", "words")


class ScenarioError(ValueError):
    """The error for an invalid scenario file."""


@dataclass(frozen=True)
class Call:
    """A call of `service.method`, as boto3 names it.

    `url.service.method` is presigned and sent, and `wait.service.waiter` waits.
    """

    method: str
    parameters: Mapping[str, Any]
    caller: str = ADMIN
    keep: str | None = None
    """The name under which later calls find the answer."""
    ignore: tuple[str, ...] = ()
    """Members that differ from run to run, and are kept by their name only."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that are sent along with a presigned URL, unsigned."""

    @property
    def service(self) -> str:
        """The service that answers, as boto3 names it."""
        return self.method.removeprefix("url.").removeprefix("wait.").split(".")[0]


@dataclass(frozen=True)
class Scenario:
    """Calls whose answers are kept, and the setup that they need."""

    name: str
    about: str
    service: str
    setup: tuple[Call, ...]
    calls: tuple[Call, ...]
    digest: str
    """Changes with the scenario: a recording of another one is not compared."""


@dataclass(frozen=True)
class Group:
    """The scenarios of a file, and the people, roles and calls that they share."""

    service: str
    people: Mapping[str, Mapping[str, Any]]
    roles: Mapping[str, Mapping[str, Any]]
    stage: tuple[Call, ...]
    scenarios: tuple[Scenario, ...]


class Answer(NamedTuple):
    """The normalized result of a call: an answer, an error, or the reason why the call wasn't made."""

    status: int
    answer: Any = None
    code: str | None = None
    message: str | None = None
    members: Mapping[str, Any] = {}
    """What an error says besides its code and message."""
    skipped: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the answer without empty members."""
        told = {name: value for name, value in self._asdict().items() if value is not None}
        return told if self.members else {name: value for name, value in told.items() if name != "members"}

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Answer:
        """Return the answer that `as_json` wrote."""
        return cls(**written)


@dataclass(frozen=True)
class Recorded:
    """A scenario's answers, as a recording keeps them. `failed` is the set-up's error, if the calls weren't made."""

    service: str
    digest: str
    answers: tuple[Answer, ...]
    failed: str | None = None


@dataclass(frozen=True)
class Difference:
    """A difference between the recorded answer and this cloud's answer to one call of a scenario."""

    kind: Kind
    service: str
    scenario: str
    call: str
    at: str
    """The member, or "" for the whole answer."""
    theirs: Any
    ours: Any


def groups(folder: Path = FOLDER, only: Sequence[str] = ()) -> list[Group]:
    """Read the scenario files, or those of some services. Raises `ScenarioError`."""
    found = [_group(path) for path in sorted(folder.glob("*.json")) if not only or path.stem in only]
    names = [scenario.name for group in found for scenario in group.scenarios]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ScenarioError(f"scenarios with the same id: {', '.join(sorted(twice))}")
    return found


def _group(path: Path) -> Group:
    written = json.loads(path.read_text(encoding="utf-8"))
    service = path.stem
    unknown = written.keys() - {"people", "roles", "stage", "scenarios", "tables"}
    if unknown:
        raise ScenarioError(f"{path.name}: unknown members {sorted(unknown)}")
    people, roles = written.get("people", {}), written.get("roles", {})
    known = {ADMIN, ANONYMOUS, *people, *roles}
    shared = json.dumps([people, roles, written.get("stage", [])], sort_keys=True)
    rows = [*written.get("scenarios", ()), *_rows(service, written.get("tables", ()))]
    return Group(
        service, people, roles, _calls(written.get("stage", ()), known, path.name),
        tuple(_scenario(row, service, known, shared, path.name) for row in rows),
    )  # fmt: skip


def _rows(service: str, tables: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of tables as scenarios, named after the call, with a number if the name is already in use."""
    for table in tables:
        seen: dict[str, int] = {}
        for row in table["calls"]:
            call = row if len(row) > 2 or "as" not in table else [table["as"], *row]
            method = next(part for part in call if isinstance(part, str) and "." in part)
            seen[method] = seen.get(method, 0) + 1
            name = method.removeprefix("url.").replace(".", "-").replace("_", "-")
            number = f"-{seen[method]}" if seen[method] > 1 else ""
            yield {
                "id": f"{service}-{table['id']}-{name.removeprefix(f'{service}-')}{number}",
                "about": table["about"].replace("{call}", operation_name(method)),
                "calls": [call],
            }


def _scenario(row: Mapping[str, Any], service: str, known: set[str], shared: str, where: str) -> Scenario:
    where = f"{where}: {row.get('id')}"
    if not {"id", "about", "calls"} <= row.keys() <= {"id", "about", "setup", "calls"}:
        raise ScenarioError(f"{where}: a scenario has id, about, setup and calls")
    if not row["about"].endswith("."):
        raise ScenarioError(f"{where}: about is a sentence")
    digest = hashlib.sha256((shared + json.dumps(row, sort_keys=True)).encode()).hexdigest()[:16]
    setup, calls = _calls(row.get("setup", ()), known, where), _calls(row["calls"], known, where)
    return Scenario(row["id"], row["about"], service, setup, calls, digest)


def _calls(rows: Sequence[Sequence[Any]], known: set[str], where: str) -> tuple[Call, ...]:
    return tuple(_call(list(row), known, where) for row in rows)


def _call(row: list[Any], known: set[str], where: str) -> Call:
    caller = row.pop(0) if len(row) > 1 and isinstance(row[1], str) else ADMIN
    method, parameters, options = [*row, {}, {}][:3]
    if caller not in known:
        raise ScenarioError(f"{where}: nobody is called {caller}")
    if not isinstance(method, str) or not isinstance(parameters, dict) or len(row) > 3:
        raise ScenarioError(f"{where}: {row} is no call")
    operation_name(method)
    if options.keys() - {"keep", "ignore", "headers"}:
        raise ScenarioError(f"{where}: unknown options {sorted(options)}")
    return Call(
        method, parameters, caller, options.get("keep"), tuple(options.get("ignore", ())), options.get("headers", {})
    )  # fmt: skip


_SESSION = Session()
_METHODS: dict[str, dict[str, str]] = {}


def operation_name(method: str) -> str:
    """Return the API's name of `service.method`, or the name of a waiter. Raises `ScenarioError` for an unknown one."""
    if method.startswith("wait."):
        return method.removeprefix("wait.").partition(".")[2]
    service, _, name = method.removeprefix("url.").partition(".")
    if service not in _METHODS:
        model = _SESSION.get_service_model(service)
        _METHODS[service] = {xform_name(each): each for each in model.operation_names}
    if name not in _METHODS[service]:
        raise ScenarioError(f"{service} has no method {name}")
    return _METHODS[service][name]
