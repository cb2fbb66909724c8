"""IP networks of both versions."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network


def is_within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    """Return True if all addresses of a network are in another one. Networks of two versions share no addresses."""
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)
