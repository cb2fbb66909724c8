"""The registry of our own operations: those that moto lacks or answers differently from AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.core.call import Answer, Call

if TYPE_CHECKING:
    from labs_helpers.cloud.core.state import State

Operation = Callable[[Call], "Mapping[str, Any] | Answer"]

Step = Callable[[Call, Callable[[], Answer]], Answer]
"""A function around an operation: it gets the call and a function that performs it, and returns the answer."""

_operations: dict[tuple[str, str], Operation] = {}
_steps: dict[tuple[str, str], list[Step]] = {}

Page = Callable[["State", str, AWSPreparedRequest], "Answer | None"]
"""State, Region and request → the answer; None if the request isn't for a page."""
_pages: dict[str, Page] = {}


def page(service: str) -> Callable[[Page], Page]:
    """Register a function that answers a service's pages: documents at its endpoint outside any operation.

    It is called first for every request. Its answers require no permission and aren't recorded.
    """

    def register(function: Page) -> Page:
        """Register the function and return it."""
        _pages[service] = function
        return function

    return register


def find_page(service: str) -> Page | None:
    """Return the function that answers a service's pages; None if the service has none."""
    return _pages.get(service)


Site = Callable[[AWSPreparedRequest, str], "Answer"]
"""A request and its source address → the answer."""
FindSite = Callable[["State", str], "Site | None"]
"""State and host name → the function that answers for the host; None if it isn't the service's host."""
_sites: dict[str, FindSite] = {}


def site(service: str) -> Callable[[FindSite], FindSite]:
    """Register a function that finds a service's hosts besides its endpoint, such as a user pool's domain.

    Services are loaded on first use, and have no such hosts before.
    """

    def register(function: FindSite) -> FindSite:
        """Register the function and return it."""
        _sites[service] = function
        return function

    return register


def find_site(state: State, host: str) -> Site | None:
    """Return the function that answers for a host other than AWS's endpoints; None if no service knows the host."""
    return next((answers for find in _sites.values() if (answers := find(state, host)) is not None), None)


def operation(service: str, *names: str) -> Callable[[Operation], Operation]:
    """Register a function that performs the operations `names` of a service (boto3's name).

    The function gets the `Call` after it was authorized. It returns a dict of the operation's output members, which
    botocore's model serializes, or an `Answer` (what `call.moto()` returned). It raises `ServiceError` to refuse.
    Registering an operation twice raises `ValueError`.
    """

    def register(function: Operation) -> Operation:
        """Register the function for all names and return it."""
        for name in names:
            if (service, name) in _operations:
                raise ValueError(f"{service}.{name} is registered twice")
            _operations[service, name] = function
        return function

    return register


def around(service: str, *names: str) -> Callable[[Step], Step]:
    """Register a function around operations, whether moto or one of our functions performs them.

    It gets the `Call` after it was authorized, and a function without arguments that performs it. It returns the
    answer, changed or not, and raises `ServiceError` to refuse before or after. If there are several, the first
    registered is innermost.
    """

    def register(step: Step) -> Step:
        """Register the function for all names and return it."""
        for name in names:
            _steps.setdefault((service, name), []).append(step)
        return step

    return register


def steps(service: str, name: str) -> list[Step]:
    """Return the functions around an operation, from the inside out."""
    return _steps.get((service, name), [])


def find(service: str, name: str) -> Operation | None:
    """Return the function that performs an operation; None if moto does."""
    return _operations.get((service, name))


def registered() -> frozenset[tuple[str, str]]:
    """Return every (service, operation) of ours."""
    return frozenset(_operations)
