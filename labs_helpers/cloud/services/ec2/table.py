"""The authorization table for EC2: the actions, resources, and condition keys for each operation.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
An operation is authorized once for each resource that it uses or creates. A new resource's ID is `*`. Fleets,
Spot requests, and ImportVolume are omitted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.ec2 import launch as ec2_launch
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2 import refusal_words
from labs_helpers.cloud.services.ec2.dry_run import refuse_dry_run
from labs_helpers.cloud.services.ec2.reserved_tags import refuse_other_types, refuse_reserved_tags
from labs_helpers.cloud.services.ec2.resources import (
    NEW,
    arn,
    existing,
    given_groups,
    kind_of,
    new_resource_keys,
    resource_tags,
    tag_specification,
)
from labs_helpers.cloud.services.shared.authorization_table import Ask, Table
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.table_rows import passes_role

ResourceContexts = Iterable[tuple[str, Mapping[str, Any]]]
Keys = Callable[[Call], Mapping[str, Any]]


def _tags(call: Call, ask: Ask) -> Mapping[str, str]:
    name = ask.resource.rpartition("/")[2]
    return resource_tags(call, ask.type or "", name) if ask.resource != "*" and name != NEW else {}


def _refuse_unperformed(call: Call) -> None:
    refuse_reserved_tags(call)
    refuse_other_types(call, TAGGED.get(call.operation, ()))
    refuse_dry_run(call)


TABLE = Table(
    "ec2",
    "ec2",
    resources={},
    tags=_tags,
    facts=Facts(names_resource=refusal_words.named, refuse_unperformed=_refuse_unperformed),
)


def _region(call: Call) -> Mapping[str, str]:
    return {"ec2:Region": call.region}


def _ids(call: Call, *parameters: str) -> list[str]:
    """Return the values of parameters, which can be single values or lists. `A.B` means B inside A."""
    values: list[str] = []
    for name in parameters:
        value: Any = call.parameters
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        values += value if isinstance(value, list) else [value] if value else []
    return values


def _named(kind: str, *parameters: str, required: bool = True) -> Callable[[Call], ResourceContexts]:
    """Return a function that returns the resources in parameters.

    If a required resource is missing, its ID is `*`.
    """

    def each(call: Call) -> ResourceContexts:
        """Return the ARN and the condition keys of each resource."""
        names = _ids(call, *parameters)
        if not names and required:
            names = [NEW]
        return existing(call, kind, names)

    return each


def on(
    operations: str,
    *resources: tuple[str, ...],
    optional: tuple[tuple[str, ...], ...] = (),
    keys: tuple[Keys, ...] = (),
) -> None:
    """Add rows for operations on existing resources.

    Each resource is a type, followed by the parameters that can identify it.
    """
    for kind, *parameters in resources:
        TABLE.ask(operations, on=kind, each=_named(kind, *parameters), keys=keys)
    for kind, *parameters in optional:
        TABLE.ask(operations, on=kind, each=_named(kind, *parameters, required=False), keys=keys)


def creates(operations: str, kind: str, keys: Callable[[Call], Mapping[str, Any]] = lambda call: {}) -> None:
    """Add rows for operations that create a resource and can tag it. `keys` don't have the prefix `ec2:`."""
    TABLE.ask(
        operations,
        on=kind,
        each=lambda call: [(arn(call, kind, NEW), new_resource_keys(call, kind, keys(call)))],
    )
    _tags_new(operations, kind)


TAGGED: dict[str, tuple[str, ...]] = {}
"""The types of the resources that an operation creates and can tag."""


def _tags_new(operations: str, *kinds: str) -> None:
    """Add rows for operations that can tag the resources that they create."""
    for operation in operations.split():
        if operation not in TAGGED:
            TABLE.ask(operation, action="CreateTags", each=_tags_on_create)
        TAGGED[operation] = (*TAGGED.get(operation, ()), *kinds)


def _tags_on_create(call: Call) -> ResourceContexts:
    return [tag_specification(call, each) for each in call.parameters.get("TagSpecifications") or ()]


def _parameter(**names: str) -> Callable[[Call], Mapping[str, Any]]:
    """Return a function that returns condition keys whose values are parameters: `key=parameter`."""
    return lambda call: {key: call.parameters.get(name) for key, name in names.items()}


def _vpc_of(parameter: str = "VpcId") -> Callable[[Call], Mapping[str, Any]]:
    def keys(call: Call) -> Mapping[str, Any]:
        """Return ec2:Vpc for the VPC in the parameter."""
        vpc = call.parameters.get(parameter)
        return {"Vpc": arn(call, "vpc", vpc)} if vpc else {}

    return keys


