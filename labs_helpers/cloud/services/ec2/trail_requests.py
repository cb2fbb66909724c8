"""The requestParameters of EC2's newer operations: the member `<Operation>Request` contains the whole request.

OBSERVED in CloudTrail events from 2023 to 2025 and in code that reads such events: members have the same names
as in the request. Each list item has its position as `tag` and, if it isn't a structure, its value as
`content`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.moto import protocols

OPERATIONS = frozenset(
    """
    AssociateIamInstanceProfile CancelCapacityReservation CreateCapacityReservation CreateDefaultSubnet
    CreateDefaultVpc CreateFlowLogs CreateLaunchTemplate CreateLaunchTemplateVersion CreateTrafficMirrorFilter
    CreateTrafficMirrorSession CreateTrafficMirrorTarget CreateVpcEndpoint DeleteFlowLogs DeleteLaunchTemplate
    DeleteLaunchTemplateVersions DeleteVpcEndpoints DescribeAddressTransfers DescribeAddressesAttribute
    DescribeCapacityReservations DescribeCarrierGateways DescribeEgressOnlyInternetGateways
    DescribeFastSnapshotRestores DescribeFlowLogs DescribeHosts DescribeIamInstanceProfileAssociations
    DescribeInstanceConnectEndpoints DescribeInstanceCreditSpecifications DescribeInstanceTypeOfferings
    DescribeInstanceTypes DescribeIpamPools DescribeLaunchTemplateVersions DescribeLaunchTemplates
    DescribeManagedPrefixLists DescribeNatGateways DescribeReplaceRootVolumeTasks DescribeSecurityGroupRules
    DescribeSnapshotTierStatus DescribeSpotFleetRequests DescribeVolumesModifications
    DescribeVpcEndpointServiceConfigurations DescribeVpcEndpointServices DescribeVpcEndpoints
    DisableEbsEncryptionByDefault DisableSerialConsoleAccess DisassociateIamInstanceProfile
    EnableEbsEncryptionByDefault EnableSerialConsoleAccess GetDefaultCreditSpecification GetEbsDefaultKmsKeyId
    GetEbsEncryptionByDefault GetLaunchTemplateData GetSerialConsoleAccessStatus
    GetTransitGatewayRouteTableAssociations ModifyEbsDefaultKmsKeyId ModifyInstanceMetadataOptions
    ModifyLaunchTemplate ModifySecurityGroupRules ModifyTrafficMirrorSession ModifyVpcEndpoint
    ReplaceIamInstanceProfileAssociation ResetEbsDefaultKmsKeyId
    """.split()
)
"""The operations for which this form was observed, and related operations from the same years."""


def shown(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the requestParameters for a call's parameters. Member names begin with a lowercase letter."""
    members = _input(operation).members if _input(operation) is not None else {}
    parameters = {name: given[_small(name)] for name in members if _small(name) in given}
    return {f"{operation}Request": _structure(_input(operation), parameters) or ""}


def sent(operation: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the API's parameters for an event's requestParameters. This function is the inverse of `shown`."""
    wrapped = found.get(f"{operation}Request") or {}
    return _read(_input(operation), wrapped) if isinstance(wrapped, Mapping) else {}


def _input(operation: str) -> Any:
    model = protocols.model("ec2")
    assert model is not None
    return model.operation_model(operation).input_shape


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]


def _name(member: str, shape: Any) -> str:
    """Return a member's name in a request.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
    """
    name = str(shape.serialization.get("queryName") or shape.serialization.get("name") or member)
    return name[:1].upper() + name[1:]


def _structure(shape: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for member, inner in shape.members.items() if shape is not None else ():
        given = value.get(member, value.get(_small(member)))
        if given is not None:
            found[_name(member, inner)] = _value(inner, given)
    return found


def _value(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return _structure(shape, value)
    if shape.type_name == "list" and isinstance(value, list):
        items = [_item(shape.member, item, place) for place, item in enumerate(value, start=1)]
        return items[0] if len(items) == 1 else items
    return value


def _item(shape: Any, value: Any, place: int) -> dict[str, Any]:
    inner = _value(shape, value)
    return {**inner, "tag": place} if isinstance(inner, dict) else {"content": inner, "tag": place}


def _read(shape: Any, value: Mapping[str, Any]) -> dict[str, Any]:
    members = shape.members.items() if shape is not None else ()
    return {
        member: _read_value(inner, value[_name(member, inner)])
        for member, inner in members
        if _name(member, inner) in value
    }


def _read_value(shape: Any, value: Any) -> Any:
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return _read(shape, value)
    if shape.type_name == "list":
        items = value if isinstance(value, list) else [value]
        return [
            _read_value(shape.member, item.get("content", item))
            for item in items
            if isinstance(item, Mapping)
        ]
    return value
