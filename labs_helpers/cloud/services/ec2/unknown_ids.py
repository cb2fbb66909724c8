"""Errors for IDs of nonexistent resources. moto fails for many such IDs, but EC2's errors name the unknown ID.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html#CommonErrors
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2.errors import invalid_value

_ID = re.compile(r"[a-z][a-z-]*-([0-9a-f]{8}|[0-9a-f]{17})")
_KINDS = {
    "instance": ("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed", "instance ID"),
    "vpc": ("InvalidVpcID.NotFound", "InvalidVpcID.Malformed", "vpc ID"),
    "subnet": ("InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed", "subnet ID"),
    "group": ("InvalidGroup.NotFound", "InvalidGroupId.Malformed", "security group"),
    "image": ("InvalidAMIID.NotFound", "InvalidAMIID.Malformed", "image id"),
    "volume": ("InvalidVolume.NotFound", "InvalidVolumeID.Malformed", "volume"),
    "snapshot": ("InvalidSnapshot.NotFound", "InvalidSnapshotID.Malformed", "snapshot"),
    "networkinterface": (
        "InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterfaceId.Malformed", "networkInterface ID",
    ),
    "routetable": ("InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed", "routeTable ID"),
    "internetgateway": (
        "InvalidInternetGatewayID.NotFound", "InvalidInternetGatewayId.Malformed", "internetGateway ID",
    ),
    "natgateway": ("NatGatewayNotFound", "NatGatewayMalformed", "NatGateway"),
    "networkacl": ("InvalidNetworkAclID.NotFound", "InvalidNetworkAclId.Malformed", "networkAcl ID"),
    "allocation": ("InvalidAllocationID.NotFound", "InvalidAllocationID.NotFound", "allocation ID"),
    "association": ("InvalidAssociationID.NotFound", "InvalidAssociationID.NotFound", "association ID"),
    "attachment": ("InvalidAttachmentID.NotFound", "InvalidAttachmentID.NotFound", "attachment ID"),
    "launchtemplate": (
        "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.Malformed", "launch template ID",
    ),
    "transitgateway": (
        "InvalidTransitGatewayID.NotFound", "InvalidTransitGatewayID.Malformed", "transit gateway ID",
    ),
    "transitgatewayattachment": (
        "InvalidTransitGatewayAttachmentID.NotFound", "InvalidTransitGatewayAttachmentID.Malformed",
        "transit gateway attachment ID",
    ),
    "transitgatewayroutetable": (
        "InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed", "transit gateway route table ID",
    ),
    "vpcendpoint": ("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpointId.Malformed", "Vpc Endpoint Id"),
    "vpcpeeringconnection": (
        "InvalidVpcPeeringConnectionID.NotFound", "InvalidVpcPeeringConnectionId.Malformed",
        "vpcPeeringConnection ID",
    ),
    "prefixlist": ("InvalidPrefixListID.NotFound", "InvalidPrefixListId.Malformed", "prefix list ID"),
    "host": ("InvalidHostID.NotFound", "InvalidHostID.Malformed", "host ID"),
    "dhcpoptions": ("InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsId.Malformed", "dhcpOptions ID"),
    "customergateway": (
        "InvalidCustomerGatewayID.NotFound", "InvalidCustomerGatewayId.Malformed", "customerGateway ID",
    ),
    "vpngateway": ("InvalidVpnGatewayID.NotFound", "InvalidVpnGatewayID.Malformed", "vpnGateway ID"),
    "vpnconnection": ("InvalidVpnConnectionID.NotFound", "InvalidVpnConnectionID.Malformed", "vpnConnection ID"),
    "flowlog": ("InvalidFlowLogId.NotFound", "InvalidFlowLogId.Malformed", "flow log ID"),
    "keypair": ("InvalidKeyPair.NotFound", "InvalidKeyPair.NotFound", "key pair"),
    "egressonlyinternetgateway": (
        "InvalidGatewayID.NotFound", "InvalidGatewayID.Malformed", "egressOnlyInternetGateway ID",
    ),
    "carriergateway": ("InvalidCarrierGatewayID.NotFound", "InvalidCarrierGatewayID.Malformed", "carrierGateway ID"),
    "trafficmirrorfilter": (
        "InvalidTrafficMirrorFilterId.NotFound", "InvalidTrafficMirrorFilterId.Malformed", "traffic mirror filter ID",
    ),
    "trafficmirrorsession": (
        "InvalidTrafficMirrorSessionId.NotFound", "InvalidTrafficMirrorSessionId.Malformed",
        "traffic mirror session ID",
    ),
    "trafficmirrortarget": (
        "InvalidTrafficMirrorTargetId.NotFound", "InvalidTrafficMirrorTargetId.Malformed", "traffic mirror target ID",
    ),
    "spotinstancerequest": (
        "InvalidSpotInstanceRequestID.NotFound", "InvalidSpotInstanceRequestID.Malformed", "spot instance request ID",
    ),
    "spotfleetrequest": (
        "InvalidSpotFleetRequestId.NotFound", "InvalidSpotFleetRequestId.Malformed", "spot fleet request ID",
    ),
    "reservedinstances": ("InvalidReservationID.NotFound", "InvalidReservationID.Malformed", "reservation ID"),
}  # fmt: skip
"""By the end of a parameter's name: the codes for unknown and malformed IDs, and EC2's name for resources."""


@around(
    "ec2",
    "RunInstances",
    "AssociateIamInstanceProfile",
    "ReplaceIamInstanceProfileAssociation",
    stage=Stage.FOUND,
)
def find_profile(call: Call, perform: Callable[[], Answer]) -> Answer:
    """Raise InvalidParameterValue for a nonexistent instance profile. moto would return IAM's error instead.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateIamInstanceProfile.html
    """
    given = call.parameters.get("IamInstanceProfile") or {}
    for name in ("Arn", "Name"):
        if given.get(name) and not ec2.profile_exists(call.account, given[name]):
            what = "name" if name == "Name" else "ARN"
            message = (
                f"Value ({given[name]}) for parameter iamInstanceProfile.{name.lower()} is invalid. Invalid IAM "
                f"Instance Profile {what}"
            )
            raise invalid_value(message)
    return perform()


_CALLED = {code.lower(): (kind, code, called) for kind, (code, _, called) in reversed(_KINDS.items())}
"""By the lowercase code for an unknown ID: the end of the parameter's name, the code, and EC2's name."""
_OF_MOTO = re.compile(r"\w* ?ID \S+ (?:does not exist|not found)\.$|.*[{\[]'")
_SEVERAL = re.compile(r"'?[{\[]('[^']*'(?:, '[^']*')*)[}\]]'?")
_GIVEN = re.compile(r"(?:\{|\[)?'([^'{}\[\]]+)'|\b([a-z]+-[0-9a-z]{8,})\b")


def in_own_words(code: str, message: str) -> tuple[str, str]:
    """Return EC2's code and message for an error from moto, whose messages contain values in Python's notation.

    If moto's message contains None as an ID, the ID is missing from the request.
    """
    malformed_block = re.fullmatch(r"invalid CIDR subnet specification: (?:\{'\w+': '(.*)'\}|(.*))", message)
    if malformed_block is not None:
        return code, f"CIDR block {malformed_block[1] or malformed_block[2]} is malformed"
    if "no route defined for 'None'" in message:
        return "MissingParameter", "The request must contain the parameter destinationCidrBlock"
    if code == "InvalidKeyPair.Format":
        return "InvalidKey.Format", message
    if code == "InvalidKeyPair.NotFound":
        return code, _first(message.replace("The keypair ", "The key pair ").removesuffix("."))
    kind, code, called = _CALLED.get(code.lower(), ("", code, ""))
    if kind and re.search(r"\bNone\b", message):
        parameter = "groupName or groupId" if kind == "group" else f"{kind}Id"
        return "MissingParameter", f"The request must contain the parameter {parameter}"
    given = _GIVEN.search(message) if kind and _OF_MOTO.match(message) else None
    if given is not None:
        return code, f"The {called} '{given[1] or given[2]}' does not exist"
    return code, _first(message)


def _first(message: str) -> str:
    """Return a message that names only one of several values, instead of containing a Python set."""
    return _SEVERAL.sub(lambda several: min(several[1].split(", ")), message)


def refuse_unknown(call: Call) -> None:
    """Raise EC2's error for the first ID that is malformed or doesn't exist."""
    error = unknown_id(call)
    if error is not None:
        raise error


def unknown_id(call: Call) -> ServiceError | None:
    """Return EC2's error for the first ID that is malformed or doesn't exist, or None if all IDs are valid."""
    for name, value in _ids(call.parameters):
        kind = kind_of(name)
        well_formed = _ID.fullmatch(value) is not None
        if kind is None or (well_formed and ec2.exists(call.account, call.region, value)):
            continue
        return no_such(kind, value)
    return None


def no_such(kind: str, value: str) -> ServiceError:
    """Return EC2's error for a malformed value, or for the ID of a nonexistent resource."""
    return not_found(kind, value) if _ID.fullmatch(value) else malformed(kind, value)