def _attribute(call: Call) -> Mapping[str, Any]:
    """Return the changed attribute as ec2:Attribute, and its new value as ec2:Attribute/Name.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policy-structure.html
    """
    named = call.parameters.get("Attribute")
    changed = [
        name
        for name, value in call.parameters.items()
        if name not in _NOT_ATTRIBUTES and not name.endswith("Id") and value is not None
    ]
    names = [named] if named else changed
    keys: dict[str, Any] = {
        f"ec2:Attribute/{name}": _attribute_value(call.parameters.get(name))
        for name in names
        if _attribute_value(call.parameters.get(name))
    }
    return keys | ({"ec2:Attribute": names[0]} if len(names) == 1 else {})


_NOT_ATTRIBUTES = frozenset(
    ("DryRun", "Attribute", "OperationType", "UserIds", "GroupNames", "UserGroups", "Value")
)


def _attribute_value(value: Any) -> str | None:
    if isinstance(value, Mapping) and set(value) == {"Value"}:
        value = value["Value"]
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int)) else None


# Operations without a resource in the Service Authorization Reference

_LISTS = """
    DescribeAccountAttributes DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones
    DescribeCarrierGateways DescribeCustomerGateways DescribeDhcpOptions DescribeEgressOnlyInternetGateways
    DescribeFleets DescribeFlowLogs DescribeHosts DescribeIamInstanceProfileAssociations DescribeImages
    DescribeInstanceCreditSpecifications DescribeInstanceStatus DescribeInstanceTypeOfferings DescribeInstanceTypes
    DescribeInstances DescribeInternetGateways DescribeKeyPairs DescribeLaunchTemplateVersions
    DescribeLaunchTemplates DescribeManagedPrefixLists DescribeNatGateways DescribeNetworkAcls
    DescribeNetworkInterfaceAttribute DescribeNetworkInterfaces DescribePrefixLists DescribeRegions
    DescribeReservedInstances DescribeReservedInstancesListings DescribeReservedInstancesOfferings
    DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSnapshotTierStatus
    DescribeSnapshots DescribeSpotDatafeedSubscription DescribeSpotFleetRequests DescribeSpotInstanceRequests
    DescribeSpotPriceHistory DescribeSubnets DescribeTags DescribeTrafficMirrorFilters
    DescribeTrafficMirrorSessions DescribeTrafficMirrorTargets DescribeTransitGatewayAttachments
    DescribeTransitGatewayPeeringAttachments DescribeTransitGatewayRouteTables
    DescribeTransitGatewayVpcAttachments DescribeTransitGateways DescribeVolumeStatus DescribeVolumes
    DescribeVolumesModifications DescribeVpcClassicLink DescribeVpcClassicLinkDnsSupport
    DescribeVpcEndpointServiceConfigurations DescribeVpcEndpointServices DescribeVpcEndpoints
    DescribeVpcPeeringConnections DescribeVpcs DescribeVpnConnections DescribeVpnGateways DescribeBundleTasks
"""
TABLE.ask(_LISTS, keys=(_region,))
TABLE.ask(
    "CreateDefaultSubnet CreateDefaultVpc DeleteSubnetCidrReservation GetSubnetCidrReservations "
    "EnableEbsEncryptionByDefault DisableEbsEncryptionByDefault GetEbsEncryptionByDefault "
    "GetEbsDefaultKmsKeyId ModifyEbsDefaultKmsKeyId ResetEbsDefaultKmsKeyId "
    "EnableSnapshotBlockPublicAccess DisableSnapshotBlockPublicAccess GetSnapshotBlockPublicAccessState "
    "GetTransitGatewayRouteTableAssociations GetTransitGatewayRouteTablePropagations BundleInstance CancelBundleTask "
    "CancelReservedInstancesListing CreateReservedInstancesListing PurchaseReservedInstancesOffering "
    "CreateSpotDatafeedSubscription DeleteSpotDatafeedSubscription",
    keys=(_region,),
)

# Launching and running instances

for _kind, _each in ec2_launch.RESOURCE_READERS.items():
    TABLE.ask("RunInstances", on=_kind, each=_each)
