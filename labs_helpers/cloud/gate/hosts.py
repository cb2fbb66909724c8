"""Hosts within the cloud that are no AWS endpoints, and the address that requests seem to come from."""

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
    """Where requests seem to come from (`aws:SourceIp`), and hosts within the cloud that are no AWS endpoints.

    A host (an instance's metadata address, a sign-in page) is answered by what stands for it in `hosts`:
    request → (status, headers, body).
    """

    source_ip: str = ADDRESS
    hosts: dict[str, Host] = field(default_factory=dict)
    of_services: Callable[[str], Host | None] = lambda _: None
    """Finds what answers for a host that a service has, such as a user pool's domain."""

    def host(self, url: str) -> Host | None:
        """What answers for the host of a URL, None if it is no host of the cloud's."""
        name = urlsplit(url).hostname or ""
        if name.endswith(SUFFIX) and name not in self.hosts:
            return None
        return self.hosts.get(name) or self.of_services(name)

    def serves(self, host: str) -> bool:
        """Whether a name is one of AWS's endpoints, or a host of the cloud's."""
        return host.endswith(SUFFIX) or self.host(f"https://{host}/") is not None
