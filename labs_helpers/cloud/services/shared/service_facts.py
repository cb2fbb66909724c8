"""The facts about a service that the cloud needs, stored in the service's table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.engine.policy import AccessRequest


@dataclass(frozen=True, slots=True)
class Facts:
    """How a service differs from most others, which are the defaults."""

    holds_policies: bool = False
    """True if a change in the service can change identities, or the policies in force for them."""
    denied: tuple[str, int] | None = None
    """Code and status of the service's denials, if they differ from its protocol's."""
    gives_authorization_ids: bool = False
    """True if the service's denials have an authorization ID, by which they can be looked up.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
    """
    names_resource: Callable[[Call, AccessRequest], str | None] | None = None
    """Returns a request's resource as the service's denial messages name it.

    None means that they show the resource unchanged, "" that they name no resource. Without this function, they show
    all resources unchanged.
    """
    conceals: Callable[[Call, AccessRequest], str | None] | None = None
    """Returns the text that denial messages show in place of a concealed resource and reason. None conceals nothing."""
    spells_action: Callable[[str], str] | None = None
    """Returns an action as the service's denial messages spell it.

    Without this function, they spell it as policies do.
    """
    refuse_unreadable: Callable[[str, Mapping[str, Any]], None] | None = None
    """Raises the error that the service returns if parameters outside the path cannot be read.

    The arguments are the operation and the parameters in the path.
    """
