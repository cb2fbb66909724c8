"""Checks for requests that EC2 rejects because of other resources.

For example, EC2 doesn't delete a resource that another resource depends on. moto performs these requests.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from labs_helpers.cloud.core.call import Answer, Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.registry import around
from labs_helpers.cloud.core.stages import Stage
from labs_helpers.cloud.services.ec2 import moto_networks as networks
from labs_helpers.cloud.services.ec2.errors import (
    address_in_use,
    already_associated,
    has_dependents,
    interface_in_use,
    invalid_value,
    missing_parameter,
    wrong_state,
)
from labs_helpers.cloud.services.ec2.instance_states import refuse_terminated
from labs_helpers.cloud.services.ec2.requests import check_cidr_block
from labs_helpers.cloud.services.ec2.same_network import refuse_other_family, refuse_other_networks
from labs_helpers.cloud.services.ec2.volume_settings import check_volume_settings

Perform = Callable[[], Answer]


@around("ec2", "DeleteSubnet", stage=Stage.PRECONDITIONS)
def delete_subnet(call: Call, perform: Perform) -> Answer:
    """Reject the deletion of a subnet that contains instances or network interfaces.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSubnet.html
    """
    subnet = call.parameters["SubnetId"]
    if networks.subnet_in_use(call.account, call.region, subnet):
        raise has_dependents(f"The subnet '{subnet}' has dependencies and cannot be deleted.")
    return perform()


@around("ec2", "DeleteSecurityGroup", stage=Stage.PRECONDITIONS)
def delete_group(call: Call, perform: Perform) -> Answer:
    """Reject the deletion of a security group that a rule, an instance, or a network interface uses.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
    """
    group = call.parameters.get("GroupId")
    where = (call.account, call.region)
    if group and (networks.group_in_a_rule(*where, group) or networks.group_in_use(*where, group)):
        raise has_dependents(f"resource {group} has a dependent object")
    return perform()


@around("ec2", "DeleteRouteTable", stage=Stage.PRECONDITIONS)
def delete_table(call: Call, perform: Perform) -> Answer:
    """Reject the deletion of a VPC's main route table.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteRouteTable.html
    """
    table = call.parameters["RouteTableId"]
    if networks.is_main_table(call.account, call.region, table):
        raise has_dependents(f"The routeTable '{table}' has dependencies and cannot be deleted.")
    return perform()


@around("ec2", "DeleteRoute", stage=Stage.PRECONDITIONS)
def delete_route(call: Call, perform: Perform) -> Answer:
    """Reject the deletion of the local route, which every route table has.

    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-route-tables.html
    """
    given = call.parameters
    table, block = (
        given["RouteTableId"],
        given.get("DestinationCidrBlock") or given.get("DestinationIpv6CidrBlock"),
    )
    if block and networks.is_local_route(call.account, call.region, table, block):
        raise invalid_value(f"cannot remove local route {block} in route table {table}")
    return perform()


@around("ec2", "AttachInternetGateway", stage=Stage.PRECONDITIONS)
def attach_gateway(call: Call, perform: Perform) -> Answer:
    """Reject the attachment of a second internet gateway to a VPC.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-gateways
    """
    vpc, gateway = call.parameters["VpcId"], call.parameters["InternetGatewayId"]
    if networks.gateway_of_vpc(call.account, call.region, vpc) not in (None, gateway):
        raise invalid_value(f"Network {vpc} already has an internet gateway attached")
    return perform()


@around("ec2", "AttachVpnGateway", stage=Stage.PRECONDITIONS)
def attach_vpn_gateway(call: Call, perform: Perform) -> Answer:
    """Reject the attachment of a virtual private gateway if the gateway or the VPC already has an attachment.

    AWS doesn't document the error codes.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVpnGateway.html
    https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html
    """
    vpc, gateway = call.parameters["VpcId"], call.parameters["VpnGatewayId"]
    attached = networks.vpn_attachments(call.account, call.region)
    if any(name == gateway and other != vpc for name, other in attached):
        raise already_associated(f"{gateway} is already attached to a VPC")
    if any(name != gateway and other == vpc for name, other in attached):
        raise invalid_value(f"Network {vpc} already has a virtual private gateway attached")
    return perform()


@around("ec2", "AttachVolume", stage=Stage.PRECONDITIONS)
def attach_volume(call: Call, perform: Perform) -> Answer:
    """Require an instance in the volume's zone, an unused device name, and a volume without an attachment.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidVolume.ZoneMismatch)
    """
    given, where = call.parameters, (call.account, call.region)
    volume, instance = (
        networks.volume(*where, given["VolumeId"]),
        networks.instance(*where, given["InstanceId"]),
    )
    if volume is None or instance is None:
        return perform()
    if volume.attachment is not None and volume.multi_attach_enabled:
        raise NotModelled("ec2:AttachVolume to a second instance: Multi-Attach isn't modeled")
    if volume.attachment is not None:
        raise ServiceError("VolumeInUse", f"{volume.id} is already attached to an instance", 400)
    if instance.state == "terminated":
        raise wrong_state(f"Instance '{instance.id}' is not 'running'.")
    if volume.zone.name != instance._placement.zone:
        message = f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'"
        raise ServiceError("InvalidVolume.ZoneMismatch", message, 400)
    device = given["Device"]
    if device in instance.block_device_mapping:
        message = f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        raise invalid_value(message)
    return perform()


@around("ec2", "DetachVolume", stage=Stage.PRECONDITIONS)
def detach_volume(call: Call, perform: Perform) -> Answer:
    """Reject the detachment of the root volume of a running instance.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachVolume.html
    """
    volume = call.parameters["VolumeId"]
    if networks.is_root_of_running(call.account, call.region, volume):
        message = f"Unable to detach root volume '{volume}' from a running instance."
        raise ServiceError("OperationNotPermitted", message, 400)
    return perform()


@around("ec2", "AttachNetworkInterface", "DeleteNetworkInterface", stage=Stage.PRECONDITIONS)
def keep_attached(call: Call, perform: Perform) -> Answer:
    """Reject attaching or deleting an interface that is in use.

    An interface can be attached only to a running or stopped instance.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidNetworkInterface.InUse)
    """
    refuse_terminated(call)
    interface = call.parameters["NetworkInterfaceId"]
    if networks.interface_in_use(call.account, call.region, interface):
        raise interface_in_use(interface)
    _check_place(call)
    return perform()


def _check_place(call: Call) -> None:
    """Require a network interface in the instance's zone, and an unused device index.

    AWS doesn't document the error codes.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
    """
    given, where = call.parameters, (call.account, call.region)
    instance = networks.instance(*where, given.get("InstanceId") or "")
    facts = networks.subnet_facts(
        *where, networks.subnet_of_interface(*where, given["NetworkInterfaceId"]) or ""
    )
    if instance is None or facts is None:
        return
    if facts[1] != instance._placement.zone:
        raise invalid_value("The network interface and the instance are not in the same zone")
    index = given["DeviceIndex"]
    if index in instance.nics:
        raise invalid_value(
            f"Instance '{instance.id}' already has an interface attached at device index '{index}'."
        )


@around("ec2", "DetachInternetGateway", stage=Stage.PRECONDITIONS)
def detach_gateway(call: Call, perform: Perform) -> Answer:
    """Reject the detachment of a VPC's internet gateway if a running instance has a public IPv4 address.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
    """
    vpc, gateway = call.parameters["VpcId"], call.parameters["InternetGatewayId"]
    where = (call.account, call.region)
    if networks.gateway_of_vpc(*where, vpc) == gateway and networks.has_public_addresses(*where, vpc):
        raise has_dependents(f"Network {vpc} has some mapped public address(es).")
    return perform()


@around("ec2", "DetachNetworkInterface", stage=Stage.PRECONDITIONS)
def keep_primary(call: Call, perform: Perform) -> Answer:
    """Reject the detachment of an instance's primary network interface.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html
    """
    attachment = call.parameters["AttachmentId"]
    if networks.is_primary_attachment(call.account, call.region, attachment):
        message = "The network interface at device index 0 cannot be detached."
        raise ServiceError("OperationNotPermitted", message, 400)
    return perform()


@around("ec2", "CreateNatGateway", stage=Stage.PRECONDITIONS)
def create_nat_gateway(call: Call, perform: Perform) -> Answer:
    """Require an Elastic IP address for a public NAT gateway, and reject it for a private one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNatGateway.html (AllocationId)
    """
    given = call.parameters
    private, address = given.get("ConnectivityType") == "private", given.get("AllocationId")
    if private and address:
        message = "A private NAT gateway can't have an Elastic IP address"
        raise ServiceError("InvalidParameterCombination", message, 400)
    if not private and not address and given.get("AvailabilityMode") != "regional":
        raise missing_parameter("The request must contain the parameter AllocationId")
    return perform()


@around(
    "ec2",
    "AcceptTransitGatewayPeeringAttachment",
    "RejectTransitGatewayPeeringAttachment",
    stage=Stage.PRECONDITIONS,
)
def answer_peering_request(call: Call, perform: Perform) -> Answer:
    """Require that an attachment is pending when it is accepted or rejected.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AcceptTransitGatewayPeeringAttachment.html
    """
    name = call.parameters["TransitGatewayAttachmentId"]
    if networks.attachment_state(call.account, call.region, name) not in (None, "pendingAcceptance"):
        raise wrong_state(f"{name} is in invalid state")
    return perform()


@around("ec2", "DeleteVpcPeeringConnection", stage=Stage.PRECONDITIONS)
def delete_peering(call: Call, perform: Perform) -> Answer:
    """Require an active peering connection, or a pending one that the account itself requested.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcPeeringConnection.html
    """
    name = call.parameters["VpcPeeringConnectionId"]
    status, requester = networks.peering(call.account, call.region, name) or ("active", "")
    if status not in ("active", "pending-acceptance"):
        message = f"Invalid state transition for {name}, attempted to transition from {status} to deleting"
        raise ServiceError("InvalidStateTransition", message, 400)
    if status == "pending-acceptance" and requester != call.account:
        message = f"User ({call.account}) cannot delete peering {name}, which its account didn't request"
        raise ServiceError("OperationNotPermitted", message, 400)
    return perform()


@around("ec2", "DisassociateRouteTable", stage=Stage.PRECONDITIONS)
def keep_main_association(call: Call, perform: Perform) -> Answer:
    """Reject the disassociation of a VPC's main route table from the VPC.

    https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
    """
    association = call.parameters["AssociationId"]
    if networks.is_main_association(call.account, call.region, association):
        raise invalid_value(f"cannot disassociate the main route table association {association}")
    return perform()


@around("ec2", "ModifyVpcAttribute", stage=Stage.PRECONDITIONS)
def modify_vpc(call: Call, perform: Perform) -> Answer:
    """Reject DNS hostnames if DNS resolution isn't enabled.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcAttribute.html
    """
    given = call.parameters
    enabled = (given.get("EnableDnsHostnames") or {}).get("Value")
    if enabled and not networks.has_dns_support(call.account, call.region, given["VpcId"]):
        raise invalid_value("DNS hostnames can be enabled only if DNS support is enabled")
    return perform()


_HELD: Mapping[str, tuple[str, Callable[[str, str, str], bool], str, str]] = {
    "DeleteCustomerGateway": (
        "CustomerGatewayId", networks.customer_gateway_in_use, "IncorrectState", "The customer gateway is in use",
    ),
    "DeleteManagedPrefixList": (
        "PrefixListId", networks.prefix_list_in_use, "DependencyViolation", "The prefix list is in use",
    ),
    "DeleteNetworkAcl": (
        "NetworkAclId", networks.is_default_acl, "InvalidParameterValue", "cannot delete default network ACL",
    ),
    "DeleteTransitGateway": (
        "TransitGatewayId", networks.transit_gateway_in_use, "IncorrectState", "The transit gateway has attachments",
    ),
    "DeleteVpc": ("VpcId", networks.vpc_in_use, "DependencyViolation", "The VPC has dependencies"),
    "DeleteVpnGateway": ("VpnGatewayId", networks.vpn_gateway_in_use, "IncorrectState", "The vpn gateway is in use"),
}  # fmt: skip
"""By operation: the parameter with the resource, the function that tests whether it is in use, and the error.