_tags_new("RunInstances", "instance", "volume", "network-interface", "spot-instances-request")
TABLE.ask("RunInstances", action="CreateTags", each=ec2_launch.tagged)
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html#ec2-instance-profile
passes_role(
    TABLE,
    "RunInstances",
    "ec2.amazonaws.com",
    ec2_launch.roles,
    used_by=lambda call: f"arn:aws:ec2:{call.region}:{call.account}:instance/*",
)

_INSTANCE = ("instance", "InstanceId", "InstanceIds")
on(
    "DescribeInstanceAttribute GetConsoleOutput GetInstanceUefiData GetLaunchTemplateData GetPasswordData "
    "MonitorInstances RebootInstances StartInstances StopInstances TerminateInstances UnmonitorInstances",
    _INSTANCE,
)
on("ModifyInstanceAttribute", _INSTANCE, optional=(("security-group", "Groups"),), keys=(_attribute,))


def _metadata_options(call: Call) -> Mapping[str, Any]:
    """Return ec2:Attribute keys with the options that the request sets.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-instance-metadata
    """
    names = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags")
    sent = [name for name in names if call.parameters.get(name) is not None]
    keys = {f"ec2:Attribute/{name}": str(call.parameters[name]) for name in sent}
    return keys | ({"ec2:Attribute": sent[0]} if len(sent) == 1 else {})


on("ModifyInstanceMetadataOptions", _INSTANCE, keys=(_metadata_options,))


# Instance profiles


def _profiled_instance(call: Call) -> ResourceContexts:
    names = _ids(call, "InstanceId") or _associated_resource(call, "instance")
    new = call.parameters.get("IamInstanceProfile") or {}
    profile = new.get("Arn") or new.get("Name")
    more = {"ec2:NewInstanceProfile": ec2.profile_arn(call.account, profile)} if profile else {}
    return existing(call, "instance", names or [NEW], more)


def _associated_resource(call: Call, kind: str) -> list[str]:
    """Return the resource of one type in the association or attachment that the request identifies."""
    name = call.parameters.get("AssociationId") or call.parameters.get("AttachmentId") or ""
    resource = ec2.attached_resources(call.account, call.region, name).get(kind)
    return [resource] if resource else []


def _associated(kind: str) -> Callable[[Call], ResourceContexts]:
    return lambda call: existing(call, kind, _associated_resource(call, kind) or [NEW])


def _profile_roles(call: Call) -> list[str]:
    new = call.parameters.get("IamInstanceProfile") or {}
    profile = new.get("Arn") or new.get("Name")
    return ec2.profile_roles(call.account, profile) if profile else []


TABLE.ask(
    "AssociateIamInstanceProfile DisassociateIamInstanceProfile ReplaceIamInstanceProfileAssociation",
    on="instance",
    each=_profiled_instance,
)
passes_role(
    TABLE,
    "AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation",
    "ec2.amazonaws.com",
    _profile_roles,
)


# Key pairs


def _key_pair(call: Call) -> ResourceContexts:
    name = call.parameters.get("KeyName")
    if not name and call.parameters.get("KeyPairId"):
        name = ec2.key_pair_named(call.account, call.region, call.parameters["KeyPairId"])
    return existing(call, "key-pair", [name or NEW])


def _new_key_pair(call: Call) -> ResourceContexts:
    name = call.parameters.get("KeyName")
    keys = {"KeyPairName": name, "KeyPairType": call.parameters.get("KeyType")}
    return [(arn(call, "key-pair", name or NEW), new_resource_keys(call, "key-pair", keys))]


TABLE.ask("DeleteKeyPair", on="key-pair", each=_key_pair)
TABLE.ask("CreateKeyPair ImportKeyPair", on="key-pair", each=_new_key_pair)
_tags_new("CreateKeyPair ImportKeyPair", "key-pair")

# Images

_IMAGE = ("image", "ImageId")
on("DeregisterImage DescribeImageAttribute DisableImage EnableImage ResetImageAttribute", _IMAGE)
on("ModifyImageAttribute", _IMAGE, keys=(_attribute,))
on("CreateImage", _INSTANCE)
creates("CreateImage RegisterImage CopyImage", "image", _parameter(ImageID="SourceImageId"))
creates("CreateImage CopyImage", "snapshot")


def _registered_snapshots(call: Call) -> ResourceContexts:
    devices = call.parameters.get("BlockDeviceMappings") or ()
    return existing(
        call,
        "snapshot",
        [each["Ebs"]["SnapshotId"] for each in devices if (each.get("Ebs") or {}).get("SnapshotId")],
    )


TABLE.ask("RegisterImage", on="snapshot", each=_registered_snapshots)


