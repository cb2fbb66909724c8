"""Hooks into moto's EC2, for example for error messages, snapshot keys, and failed peering connections."""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Iterator
from ipaddress import ip_network
from itertools import islice
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from moto.core.base_backend import BaseBackend
from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.ec2 import exceptions
from moto.ec2.models import key_pairs
from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.elastic_block_store import EBSBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterface, NetworkInterfaceBackend
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.managed_prefixes import ManagedPrefixListBackend
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.route_tables import RouteBackend
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.models.tags import TagBackend
from moto.ec2.models.transit_gateway_attachments import TransitGatewayAttachmentBackend
from moto.ec2.models.vpc_peering_connections import VPCPeeringConnectionBackend
from moto.ec2.models.vpcs import AWS_ENDPOINT_SERVICES, VPCBackend
from moto.ec2.responses import instances as responses
from moto.ec2.responses import launch_templates
from moto.ec2.responses.elastic_ip_addresses import ElasticIPAddresses
from moto.ec2.responses.security_groups import SecurityGroups
from moto.ec2.utils import parse_user_data

from labs_helpers.cloud.moto import hooks
from labs_helpers.cloud.services.ec2.moto_networks import canonical
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
    """Return a method whose error names the nonexistent snapshot."""

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
    """Make moto's errors for unknown IDs use EC2's wording, instead of containing a Python set or None.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    return hooks.all_of(
        hooks.replace(exceptions.EC2ClientError, __init__=_in_own_words),
        hooks.replace(EBSBackend, **{name: _naming(method) for name, method in _SNAPSHOTS.items()}),
    )


@hooks.while_installed
def _decode_user_data_once() -> hooks.Undo:
    """Make ModifyInstanceAttribute accept user data that is base64-encoded once, as SDKs send it.

    moto expects user data that is encoded twice, and doesn't check the value of `Attribute=userData`. OBSERVED
    in 2024, in events of calls by aws-sdk-go (https://github.com/DataDog/stratus-red-team,
    aws.execution.ec2-user-data).
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
    interfaces = self._get_param("NetworkInterfaces") or ()
    kept = {
        int(each.get("DeviceIndex") or 0)
        for each in interfaces
        if each.get("NetworkInterfaceId") or each.get("DeleteOnTermination") is False
    }
    for index, instance in enumerate(launched.instances):
        instance.disable_api_termination = bool(self._get_param("DisableApiTermination"))
        for number, interface in instance.nics.items():
            interface.delete_on_termination = number not in kept
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
    """Launch the maximum number of instances, and apply the request and its launch template to all of them.

    moto launches the minimum number, and attaches the instance profile only to the first instance. It ignores
    DisableApiTermination and most parameters of a launch template, such as the metadata options and the
    instance profile. In moto, an instance with other volumes has no root volume, and new network interfaces
    remain after the instance is terminated.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html
    """
    return hooks.replace(
        responses.InstanceResponse,
        run_instances=_run_as_requested,
        _parse_block_device_mapping=_mappings_with_root,
    )


_SOURCES = ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs", "PrefixListIds")


def _revoking_known_rules(method: Any) -> Any:
    def revoke(self: SecurityGroups) -> Any:
        """Call the method. For a group in the default VPC, call it once for each rule."""
        sent, ec2 = self.params, self.ec2_backend
        named = self._get_param("GroupId") or self._get_param("GroupName")
        group = ec2.get_security_group_by_name_or_id(named, None)
        rules = self._get_param("IpPermissions") or ()
        if not rules or group is None or ec2.default_vpc is None or group.vpc_id != ec2.default_vpc.id:
            return method(self)
        unknown = []
        for rule in _single_rules(rules):
            self.params = {**sent, "IpPermissions": [rule]}
            try:
                method(self)
            except exceptions.InvalidPermissionNotFoundError:
                unknown.append(rule)
        return ActionResult({"Return": True, "UnknownIpPermissions": unknown})

    return revoke


