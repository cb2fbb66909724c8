"""IpAddress and NotIpAddress for IPv4 and IPv6. An address without a prefix length is a range of one address."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from labs_helpers.engine.policy.conditions.family import Compiled, Static


@lru_cache(maxsize=512)
def _address(text: str) -> tuple[int, int] | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    return address.version, int(address)


def address_range(text: str) -> tuple[int, int, int] | None:
    """Return the IP version and the first and last address of a CIDR range or address, or None for any other text."""
    try:
        network = ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None
    return network.version, int(network.network_address), int(network.broadcast_address)


def within(values: list[str], variables: bool) -> Compiled:
    """Compile a test for addresses that are in the range of one of the values."""
    ranges = [each for each in map(address_range, values) if each is not None]

    def test(value: str) -> bool:
        """Return whether the address is in one of the ranges."""
        address = _address(value)
        if address is None:
            return False
        version, number = address
        return any(version == family and low <= number <= high for family, low, high in ranges)

    return Static(test)
