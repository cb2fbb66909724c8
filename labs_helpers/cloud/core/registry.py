"""The registry of operations, steps, pages, and hooks. Services fill it, and the gate reads it.

It contains only operations that moto lacks or performs differently from AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.core.steps import RegisteredStep, Step, check_names, in_order

if TYPE_CHECKING:
    from labs_helpers.cloud.core.state import State

Operation = Callable[[Call], "Mapping[str, Any] | Answer"]

_operations: dict[tuple[str, str], Operation] = {}
_steps: dict[tuple[str, str], list[RegisteredStep]] = {}
_sorted: dict[str, dict[str, tuple[Step, ...]]] = {}
"""The sorted functions, innermost first, by service and operation. Registering a step discards them."""

Hook = Callable[[Call], None]
"""A function that receives a call to any service, and raises an error to reject the call."""
_hooks: list[RegisteredStep] = []
_sorted_hooks: dict[Stage, tuple[Hook, ...]] = {}

Connect = Callable[[str, Callable[[], "State"]], Callable[[], None]]
"""A function that connects a service to other services when the service is loaded.

It receives the service's name, and a function that returns the current state. It returns a function that undoes the
connection.
"""
_connections: dict[str, Connect] = {}

Page = Callable[["State", str, AWSPreparedRequest], "Answer | None"]
"""A function from state, Region, and request to the response, or None if the request isn't for a page."""
_pages: dict[str, Page] = {}


def page(service: str) -> Callable[[Page], Page]:
    """Register a function that serves a service's pages: documents at its endpoint that no operation returns.

    The gate calls it first, for every request to the service. Its responses require no permission and aren't recorded.
    """

    def register(function: Page) -> Page:
        """Register the function and return it."""
        _pages[service] = function
        return function

    return register


def find_page(service: str) -> Page | None:
    """Return the function that serves a service's pages, or None if the service has no pages."""
    return _pages.get(service)


Site = Callable[[AWSPreparedRequest, str], "Answer"]
"""A function from a request and its source IP address to the response."""
FindSite = Callable[["State", str], "Site | None"]
"""A function from state and hostname to the host's `Site`, or None if the service doesn't own the host."""
_sites: dict[str, FindSite] = {}


def site(service: str) -> Callable[[FindSite], FindSite]:
    """Register a function that finds a service's additional hosts, such as a user pool's domain.

    The hosts are unavailable until the first request to the service loads it.
    """

    def register(function: FindSite) -> FindSite:
        """Register the function and return it."""
        _sites[service] = function
        return function

    return register


def find_site(state: State, host: str) -> Site | None:
    """Return the function that answers for a host that isn't an AWS endpoint, or None if no service owns the host."""
    return next((found for find in _sites.values() if (found := find(state, host)) is not None), None)


def operation(service: str, *names: str) -> Callable[[Operation], Operation]:
    """Register a function that performs a service's operations.

    `service` is boto3's name, and `names` are the operations.

    The function receives the `Call` after it is authorized. It returns a dict of the operation's output members, which
    is serialized according to botocore's model, or an `Answer` (from `call.moto()`, for example). It raises
    `ServiceError` to reject the call. Registering an operation twice raises `ValueError`.
    """

    def register(function: Operation) -> Operation:
        """Register the function for all names and return it."""
        for name in names:
            if (service, name) in _operations:
                raise ValueError(f"{service}.{name} is registered twice")
            _operations[service, name] = function
        return function

    return register


