"""The order of steps: by stage and, within a stage, by the steps that each one names."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from labs_helpers.cloud.core import registry
from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.core.steps import Step


@pytest.fixture(autouse=True)
def empty_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry without any step or hook, for the time of a test."""
    for name, value in (("_steps", {}), ("_sorted", {}), ("_hooks", []), ("_sorted_hooks", {})):
        monkeypatch.setattr(registry, name, value)


def step(name: str, module: str = "labs.one") -> Step:
    def function(call: Call, deed: Callable[[], Answer]) -> Answer:
        return deed()

    function.__name__, function.__module__ = name, module
    return function


def order(operation: str = "Put") -> list[str]:
    return [each.name for each in registry.steps_in_order("shelf")[operation]]


def test_steps_stand_in_the_order_of_their_stages():
    for stage in reversed([each for each in Stage if each not in (Stage.REACHED, Stage.AUTHORIZED)]):
        registry.around("shelf", "Put", stage=stage)(step(stage.name.lower()))
    assert order() == [
        "permitted", "explained", "validated", "found", "preconditions", "content", "limited", "answered", "kept",
        "encrypted", "performed",
    ]  # fmt: skip
    assert [each.__name__ for each in registry.steps("shelf", "Put")] == order()[::-1]


def test_the_order_of_registration_changes_nothing():
    named = {"a": {"after": ("b",)}, "b": {}, "c": {"before": ("b",)}}
    for names in permutations(named):
        registry._steps.clear()
        registry._sorted.clear()
        for name in names:
            registry.around("shelf", "Put", stage=Stage.FOUND, **named[name])(step(name, f"labs.{name}"))
        assert order() == ["c", "b", "a"], names


def test_two_steps_of_one_stage_must_name_their_order():
    registry.around("shelf", "Put", stage=Stage.FOUND)(step("second", "labs.b"))
    registry.around("shelf", "Put", "Get", stage=Stage.FOUND)(step("first", "labs.a"))
    registry.around("shelf", "Get", stage=Stage.CONTENT)(step("third", "labs.b"))
    with pytest.raises(
        ValueError,
        match=r"shelf\.Put: two steps at FOUND name no order between them: labs\.a\.first and labs\.b\.second",
    ):
        registry.steps("shelf", "Get")


def test_an_order_holds_between_steps_that_stand_round_one_operation():
    """If a third step is absent, the order that it implies for two other steps isn't known."""
    registry.around("shelf", "Put", "Get", stage=Stage.FOUND)(step("a"))
    registry.around("shelf", "Put", stage=Stage.FOUND, after=("a",), before=("c",))(step("b"))
    registry.around("shelf", "Put", "Get", stage=Stage.FOUND)(step("c"))
    with pytest.raises(ValueError, match=r"shelf\.Get: two steps at FOUND name no order"):
        registry.steps("shelf", "Put")


def test_two_steps_cannot_each_come_first():
    registry.around("shelf", "Put", stage=Stage.FOUND, before=("b",))(step("a"))
    registry.around("shelf", "Put", stage=Stage.FOUND, before=("a",))(step("b"))
    with pytest.raises(ValueError, match="each claim to come first"):
        registry.steps("shelf", "Put")


def test_a_name_must_be_that_of_a_step_of_the_stage():
    registry.around("shelf", "Put", stage=Stage.FOUND, after=("nothing",))(step("a"))
    with pytest.raises(
        ValueError, match=r"labs\.one\.a names 'nothing', which is not a step of this service"
    ):
        registry.steps("shelf", "Put")
    registry.around("shelf", "Put", stage=Stage.CONTENT)(step("nothing"))
    with pytest.raises(ValueError, match="their stages already order them"):
        registry.steps("shelf", "Put")


def test_two_steps_of_a_service_have_two_names():
    registry.around("shelf", "Put", stage=Stage.FOUND)(step("a", "labs.x"))
    registry.around("shelf", "Get", stage=Stage.CONTENT)(step("a", "labs.y"))
    with pytest.raises(ValueError, match=r"two steps are called 'a': labs\.x\.a and labs\.y\.a"):
        registry.steps("shelf", "Put")


def test_no_step_comes_before_the_authorization():
    with pytest.raises(ValueError, match="AUTHORIZED comes before any step"):
        registry.around("shelf", "Put", stage=Stage.AUTHORIZED)
    with pytest.raises(ValueError, match="FOUND is not a stage of every call"):
        registry.before_every_call(stage=Stage.FOUND)


def test_functions_of_every_call_name_their_order_as_well():
    def one(call: Call) -> None: ...

    def other(call: Call) -> None: ...

    def earlier(call: Call) -> None: ...

    registry.before_every_call(stage=Stage.PERMITTED)(other)
    registry.before_every_call(stage=Stage.REACHED)(earlier)
    registry.before_every_call(stage=Stage.PERMITTED, before=("other",))(one)
    assert registry.hooks(Stage.PERMITTED) == (one, other)
    assert registry.hooks(Stage.REACHED) == (earlier,)
    registry.before_every_call(stage=Stage.PERMITTED)(step("late"))
    with pytest.raises(ValueError, match="every call: two steps at PERMITTED name no order"):
        registry.hooks(Stage.PERMITTED)


def test_a_service_is_connected_once():
    def connect(service: str, state: object) -> Callable[[], None]:
        return lambda: None

    registry.connects("shelf")(connect)
    try:
        with pytest.raises(ValueError, match="shelf is connected twice"):
            registry.connects("shelf")(connect)
        assert registry.connection("shelf") is connect
    finally:
        del registry._connections["shelf"]
