"""Changes to moto that are made when a cloud starts and undone when it stops.

The gate (`labs_helpers.cloud.gate.gate`) replaces the function with which botocore would send requests
(`boto3_clients`), because complete requests and responses pass through this function in every protocol. A module that
changes anything else in moto passes a function to `while_installed`.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any

from botocore import hooks as botocore_hooks
from botocore.awsrequest import AWSPreparedRequest
from botocore.hooks import EVENT_ALIASES, EventAliaser
from botocore.model import Shape
from moto.core import responses as moto_responses
from moto.core.base_backend import BackendDict
from moto.core.config import default_user_config
from moto.core.model_instances import reset_model_data
from moto.core.models import MockAWS, botocore_stubber
from moto.core.serialize import (
    AttributePickerContext,
    DefaultAttributePicker,
    ResponseSerializer,
    XFormedAttributePicker,
)
from moto.core.utils import MISSING, get_value
from moto.moto_api._internal import mock_random

from labs_helpers.cloud.moto import boto3_clients

Process = Callable[[AWSPreparedRequest], tuple[int, Any, Any]]
Undo = Callable[[], None]
Patch = Callable[[], Undo]
"""A function that changes moto and returns a function that undoes the change."""

_ABSENT = object()
_patches: list[Patch] = []
_installed: ExitStack | None = None


def install(process: Process) -> None:
    """Send every botocore AWS request through `process`, until `uninstall` is called.

    If a patch fails, the earlier patches are undone. Raises `RuntimeError` under the same conditions as
    `refuse_company`.
    """
    global _installed
    refuse_company()
    with ExitStack() as undo:
        undo.enter_context(patched())
        undo.enter_context(boto3_clients.answered(process, botocore_stubber))
        undo.callback(replace(MockAWS, start=_refuse_mock))
        _installed = undo.pop_all()


def refuse_company() -> None:
    """Raise `RuntimeError` if moto's own mock is active, or if requests already go to a cloud."""
    if _installed is not None:
        raise RuntimeError("this process already calls a cloud: stop it, or detach from it")
    if MockAWS._nested_count > 0:
        raise RuntimeError("moto's mock_aws is active: end it before you start a cloud, which replaces it")


def uninstall() -> None:
    """Undo the changes that `install` made."""
    global _installed
    undo, _installed = _installed, None
    if undo is not None:
        undo.close()


@contextmanager
def patched() -> Iterator[None]:
    """Apply the gate's changes to moto within the block, without sending requests through a gate."""
    with ExitStack() as undo:
        undo.callback(_keep_method_names())
        undo.callback(_keep_event_names())
        undo.callback(_see_keywords_quickly())
        undo.callback(_find_accounts_quickly())
        undo.callback(_find_members_quickly())
        for name in ("lambda", "batch"):
            undo.callback(_set_item(default_user_config[name], "use_docker", False))
        for patch in _patches:
            undo.callback(patch())
        yield


def while_installed(patch: Patch) -> Patch:
    """Apply `patch` whenever a gate is installed, and immediately if one is already installed.

    The latter happens because some modules are loaded on demand.
    """
    _patches.append(patch)
    if _installed is not None:
        _installed.callback(patch())
    return patch


def replace(owner: Any, **attributes: Any) -> Undo:
    """Set attributes on a moto class or module, and return a function that restores them."""
    before = {name: vars(owner).get(name, _ABSENT) for name in attributes}
    for name, value in attributes.items():
        setattr(owner, name, value)

    def undo() -> None:
        """Restore the attributes."""
        for name, value in before.items():
            if value is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, value)

    return undo


def all_of(*undos: Undo) -> Undo:
    """Return one function that runs all of the given undo functions in reverse order."""

    def undo() -> None:
        """Undo all changes, the last one first."""
        for each in reversed(undos):
            each()

    return undo


def _set_item(mapping: Any, name: str, value: Any) -> Undo:
    before = mapping[name]
    mapping[name] = value
    return lambda: mapping.__setitem__(name, before)


