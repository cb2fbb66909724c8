"""The authorization of RunInstances, with one request context for each resource that the call uses or creates.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-RunInstances
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.ec2 import moto_view as ec2
from labs_helpers.cloud.services.ec2.resources import (
    NEW,
    arn,
    existing,
    given_groups,
    new_resource_keys,
    tag_specification,
)

ResourceContexts = Iterable[tuple[str, Mapping[str, Any]]]


class Launch:
    """An instance launch.

    The request's parameters override the parameters in its launch template.
    """

    def __init__(self, call: Call, sent: Mapping[str, Any]):
        self.call = call
        self.sent = sent
        named = sent.get("LaunchTemplate")
        found = ec2.launch_template(call.account, call.region, named) if named else None
        self.template: Any
        self.template, data = found if found is not None else (None, {})
        self.given: dict[str, Any] = {
            **data,
            **{name: value for name, value in sent.items() if value is not None},
        }
        self.interfaces: list[Mapping[str, Any]] = list(self.given.get("NetworkInterfaces") or ())

    def keys(self, *parameters: str) -> Mapping[str, str]:
        """Return the launch template's condition keys for a resource, or {} without a launch template.

        `parameters` are the request parameters that identify the resource. If the request contains none of
        them, ec2:IsLaunchTemplateResource is "true".
        """
        if self.template is None:
            return {}
        own = any(self.sent.get(name) for name in parameters)
        return {
            "ec2:LaunchTemplate": arn(self.call, "launch-template", self.template),
            "ec2:IsLaunchTemplateResource": "false" if own else "true",
        }

    @property
    def subnets(self) -> list[str]:
        """The specified subnets, or the zone's default subnet.

        The list is empty if the launch uses an existing network interface.
        """
        named = [self.given.get("SubnetId"), *(each.get("SubnetId") for each in self.interfaces)]
        named_subnets = list(dict.fromkeys(subnet for subnet in named if subnet))
        if named_subnets or any(each.get("NetworkInterfaceId") for each in self.interfaces):
            return named_subnets
        default = ec2.default_subnet(self.call.account, self.call.region, self._zone)
        return [default] if default else []

    @property
    def _zone(self) -> str | None:
        return (self.given.get("Placement") or {}).get("AvailabilityZone")

    @property
    def vpc(self) -> str | None:
        """The ARN of the VPC that contains the first subnet."""
        return next((keys["Vpc"] for keys in map(self._subnet, self.subnets) if "Vpc" in keys), None)

    def _subnet(self, subnet: str) -> Mapping[str, Any]:
        return ec2.attributes(self.call.account, self.call.region, "subnet", subnet)

    @property
    def zone(self) -> str | None:
        """The specified Availability Zone, or the Availability Zone of the first subnet."""
        zones = [
            keys["AvailabilityZone"] for keys in map(self._subnet, self.subnets) if "AvailabilityZone" in keys
        ]
        return self._zone or next(iter(zones), None)

    @property
    def security_groups(self) -> list[str]:
        """The IDs of the specified security groups, or of the VPC's default security group."""
        groups = given_groups(self.call, self.given)
        groups += [group for each in self.interfaces for group in each.get("Groups") or ()]
        if groups or any(each.get("NetworkInterfaceId") for each in self.interfaces):
            return list(dict.fromkeys(groups))
        vpc = self.vpc.rpartition("/")[2] if self.vpc else None
        default = ec2.default_security_group(self.call.account, self.call.region, vpc)
        return [default] if default else []

    @property
    def profile(self) -> str | None:
        """The name or ARN of the instance profile."""
        named = self.given.get("IamInstanceProfile") or {}
        return named.get("Arn") or named.get("Name")


def launch(call: Call) -> Launch:
    """Return the launch described by the call's parameters."""
    return Launch(call, call.parameters)


