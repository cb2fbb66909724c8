"""An authenticator app, as on a phone: it was given a seed once and shows a new code every 30 seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs_helpers.cloud.core import totp

if TYPE_CHECKING:
    from labs_helpers.cloud.actors.world import HasClock


class Authenticator:
    """`Authenticator(cloud, seed)` with the Base32StringSeed of CreateVirtualMFADevice. Its clock is the lab clock."""

    def __init__(self, cloud: HasClock, seed: str | bytes):
        totp.code_of_step(seed, 0)  # raises ValueError at once for what is no seed
        self._cloud = cloud
        self._seed = seed

    def code(self) -> str:
        """The code on the screen. AWS takes each one once."""
        return totp.code(self._seed, self._cloud.clock.now())

    def next_code(self) -> str:
        """Wait until the screen shows a new code, and read that: the lab clock moves by 30 seconds at most."""
        now = self._cloud.clock.now()
        self._cloud.clock.advance(seconds=totp.PERIOD - now.timestamp() % totp.PERIOD)
        return self.code()

    def two_codes(self) -> tuple[str, str]:
        """The code on the screen and the one after it, which EnableMFADevice asks for; waits for the second."""
        return self.code(), self.next_code()
