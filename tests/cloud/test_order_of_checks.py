"""If a call has two faults, the caller gets the earlier one's error, in whichever order the modules were imported.

`order_of_checks.json` has the written order of steps by operation (`orders`), calls with the fault of one step
(`calls`), and for each two steps that can both refuse the error of a call with both faults (`pairs`): with the AWS page
that gives the order, or `"order": "not known"`, or why no call can have both.
"""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from labs_helpers.cloud import Cloud, services
from labs_helpers.cloud.core import registry, steps
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.core.steps import RegisteredStep
from labs_helpers.cloud.gate import gate, service_calls
from tests.cloud.order_replay import CALLS, PAIRS, TABLE, World, joined, replay, single

POSSIBLE = [row for row in PAIRS if "never_both" not in row]
OF_STEPS = [row for row in POSSIBLE if row["first"] != "AUTHORIZED"]
ROOT = Path(__file__).parents[2]


def orders() -> dict[str, list[RegisteredStep]]:
    """Return the steps around each operation of every service, by `service.Operation`."""
    found = {}
    for service in services.modelled_services():
        services.load(service)
        for name, listed in registry.steps_in_order(service).items():
            found[f"{service}.{name}"] = listed
    return found


ORDERS = orders()


def shown(row: Any) -> str:
    return f"{row['operation']}: {row['first']} > {row['second']}"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with Cloud(seed=1):
        yield World()


# --- the table is complete --------------------------------------------------------------------------------------


def test_the_order_of_steps_is_written():
    """Each operation with steps from more than one module, or with more than one check, has a line in the table."""
    now = {
        operation: [f"{step.stage.name} {step.name}" for step in listed]
        for operation, listed in ORDERS.items()
        if operation in TABLE["orders"] or sum(step.name != "in_own_words" for step in listed) > 1
    }
    assert now == TABLE["orders"]


def test_each_two_steps_that_can_refuse_have_a_row():
    wanted = {
        (operation, first.name, second.name)
        for operation, listed in ORDERS.items()
        for first, second in combinations([step for step in listed if step.refuses], 2)
    }
    rows = [(row["operation"], row["first"], row["second"]) for row in PAIRS if row["first"] != "AUTHORIZED"]
    assert len(rows) == len(set(rows))
    assert set(rows) == wanted


def test_each_row_says_from_where_the_order_is_known():
    for row in PAIRS:
        known = [name for name in ("source", "order", "never_both") if name in row]
        assert len(known) == 1, shown(row)
        assert row.get("source", "https://docs.aws.amazon.com/").startswith("https://docs.aws.amazon.com/")
        assert row.get("order", "not known") == "not known"


# --- steps that are said never to refuse ------------------------------------------------------------------------


def _raises_before_performing(function: Callable[..., Any]) -> bool:
    """True for a function that raises, itself or in a helper of its module, before it performs the operation."""
    module = inspect.getmodule(function)
    assert module is not None
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.FunctionDef)
    }

    def calls(node: ast.AST) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
        for inner in ast.walk(node):
            if (
                isinstance(inner, ast.Call)
                and isinstance(inner.func, ast.Name)
                and inner.func.id in functions
            ):
                yield functions[inner.func.id], inner

    def raises(node: ast.AST, seen: frozenset[str] = frozenset()) -> bool:
        return any(isinstance(inner, ast.Raise) for inner in ast.walk(node)) or any(
            helper.name not in seen and raises(helper, seen | {helper.name}) for helper, _ in calls(node)
        )

    def before(step: ast.FunctionDef, perform: str) -> bool:
        for statement in step.body:
            names = [inner for inner in ast.walk(statement) if isinstance(inner, ast.Name)]
            if not any(name.id == perform for name in names) or isinstance(statement, ast.If):
                if raises(statement):
                    return True
                continue
            # A helper that gets what performs the operation may raise before it does.
            for helper, call in calls(statement):
                for place, given in enumerate(call.args):
                    if isinstance(given, ast.Name) and given.id == perform:
                        return before(helper, helper.args.args[place].arg)
            return False
        return False

    step = functions[function.__name__]
    return before(step, step.args.args[1].arg)


EVERY_STEP = {step.function: step for listed in ORDERS.values() for step in listed}


@pytest.mark.parametrize(
    "step", EVERY_STEP.values(), ids=lambda step: f"{step.function.__module__}.{step.name}"
)
def test_a_step_says_if_it_can_refuse(step: RegisteredStep):
    assert _raises_before_performing(step.function) == step.refuses


# --- the calls --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", CALLS)
def test_each_fault_alone_is_refused_by_its_own_step(world, operation):
    wrong = {}
    for step in CALLS[operation]:
        if step == "without_fault":
            continue
        code, message = world.code(operation, *single(operation, step))
        if code != CALLS[operation][step]["code"]:
            wrong[step] = code, message
    assert wrong == {}


