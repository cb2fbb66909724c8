"""Checks for changes of a VPC's secondary CIDR blocks that EC2 rejects, but moto performs.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2.errors import has_dependents
from labs_helpers.cloud.services.ec2.requests import check_cidr_block

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""The ranges of RFC 1918. A VPC can have CIDR blocks from only one of them."""
_NEVER_ADDED = IPv4Network("198.19.0.0/16")
_LARGEST, _SMALLEST = 16, 28


@around("ec2", "AssociateVpcCidrBlock", stage=Stage.PRECONDITIONS)
def check_added_block(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a block with an invalid size or range, and a block that overlaps one of the VPC's blocks.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidVpc.Range)
    """
    block = call.parameters.get("CidrBlock")
    if block:
        check_cidr_block(block)
        _check_added(IPv4Network(block, strict=False), call)
    return perform()


def _check_added(added: IPv4Network, call: Call) -> None:
    held = networks.blocks_of(call.account, call.region, call.parameters["VpcId"])
    if not _LARGEST <= added.prefixlen <= _SMALLEST:
        raise _wrong_range(f"The CIDR '{added}' is invalid.")
    if any(added.overlaps(each) for each in held):
        raise _wrong_range(f"The CIDR '{added}' overlaps a CIDR block of the VPC.")
    private = {_private_range(each) for each in held}
    if held and (added.overlaps(_NEVER_ADDED) or _private_range(added) not in {None, *private}):
        message = (
            f"The CIDR '{added}' is restricted. Use a CIDR from the same private address range as the current VPC "
            "CIDR, or use a publicly-routable CIDR."
        )
        raise _wrong_range(message)


def _private_range(block: IPv4Network) -> IPv4Network | None:
    """Return the private range that contains a block, or None."""
    return next((each for each in _PRIVATE if block.subnet_of(each)), None)


def _wrong_range(message: str) -> ServiceError:
    return ServiceError("InvalidVpc.Range", message, 400)


@around("ec2", "DisassociateVpcCidrBlock", stage=Stage.PRECONDITIONS)
def keep_used_block(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject the removal of a block that contains a subnet. AWS doesn't document the error code.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisassociateVpcCidrBlock.html
    """
    association = call.parameters["AssociationId"]
    if networks.block_in_use(call.account, call.region, association):
        message = f"The CIDR block with the association ID {association} is in use"
        raise has_dependents(message)
    return perform()
