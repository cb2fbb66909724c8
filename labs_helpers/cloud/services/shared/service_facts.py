"""The facts about a service that the cloud must know, as a part of its table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.engine.policy import AccessRequest


@dataclass(frozen=True, slots=True)
class Facts:
    """The differences of a service from most others, which are the defaults."""

    holds_policies: bool = False
    """True if a change in the service may change identities, or the policies in force for them."""
    denied: tuple[str, int] | None = None
    """Code and status of its refusals, if they differ from its protocol's."""
    gives_authorization_ids: bool = False
    """True if its refusals have an authorization ID, by which they can be looked up.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
    """
    names_resource: Callable[[Call, AccessRequest], str | None] | None = None
    """Returns a request's resource as the service's refusals write it: None if they write the resource as it is, "" if
    they name none. Without this function, they write all resources as they are."""
    conceals: Callable[[Call, AccessRequest], str | None] | None = None
    """Returns what the service's refusals write in place of a resource and a reason that they don't tell; None for a refusal that tells them.
    """
    spells_action: Callable[[str], str] | None = None
    """Returns an action as the service's refusals spell it; without this function, as policies do."""
    refuse_unreadable: Callable[[str, Mapping[str, Any]], None] | None = None
    """Gets the operation and the parameters in the path of a request whose other parameters cannot be read, and raises
    the error that the service returns before it reads them."""