# Volumes and snapshots


def _new_volume(call: Call) -> ResourceContexts:
    yield (
        arn(call, "volume", NEW),
        ec2_launch.new_volume(call, call.parameters, call.parameters.get("AvailabilityZone")),
    )


TABLE.ask("CreateVolume", on="volume", each=_new_volume)
_tags_new("CreateVolume", "volume")
on("CreateVolume", optional=(("snapshot", "SnapshotId"),))
_VOLUME = ("volume", "VolumeId")
on("DeleteVolume DescribeVolumeAttribute EnableVolumeIO", _VOLUME)
on("ModifyVolume ModifyVolumeAttribute", _VOLUME, keys=(_attribute,))
on("AttachVolume", _INSTANCE, _VOLUME)
on("DetachVolume", _VOLUME, optional=(("instance", "InstanceId"),))


def _parent_volume(call: Call) -> Mapping[str, Any]:
    volume = call.parameters.get("VolumeId")
    attributes = ec2.attributes(call.account, call.region, "volume", volume) if volume else {}
    parent = arn(call, "volume", volume) if volume else None
    return {
        "ParentVolume": parent,
        "VolumeSize": attributes.get("VolumeSize"),
        "Encrypted": attributes.get("Encrypted"),
    }


on("CreateSnapshot", _VOLUME)
creates("CreateSnapshot", "snapshot", _parent_volume)
on("CreateSnapshots", ("instance", "InstanceSpecification.InstanceId"))
TABLE.ask("CreateSnapshots", on="volume", each=_named("volume"))
creates("CreateSnapshots CopySnapshot", "snapshot")
_SNAPSHOT = ("snapshot", "SnapshotId")
on(
    "DeleteSnapshot DescribeSnapshotAttribute ModifySnapshotTier ResetSnapshotAttribute RestoreSnapshotTier",
    _SNAPSHOT,
)


def _sharing_keys(call: Call) -> Mapping[str, Any]:
    """Return ec2:Add and ec2:Remove: the accounts and groups that are added or removed.

    The request can contain them in two forms.
    """
    keys: dict[str, Any] = {}
    changes = call.parameters.get("CreateVolumePermission") or {}
    verb = (call.parameters.get("OperationType") or "").capitalize()
    for name in ("Add", "Remove"):
        people = [each["UserId"] for each in changes.get(name) or () if each.get("UserId")]
        groups = [each["Group"] for each in changes.get(name) or () if each.get("Group")]
        if verb == name:
            people += call.parameters.get("UserIds") or ()
            groups += call.parameters.get("GroupNames") or ()
        keys |= {f"ec2:{name}/userId": people} if people else {}
        keys |= {f"ec2:{name}/group": groups} if groups else {}
    return keys


on("ModifySnapshotAttribute", _SNAPSHOT, keys=(_sharing_keys,))

# VPCs, subnets, gateways, routes

_VPC = ("vpc", "VpcId")
_SUBNET = ("subnet", "SubnetId")
_ROUTES = ("route-table", "RouteTableId")
_ACL = ("network-acl", "NetworkAclId")
_GATEWAY = ("internet-gateway", "InternetGatewayId")
on(
    "DeleteVpc DescribeVpcAttribute AssociateVpcCidrBlock EnableVpcClassicLink DisableVpcClassicLink "
    "EnableVpcClassicLinkDnsSupport DisableVpcClassicLinkDnsSupport",
    _VPC,
)
on("ModifyVpcAttribute ModifyVpcTenancy", _VPC, keys=(_attribute,))
creates("CreateVpc", "vpc", lambda call: {"Tenancy": call.parameters.get("InstanceTenancy") or "default"})
TABLE.ask("DisassociateVpcCidrBlock", on="vpc", each=_associated("vpc"))
on("CreateSubnet", _VPC)
creates(
    "CreateSubnet",
    "subnet",
    lambda call: {**_vpc_of()(call), "AvailabilityZone": call.parameters.get("AvailabilityZone")},
)
on("DeleteSubnet AssociateSubnetCidrBlock CreateSubnetCidrReservation", _SUBNET)
_tags_new("CreateSubnetCidrReservation", "subnet-cidr-reservation")
on("ModifySubnetAttribute", _SUBNET, keys=(_attribute,))
TABLE.ask("DisassociateSubnetCidrBlock", on="subnet", each=_associated("subnet"))
creates("CreateInternetGateway", "internet-gateway")
on("DeleteInternetGateway", _GATEWAY)
on("AttachInternetGateway DetachInternetGateway", _GATEWAY, _VPC)
creates("CreateEgressOnlyInternetGateway", "egress-only-internet-gateway")
on("CreateEgressOnlyInternetGateway", _VPC)
on("DeleteEgressOnlyInternetGateway", ("egress-only-internet-gateway", "EgressOnlyInternetGatewayId"))
creates("CreateNatGateway", "natgateway")
on("CreateNatGateway", optional=(_SUBNET, ("elastic-ip", "AllocationId"), _VPC))
on("DeleteNatGateway", ("natgateway", "NatGatewayId"))
creates("CreateDhcpOptions", "dhcp-options")
on("DeleteDhcpOptions", ("dhcp-options", "DhcpOptionsId"))
on("AssociateDhcpOptions", ("dhcp-options", "DhcpOptionsId"), _VPC)
on("CreateRouteTable", _VPC)
creates("CreateRouteTable", "route-table", _vpc_of())
on("CreateRoute DeleteRoute DeleteRouteTable ReplaceRoute", _ROUTES)


