"""The networks from which an identity store's API can be called.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_UpdateIdentityStore.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.identitystore.errors import invalid

_LISTS = ("ApiRestrictSourceVpcs", "ApiAllowSourceIps", "ScimAllowSourceIps")


def configuration(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a NetworkConfiguration without empty entries.

    Raises `ServiceError` for lists of VPCs or IP addresses if VpceAccessRequired is false.
    """
    if not given["VpceAccessRequired"] and any(given.get(name) for name in _LISTS):
        text = "VPCs and IP addresses can be specified only if VpceAccessRequired is true."
        raise invalid(text)
    return {name: value for name, value in given.items() if value not in (None, [])}


def check(call: Call, network: Mapping[str, Any] | None) -> None:
    """Raise AccessDeniedException for a call from a network that isn't allowed.

    Calls through VPC endpoints (only from the listed VPCs, if VPCs are listed) and from listed IP addresses are
    allowed.
    """
    if network is None or not network["VpceAccessRequired"]:
        return
    if _is_in(call.source_ip, network.get("ApiAllowSourceIps") or ()):
        return
    context = call.judgements[0].request.context if call.judgements else {}
    vpcs = [each.rpartition("/")[2] for each in network.get("ApiRestrictSourceVpcs") or ()]
    if context.get("aws:sourcevpce") is None or (vpcs and context.get("aws:sourcevpc") not in vpcs):
        raise ServiceError(
            "AccessDeniedException", "The identity store cannot be accessed from this network."
        )


def _is_in(address: str, networks: tuple[str, ...] | list[str]) -> bool:
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(each, strict=False) for each in networks)
