"""The register of operations, steps, pages and hooks: services fill it, the gate reads it.

Our own operations are those that moto lacks or answers differently from AWS.
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
"""By service and operation the functions from the inside out, once they were sorted; registering a step drops them."""

Hook = Callable[[Call], None]
"""Gets a call of any service, and raises an error to refuse it."""
_hooks: list[RegisteredStep] = []
_sorted_hooks: dict[Stage, tuple[Hook, ...]] = {}

Connect = Callable[[str, Callable[[], "State"]], Callable[[], None]]
"""A service and a function that returns the state there is now → a function that undoes the connection."""
_connections: dict[str, Connect] = {}

Page = Callable[["State", str, AWSPreparedRequest], "Answer | None"]
"""State, Region and request → the answer; None for a request that isn't for a page."""
_pages: dict[str, Page] = {}


def page(service: str) -> Callable[[Page], Page]:
    """Register a function that answers a service's pages: documents at its endpoint that no operation returns.

    The gate calls it first, for every request of the service. Its answers need no permission and are not recorded.
    """

    def register(function: Page) -> Page:
        """Register the function and return it."""
        _pages[service] = function
        return function

    return register


def find_page(service: str) -> Page | None:
    """Return the function that answers a service's pages, None for a service without pages."""
    return _pages.get(service)


Site = Callable[[AWSPreparedRequest, str], "Answer"]
"""A request and its source address → the answer."""
FindSite = Callable[["State", str], "Site | None"]
"""State and host name → the function that answers for that host, None for a host that isn't the service's."""
_sites: dict[str, FindSite] = {}


def site(service: str) -> Callable[[FindSite], FindSite]:
    """Register a function that finds the site of a host that a service has besides its endpoint: a user pool's domain.

    A service is loaded by its first request; before that, it has no such hosts.
    """

    def register(function: FindSite) -> FindSite:
        """Register the function and return it."""
        _sites[service] = function
        return function

    return register


def find_site(state: State, host: str) -> Site | None:
    """Return the function that answers for a host that isn't an AWS endpoint; None for a host of no service."""
    return next((found for find in _sites.values() if (found := find(state, host)) is not None), None)


def operation(service: str, *names: str) -> Callable[[Operation], Operation]:
    """Register a function that performs the operations `names` of a service (boto3's name).

    The function gets the `Call` after it was authorized. It returns a dict of the operation's output members,
    which botocore's model serializes, or an `Answer` (from `call.moto()`, for example). It raises `ServiceError`
    to refuse. Registering an operation twice raises `ValueError`.
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
    """Register a function as a step around operations, whether moto or one of our functions performs them.

    The function gets the `Call` after it was authorized, and the rest of the way as a function without arguments; it
    returns the answer, changed or not, and raises `ServiceError` to refuse before or after.

    `stage` is the step's place among the others. Two steps of one stage round one operation name their order: `after`
    and `before` are names of functions that are steps of the same service at the same stage. `refuses` is False for a
    step that never refuses before the operation is performed. Raises `ValueError` for a stage that no step takes.
    """
    if stage in (Stage.REACHED, Stage.AUTHORIZED):
        raise ValueError(f"{stage.name} comes before any step: the gate and before_every_call have it")

    def register(function: Step) -> Step:
        step = RegisteredStep(function, stage, tuple(after), tuple(before), refuses)
        for name in names:
            _steps.setdefault((service, name), []).append(step)
        _sorted.pop(service, None)
        return function

    return register


def steps(service: str, name: str) -> tuple[Step, ...]:
    """Return the steps round an operation from the inside out, whatever the order in which they were registered.

    Raises `ValueError` as `steps_in_order` does.
    """
    if service not in _sorted:
        sort_steps(service)
    return _sorted[service].get(name, ())


def sort_steps(service: str) -> None:
    """Put the steps of a service in order, once all its modules are loaded. Raises `ValueError` as `steps_in_order`."""
    _sorted[service] = {
        operation: tuple(step.function for step in reversed(listed))
        for operation, listed in steps_in_order(service).items()
    }


def steps_in_order(service: str) -> dict[str, list[RegisteredStep]]:
    """Return the steps round each operation of a service, in the order in which they check: outermost first.

    Raises `ValueError` for two steps of one stage that name no order, or contradict one another, for two steps of one
    name, and for an order that names no step of the stage.
    """
    mine = {name: listed for (owner, name), listed in sorted(_steps.items()) if owner == service}
    check_names(service, {step for listed in mine.values() for step in listed})
    return {name: in_order(f"{service}.{name}", listed) for name, listed in mine.items()}


def before_every_call(
    *, stage: Stage, after: Sequence[str] = (), before: Sequence[str] = ()
) -> Callable[[Hook], Hook]:
    """Register a function that gets every `Call` of every service, and raises an error to refuse it.

    Stage.REACHED comes before the call is authorized, Stage.PERMITTED directly afterwards; other stages raise
    `ValueError`. Two functions at one stage name their order, as steps do (`around`). Such functions are in the module
    `gate_hooks` of a service's folder, which `labs_helpers.cloud.services.load_gate_hooks` finds.
    """
    if stage not in (Stage.REACHED, Stage.PERMITTED):
        raise ValueError(f"{stage.name} is not a stage of every call: REACHED and PERMITTED are")

    def register(hook: Hook) -> Hook:
        _hooks.append(RegisteredStep(hook, stage, tuple(after), tuple(before)))
        _sorted_hooks.clear()
        return hook

    return register


def hooks(stage: Stage) -> tuple[Hook, ...]:
    """Return the functions that get every call at a stage, in their order. Raises `ValueError` as `steps` does."""
    if not _sorted_hooks:
        check_names("every call", _hooks)
        ordered = in_order("every call", _hooks)
        _sorted_hooks.update(
            {each: tuple(hook.function for hook in ordered if hook.stage is each) for each in Stage}
        )
    return _sorted_hooks[stage]


def connects(*services: str) -> Callable[[Connect], Connect]:
    """Register a function that connects a service with others: each gate calls it once, when it loads the service.

    Connecting a service twice raises `ValueError`.
    """

    def register(connect: Connect) -> Connect:
        for service in services:
            if service in _connections:
                raise ValueError(f"{service} is connected twice")
            _connections[service] = connect
        return connect

    return register


def connection(service: str) -> Connect | None:
    """Return the function that connects a service with others, None for a service that needs none."""
    return _connections.get(service)


def find(service: str, name: str) -> Operation | None:
    """Return the function that performs an operation, None for an operation that moto performs."""
    return _operations.get((service, name))


def registered() -> frozenset[tuple[str, str]]:
    """Return every (service, operation) that a registered function performs."""
    return frozenset(_operations)