def _route_gateway(call: Call) -> ResourceContexts:
    """Return the internet gateway in AssociateRouteTable. GatewayId can also be the ID of a VPN gateway."""
    gateway = call.parameters.get("GatewayId")
    return (
        existing(call, "internet-gateway", [gateway])
        if gateway and kind_of(gateway) == "internet-gateway"
        else ()
    )


on("AssociateRouteTable", _ROUTES, optional=(_SUBNET,))
TABLE.ask("AssociateRouteTable", on="internet-gateway", each=_route_gateway)


for _kind in ("route-table", "subnet"):
    TABLE.ask("DisassociateRouteTable", on=_kind, each=_associated(_kind))
on("ReplaceRouteTableAssociation", _ROUTES)
TABLE.ask("ReplaceRouteTableAssociation", on="subnet", each=_associated("subnet"))
on("CreateNetworkAcl", _VPC)
creates("CreateNetworkAcl", "network-acl", _vpc_of())
on("CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry", _ACL)
on("ReplaceNetworkAclAssociation", _ACL)
TABLE.ask("ReplaceNetworkAclAssociation", on="subnet", each=_associated("subnet"))
creates("CreateManagedPrefixList", "prefix-list")
on(
    "DeleteManagedPrefixList GetManagedPrefixListEntries ModifyManagedPrefixList",
    ("prefix-list", "PrefixListId"),
)


# Security groups


def _group(call: Call) -> ResourceContexts:
    return existing(call, "security-group", given_groups(call, call.parameters) or [NEW])


TABLE.ask(
    "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress DeleteSecurityGroup ModifySecurityGroupRules "
    "RevokeSecurityGroupEgress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress "
    "UpdateSecurityGroupRuleDescriptionsIngress",
    on="security-group",
    each=_group,
)


def _tagged_rule(call: Call) -> ResourceContexts:
    """Yield a new rule if the request tags it. Otherwise, the rule doesn't require a separate permission."""
    if call.parameters.get("TagSpecifications"):
        yield arn(call, "security-group-rule", NEW), new_resource_keys(call, "security-group-rule", {})


_RULES = "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress"
TABLE.ask(_RULES, on="security-group-rule", each=_tagged_rule)
_tags_new(_RULES, "security-group-rule")


def _changed_rules(call: Call) -> ResourceContexts:
    rules = [
        each.get("SecurityGroupRuleId") or NEW for each in call.parameters.get("SecurityGroupRules") or ()
    ]
    return existing(call, "security-group-rule", rules or [NEW])


TABLE.ask("ModifySecurityGroupRules", on="security-group-rule", each=_changed_rules)
creates("CreateSecurityGroup", "security-group", _vpc_of())
on("CreateSecurityGroup", optional=(_VPC,))

# Network interfaces and addresses

_INTERFACE = ("network-interface", "NetworkInterfaceId")
on("CreateNetworkInterface", _SUBNET, optional=(("security-group", "Groups"),))


def _new_interface(call: Call) -> Mapping[str, Any]:
    subnet = call.parameters.get("SubnetId") or ""
    attributes = ec2.attributes(call.account, call.region, "subnet", subnet)
    return {
        "Subnet": arn(call, "subnet", subnet),
        "Vpc": attributes.get("Vpc"),
        "AvailabilityZone": attributes.get("AvailabilityZone"),
    }


