"""Facts about a service that the rest of the cloud needs, stored in the service's table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.engine.policy import AccessRequest


@dataclass(frozen=True, slots=True)
class Facts:
    """The ways in which a service differs from most other services. The defaults apply to most services."""

    holds_policies: bool = False
    """True if a call to the service can change identities or the policies in force for them."""
    anonymous: frozenset[str] = frozenset()
    """The operations that accept unsigned requests, which a resource's policy must allow."""
    denied: tuple[str, int] | None = None
    """The code and status of the service's denials, or None if the service uses the defaults of its protocol."""
    gives_authorization_ids: bool = False
    """True if the service's denials have an authorization ID, which is used for looking them up.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
    """
    names_resource: Callable[[Call, AccessRequest], str | None] | None = None
    """A function that returns a request's resource in the form used in the service's denial messages.

    None means that the message contains the resource unchanged; "" means that it doesn't contain the resource. Without
    this function, messages contain all resources unchanged.
    """
    conceals: Callable[[Call, AccessRequest], str | None] | None = None
    """A function that returns the text that replaces a concealed resource and reason in denial messages.

    It returns None if nothing is concealed.
    """
    spells_action: Callable[[str], str] | None = None
    """A function that returns an action as it is spelled in the service's denial messages.

    Without this function, actions are spelled as in policies.
    """
    refuse_unreadable: Callable[[str, Mapping[str, Any]], None] | None = None
    """A function that raises the service's error if parameters outside the path can't be parsed.

    The arguments are the operation and the parameters in the path.
    """
    refuse_unperformed: Callable[[Call], None] | None = None
    """A function that is called after all steps, and raises the service's error for a request that isn't
    performed.

    For example, EC2 doesn't perform requests with DryRun or with a tag that it reserves for AWS.
    """