def around(
    service: str,
    *names: str,
    stage: Stage,
    after: Sequence[str] = (),
    before: Sequence[str] = (),
    refuses: bool = True,
) -> Callable[[Step], Step]:
    """Register a function as a step around operations, whether moto or a registered function performs them.

    The function receives the `Call` after it is authorized, and a function without arguments that performs the rest of
    the call. The step returns the response, changed or not, and can raise `ServiceError` before or after the call is
    performed. `stage` determines the step's position. If an operation has two steps in a stage, they must declare their
    order: `after` and `before` are the function names of other steps of the service in that stage. `refuses` is False
    for a step that never rejects a call before it is performed. Raises `ValueError` for a stage that steps can't have.
    """
    if stage in (Stage.REACHED, Stage.AUTHORIZED):
        raise ValueError(f"{stage.name} comes before any step: only the gate and before_every_call use it")

    def register(function: Step) -> Step:
        step = RegisteredStep(function, stage, tuple(after), tuple(before), refuses)
        for name in names:
            _steps.setdefault((service, name), []).append(step)
        _sorted.pop(service, None)
        return function

    return register


def steps(service: str, name: str) -> tuple[Step, ...]:
    """Return the steps around an operation, innermost first, regardless of the order in which they were registered.

    Raises `ValueError` if the order isn't defined (see `steps_in_order`).
    """
    if service not in _sorted:
        sort_steps(service)
    return _sorted[service].get(name, ())


def sort_steps(service: str) -> None:
    """Sort a service's steps, once all its modules are loaded.

    Raises `ValueError` if the order of two steps isn't defined (see `steps_in_order`).
    """
    _sorted[service] = {
        operation: tuple(step.function for step in reversed(listed))
        for operation, listed in steps_in_order(service).items()
    }


def steps_in_order(service: str) -> dict[str, list[RegisteredStep]]:
    """Return the steps around each of a service's operations, in the order in which they run, outermost first.

    Raises `ValueError` if two steps in one stage declare no order or contradictory orders, if two steps have the same
    name, or if a declared order names a step that isn't in the stage.
    """
    mine = {name: listed for (owner, name), listed in sorted(_steps.items()) if owner == service}
    check_names(service, {step for listed in mine.values() for step in listed})
    return {name: in_order(f"{service}.{name}", listed) for name, listed in mine.items()}


def before_every_call(
    *, stage: Stage, after: Sequence[str] = (), before: Sequence[str] = ()
) -> Callable[[Hook], Hook]:
    """Register a function that receives every `Call` to every service, and raises an error to reject a call.

    Stage.REACHED is before the call is authorized, and Stage.PERMITTED is directly afterward; other stages raise
    `ValueError`. Functions in the same stage must declare their order, as steps do (`around`). Put them in the module
    `gate_hooks` of a service's folder, which `labs_helpers.cloud.services.load_gate_hooks` finds.
    """
    if stage not in (Stage.REACHED, Stage.PERMITTED):
        raise ValueError(f"{stage.name} is not a stage of every call; only REACHED and PERMITTED are")

    def register(hook: Hook) -> Hook:
        _hooks.append(RegisteredStep(hook, stage, tuple(after), tuple(before)))
        _sorted_hooks.clear()
        return hook

    return register


def hooks(stage: Stage) -> tuple[Hook, ...]:
    """Return the functions that receive every call at a stage, in the order in which they run.

    Raises `ValueError` if the order of two functions isn't defined.
    """
    if not _sorted_hooks:
        check_names("every call", _hooks)
        ordered = in_order("every call", _hooks)
        _sorted_hooks.update(
            {each: tuple(hook.function for hook in ordered if hook.stage is each) for each in Stage}
        )
    return _sorted_hooks[stage]


def connects(*services: str) -> Callable[[Connect], Connect]:
    """Register a function that connects a service to other services.

    Each gate calls it once, when it loads the service. Connecting a service twice raises `ValueError`.
    """

    def register(connect: Connect) -> Connect:
        for service in services:
            if service in _connections:
                raise ValueError(f"{service} is connected twice")
            _connections[service] = connect
        return connect

    return register


def connection(service: str) -> Connect | None:
    """Return the function that connects a service to other services, or None if the service doesn't need one."""
    return _connections.get(service)


def find(service: str, name: str) -> Operation | None:
    """Return the function that performs an operation, or None if moto performs it."""
    return _operations.get((service, name))


def registered() -> frozenset[tuple[str, str]]:
    """Return every (service, operation) that a registered function performs."""
    return frozenset(_operations)
