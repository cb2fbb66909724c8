"""The operations that are ours: what moto lacks, or answers differently from AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.call import Answer, Call

if TYPE_CHECKING:
    from labs_helpers.cloud.core.state import State

Operation = Callable[[Call], "Mapping[str, Any] | Answer"]

Step = Callable[[Call, Callable[[], Answer]], Answer]
"""What stands around an operation: it gets the call and what performs it, and gives the answer."""

_operations: dict[tuple[str, str], Operation] = {}
_steps: dict[tuple[str, str], list[Step]] = {}

Page = Callable[["State", str, AWSPreparedRequest], "Answer | None"]
"""State, Region and request → the answer; None for what is no page."""
_pages: dict[str, Page] = {}


def page(service: str) -> Callable[[Page], Page]:
    """Register a function as what answers a service's pages: documents at its endpoint that no operation stands for.

    It is asked first, and for every request; what it answers asks for no permission and is not recorded.
    """

    def register(function: Page) -> Page:
        _pages[service] = function
        return function

    return register


def find_page(service: str) -> Page | None:
    """The function that answers a service's pages, None if it has none."""
    return _pages.get(service)


Site = Callable[[AWSPreparedRequest, str], "Answer"]
"""A request and the address that it comes from → the answer."""
FindSite = Callable[["State", str], "Site | None"]
"""State and host name → what answers for that host, None for one that is not the service's."""
_sites: dict[str, FindSite] = {}


def site(service: str) -> Callable[[FindSite], FindSite]:
    """Register a function as what finds who answers for hosts of a service besides its endpoint: a user pool's domain.

    Services are loaded when they are first asked, and nobody has a host before.
    """

    def register(function: FindSite) -> FindSite:
        _sites[service] = function
        return function

    return register


def find_site(state: State, host: str) -> Site | None:
    """What answers for a host that is no AWS endpoint; None if no service knows it."""
    return next((found for find in _sites.values() if (found := find(state, host)) is not None), None)


def operation(service: str, *names: str) -> Callable[[Operation], Operation]:
    """Register a function as what performs the operations `names` of a service (boto3's name).

    The function gets the `Call` after it was authorized. It returns a dict of the operation's output members,
    which botocore's model serialises, or an `Answer` (what `call.moto()` returned). It raises `ServiceError`
    to refuse. Registering an operation twice raises `ValueError`.
    """

    def register(function: Operation) -> Operation:
        for name in names:
            if (service, name) in _operations:
                raise ValueError(f"{service}.{name} is registered twice")
            _operations[service, name] = function
        return function

    return register


def around(service: str, *names: str) -> Callable[[Step], Step]:
    """Register a function that stands around operations, whoever performs them: moto, or a function of ours.

    It gets the `Call` after it was authorized, and the deed as a function without arguments; it returns the answer,
    changed or not, and raises `ServiceError` to refuse before or after. Of several the first registered is innermost.
    """

    def register(step: Step) -> Step:
        for name in names:
            _steps.setdefault((service, name), []).append(step)
        return step

    return register


def steps(service: str, name: str) -> list[Step]:
    """What stands around an operation, from the inside out."""
    return _steps.get((service, name), [])


def find(service: str, name: str) -> Operation | None:
    """The function that performs an operation, None where moto does."""
    return _operations.get((service, name))


def registered() -> frozenset[tuple[str, str]]:
    """Every (service, operation) of ours."""
    return frozenset(_operations)