def _single_rules(permissions: Any) -> Iterator[dict[str, Any]]:
    """Yield each rule in IpPermissions separately, with one source."""
    for each in permissions:
        ports = {name: value for name, value in each.items() if name not in _SOURCES}
        for name in _SOURCES:
            for source in each.get(name) or ():
                yield {**ports, name: [source]}


_read_rules = SecurityGroups._process_rules_from_querystring
_BLOCKS = ("CidrIp", "CidrIpv6")


def _rules_with_canonical_blocks(self: SecurityGroups) -> Iterator[dict[str, Any]]:
    for each in _read_rules(self):
        blocks = [
            {name: canonical(value) if name in _BLOCKS else value for name, value in block.items()}
            for block in each["ip_ranges"]
        ]
        yield {**each, "ip_ranges": blocks}


def _returning_all_rules(name: str) -> Any:
    def authorize(self: SecurityGroups) -> Any:
        """Add each rule to the security group, and return all of them."""
        add = getattr(self.ec2_backend, name)
        added = [rule for each in self._process_rules_from_querystring() for rule in add(**each)[0]]
        return ActionResult({"Return": True, "SecurityGroupRules": added})

    return authorize


_add_sources = SecurityGroupBackend._add_source_group


def _add_sources_of_peers(self: Any, groups: Any, vpc: Any) -> list[dict[str, Any]]:
    own = [each for each in groups or () if not _is_of_a_peer(self, each)]
    peers = [{**each, "OwnerId": each["UserId"]} for each in groups or () if _is_of_a_peer(self, each)]
    return [*_add_sources(self, own, vpc), *peers]


def _is_of_a_peer(self: Any, group: dict[str, Any]) -> bool:
    return bool(group.get("GroupId")) and group.get("UserId") not in (None, self.account_id)


@hooks.while_installed
def _add_rules_as_requested() -> hooks.Undo:
    """Add rules with canonical CIDR blocks, and return all of them.

    Rules can refer to other accounts' security groups. moto doesn't change CIDR blocks, finds only the
    account's own groups, and returns only the rules of the last permission. The step `find_sources` checks that
    the VPCs of the groups are peered.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
    """
    names = ("authorize_security_group_ingress", "authorize_security_group_egress")
    return hooks.all_of(
        hooks.replace(SecurityGroupBackend, _add_source_group=_add_sources_of_peers),
        hooks.replace(
            SecurityGroups,
            _process_rules_from_querystring=_rules_with_canonical_blocks,
            **{name: _returning_all_rules(name) for name in names},
        ),
    )


_modify_rules = SecurityGroupBackend.modify_security_group_rules
_TYPES = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId")