creates("CreateNetworkInterface", "network-interface", _new_interface)
on(
    "AssignIpv6Addresses AssignPrivateIpAddresses DeleteNetworkInterface ResetNetworkInterfaceAttribute "
    "UnassignIpv6Addresses UnassignPrivateIpAddresses",
    _INTERFACE,
)
on(
    "ModifyNetworkInterfaceAttribute",
    _INTERFACE,
    optional=(("security-group", "Groups"),),
    keys=(_attribute,),
)
on("AttachNetworkInterface", _INSTANCE, _INTERFACE)
for _kind in ("instance", "network-interface"):
    TABLE.ask("DetachNetworkInterface", on=_kind, each=_associated(_kind))
creates("AllocateAddress", "elastic-ip")


def _address(call: Call) -> ResourceContexts:
    """Return the address that the call identifies by allocation ID, association ID, or public IP address."""
    names = _ids(call, "AllocationId") or [
        found
        for name in _ids(call, "AssociationId", "PublicIp")
        if (found := ec2.attached_resources(call.account, call.region, name).get("elastic-ip"))
    ]
    return existing(call, "elastic-ip", names or [NEW])


TABLE.ask("AssociateAddress DisassociateAddress ReleaseAddress", on="elastic-ip", each=_address)
on("AssociateAddress", optional=(_INSTANCE, _INTERFACE))

# Endpoints, peering, flow logs

_ENDPOINT = ("vpc-endpoint", "VpcEndpointId", "VpcEndpointIds")
on(
    "CreateVpcEndpoint",
    _VPC,
    optional=(
        ("route-table", "RouteTableIds"),
        ("subnet", "SubnetIds"),
        ("security-group", "SecurityGroupIds"),
    ),
)
creates(
    "CreateVpcEndpoint",
    "vpc-endpoint",
    _parameter(VpceServiceName="ServiceName", VpceServiceRegion="ServiceRegion"),
)
on("DeleteVpcEndpoints", _ENDPOINT)
on(
    "ModifyVpcEndpoint",
    _ENDPOINT,
    optional=(
        ("route-table", "AddRouteTableIds", "RemoveRouteTableIds"),
        ("subnet", "AddSubnetIds", "RemoveSubnetIds"),
        ("security-group", "AddSecurityGroupIds", "RemoveSecurityGroupIds"),
    ),
)
_SERVICE = ("vpc-endpoint-service", "ServiceId", "ServiceIds")
creates("CreateVpcEndpointServiceConfiguration", "vpc-endpoint-service")
on(
    "DeleteVpcEndpointServiceConfigurations DescribeVpcEndpointServicePermissions "
    "ModifyVpcEndpointServiceConfiguration ModifyVpcEndpointServicePermissions",
    _SERVICE,
)
_PEERING = ("vpc-peering-connection", "VpcPeeringConnectionId")
on("DeleteVpcPeeringConnection ModifyVpcPeeringConnectionOptions RejectVpcPeeringConnection", _PEERING)


def _peering_keys(call: Call) -> Mapping[str, Any]:
    owner = call.parameters.get("PeerOwnerId") or call.account
    region = call.parameters.get("PeerRegion") or call.region
    accepter = f"arn:aws:ec2:{region}:{owner}:vpc/{call.parameters.get('PeerVpcId')}"
    return {"RequesterVpc": arn(call, "vpc", call.parameters.get("VpcId") or NEW), "AccepterVpc": accepter}


on("CreateVpcPeeringConnection", _VPC)
creates("CreateVpcPeeringConnection", "vpc-peering-connection", _peering_keys)


def _accepter_vpc(call: Call) -> ResourceContexts:
    connection = call.parameters.get("VpcPeeringConnectionId") or ""
    attributes = ec2.attributes(call.account, call.region, "vpc-peering-connection", connection)
    return existing(call, "vpc", [attributes.get("AccepterVpc", "").rpartition("/")[2] or NEW])


on("AcceptVpcPeeringConnection", _PEERING)
TABLE.ask("AcceptVpcPeeringConnection", on="vpc", each=_accepter_vpc)
creates("CreateFlowLogs", "vpc-flow-log")
for _kind in ("vpc", "subnet", "network-interface", "transit-gateway", "transit-gateway-attachment"):
    TABLE.ask(
        "CreateFlowLogs",
        on=_kind,
        each=lambda call, kind=_kind: existing(
            call, kind, [name for name in _ids(call, "ResourceIds") if kind_of(name) == kind]
        ),
    )
