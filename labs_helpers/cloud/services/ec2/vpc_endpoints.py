"""Checks for VPC endpoints that EC2 rejects, but moto creates.

https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around, operation
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2 import unknown_ids
from labs_helpers.cloud.services.ec2.moto_hooks import endpoint_types
from labs_helpers.cloud.services.ec2.same_network import refuse_other_networks, refuse_same_zone
from labs_helpers.engine.policy import PolicyError, PolicyKind, parse_policy


@around("ec2", "CreateVpcEndpoint", "ModifyVpcEndpoint", stage=Stage.FOUND)
def check_endpoint(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject invalid policies, unknown services and resources, and parameters for other types of endpoints.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidPolicyDocument,
    InvalidServiceName)
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    """
    _check_policy(call.parameters.get("PolicyDocument"))
    unknown_ids.refuse_unknown(call)
    if call.operation == "CreateVpcEndpoint":
        _check_type(call)
    return perform()


_LONGEST_POLICY = 20_480


def _check_policy(text: str | None) -> None:
    """Reject text that isn't a policy, a policy without principals, and a policy that is too long.

    The error for a policy that is too long isn't documented.
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    if not text:
        return
    message = "The specified policy document is not a valid JSON policy document."
    try:
        parse_policy(text, PolicyKind.VPC_ENDPOINT)
    except PolicyError as error:
        raise ServiceError("InvalidPolicyDocument", message, 400) from error
    if len(text) > _LONGEST_POLICY:
        raise ServiceError("InvalidPolicyDocument", message, 400)


_ONLY = {"Gateway": ("RouteTableIds",), "Interface": ("SubnetIds", "SecurityGroupIds")}
"""The parameters that are valid only for endpoints of one type, by type."""


def _check_type(call: Call) -> None:
    given = call.parameters
    name, kind = given.get("ServiceName") or "", given.get("VpcEndpointType") or "Gateway"
    types = endpoint_types(call.region, name)
    if not types:
        raise ServiceError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist", 400)
    if kind not in types:
        message = f"Endpoint type ({kind}) does not match available service types ([{', '.join(types)}])."
        raise ServiceError("InvalidParameter", message, 400)
    for other, parameters in _ONLY.items():
        unfitting = [each for each in parameters if given.get(each)]
        if other != kind and unfitting:
            message = f"{unfitting[0]} is only supported for endpoints of the type {other}."
            raise ServiceError("InvalidParameter", message, 400)


@around("ec2", "CreateVpcEndpoint", "ModifyVpcEndpoint", stage=Stage.PRECONDITIONS)
def check_endpoint_networks(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Reject resources in other VPCs, two subnets in one zone, and a route table's second route to the service.

    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html#gateway-endpoint-routing
    """
    refuse_other_networks(call)
    given, where = call.parameters, (call.account, call.region)
    changed = networks.endpoint(*where, given.get("VpcEndpointId") or "")
    held = set(getattr(changed, "subnet_ids", None) or ()) - set(given.get("RemoveSubnetIds") or ())
    refuse_same_zone(call, [*held, *(given.get("SubnetIds") or given.get("AddSubnetIds") or ())])
    service = str(given.get("ServiceName") or getattr(changed, "service_name", ""))
    for table in given.get("RouteTableIds") or given.get("AddRouteTableIds") or ():
        if networks.routes_to(*where, service, table):
            message = f"route table {table} already has a route with destination-prefix-list-id of {service}"
            raise ServiceError("RouteAlreadyExists", message, 400)
    return perform()


@operation("ec2", "DeleteVpcEndpoints")
def delete_endpoints(call: Call) -> Answer | Mapping[str, Any]:
    """Delete endpoints. The response lists nonexistent endpoints as unsuccessful.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
    """
    names = list(call.parameters.get("VpcEndpointIds") or ())
    unknown = [name for name in names if not ec2.exists(call.account, call.region, name)]
    answer = call.moto()
    networks.forget_endpoints(call.account, call.region, names)
    if not unknown or answer.status >= 300:
        return answer
    errors = [(name, unknown_ids.no_such("vpcendpoint", name)) for name in unknown]
    return {
        "Unsuccessful": [
            {"ResourceId": name, "Error": {"Code": error.code, "Message": error.message}}
            for name, error in errors
        ]
    }