def test_of_two_faults_the_earlier_one_is_answered(world):
    codes = replay(world, POSSIBLE)
    wrong = {shown(row): code for row, code in zip(POSSIBLE, codes, strict=True) if code != row["code"]}
    assert wrong == {}


def test_each_row_fails_if_its_two_steps_change_places(world):
    """So each of its calls has both faults."""
    unmoved = []
    for row in OF_STEPS:
        service, _, name = row["operation"].partition(".")
        before = registry.steps(service, name)
        moved = [step for step in before if step.__name__ != row["second"]]
        second = next(step for step in before if step.__name__ == row["second"])
        moved.insert(1 + [step.__name__ for step in moved].index(row["first"]), second)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(registry._sorted[service], name, tuple(moved))
            code, _ = world.code(row["operation"], *joined(row))
        if code in (row["code"], ""):
            unmoved.append(shown(row))
    assert unmoved == []


# --- swapped stages ---------------------------------------------------------------------------------------------


def _in_order(pairs: set[tuple[Stage, Stage]]) -> list[tuple[Stage, Stage]]:
    return sorted(pairs, key=lambda pair: [list(Stage).index(stage) for stage in pair])


STAGES = {(operation, step.name): step.stage for operation, listed in ORDERS.items() for step in listed}


def _stages(row: Any) -> tuple[Stage, Stage]:
    return STAGES[row["operation"], row["first"]], STAGES[row["operation"], row["second"]]


ANSWERING = _in_order({_stages(row) for row in OF_STEPS if _stages(row)[0] is not _stages(row)[1]})
"""Each two stages at which one call can have both faults."""
SHARING = _in_order(
    {
        (first.stage, second.stage)
        for listed in ORDERS.values()
        for first, second in combinations(listed, 2)
        if first.stage is not second.stage
    }
)
"""Each two stages that have steps round one operation."""


@pytest.fixture
def swap(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Stage, Stage], None]]:
    """A function that swaps two stages for the duration of a test."""

    def swapped(one: Stage, other: Stage) -> None:
        places = {**steps._PLACES, one: steps._PLACES[other], other: steps._PLACES[one]}
        monkeypatch.setattr(steps, "_PLACES", places)
        registry._sorted.clear()

    yield swapped
    monkeypatch.undo()
    registry._sorted.clear()


def _named(pair: tuple[Stage, Stage]) -> str:
    return f"{pair[0].name}-{pair[1].name}"


@pytest.mark.parametrize("pair", ANSWERING, ids=_named)
def test_two_stages_that_change_places_change_an_answer(world, swap, pair):
    swap(*pair)
    rows = [row for row in OF_STEPS if _stages(row) == pair]
    assert replay(world, rows) != [row["code"] for row in rows]


@pytest.mark.sampled(12)
@pytest.mark.parametrize("pair", SHARING, ids=_named)
def test_two_stages_that_change_places_change_the_written_order(swap, pair):
    swap(*pair)
    assert {
        operation: [f"{step.stage.name} {step.name}" for step in orders()[operation]]
        for operation in TABLE["orders"]
    } != TABLE["orders"]


# --- the order of imports ---------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="processes do not fork there")
@pytest.mark.parametrize("processes", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_processes_that_import_in_different_orders_answer_alike(processes):
    """The first imports by the alphabet, with `kms_encryption.py` of S3 renamed to `zz_kms_encryption.py`: it would be
    the outermost if modules were counted."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.cloud.order_replay", str(processes)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["seed"] for line in lines] == list(range(processes))
    assert [line["renamed"] for line in lines] == [True] + (processes - 1) * [False]
    assert [line["early"] for line in lines] == processes * [[]], "modules of services that no seed shuffled"
    expected = [row["code"] for row in POSSIBLE]
    wrong = {
        (line["seed"], shown(row)): code
        for line in lines
        for row, code, right in zip(POSSIBLE, line["codes"], expected, strict=True)
        if code != right
    }
    assert wrong == {}


# --- the gate ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [gate, service_calls], ids=lambda module: module.__name__)
def test_the_gate_names_no_service(module):
    """Folders register what the gate calls; `services.shared` belongs to all of them."""
    named = [
        node.module
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("labs_helpers.cloud.services.")
        and not (node.module or "").startswith("labs_helpers.cloud.services.shared.")
    ]
    assert named == []


def test_the_hooks_of_every_folder_are_found():
    services.load_gate_hooks()
    assert [hook.__name__ for hook in registry.hooks(Stage.REACHED)] == ["refuse_closed_account"]
    assert [hook.__name__ for hook in registry.hooks(Stage.PERMITTED)] == ["enforce_tag_policies"]
    connected = {name for name in services.modelled_services() if registry.connection(name) is not None}
    assert connected == {"events", "logs", "s3", "sns", "sqs"}