on("DeleteFlowLogs", ("vpc-flow-log", "FlowLogIds"))
# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
passes_role(
    TABLE,
    "CreateFlowLogs",
    "vpc-flow-logs.amazonaws.com",
    lambda call: _ids(call, "DeliverLogsPermissionArn"),
)


def _delivers_to_s3(call: Call) -> bool:
    return bool(call.parameters.get("LogDestinationType") == "s3")


# https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-create-flow-log.html
for _action in ("logs:CreateLogDelivery", "logs:DeleteLogDelivery"):
    TABLE.ask("CreateFlowLogs", action=_action, when=_delivers_to_s3)


# Launch templates


def _template(call: Call) -> ResourceContexts:
    given = {name: call.parameters.get(name) for name in ("LaunchTemplateId", "LaunchTemplateName")}
    template = ec2.launch_template(call.account, call.region, given)
    return existing(
        call, "launch-template", [template[0] if template is not None else given["LaunchTemplateId"] or NEW]
    )


creates("CreateLaunchTemplate", "launch-template")
TABLE.ask(
    "CreateLaunchTemplateVersion DeleteLaunchTemplate ModifyLaunchTemplate",
    on="launch-template",
    each=_template,
)

# Transit gateways

_TGW = ("transit-gateway", "TransitGatewayId")
_TGW_ROUTES = ("transit-gateway-route-table", "TransitGatewayRouteTableId")
_TGW_ATTACHMENT = ("transit-gateway-attachment", "TransitGatewayAttachmentId")
creates("CreateTransitGateway", "transit-gateway")
on("DeleteTransitGateway ModifyTransitGateway", _TGW)
on("CreateTransitGatewayRouteTable", _TGW)
creates("CreateTransitGatewayRouteTable", "transit-gateway-route-table")
on("DeleteTransitGatewayRouteTable DeleteTransitGatewayRoute SearchTransitGatewayRoutes", _TGW_ROUTES)
on("CreateTransitGatewayRoute", _TGW_ROUTES, optional=(_TGW_ATTACHMENT,))
on("AssociateTransitGatewayRouteTable DisassociateTransitGatewayRouteTable", _TGW_ATTACHMENT, _TGW_ROUTES)
on(
    "EnableTransitGatewayRouteTablePropagation DisableTransitGatewayRouteTablePropagation",
    _TGW_ROUTES,
    optional=(_TGW_ATTACHMENT,),
)
on("CreateTransitGatewayVpcAttachment", _TGW, _VPC, ("subnet", "SubnetIds"))
creates(
    "CreateTransitGatewayVpcAttachment CreateTransitGatewayPeeringAttachment", "transit-gateway-attachment"
)
on("CreateTransitGatewayPeeringAttachment", _TGW)
on(
    "AcceptTransitGatewayPeeringAttachment DeleteTransitGatewayPeeringAttachment DeleteTransitGatewayVpcAttachment "
    "RejectTransitGatewayPeeringAttachment",
    _TGW_ATTACHMENT,
)
on(
    "ModifyTransitGatewayVpcAttachment",
    _TGW_ATTACHMENT,
    optional=(("subnet", "AddSubnetIds", "RemoveSubnetIds"),),
)

# VPN, carrier gateways, traffic mirroring, dedicated hosts

_VGW = ("vpn-gateway", "VpnGatewayId")
_CUSTOMER = ("customer-gateway", "CustomerGatewayId")
creates("CreateVpnGateway", "vpn-gateway")
on("DeleteVpnGateway", _VGW)
on("AttachVpnGateway DetachVpnGateway", _VGW, _VPC)
creates("CreateCustomerGateway", "customer-gateway")
on("DeleteCustomerGateway", _CUSTOMER)
on("CreateVpnConnection", _CUSTOMER, optional=(_VGW, _TGW))
creates("CreateVpnConnection", "vpn-connection")
on("DeleteVpnConnection", ("vpn-connection", "VpnConnectionId"))
on("CreateCarrierGateway", _VPC)
creates("CreateCarrierGateway", "carrier-gateway")
on("DeleteCarrierGateway", ("carrier-gateway", "CarrierGatewayId"))
_MIRROR = ("traffic-mirror-session", "TrafficMirrorSessionId")
_FILTER = ("traffic-mirror-filter", "TrafficMirrorFilterId")
_MIRROR_TARGET = ("traffic-mirror-target", "TrafficMirrorTargetId")
creates("CreateTrafficMirrorFilter", "traffic-mirror-filter")
# EC2 was observed to check permissions in this order, which determines the resource in a denial message.
on("CreateTrafficMirrorTarget", optional=(_INTERFACE, ("vpc-endpoint", "GatewayLoadBalancerEndpointId")))
creates("CreateTrafficMirrorTarget", "traffic-mirror-target")
on("CreateTrafficMirrorSession", _FILTER, _INTERFACE, _MIRROR_TARGET)
creates("CreateTrafficMirrorSession", "traffic-mirror-session")
on("ModifyTrafficMirrorSession", _MIRROR, optional=(_FILTER, _MIRROR_TARGET))
on("DeleteTrafficMirrorSession", _MIRROR)
creates("AllocateHosts", "dedicated-host")
on("ModifyHosts ReleaseHosts", ("dedicated-host", "HostIds"))


