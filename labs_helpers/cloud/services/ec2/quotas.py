"""Limits on the size of requests. EC2 rejects larger requests, but moto would take minutes to process them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html#ec2-on-demand-instances-limits
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2.errors import invalid_value, missing_parameter

MOST_INSTANCES = 64
"""The maximum number of instances per request.

On AWS, a quota limits the vCPUs of all running instances in an account; the limit here is specific to the lab.
"""
MOST_ADDRESSES = 256
MOST_ELASTIC_ADDRESSES = 5
"""The default quota of Elastic IP addresses per Region."""
_LIMIT = (
    "You have requested more vCPU capacity than your current vCPU limit of 128 allows for the instance bucket that the "
    "specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an "
    "adjustment to this limit."
)


@around("ec2", "RunInstances", stage=Stage.LIMITED)
def limit_instances(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject counts below 1 or above `MOST_INSTANCES`, and a minimum count above the maximum count.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    least, most = call.parameters["MinCount"], call.parameters["MaxCount"]
    if least < 1 or most < 1:
        name, value = ("minCount", least) if least < 1 else ("maxCount", most)
        message = f"Value ({value}) for parameter {name} is invalid. The value must be greater than 0"
        raise invalid_value(message)
    if least > most:
        message = f"Value ({least}) for parameter minCount is invalid. It must not be greater than maxCount ({most})"
        raise invalid_value(message)
    if most > MOST_INSTANCES:
        raise ServiceError("VcpuLimitExceeded", _LIMIT, 400)
    return perform()


@around("ec2", "AllocateAddress", stage=Stage.LIMITED)
def limit_addresses(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject another Elastic IP address if the account has reached the default quota in the Region.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-eips
    """
    if networks.number_of_addresses(call.account, call.region) >= MOST_ELASTIC_ADDRESSES:
        message = "The maximum number of addresses has been reached."
        raise ServiceError("AddressLimitExceeded", message, 400)
    return perform()


@around(
    "ec2",
    "AllocateHosts",
    "AssignIpv6Addresses",
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    stage=Stage.LIMITED,
)
def limit_counts(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject requests for more than `MOST_ADDRESSES` hosts or addresses, and AllocateHosts requests without a quantity.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/AvailableIpPerENI.html
    """
    if call.operation == "AllocateHosts" and call.parameters.get("Quantity") is None:
        raise missing_parameter("The request must contain the parameter quantity")
    for name in ("Quantity", "Ipv6AddressCount", "SecondaryPrivateIpAddressCount"):
        count = call.parameters.get(name)
        if count is not None and not 0 <= count <= MOST_ADDRESSES:
            parameter = name[:1].lower() + name[1:]
            raise invalid_value(f"Value ({count}) for parameter {parameter} is invalid.")
    return perform()


_POOLS = ("Ipv4IpamPoolId", "Ipv6IpamPoolId", "Ipv6Pool", "Ipv6CidrBlock")


@around("ec2", "CreateVpc", "AssociateVpcCidrBlock", stage=Stage.VALIDATED)
def need_a_block(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject a request without a CIDR block.

    moto would store None, and every later description of the VPC would fail.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html
    """
    given = call.parameters
    if given.get("CidrBlock") or (call.operation != "CreateVpc" and given.get("AmazonProvidedIpv6CidrBlock")):
        return perform()
    if any(given.get(name) for name in _POOLS):
        raise NotModelled(f"ec2:{call.operation} from a pool of addresses: IPAM isn't modeled")
    raise missing_parameter("Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
