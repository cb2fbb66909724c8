"""The parts of a cloud that actors use: the lab clock, and the registration of trusted issuers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from labs_helpers.cloud.core.clock import Clock
    from labs_helpers.cloud.core.web_identity import Issuer


class HasClock(Protocol):
    """The part of a cloud that an authenticator app uses."""

    @property
    def clock(self) -> Clock:
        """The lab clock."""


class TrustsIssuers(HasClock, Protocol):
    """The part of a cloud that an identity provider uses."""

    def trust_issuer(
        self,
        url: str,
        jwks: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
        *,
        rejects: Callable[[Mapping[str, Any]], bool] | None = None,
    ) -> Issuer:
        """Register an issuer; see `Cloud.trust_issuer`."""