# Tags


def _tagged_resources(call: Call) -> ResourceContexts:
    for name in call.parameters.get("Resources") or ():
        kind = kind_of(name)
        if kind == "key-pair":
            name = ec2.key_pair_named(call.account, call.region, name) or NEW
        if kind is None:
            yield "*", _region(call)
        else:
            tags = resource_tags(call, kind, name)
            yield from existing(call, kind, [name], {f"aws:ResourceTag/{key}": tags[key] for key in tags})


# This row has no resource type, so the gate doesn't add aws:ResourceTag. The gate adds the request's tags to
# the condition keys (`request_context`). For DeleteTags, these are the tags to delete.
TABLE.ask("CreateTags DeleteTags", each=_tagged_resources)


# Operations that accept only one of several parameters that identify a resource

_BOTH = "The parameter '{second}' may not be used in combination with '{first}'"


def one_of(operations: str, *parameters: str, message: str = _BOTH) -> None:
    """Reject requests with more than one of the parameters. Raises InvalidParameterCombination with the message."""
    TABLE.one_of(operations, *parameters, code="InvalidParameterCombination", message=message)


one_of(
    "RunInstances AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation",
    "IamInstanceProfile.Arn",
    "IamInstanceProfile.Name",
)
one_of(
    "CreateLaunchTemplate CreateLaunchTemplateVersion",
    "LaunchTemplateData.IamInstanceProfile.Arn",
    "LaunchTemplateData.IamInstanceProfile.Name",
)
one_of("RunInstances", "LaunchTemplate.LaunchTemplateId", "LaunchTemplate.LaunchTemplateName")
_SUBNET_TWICE = "Network interfaces and an instance-level subnet ID may not be specified on the same request"
one_of("RunInstances", "NetworkInterfaces", "SubnetId", message=_SUBNET_TWICE)
_GROUPS = "Network interfaces and an instance-level security groups may not be specified on the same request"
one_of("RunInstances", "NetworkInterfaces", "SecurityGroupIds", message=_GROUPS)
one_of("RunInstances", "NetworkInterfaces", "SecurityGroups", message=_GROUPS)
_ADDRESS_TWICE = (
    "Network interfaces and an instance-level private IP address cannot be specified in one request"
)
one_of("RunInstances", "NetworkInterfaces", "PrivateIpAddress", message=_ADDRESS_TWICE)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteLaunchTemplate.html
one_of(
    "DeleteLaunchTemplate ModifyLaunchTemplate CreateLaunchTemplateVersion DescribeLaunchTemplateVersions "
    "DeleteLaunchTemplateVersions",
    "LaunchTemplateId",
    "LaunchTemplateName",
    message="You must specify either the launch template ID or the launch template name, but not both.",
)
_ADDRESS = "You may specify public IP or allocation id, but not both in the same call"
one_of("ReleaseAddress AssociateAddress", "AllocationId", "PublicIp", message=_ADDRESS)
one_of("DisassociateAddress", "AssociationId", "PublicIp",
       message="You may specify public IP or association id, but not both in the same call")  # fmt: skip
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html
one_of("AssociateAddress", "InstanceId", "NetworkInterfaceId")
one_of("DeleteKeyPair", "KeyName", "KeyPairId")
one_of(
    "DeleteSecurityGroup AuthorizeSecurityGroupIngress RevokeSecurityGroupIngress "
    "UpdateSecurityGroupRuleDescriptionsIngress UpdateSecurityGroupRuleDescriptionsEgress",
    "GroupId",
    "GroupName",
)
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateRoute.html
one_of("CreateRoute ReplaceRoute DeleteRoute", "DestinationCidrBlock", "DestinationIpv6CidrBlock",
       "DestinationPrefixListId")  # fmt: skip
