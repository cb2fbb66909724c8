"""Checks of the private IPv4 addresses in requests.

EC2 rejects an address that isn't in the subnet, is reserved, or is in use.
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2.errors import address_in_use, invalid_value

_RESERVED_AT_START = 4


@around(
    "ec2",
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    stage=Stage.PRECONDITIONS,
    after=("check_networks",),
)
def check_addresses(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require that a network interface's addresses are in its subnet and aren't in use.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidIPAddress.InUse)
    """
    given, where = call.parameters, (call.account, call.region)
    interface, moved = given.get("NetworkInterfaceId") or "", list(_requested(given))
    subnet = given.get("SubnetId") or networks.subnet_of_interface(*where, interface)
    movable = bool(given.get("AllowReassignment"))
    _refuse_unusable(call, subnet or "", moved, movable=movable)
    answer = perform()
    if movable and answer.status < 300:  # moto doesn't remove the addresses from their previous interfaces
        networks.take_addresses(*where, interface, moved)
    return answer


@around("ec2", "UnassignPrivateIpAddresses", stage=Stage.PRECONDITIONS)
def keep_primary_address(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Keep a network interface's primary private address, because only secondary addresses can be unassigned.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnassignPrivateIpAddresses.html
    """
    given, where = call.parameters, (call.account, call.region)
    subnet = networks.subnet_of_interface(*where, given["NetworkInterfaceId"]) or ""
    primary = networks.primary_addresses(*where, subnet) & set(given.get("PrivateIpAddresses") or ())
    if primary:
        raise invalid_value(f"Address {min(primary)} is the primary address of a network interface")
    return perform()


def check_launch(call: Call, given: Mapping[str, Any]) -> None:
    """Require that a launch's addresses are in the subnet and aren't in use.

    A launch with an address can start only one instance.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html (PrivateIpAddress)
    """
    interfaces = given.get("NetworkInterfaces") or ()
    for each in interfaces or (given,):
        addresses = list(_requested(each))
        if addresses and given["MaxCount"] > 1:
            message = "A private IP address can't be specified for more than one instance"
            raise ServiceError("InvalidParameterCombination", message, 400)
        _refuse_unusable(call, each.get("SubnetId") or default_subnet(call, given), addresses)


def default_subnet(call: Call, given: Mapping[str, Any]) -> str:
    """Return the default subnet in a launch's zone, or an empty string if there is no such subnet."""
    zone = (given.get("Placement") or {}).get("AvailabilityZone")
    return ec2.default_subnet(call.account, call.region, zone) or ""


def _requested(given: Mapping[str, Any]) -> Iterator[str]:
    """Yield the private IPv4 addresses that a request, or one of its network interfaces, contains."""
    if given.get("PrivateIpAddress"):
        yield given["PrivateIpAddress"]
    for each in given.get("PrivateIpAddresses") or ():
        address = each.get("PrivateIpAddress") if isinstance(each, Mapping) else each
        if address and address != given.get("PrivateIpAddress"):
            yield address


def _refuse_unusable(call: Call, subnet: str, addresses: list[str], *, movable: bool = False) -> None:
    """Reject unusable addresses. With `movable`, an address can be another interface's secondary address."""
    found = networks.subnet_facts(call.account, call.region, subnet)
    if found is None:
        return
    in_use = networks.primary_addresses if movable else networks.private_addresses
    taken = in_use(call.account, call.region, subnet)
    for address in addresses:
        _refuse_outside(address, ipaddress.ip_network(found[2], strict=False))
        if address in taken:
            raise address_in_use(address)
        taken.add(address)


def _refuse_outside(address: str, block: Any) -> None:
    """Reject a malformed address, an address outside the subnet, and the subnet's first four and last addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise invalid_value(f"Value ({address}) for parameter privateIpAddress is invalid.") from None
    if parsed not in block:
        raise invalid_value(f"Address {address} does not fall within the subnet's address range")
    if parsed in (*(block[number] for number in range(_RESERVED_AT_START)), block[-1]):
        raise invalid_value(f"Address {address} is in subnet's reserved address range")
