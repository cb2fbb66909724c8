"""What an actor needs of the cloud that it talks to: the lab clock, and a way to be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from labs_helpers.cloud.core.clock import Clock
    from labs_helpers.cloud.core.web_identity import Issuer


class HasClock(Protocol):
    """A cloud, as an authenticator app sees it."""

    @property
    def clock(self) -> Clock: ...


class TrustsIssuers(HasClock, Protocol):
    """A cloud, as an identity provider sees it."""

    def trust_issuer(
        self,
        url: str,
        jwks: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
        *,
        rejects: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Issuer: ...