Each operation's page describes when the request is rejected, but not the error code.
"""


@around("ec2", *_HELD, stage=Stage.PRECONDITIONS)
def keep_held(call: Call, perform: Perform) -> Answer:
    """Reject the deletion of a default resource, or of a resource that other resources use.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpc.html
    """
    parameter, is_held, code, reason = _HELD[call.operation]
    name = call.parameters.get(parameter) or ""
    if is_held(call.account, call.region, name):
        raise ServiceError(code, f"{reason}: {name}", 400)
    return perform()


@around("ec2", "ModifyVolume", stage=Stage.PRECONDITIONS)
def modify_volume(call: Call, perform: Perform) -> Answer:
    """Reject a size smaller than the volume's current size, and settings that the volume type doesn't allow.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVolume.html
    """
    given = call.parameters
    volume, size = networks.volume(call.account, call.region, given["VolumeId"]), given.get("Size")
    if volume is None:
        return perform()
    if size is not None and size < volume.size:
        raise invalid_value("New size cannot be smaller than existing size")
    kept = volume.iops if given.get("VolumeType") in (None, volume.volume_type) else None
    check_volume_settings(
        given.get("VolumeType") or volume.volume_type,
        size or volume.size,
        given.get("Iops"),
        given.get("Throughput"),
        least_iops=kept,
    )
    return perform()


_IMAGE_NAME = re.compile(r"[A-Za-z0-9()\[\] ./'@_-]{3,128}")


@around("ec2", "CreateImage", "RegisterImage", stage=Stage.PRECONDITIONS)
def create_image(call: Call, perform: Perform) -> Answer:
    """Reject a terminated instance, and an invalid image name.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
    """
    refuse_terminated(call)
    check_image_name(call)
    return perform()


def check_image_name(call: Call) -> None:
    """Raise an error for an image name that is malformed or that the account already uses.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidAMIName.Duplicate)
    """
    name = call.parameters["Name"]
    if not _IMAGE_NAME.fullmatch(name):
        message = (
            f"AMI names can contain 3 to 128 letters, numbers, and the characters ()[] ./-'@_, not '{name}'"
        )
        raise ServiceError("InvalidAMIName.Malformed", message, 400)
    if networks.has_image_named(call.account, call.region, name):
        raise ServiceError(
            "InvalidAMIName.Duplicate", f"AMI name {name} is already in use by another AMI", 400
        )


@around("ec2", "CreateRoute", stage=Stage.PRECONDITIONS)
def create_route(call: Call, perform: Perform) -> Answer:
    """Reject a target in another VPC, and a destination to which the route table already has a route.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (RouteAlreadyExists)
    """
    refuse_other_networks(call)
    refuse_other_family(call)
    given = call.parameters
    for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"):
        if given.get(name) and networks.has_route(
            call.account, call.region, given["RouteTableId"], given[name]
        ):
            message = f"The route identified by {given[name]} already exists."
            raise ServiceError("RouteAlreadyExists", message, 400)
    return perform()


@around("ec2", "ReleaseAddress", stage=Stage.PRECONDITIONS)
def release_address(call: Call, perform: Perform) -> Answer:
    """Reject the release of an Elastic IP address that is in use.

    In a default VPC, EC2 disassociates the address instead.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html
    """
    name = call.parameters.get("AllocationId") or call.parameters.get("PublicIp") or ""
    if networks.address_in_use(call.account, call.region, name):
        raise address_in_use(name)
    return perform()


@around("ec2", "ModifyManagedPrefixList", "DeleteManagedPrefixList", stage=Stage.PERMITTED)
def keep_lists_of_aws(call: Call, perform: Perform) -> Answer:
    """Reject changes to AWS-managed prefix lists, and their deletion. AWS doesn't document the error code.

    https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
    """
    name = call.parameters["PrefixListId"]
    if networks.is_list_of_aws(call.account, call.region, name):
        message = f"The prefix list {name} is managed by AWS"
        raise ServiceError("OperationNotPermitted", message, 400)
    return perform()


@around("ec2", "CreateManagedPrefixList", stage=Stage.PRECONDITIONS)
def create_prefix_list(call: Call, perform: Perform) -> Answer:
    """Reject an unknown address family, malformed CIDR blocks, and more entries than MaxEntries.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html
    """
    given = call.parameters
    if given["AddressFamily"] not in ("IPv4", "IPv6"):
        raise invalid_value(f"Value ({given['AddressFamily']}) for parameter AddressFamily is invalid.")
    if given["MaxEntries"] < 1:
        raise invalid_value(f"Value ({given['MaxEntries']}) for parameter MaxEntries is invalid.")
    _check_entries(_blocks(given.get("Entries"), given["AddressFamily"]), given["MaxEntries"])
    return perform()


def _blocks(entries: Iterable[Mapping[str, str]] | None, family: str | None) -> set[str]:
    """Return the CIDR blocks of entries.

    Raises InvalidParameterValue for a malformed block, or for a block in another address family.
    https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
    """
    blocks = {each.get("Cidr") or "" for each in entries or ()}
    for block in blocks:
        check_cidr_block(block)
        if family is not None and family != ("IPv6" if ":" in block else "IPv4"):
            raise invalid_value(f"The CIDR block {block} isn't an {family} CIDR block")
    return blocks


def _check_entries(blocks: set[str], most: int) -> None:
    if len(blocks) > most:
        message = f"The prefix list can have at most {most} entries, not {len(blocks)}"
        raise ServiceError("PrefixListMaxEntriesExceeded", message, 400)


@around("ec2", "ModifyManagedPrefixList", stage=Stage.PRECONDITIONS)
def modify_prefix_list(call: Call, perform: Perform) -> Answer:
    """Reject a CurrentVersion other than the list's version, and more entries than the maximum number.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html
    """
    given, where = call.parameters, (call.account, call.region)
    version = networks.prefix_list_version(*where, given["PrefixListId"])
    if given.get("CurrentVersion") not in (None, version):
        message = "The prefix list has the incorrect version number"
        raise ServiceError("PrefixListVersionMismatch", message, 400)
    blocks, most = networks.prefix_list_room(*where, given["PrefixListId"]) or (set(), None)
    family = networks.family_of_list(*where, given["PrefixListId"])
    blocks = blocks - _blocks(given.get("RemoveEntries"), None) | _blocks(given.get("AddEntries"), family)
    most = given.get("MaxEntries") or most
    if most is not None:
        _check_entries(blocks, most)
    return perform()