def not_found(kind: str, value: str) -> ServiceError:
    """Return EC2's error for the ID of a nonexistent resource."""
    code, _, called = _KINDS[kind]
    return ServiceError(code, f"The {called} '{value}' does not exist", 400)


def malformed(kind: str, value: str, expected: str = "") -> ServiceError:
    """Return EC2's error for a value that isn't a valid ID of the expected resource type."""
    return ServiceError(_KINDS[kind][1], f'Invalid id: "{value}"{expected}', 400)


def texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string in a request's parameters, with the name of the member that contains it."""
    if isinstance(value, Mapping):
        for member, inner in value.items():
            yield from texts(inner, member)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, name)
    elif isinstance(value, str):
        yield name, value


def _ids(value: Any) -> Iterator[tuple[str, str]]:
    return ((name, text) for name, text in texts(value) if name.lower().rstrip("s").endswith("id"))


def kind_of(name: str) -> str | None:
    """Return the longest resource type at the end of a parameter name: `transitgateway` for `PeerTransitGatewayId`."""
    bare = name.lower().rstrip("s").removesuffix("id")
    fitting = [kind for kind in _KINDS if bare.endswith(kind)]
    return max(fitting, key=len) if fitting else None


_PREFIXES = {
    "i": "instance", "ami": "image", "vol": "volume", "snap": "snapshot", "vpc": "vpc", "subnet": "subnet",
    "sg": "group", "eni": "networkinterface", "rtb": "routetable", "igw": "internetgateway", "acl": "networkacl",
    "nat": "natgateway", "lt": "launchtemplate", "vpce": "vpcendpoint", "pcx": "vpcpeeringconnection",
    "tgw": "transitgateway", "dopt": "dhcpoptions", "cgw": "customergateway", "vgw": "vpngateway",
    "vpn": "vpnconnection",
}  # fmt: skip
"""By an ID's prefix: the end of a parameter's name in `_KINDS`."""


def kind_of_id(value: str) -> str | None:
    """Return the resource type that a well-formed ID's prefix indicates, or None."""
    return _PREFIXES.get(value.rpartition("-")[0]) if _ID.fullmatch(value) else None