def roles(call: Call) -> list[str]:
    """Return the ARNs of the roles in the launch's instance profile, which the caller passes to EC2."""
    profile = launch(call).profile
    return ec2.profile_roles(call.account, profile) if profile else []


def instance(call: Call) -> ResourceContexts:
    """Yield the ARN and the condition keys of the new instance."""
    planned = launch(call)
    given = planned.given
    placement, market = given.get("Placement") or {}, given.get("InstanceMarketOptions") or {}
    options = given.get("MetadataOptions") or {}
    image = ec2.attributes(call.account, call.region, "image", given.get("ImageId") or "")
    keys = {
        "InstanceType": given.get("InstanceType"),
        "EbsOptimized": "true" if str(given.get("EbsOptimized") or "").lower() == "true" else "false",
        "Tenancy": placement.get("Tenancy") or "default",
        "AvailabilityZone": planned.zone,
        "InstanceMarketType": market.get("MarketType") or "on-demand",
        "InstanceProfile": ec2.profile_arn(call.account, planned.profile) if planned.profile else None,
        "RootDeviceType": image.get("RootDeviceType"),
        "MetadataHttpTokens": options.get("HttpTokens"),
        "MetadataHttpEndpoint": options.get("HttpEndpoint"),
        "MetadataHttpPutResponseHopLimit": options.get("HttpPutResponseHopLimit"),
        "InstanceMetadataTags": options.get("InstanceMetadataTags"),
        "PlacementGroup": arn(call, "placement-group", placement["GroupName"])
        if placement.get("GroupName")
        else None,
    }
    template = planned.keys(*planned.sent.keys() - {"LaunchTemplate", "MinCount", "MaxCount", "ClientToken"})
    yield arn(call, "instance", NEW), {**new_resource_keys(call, "instance", keys, given), **template}


def image(call: Call) -> ResourceContexts:
    """Yield the ARN and the condition keys of the image. The ID is `*` if no image is specified."""
    planned = launch(call)
    yield from existing(call, "image", [planned.given.get("ImageId") or NEW], planned.keys("ImageId"))


def key_pair(call: Call) -> ResourceContexts:
    """Yield the ARN and the condition keys of the key pair, if the launch specifies one."""
    planned = launch(call)
    if planned.given.get("KeyName"):
        yield from existing(call, "key-pair", [planned.given["KeyName"]], planned.keys("KeyName"))


def subnet(call: Call) -> ResourceContexts:
    """Yield the ARN and the condition keys of each subnet."""
    planned = launch(call)
    yield from existing(call, "subnet", planned.subnets, planned.keys("SubnetId", "NetworkInterfaces"))


def security_group(call: Call) -> ResourceContexts:
    """Yield the ARN and the condition keys of each security group."""
    planned = launch(call)
    names = ("SecurityGroupIds", "SecurityGroups", "NetworkInterfaces")
    yield from existing(call, "security-group", planned.security_groups, planned.keys(*names))


def network_interface(call: Call) -> ResourceContexts:
    """Yield the ARN and condition keys of each existing interface to attach, and of one new interface per subnet."""
    planned = launch(call)
    template = planned.keys("NetworkInterfaces", "SubnetId")
    attached = [each["NetworkInterfaceId"] for each in planned.interfaces if each.get("NetworkInterfaceId")]
    yield from existing(call, "network-interface", attached, template)
    public = next(
        (
            each["AssociatePublicIpAddress"]
            for each in planned.interfaces
            if "AssociatePublicIpAddress" in each
        ),
        None,
    )
    for name in planned.subnets:
        attributes = ec2.attributes(call.account, call.region, "subnet", name)
        keys = {
            "Subnet": arn(call, "subnet", name),
            "Vpc": attributes.get("Vpc"),
            "AvailabilityZone": attributes.get("AvailabilityZone"),
            "AssociatePublicIpAddress": None if public is None else str(public).lower(),
        }
        yield (
            arn(call, "network-interface", NEW),
            {**new_resource_keys(call, "network-interface", keys, planned.given), **template},
        )
    if not attached and not planned.subnets:
        yield (
            arn(call, "network-interface", NEW),
            {**new_resource_keys(call, "network-interface", {}, planned.given), **template},
        )