def _keep_method_names() -> Undo:
    """Cache the names of the methods of moto's classes.

    moto collects the names at every call, to find the operations, which takes a tenth of the call's time.
    """
    original = moto_responses.method_names_from_class
    return replace(moto_responses, method_names_from_class=cache(lambda kind: frozenset(original(kind))))


def _keep_event_names() -> Undo:
    """Cache the current names of botocore's events for all clients.

    Each client computes about 200 of them, which takes most of the time needed to create the client.
    """
    original, known = EventAliaser.__init__, dict[str, str]()

    def begin(self: Any, event_emitter: Any, event_aliases: Any = None) -> None:
        """Create an aliaser that shares the cache of names."""
        original(self, event_emitter, event_aliases)
        if self._event_aliases == EVENT_ALIASES:
            self._alias_name_cache = known

    return replace(EventAliaser, __init__=begin)


def _see_keywords_quickly() -> Undo:
    """Cache whether a handler accepts any keyword argument.

    Otherwise, botocore inspects each handler's whole signature for each session.
    """
    original = botocore_hooks.accepts_kwargs

    def accepts(handler: Any) -> Any:
        """Return a true value if a handler accepts any keyword argument."""
        code = getattr(handler, "__code__", None)
        return original(handler) if code is None else code.co_flags & inspect.CO_VARKEYWORDS

    return replace(botocore_hooks, accepts_kwargs=accepts)


_to_reset: set[int] = set()
"""The services in moto's list of services to reset, by the identity of their backends."""


def _find_accounts_quickly() -> Undo:
    """Look up the backends of an account directly. moto first lists all accounts, which can be slow."""
    original = BackendDict.__getitem__

    def quick(self: Any, account: str) -> Any:
        """Return an account's backends, created if they are missing."""
        found = dict.get(self, account)
        if found is None:
            found = original(self, account)
        if id(self) not in _to_reset:
            # moto's list of services to reset compares by value, and two services without any account are equal.
            _to_reset.add(id(self))
            if not any(each is self for each in BackendDict._instances):
                BackendDict._instances.append(self)
        return found

    return replace(BackendDict, __getitem__=quick)


_NAMES = "labs_helpers_names"
"""An attribute that `_find_members_quickly` adds to shapes, with the cached names by member and class."""


def _find_members_quickly() -> Undo:
    """Cache the names under which moto's objects can store a member of an answer (`UserName`, `user_name`, `Name`, …).

    moto computes up to ten names for each member of each answer, which takes a tenth of the call's time. The names
    follow from the member's shape and the object's class, which don't change.
    """
    original = ResponseSerializer.get_value

    def find(self: Any, value: Any, key: str, shape: Shape) -> Any:
        """Return a member's value from one of moto's objects, or None if it has no such member."""
        picker = self._value_picker
        if type(picker) is DefaultAttributePicker:
            return get_value(value, key, None)
        # Until moto has seen a shape as a member, the shape has no parent, and the names depend on the parent.
        if (
            type(picker) is not XFormedAttributePicker
            or picker.response_transformers
            or "parent" not in vars(shape)
        ):
            return original(self, value, key, shape)
        kept = vars(shape).setdefault(_NAMES, {})
        of_class = key, type(value)
        names = kept.get(of_class)
        if names is None:
            context = AttributePickerContext(obj=value, key=key, shape=shape)
            names = kept[of_class] = tuple(dict.fromkeys(picker.get_possible_keys(context)))
        for name in names:
            found = value.get(name, MISSING) if of_class[1] is dict else get_value(value, name, MISSING)
            if found is not MISSING:
                return found
        return None

    return replace(ResponseSerializer, get_value=find)


def _refuse_mock(self: MockAWS, reset: bool = True) -> None:  # noqa: FBT002  # moto's signature
    raise RuntimeError(
        "a cloud is running, and mock_aws would replace it: stop the cloud first (cloud.stop())"
    )


def reset(seed: int | None) -> None:
    """Reset all of moto's state. With a seed, moto's IDs are repeatable; without a seed, they are unpredictable."""
    BackendDict.reset()
    _to_reset.clear()
    reset_model_data()
    mock_random.seed(seed if seed is not None else random.SystemRandom().getrandbits(128))
