"""The networks from which users can sign in to an instance.

https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_NetworkConfigurationInfo.html
In this cloud, users never sign in through a VPC endpoint. If an endpoint is required, users can sign in only from
exempt IP addresses. Calls by administrators aren't restricted.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.cloud.services.sso_admin.errors import invalid
from labs_helpers.cloud.services.sso_admin.state import Instance
from labs_helpers.engine.policy.arn import Arn


def configure(call: Call, instance: Instance, given: Mapping[str, Any]) -> None:
    """Replace the whole configuration.

    A missing list becomes empty. If no VPC endpoint is required, all lists become empty. Raises ValidationException for
    VPCs in external accounts.
    """
    required = given["VpceAccessRequired"]
    lists = {name: value for name, value in given.items() if value} if required else {}
    organization = call.state.part(Organizations).of(instance.account)
    ours = (
        organization.members if organization is not None and instance.of_organization else [instance.account]
    )
    for vpc in lists.get("RestrictSourceVpcs", ()):
        if Arn.parse(vpc).account not in ours:
            raise invalid(f"{vpc} is not in the organization or account of the instance.")
    instance.network = {**lists, "VpceAccessRequired": required}


def refuses(instance: Instance, source_ip: str) -> bool:
    """Return whether the instance rejects sign-in from an IP address."""
    network = instance.network
    if network is None or not network["VpceAccessRequired"]:
        return False
    address = ipaddress.ip_address(source_ip)
    allowed = network.get("AllowSourceIps", ())
    return not any(address in ipaddress.ip_network(each, strict=False) for each in allowed)