def volume(call: Call) -> ResourceContexts:
    """Yield the ARN and condition keys of each new volume in the block device mappings of the request or image.

    ec2:Encrypted depends on the request, the snapshot, and the account's default setting:
    https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
    """
    planned = launch(call)
    devices = [each["Ebs"] for each in planned.given.get("BlockDeviceMappings") or () if each.get("Ebs")]
    snapshots = dict(ec2.image_snapshots(call.account, call.region, planned.given.get("ImageId") or ""))
    if not devices:
        devices = [{"SnapshotId": name} for name in snapshots] or [{}]
    for device in devices:
        yield (
            arn(call, "volume", NEW),
            {**new_volume(call, device, planned.zone, planned.given), **planned.keys("BlockDeviceMappings")},
        )


def snapshot(call: Call) -> ResourceContexts:
    """Yield the ARN and condition keys of each snapshot that the request specifies.

    The snapshots of the image aren't checked.
    """
    planned = launch(call)
    devices = [each.get("Ebs") or {} for each in planned.given.get("BlockDeviceMappings") or ()]
    names = [device["SnapshotId"] for device in devices if device.get("SnapshotId")]
    yield from existing(call, "snapshot", names, planned.keys("BlockDeviceMappings"))


def launch_template(call: Call) -> ResourceContexts:
    """Yield the ARN and the condition keys of the launch template, if the request specifies one."""
    planned = launch(call)
    if planned.template is not None:
        yield from existing(call, "launch-template", [planned.template], planned.keys())


def placement_group(call: Call) -> ResourceContexts:
    """Yield the ARN and the condition keys of the placement group, if the launch specifies one."""
    planned = launch(call)
    name = (planned.given.get("Placement") or {}).get("GroupName")
    if name:
        yield from existing(call, "placement-group", [name], planned.keys("Placement"))


def new_volume(
    call: Call, device: Mapping[str, Any], zone: str | None, request: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    """Return the condition keys of a new volume, based on its block device mapping or on the request."""
    source = device.get("SnapshotId")
    attributes = ec2.attributes(call.account, call.region, "snapshot", source) if source else {}
    encrypted = (
        str(device.get("Encrypted") or "").lower() == "true"
        or attributes.get("Encrypted") == "true"
        or ec2.encrypts_by_default(call.account, call.region)
    )
    keys = {
        "Encrypted": "true" if encrypted else "false",
        "VolumeSize": device.get("VolumeSize") or device.get("Size"),
        "VolumeType": device.get("VolumeType"),
        "VolumeIops": device.get("Iops"),
        "VolumeThroughput": device.get("Throughput"),
        "KmsKeyId": device.get("KmsKeyId"),
        "AvailabilityZone": zone,
        "ParentSnapshot": arn(call, "snapshot", source) if source else None,
    }
    return new_resource_keys(call, "volume", keys, request)


def tagged(call: Call) -> ResourceContexts:
    """Yield ec2:CreateTags for each resource type that only the launch template tags."""
    planned = launch(call)
    own = {each.get("ResourceType") for each in call.parameters.get("TagSpecifications") or ()}
    for each in planned.given.get("TagSpecifications") or ():
        if each.get("ResourceType") not in own:
            yield tag_specification(call, each)


RESOURCE_READERS: Mapping[str, Callable[[Call], ResourceContexts]] = {
    "instance": instance, "image": image, "key-pair": key_pair, "subnet": subnet, "security-group": security_group,
    "network-interface": network_interface, "volume": volume, "snapshot": snapshot,
    "launch-template": launch_template, "placement-group": placement_group,
}  # fmt: skip
