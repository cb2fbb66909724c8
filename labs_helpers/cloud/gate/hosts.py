"""Hosts within the cloud that aren't AWS endpoints, and the source IP address of requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from labs_helpers.cloud.gate.endpoints import SUFFIX
from labs_helpers.cloud.gate.request_context import ADDRESS

Host = Callable[[AWSPreparedRequest], tuple[int, Mapping[str, Any], "str | bytes"]]


@dataclass(slots=True)
class Network:
    """The source IP address for requests (`aws:SourceIp`), and the hosts within the cloud that aren't AWS endpoints.

    `hosts` contains, for each host (such as an instance's metadata address or a sign-in page), the function that
    answers its requests: request → (status, headers, body).
    """

    source_ip: str = ADDRESS
    hosts: dict[str, Host] = field(default_factory=dict)
    of_services: Callable[[str], Host | None] = lambda _: None
    """A function from a service's hostname (such as a user pool's domain) to the function that answers its requests."""

    def host(self, url: str) -> Host | None:
        """Return the function that answers for a URL's host, or None if the cloud has no such host."""
        name = urlsplit(url).hostname or ""
        if name.endswith(SUFFIX) and name not in self.hosts:
            return None
        return self.hosts.get(name) or self.of_services(name)

    def serves(self, host: str) -> bool:
        """Return True if a hostname is an AWS endpoint or a host in the cloud."""
        return host.endswith(SUFFIX) or self.host(f"https://{host}/") is not None
