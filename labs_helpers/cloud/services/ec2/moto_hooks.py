"""The changes to moto's EC2, such as errors in EC2's words, the keys of snapshots, and peerings that fail."""

from __future__ import annotations

import base64
import hashlib
from ipaddress import ip_network
from typing import Any

from moto.core.base_backend import BaseBackend
from moto.core.types import Base64EncodedString
from moto.ec2 import exceptions
from moto.ec2.models.elastic_block_store import EBSBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnectionBackend
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, VPCBackend
from moto.ec2.responses import instances as responses
from moto.ec2.responses import launch_templates
from moto.ec2.utils import parse_user_data

from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.ec2.unknown_ids import in_own_words


def _user_data_of_request(value: Any) -> Base64EncodedString | None:
    """Return user data in moto's type. ModifyInstanceAttribute sends bytes, already decoded from base64."""
    if isinstance(value, bytes):
        return Base64EncodedString(base64.b64encode(value).decode())
    return parse_user_data(value)


_modify_attribute = InstanceBackend.modify_instance_attribute


def _modify_instance_attribute(self: InstanceBackend, instance_id: str, key: str, value: Any) -> Any:
    if key == "user_data" and isinstance(value, str):
        value = parse_user_data(value)
    return _modify_attribute(self, instance_id, key, value)


_error = exceptions.EC2ClientError.__init__
_SNAPSHOTS = {
    name: getattr(EBSBackend, name) for name in ("get_snapshot", "delete_snapshot", "describe_snapshots")
}


def _in_own_words(self: exceptions.EC2ClientError, code: str, message: str) -> None:
    _error(self, *in_own_words(code, message))


def _naming(method: Any) -> Any:
    """Return a method that names the snapshot that it doesn't find."""

    def named(self: EBSBackend, *given: Any, **more: Any) -> Any:
        """Call the method."""
        try:
            return method(self, *given, **more)
        except exceptions.InvalidSnapshotIdError:
            asked: Any = given[0] if given else more.get("snapshot_ids") or more.get("snapshot_id")
            asked = [asked] if isinstance(asked, str) else asked
            message = (
                f"The snapshot '{next(each for each in asked if each not in self.snapshots)}' does not exist"
            )
            raise exceptions.EC2ClientError("InvalidSnapshot.NotFound", message) from None

    return named


