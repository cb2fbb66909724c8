"""An authenticator app, as on a phone: it stores a seed and displays a new code every 30 seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.cloud.core import totp

if TYPE_CHECKING:
    from labs_helpers.cloud.actors.cloud_parts import HasClock


class Authenticator:
    """An authenticator app: `Authenticator(cloud, seed)`, with the Base32StringSeed from CreateVirtualMFADevice.

    The app uses the lab clock.
    """

    def __init__(self, cloud: HasClock, seed: str | bytes):
        """Add the seed to the app. Raises `ValueError` if the seed is invalid."""
        totp.code_of_step(seed, 0)  # rejects an invalid seed now instead of at the first code
        self._cloud = cloud
        self._seed = seed

    def code(self) -> str:
        """Return the code that is currently displayed. AWS accepts each code once."""
        return totp.code(self._seed, self._cloud.clock.now())

    def next_code(self) -> str:
        """Wait for the next code and return it. The lab clock moves forward by at most 30 seconds."""
        now = self._cloud.clock.now()
        self._cloud.clock.advance(seconds=totp.PERIOD - now.timestamp() % totp.PERIOD)
        return self.code()

    def two_codes(self) -> tuple[str, str]:
        """Return two consecutive codes, as EnableMFADevice requires. The method waits for the second code."""
        return self.code(), self.next_code()
