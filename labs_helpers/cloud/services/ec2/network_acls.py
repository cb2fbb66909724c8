"""Checks for rules of network ACLs that EC2 rejects, but moto stores.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
"""

from __future__ import annotations

from collections.abc import Callable

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2.errors import invalid_value, missing_parameter
from labs_helpers.cloud.services.ec2.requests import check_cidr_block

_MOST = 32_766


@around("ec2", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry", stage=Stage.FOUND)
def check_entry(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Require that a new rule is valid, and that a replaced or deleted rule exists."""
    if call.operation != "DeleteNetworkAclEntry":
        _check_rule(call)
    if call.operation != "CreateNetworkAclEntry":
        _find_rule(call)
    return perform()


def _check_rule(call: Call) -> None:
    """Require a rule number from 1 to 32766, and a CIDR block."""
    given = call.parameters
    number, block = given["RuleNumber"], given.get("CidrBlock") or given.get("Ipv6CidrBlock")
    if not 1 <= number <= _MOST:
        message = (
            f"Value ({number}) for parameter ruleNumber is invalid. Valid rule numbers are 1 to {_MOST}."
        )
        raise invalid_value(message)
    if not block:
        raise missing_parameter("The request must contain the parameter cidrBlock or ipv6CidrBlock")
    check_cidr_block(block)


def _find_rule(call: Call) -> None:
    """Raise InvalidNetworkAclEntry.NotFound for a rule number that an existing ACL doesn't have.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    given = call.parameters
    acl, number, egress = given["NetworkAclId"], given["RuleNumber"], bool(given["Egress"])
    if networks.has_acl_entry(call.account, call.region, acl, number, egress=egress) is False:
        way = "egress" if egress else "ingress"
        message = f"The {way} rule with number {number} does not exist in network ACL '{acl}'"
        raise ServiceError("InvalidNetworkAclEntry.NotFound", message, 400)