@hooks.while_installed
def _word_errors_as_ec2() -> hooks.Undo:
    """Let moto's errors name an unknown ID in EC2's words, and not as a Python set or None.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    return hooks.all_of(
        hooks.replace(exceptions.EC2ClientError, __init__=_in_own_words),
        hooks.replace(EBSBackend, **{name: _naming(method) for name, method in _SNAPSHOTS.items()}),
    )


@hooks.while_installed
def _decode_user_data_once() -> hooks.Undo:
    """Let ModifyInstanceAttribute take user data as SDKs send it: in base64, once.

    moto expects it in base64 twice, and keeps the text of `Attribute=userData` unchecked. OBSERVED in 2024, in
    events of calls by aws-sdk-go (https://github.com/DataDog/stratus-red-team, aws.execution.ec2-user-data).
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
    """
    return hooks.all_of(
        hooks.replace(responses, parse_user_data=_user_data_of_request),
        hooks.replace(InstanceBackend, modify_instance_attribute=_modify_instance_attribute),
    )


_run_instances = responses.InstanceResponse.run_instances
_READ_BY_MOTO = frozenset({"TagSpecifications", "UserData"})
"""The parameters of a launch template that moto itself applies to a launch."""


def _run_as_requested(self: responses.InstanceResponse) -> Any:
    template = self._get_param("LaunchTemplate")
    data = self.ec2_backend._get_template_from_args(template).data if template else {}
    own = {name: value for name, value in data.items() if name not in _READ_BY_MOTO}
    self.params = {**own, **self.params, "MinCount": self.params["MaxCount"]}
    answer = _run_instances(self)
    launched: Any = answer.result
    profile = self._get_param("IamInstanceProfile") or {}
    for index, instance in enumerate(launched.instances):
        instance.disable_api_termination = bool(self._get_param("DisableApiTermination"))
        if profile and index:
            self.ec2_backend.associate_iam_instance_profile(
                instance.id,
                iam_instance_profile_name=profile.get("Name"),
                iam_instance_profile_arn=profile.get("Arn"),
            )
    return answer


_device_mappings = responses.InstanceResponse._parse_block_device_mapping
_ROOT = "/dev/sda1"
"""The root device that moto gives every instance."""


def _mappings_with_root(self: responses.InstanceResponse) -> list[dict[str, Any]]:
    mappings: list[dict[str, Any]] = _device_mappings(self)
    image = self.ec2_backend.amis.get(self._get_param("ImageId"))
    roots = (_ROOT, image.root_device_name if image is not None else _ROOT)
    if not mappings or any(each["DeviceName"] in roots for each in mappings):
        return mappings
    return [{"DeviceName": _ROOT, "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}, *mappings]


@hooks.while_installed
def _launch_as_requested() -> hooks.Undo:
    """Launch the maximum count of instances, all as the request and its launch template describe them.

    moto launches the minimum count, gives only the first instance the profile, and ignores DisableApiTermination and
    most parameters of a launch template, such as its metadata options and its instance profile. An instance with other
    volumes doesn't get a root volume.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html
    """
    return hooks.replace(
        responses.InstanceResponse,
        run_instances=_run_as_requested,
        _parse_block_device_mapping=_mappings_with_root,
    )


_create_version = launch_templates.LaunchTemplates.create_launch_template_version


def _version_from_source(self: launch_templates.LaunchTemplates) -> Any:
    source = self._get_param("SourceVersion")
    if source:
        names = ("LaunchTemplateId", "LaunchTemplateName")
        named = {name: self._get_param(name) for name in names if self._get_param(name)}
        inherited = self.ec2_backend._get_template_from_args({**named, "Version": source}).data
        given = self._get_param("LaunchTemplateData", {})
        self.params = {**self.params, "LaunchTemplateData": {**inherited, **given}}
    return _create_version(self)


@hooks.while_installed
def _inherit_from_source_version() -> hooks.Undo:
    """Let a new version of a launch template inherit the parameters of its source version. moto ignores SourceVersion.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html (SourceVersion)
    """
    return hooks.replace(
        launch_templates.LaunchTemplates, create_launch_template_version=_version_from_source
    )


def _groups_of_primary(self: Instance) -> Any:
    primary = self.__dict__.get("nics", {}).get(0)
    return self.__dict__.get("labs_groups", []) if primary is None else primary._group_set


def _set_groups_of_primary(self: Instance, groups: Any) -> None:
    primary = self.__dict__.get("nics", {}).get(0)
    if primary is None:
        self.__dict__["labs_groups"] = groups
    else:
        primary._group_set = list(groups)


@hooks.while_installed
def _keep_groups_on_interfaces() -> hooks.Undo:
    """Keep security groups on network interfaces; an instance's groups are those of its primary interface.

    moto adds the instance's groups to those of each interface, so that a group that was replaced still applies.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html (GroupId)
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html (SecurityGroupId)
    """
    return hooks.all_of(
        hooks.replace(Instance, security_groups=property(_groups_of_primary, _set_groups_of_primary)),
        hooks.replace(NetworkInterface, group_set=property(lambda interface: interface._group_set)),
    )


_create_snapshot, _create_volume = EBSBackend.create_snapshot, EBSBackend.create_volume


def _snapshot_with_key(self: EBSBackend, *given: Any, **more: Any) -> Any:
    snapshot = _create_snapshot(self, *given, **more)
    snapshot.kms_key_id = snapshot.volume.kms_key_id if snapshot.encrypted else None
    return snapshot


def _volume_with_key(self: EBSBackend, *given: Any, **more: Any) -> Any:
    volume = _create_volume(self, *given, **more)
    if volume.encrypted and volume.kms_key_id is None and volume.snapshot_id:
        volume.kms_key_id = self.snapshots[volume.snapshot_id].kms_key_id
    return volume


@hooks.while_installed
def _keep_keys() -> hooks.Undo:
    """Give a snapshot the KMS key of its volume, and a volume the key of its snapshot. moto forgets both.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Snapshot.html (KmsKeyId)
    """
    return hooks.replace(EBSBackend, create_snapshot=_snapshot_with_key, create_volume=_volume_with_key)


_detach_volume = EBSBackend.detach_volume


def _detach_from_its_instance(self: EBSBackend, volume_id: str, instance_id: str, device_path: str) -> Any:
    held = self.get_volume(volume_id).attachment
    return _detach_volume(
        self, volume_id, instance_id or (held.instance.id if held is not None else instance_id), device_path
    )


@hooks.while_installed
def _find_instance_of_volume() -> hooks.Undo:
    """Detach a volume from its instance if the request names only the volume. moto requires the instance.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachVolume.html (InstanceId)
    """
    return hooks.replace(EBSBackend, detach_volume=_detach_from_its_instance)


_create_peering = VPCPeeringConnectionBackend.create_vpc_peering_connection


def _peering_that_may_fail(self: VPCPeeringConnectionBackend, vpc: Any, peer_vpc: Any, *given: Any) -> Any:
    connection = _create_peering(self, vpc, peer_vpc, *given)
    if any(one.overlaps(other) for one in _blocks(vpc) for other in _blocks(peer_vpc)):
        connection._status.code = "failed"
        connection._status.message = "Failed due to an overlapping CIDR range"
    return connection


def _blocks(vpc: Any) -> list[Any]:
    return [ip_network(each["cidr_block"]) for each in vpc.get_cidr_block_association_set()]


@hooks.while_installed
def _fail_overlapping_peerings() -> hooks.Undo:
    """Give a peering connection between VPCs with overlapping IPv4 CIDR blocks the status `failed`.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcPeeringConnection.html
    """
    return hooks.replace(VPCPeeringConnectionBackend, create_vpc_peering_connection=_peering_that_may_fail)


_ENDPOINT_TYPES = {
    "dynamodb": ("Gateway", "Interface"), "s3": ("Gateway", "Interface"), "s3express": ("Gateway",),
}  # fmt: skip
"""The types of endpoints by service, where it isn't only Interface.

https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
"""


def endpoint_types(region: str, name: str) -> tuple[str, ...]:
    """Return the types of VPC endpoints for the service with this name. The tuple is empty for an unknown service."""
    service = name.removeprefix(f"com.amazonaws.{region}.")
    if service == name or service not in AWS_ENDPOINT_SERVICES:
        return ()
    return _ENDPOINT_TYPES.get(service, ("Interface",))


def _endpoint_services(_: str, region: str) -> list[dict[str, Any]]:
    services = []
    for service in sorted(set(AWS_ENDPOINT_SERVICES)):
        for kind in endpoint_types(region, f"com.amazonaws.{region}.{service}"):
            [shown] = BaseBackend.default_vpc_endpoint_service_factory(
                region, [f"{region}{zone}" for zone in "abc"], service, kind
            )
            number = hashlib.sha256(f"{region} {service} {kind}".encode()).hexdigest()[:17]
            services.append({**shown, "ServiceId": f"vpce-svc-{number}"})
    return services


@hooks.while_installed
def _list_endpoint_services() -> hooks.Undo:
    """List the services with VPC endpoints without moto's modules for these services, which take long to import.

    One of the modules can't be imported, because it requires a package that the cloud doesn't install.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpointServices.html
    """
    return hooks.replace(VPCBackend, _collect_default_endpoint_services=staticmethod(_endpoint_services))


_create_endpoint = VPCBackend.create_vpc_endpoint


def _endpoint_with_type(self: VPCBackend, *given: Any, **more: Any) -> Any:
    endpoint = _create_endpoint(self, *given, **more)
    endpoint.vpc_endpoint_type = endpoint.vpc_endpoint_type or "Gateway"
    return endpoint


@hooks.while_installed
def _default_to_gateway() -> hooks.Undo:
    """Create a gateway endpoint if a request names no type. moto fails when it deletes an endpoint without a type.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html (VpcEndpointType)
    """
    return hooks.replace(VPCBackend, create_vpc_endpoint=_endpoint_with_type)