def _modify_rules_as_requested(self: Any, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
    group = self.get_security_group_by_name_or_id(group_id)
    given = {
        name: {key: canonical(value) if key in _TYPES else value for key, value in each.items()}
        for name, each in rules.items()
    }
    for name, each in given.items():
        kinds, kind = [key for key in _TYPES if each.get(key)], _type_of(group.get_rule(name))
        if len(kinds) == 1 and kinds != [kind]:
            message = f"Invalid rule type for security group rule '{name}'. The rule has the type {kind}."
            raise exceptions.EC2ClientError("InvalidParameterValue", message)
    ported = {name: {**_ANY_PORT, **each} if _is_any(each) else each for name, each in given.items()}
    _modify_rules(self, group_id, ported)
    for name, each in given.items():
        rule = group.get_rule(name)
        rule.prefix_list_id = each.get("PrefixListId") or rule.prefix_list_id
        if each.get("CidrIpv6"):
            rule.ip_range["CidrIpv6"] = each["CidrIpv6"]
        if each.get("ReferencedGroupId"):
            rule.source_group = {**rule.source_group, "GroupId": each["ReferencedGroupId"]}
        if _is_any(each):
            rule.from_port = rule.to_port = None


_ANY_PORT = {"FromPort": -1, "ToPort": -1}


def _is_any(rule: dict[str, Any]) -> bool:
    return str(rule.get("IpProtocol")) == "-1"


def _type_of(rule: Any) -> str:
    """Return the name of the parameter for the source or destination of a stored rule."""
    if rule.prefix_list_id:
        return "PrefixListId"
    if rule.source_group:
        return "ReferencedGroupId"
    return "CidrIpv6" if rule.cidr_ipv6 else "CidrIpv4"


@hooks.while_installed
def _change_rules_as_requested() -> hooks.Undo:
    """Make ModifySecurityGroupRules support IPv6 blocks, prefix lists, groups, and protocols without ports.

    moto doesn't change these sources and destinations, and requires ports for every protocol.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
    """
    return hooks.replace(SecurityGroupBackend, modify_security_group_rules=_modify_rules_as_requested)


@hooks.while_installed
def _return_unknown_rules() -> hooks.Undo:
    """For a group in the default VPC, revoke the rules that exist, and return unknown rules.

    moto fails if one of the rules is unknown.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
    """
    names = ("revoke_security_group_ingress", "revoke_security_group_egress")
    return hooks.replace(
        SecurityGroups, **{name: _revoking_known_rules(getattr(SecurityGroups, name)) for name in names}
    )


_terminate = Instance.terminate


def _terminate_with_interfaces(self: Instance) -> Any:
    if self.state == "terminated":
        return copy.copy(self._state)
    for address in [each for each in self.ec2_backend.addresses if each.instance is self]:
        self.ec2_backend.disassociate_address(address=address.public_ip)
    for index, interface in list(self.nics.items()):
        if not interface.delete_on_termination:
            last = copy.copy(interface)
            self.detach_eni(interface)
            self.nics[index] = last
    return _terminate(self)


@hooks.while_installed
def _detach_on_termination() -> hooks.Undo:
    """Detach Elastic IP addresses, and network interfaces that must be kept, from an instance that is terminated.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/how-ec2-instance-termination-works.html
    """
    return hooks.replace(Instance, terminate=_terminate_with_interfaces)


@hooks.while_installed
def _keep_state_on_reboot() -> hooks.Undo:
    """Keep the state of a rebooted instance, because moto would start a stopped or terminated instance.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RebootInstances.html
    """
    return hooks.replace(Instance, reboot=lambda instance: None)


_delete_nat_gateway = NatGatewayBackend.delete_nat_gateway


def _delete_and_disassociate(self: NatGatewayBackend, nat_gateway_id: str) -> Any:
    gateway = _delete_nat_gateway(self, nat_gateway_id)
    for each in gateway.ec2_backend.addresses:
        if each.eni is gateway._eni:
            each.eni = each.association_id = None
    return gateway


@hooks.while_installed
def _free_address_of_nat_gateway() -> hooks.Undo:
    """Disassociate the Elastic IP address of a NAT gateway that is deleted, so that it can be released.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNatGateway.html
    """
    return hooks.replace(NatGatewayBackend, delete_nat_gateway=_delete_and_disassociate)


_parse_key = key_pairs.public_key_parse


def _parse_known_key(material: bytes) -> Any:
    try:
        return _parse_key(material)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from error


@hooks.while_installed
def _reject_other_keys() -> hooks.Undo:
    """Reject a public key of an unknown type, because moto's own code would fail.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InvalidKey.Format)
    """
    return hooks.replace(key_pairs, public_key_parse=_parse_known_key)


_create_interface = NetworkInterfaceBackend.create_network_interface


def _interface_with_free_address(
    self: NetworkInterfaceBackend, subnet: Any, address: Any, addresses: Any = None, *given: Any, **more: Any
) -> Any:
    if not address and not addresses:
        backend: Any = self
        found = backend.get_subnet(subnet) if isinstance(subnet, str) else subnet
        address = found.get_available_subnet_ip(None)
    return _create_interface(self, subnet, address, addresses, *given, **more)


def _first_free(self: Subnet, instance: Any) -> str:
    taken = {
        address.get("PrivateIpAddress")
        for each in self.ec2_backend.enis.values()
        if each.subnet.id == self.id
        for address in each.private_ip_addresses
    }
    found = next((str(each) for each in islice(self.cidr.hosts(), 3, None) if str(each) not in taken), None)
    if found is None:
        message = f"The specified subnet '{self.id}' does not have enough free addresses."
        raise exceptions.EC2ClientError("InsufficientFreeAddressesInSubnet", message)
    return found


@hooks.while_installed
def _assign_free_addresses() -> hooks.Undo:
    """Assign the first available address in the subnet to a network interface.

    An address is in use if a network interface has it. moto assigns random addresses, even if they are reserved
    or in use, and fails if a subnet is full. The step `check_addresses` checks the addresses in a request.
    https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (InsufficientFreeAddressesInSubnet)
    """
    return hooks.all_of(
        hooks.replace(NetworkInterfaceBackend, create_network_interface=_interface_with_free_address),
        hooks.replace(Subnet, get_available_subnet_ip=_first_free, request_ip=lambda *_, **__: None),
    )


_associate_address = ElasticIPAddresses.associate_address


def _associate_by_moving(self: ElasticIPAddresses) -> Any:
    self.params = {"AllowReassociation": True, **self.params}
    addresses, name = (
        self.ec2_backend.addresses,
        self._get_param("AllocationId") or self._get_param("PublicIp"),
    )
    held = {each.id: each.eni for each in addresses}
    answer = _associate_address(self)
    for moved in [each for each in addresses if name in (each.allocation_id, each.public_ip)]:
        if held[moved.id] not in (None, moved.eni):
            held[moved.id].public_ip = None
        for each in addresses if not self._get_param("PrivateIpAddress") else ():
            if each is not moved and each.eni is moved.eni:
                each.eni = each.instance = each.association_id = None
    return answer


@hooks.while_installed
def _move_addresses() -> hooks.Undo:
    """Make AssociateAddress replace addresses, and move used addresses unless AllowReassociation is false.

    moto requires AllowReassociation, still shows the address at its previous interface, and doesn't remove the
    replaced address. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateAddress.html
    """
    return hooks.replace(ElasticIPAddresses, associate_address=_associate_by_moving)


_create_vpc, _create_subnet, _associate_block = (
    VPCBackend.create_vpc,
    SubnetBackend.create_subnet,
    VPCBackend.associate_vpc_cidr_block,
)


_ROUTES = ("create_route", "delete_route", "replace_route")
_ENTRIES = ("create_network_acl_entry", "replace_network_acl_entry")


def _with_canonical(owner: Any, name: str) -> Any:
    """Return the owner's method, changed so that it receives CIDR blocks in canonical form."""
    method = getattr(owner, name)

    def call(self: Any, *given: Any, **more: Any) -> Any:
        """Call the method."""
        return method(
            self,
            *(canonical(each) if isinstance(each, str) else each for each in given),
            **{key: canonical(value) if key.endswith("cidr_block") else value for key, value in more.items()},
        )

    return call


@hooks.while_installed
def _keep_canonical_blocks() -> hooks.Undo:
    """Store CIDR blocks in canonical form: 100.68.0.18/18 as 100.68.0.0/18.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpc.html (CidrBlock)
    """
    return hooks.all_of(
        hooks.replace(
            VPCBackend,
            create_vpc=lambda self, cidr_block, *given, **more: _create_vpc(
                self, canonical(cidr_block), *given, **more
            ),
            associate_vpc_cidr_block=lambda self, vpc, cidr_block, *given, **more: _associate_block(
                self, vpc, canonical(cidr_block), *given, **more
            ),
        ),
        hooks.replace(
            SubnetBackend,
            create_subnet=lambda self, vpc_id, cidr_block, *given, **more: _create_subnet(
                self, vpc_id, canonical(cidr_block), *given, **more
            ),
        ),
        hooks.replace(RouteBackend, **{name: _with_canonical(RouteBackend, name) for name in _ROUTES}),
        hooks.replace(
            NetworkAclBackend, **{name: _with_canonical(NetworkAclBackend, name) for name in _ENTRIES}
        ),
    )


_disable_image = AmiBackend.disable_image


def _disable_and_unshare(self: AmiBackend, ami_id: str) -> None:
    _disable_image(self, ami_id)
    self.amis[ami_id].launch_permissions = []


@hooks.while_installed
def _unshare_disabled_images() -> hooks.Undo:
    """Remove the launch permissions of an image that is disabled.

    moto would keep them, so they would apply again when the image is enabled.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DisableImage.html
    """
    return hooks.replace(AmiBackend, disable_image=_disable_and_unshare)


_modify_list = ManagedPrefixListBackend.modify_managed_prefix_list


def _modify_list_and_keep_name(self: ManagedPrefixListBackend, *given: Any, **more: Any) -> Any:
    name = more.get("prefix_list_id")
    before = getattr(self.managed_prefix_lists.get(name or ""), "prefix_list_name", None)
    more["prefix_list_name"] = more.get("prefix_list_name") or before
    return _modify_list(self, *given, **more)


@hooks.while_installed
def _keep_names_of_prefix_lists() -> hooks.Undo:
    """Keep a prefix list's name if a change doesn't contain a name. moto would delete the name.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html
    """
    return hooks.replace(ManagedPrefixListBackend, modify_managed_prefix_list=_modify_list_and_keep_name)


_delete_tags = TagBackend.delete_tags


def _delete_all_tags(self: TagBackend, resource_ids: list[str], tags: dict[str, Any]) -> bool:
    for name in resource_ids if not tags else ():
        _delete_tags(
            self, [name], dict.fromkeys(key for key in self.tags[name] if not key.startswith("aws:"))
        )
    deleted: bool = _delete_tags(self, resource_ids, tags)
    return deleted


@hooks.while_installed
def _delete_tags_if_none_are_named() -> hooks.Undo:
    """Make DeleteTags without tags delete all user-defined tags. moto doesn't delete any tags.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html (Tag.N)
    """
    return hooks.replace(TagBackend, delete_tags=_delete_all_tags)


_attach_vpc = TransitGatewayAttachmentBackend.create_transit_gateway_vpc_attachment


def _attach_vpc_as_configured(self: Any, transit_gateway_id: str, *given: Any, **more: Any) -> Any:
    attachment = _attach_vpc(self, transit_gateway_id, *given, **more)
    if self.transit_gateways[transit_gateway_id].options["DefaultRouteTableAssociation"] == "disable":
        self.unset_route_table_association(attachment.transit_gateway_route_table.id, attachment.id)
    return attachment


@hooks.while_installed
def _associate_by_default_only_if_enabled() -> hooks.Undo:
    """Don't associate an attachment with a transit gateway's default route table if the gateway disables this.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayRequestOptions.html
    """
    return hooks.replace(
        TransitGatewayAttachmentBackend, create_transit_gateway_vpc_attachment=_attach_vpc_as_configured
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
    """Make a launch template's new version inherit its source version's parameters. moto ignores SourceVersion.

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
    """Keep security groups on network interfaces. An instance has the groups of its primary interface.

    moto adds the instance's groups to each interface's groups, so a replaced group would still apply.
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
    """Give a snapshot its volume's KMS key, and a volume its snapshot's key. moto doesn't copy the keys.

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
    """Detach a volume from its instance if the request contains only the volume. moto requires the instance ID.

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
"""The endpoint types of services that support gateway endpoints.

All other services support only the type Interface.
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
    """List the services that have VPC endpoints.

    moto would import its modules for these services, which takes a long time. One of the modules can't be
    imported, because it requires a package that isn't installed.
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
    """Create a gateway endpoint if a request contains no type. moto can't delete an endpoint without a type.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html (VpcEndpointType)
    """
    return hooks.replace(VPCBackend, create_vpc_endpoint=_endpoint_with_type)
