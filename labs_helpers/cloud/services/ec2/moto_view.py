"""Access to EC2 data in moto: the condition keys and tags of resources.

A nonexistent resource has no condition keys and no tags.
The condition keys for each resource type:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html#amazonec2-policy-keys
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from moto.ec2.models import EC2Backend

from labs_helpers.cloud.moto import hooks, public_images
from labs_helpers.cloud.moto.backends import accounts, backend, every, existing, loaded


def _backend(account: str, region: str) -> Any:
    # EC2 has default networks and images even in an account that was never used, so moto is allowed to create
    # its backend here.
    return backend("ec2", account, region)


def tags(account: str, region: str, resource: str) -> Mapping[str, str]:
    """Return a resource's tags by resource ID."""
    if account not in accounts("ec2"):
        return {}
    return dict(_backend(account, region).tags.get(resource, {}))


def attributes(account: str, region: str, kind: str, resource: str) -> Mapping[str, Any]:
    """Return the condition keys (without the prefix `ec2:`) of an existing resource, such as `Vpc` for a subnet."""
    read = _READERS.get(kind)
    if read is None:
        return {}
    keys = read(_backend(account, region), resource, f"arn:aws:ec2:{region}:{account}")
    return {name: _word(value) for name, value in keys.items() if value not in (None, "")}


def exists(account: str, region: str, name: str) -> bool:
    """Return whether one of the account's resources in the Region has this ID."""
    ec2 = _backend(account, region)
    public_images.make(ec2)
    for kind, known in vars(ec2).items():
        if not isinstance(known, dict) or kind == "tags":
            continue
        inside = any(name in inner for inner in known.values() if isinstance(inner, dict))
        if inside or (
            kind != "groups" and name in known
        ):  # moto stores groups by VPC ID, even for unknown VPCs
            return True
    return name in _held_inside(ec2)


def _held_inside(ec2: Any) -> Iterator[str | None]:
    """Yield the IDs of the resources that moto doesn't store by ID."""
    yield from (each.id for reservation in ec2.reservations.values() for each in reservation.instances)
    yield from (pair.id for pair in ec2.key_pairs.values())
    yield from (each.association_id for each in ec2.iam_instance_profile_associations.values())


def _word(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _image(ec2: Any, name: str, _: str) -> Mapping[str, Any]:
    image = ec2.amis.get(name)
    if image is None:
        return {}
    return {
        "ImageID": name, "ImageType": image.image_type, "Owner": image.owner_alias or image.owner_id,
        "Public": image.is_public, "RootDeviceType": image.root_device_type,
    }  # fmt: skip


def _instance(ec2: Any, name: str, arn: str) -> Mapping[str, Any]:
    every = (instance for reservation in ec2.reservations.values() for instance in reservation.instances)
    instance = next((instance for instance in every if instance.id == name), None)
    if instance is None:
        return {}
    options = instance.metadata_options
    profile = ec2.iam_instance_profile_associations.get(name)
    return {
        "InstanceID": name, "InstanceType": instance.instance_type, "EbsOptimized": instance.ebs_optimized,
        "AvailabilityZone": instance._placement.zone, "RootDeviceType": "ebs", "Tenancy": "default",
        "InstanceProfile": profile.iam_instance_profile.arn if profile is not None else None,
        "MetadataHttpTokens": options.http_tokens, "MetadataHttpEndpoint": options.http_endpoint,
        "MetadataHttpPutResponseHopLimit": options.http_put_response_hop_limit,
        "InstanceMetadataTags": options.instance_metadata_tags,
    }  # fmt: skip


def _subnet(ec2: Any, name: str, arn: str) -> Mapping[str, Any]:
    subnet = next((zone[name] for zone in ec2.subnets.values() if name in zone), None)
    if subnet is None:
        return {}
    return {
        "SubnetID": name,
        "Vpc": f"{arn}:vpc/{subnet.vpc_id}",
        "AvailabilityZone": subnet.availability_zone,
    }


def _security_group(ec2: Any, name: str, arn: str) -> Mapping[str, Any]:
    group = ec2.get_security_group_from_id(name)
    return {"SecurityGroupID": name, "Vpc": f"{arn}:vpc/{group.vpc_id}"} if group is not None else {}


def _volume(ec2: Any, name: str, arn: str) -> Mapping[str, Any]:
    volume = ec2.volumes.get(name)
    if volume is None:
        return {}
    return {
        "VolumeID": name, "VolumeSize": volume.size, "VolumeType": volume.volume_type, "VolumeIops": volume.iops,
        "VolumeThroughput": volume.throughput, "Encrypted": bool(volume.encrypted), "KmsKeyId": volume.kms_key_id,
        "AvailabilityZone": volume.zone.name,
        "ParentSnapshot": snapshot_arn(arn, volume.snapshot_id) if volume.snapshot_id else None,
    }  # fmt: skip


def snapshot_arn(prefix: str, snapshot: str) -> str:
    """Return a snapshot's ARN, which doesn't contain an account ID. `prefix` is `arn:aws:ec2:region:account`."""
    return f"{prefix.rpartition(':')[0]}::snapshot/{snapshot}"


def _snapshot(ec2: Any, name: str, arn: str) -> Mapping[str, Any]:
    snapshot = ec2.snapshots.get(name)
    if snapshot is None:
        return {}
    volume = snapshot.volume
    return {
        "SnapshotID": name, "Owner": snapshot.owner_id, "Encrypted": bool(snapshot.encrypted),
        "SnapshotTime": f"{snapshot.start_time:%Y-%m-%dT%H:%M:%SZ}",
        "VolumeSize": getattr(volume, "size", None),
        "ParentVolume": f"{arn}:volume/{volume.id}" if getattr(volume, "id", None) else None,
    }  # fmt: skip


def _network_interface(ec2: Any, name: str, arn: str) -> Mapping[str, Any]:
    interface = ec2.enis.get(name)
    if interface is None:
        return {}
    return {
        "NetworkInterfaceID": name, "Subnet": f"{arn}:subnet/{interface.subnet.id}",
        "Vpc": f"{arn}:vpc/{interface.subnet.vpc_id}", "AvailabilityZone": interface.subnet.availability_zone,
    }  # fmt: skip


def _key_pair(ec2: Any, name: str, _: str) -> Mapping[str, Any]:
    pair = ec2.key_pairs.get(name)
    return {"KeyPairName": name, "KeyPairType": pair.key_type} if pair is not None else {}


def _route_table(ec2: Any, name: str, arn: str) -> Mapping[str, Any]:
    table = ec2.route_tables.get(name)
    return {"RouteTableID": name, "Vpc": f"{arn}:vpc/{table.vpc_id}"} if table is not None else {}


def _vpc(ec2: Any, name: str, _: str) -> Mapping[str, Any]:
    vpc = ec2.vpcs.get(name)
    return {"VpcID": name, "Tenancy": vpc.instance_tenancy} if vpc is not None else {}


def _vpc_endpoint(ec2: Any, name: str, _: str) -> Mapping[str, Any]:
    endpoint = ec2.vpc_end_points.get(name)
    return {"VpceServiceName": endpoint.service_name} if endpoint is not None else {}


def _peering(ec2: Any, name: str, arn: str) -> Mapping[str, Any]:
    peering = ec2.vpc_pcxs.get(name)
    if peering is None:
        return {}
    return {
        "VpcPeeringConnectionID": name, "RequesterVpc": f"{arn}:vpc/{peering.vpc.id}",
        "AccepterVpc": f"{arn.rpartition(':')[0]}:{peering.peer_vpc.owner_id}:vpc/{peering.peer_vpc.id}",
    }  # fmt: skip


_READERS: Mapping[str, Callable[[Any, str, str], Mapping[str, Any]]] = {
    "image": _image, "instance": _instance, "subnet": _subnet, "security-group": _security_group, "volume": _volume,
    "snapshot": _snapshot, "network-interface": _network_interface, "key-pair": _key_pair,
    "route-table": _route_table, "vpc": _vpc, "vpc-endpoint": _vpc_endpoint, "vpc-peering-connection": _peering,
}  # fmt: skip


def security_group_named(account: str, region: str, name: str, vpc: str | None = None) -> str | None:
    """Return the ID of the security group with this name or ID, or None if there isn't one."""
    group = _backend(account, region).get_security_group_by_name_or_id(name, vpc)
    return group.id if group is not None else None


def default_security_group(account: str, region: str, vpc: str | None) -> str | None:
    """Return the ID of a VPC's default security group. If `vpc` is None, the default VPC is used."""
    ec2 = _backend(account, region)
    groups = ec2.groups.get(vpc or getattr(ec2.default_vpc, "id", None)) or {}
    return next((group.id for group in groups.values() if group.name == "default"), None)


def is_default_group(account: str, region: str, group: str) -> bool:
    """Return whether a security group is its VPC's default security group."""
    ec2 = backend("ec2", account, region)
    return any(group in groups and groups[group].name == "default" for groups in ec2.groups.values())


def default_subnet(account: str, region: str, zone: str | None = None) -> str | None:
    """Return the ID of the subnet in which an instance is launched if the request doesn't specify a subnet."""
    every = _backend(account, region).subnets
    zones = [every.get(zone) or {}] if zone else [every[name] for name in sorted(every)]
    known = (subnet for subnets in zones for subnet in subnets.values())
    return next((subnet.id for subnet in known if str(subnet.default_for_az).lower() == "true"), None)


def default_network(account: str, region: str) -> tuple[str, dict[str, str]] | None:
    """Return the default VPC's ID and its default subnets (ID → zone), or None if there is no default VPC."""
    ec2 = _backend(account, region)
    vpc = getattr(ec2.default_vpc, "id", None)
    if vpc is None:
        return None
    known = (subnet for subnets in ec2.subnets.values() for subnet in subnets.values())
    mine = (each for each in known if each.vpc_id == vpc and str(each.default_for_az).lower() == "true")
    return vpc, {each.id: each.availability_zone for each in mine}


@hooks.while_installed
def _connect_default_vpcs() -> hooks.Undo:
    """Add an internet gateway, and a route to it in the main route table, to default VPCs.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
    """
    of_moto = EC2Backend.create_default_vpc

    def create_default_vpc(ec2: Any) -> Any:
        """Create the default VPC with moto's own method, and add a route to the internet."""
        vpc = of_moto(ec2)
        _connect_to_internet(ec2, vpc.id)
        return vpc

    # Another of moto's services might have created backends before this module was loaded.
    for _, _, ec2 in every("ec2"):
        if ec2.default_vpc is not None and not ec2.internet_gateways:
            _connect_to_internet(ec2, ec2.default_vpc.id)
    return hooks.replace(EC2Backend, create_default_vpc=create_default_vpc)


def _connect_to_internet(ec2: Any, vpc: str) -> None:
    gateway = ec2.create_internet_gateway().id
    ec2.attach_internet_gateway(gateway, vpc)
    main = ec2.describe_route_tables(filters={"vpc-id": vpc, "association.main": "true"})[0]
    ec2.create_route(main.id, "0.0.0.0/0", gateway_id=gateway)


def key_pair_named(account: str, region: str, key_id: str) -> str | None:
    """Return the name of the key pair with this ID, or None if there isn't one."""
    known = _backend(account, region).key_pairs.values()
    return next((pair.key_name for pair in known if pair.id == key_id), None)


def key_pair_id(account: str, region: str, name: str) -> str:
    """Return the ID of the key pair with this name, or the name itself if there isn't such a key pair."""
    pair = _backend(account, region).key_pairs.get(name)
    return pair.id if pair is not None else name


def image_snapshots(account: str, region: str, image: str) -> list[tuple[str, bool]]:
    """Return the IDs of an image's snapshots, and whether each one is encrypted."""
    ec2 = _backend(account, region)
    snapshot = getattr(ec2.amis.get(image), "ebs_snapshot", None)
    return [(snapshot.id, bool(snapshot.encrypted))] if snapshot is not None else []


def encrypts_by_default(account: str, region: str) -> bool:
    """Return whether new volumes are encrypted by default in the account's Region.

    https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
    """
    return bool(_backend(account, region).ebs_encryption_by_default)


def launch_template(
    account: str, region: str, given: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]] | None:
    """Return the ID and data of the launch template that `{"LaunchTemplateName": …, "Version": …}` identifies.

    Returns None if there is no such template, and empty data if the template doesn't have that version.
    """
    ec2 = _backend(account, region)
    name = given.get("LaunchTemplateId") or ec2.launch_template_name_to_ids.get(
        given.get("LaunchTemplateName")
    )
    template = ec2.launch_templates.get(name)
    if template is None:
        return None
    try:
        return template.id, template.get_version(given.get("Version") or "$Default").data
    except Exception as error:
        # The version isn't a number or doesn't exist, so no parameters are added.
        if isinstance(error, ValueError) or type(error).__module__.startswith("moto."):
            return template.id, {}
        raise


def attached_resources(account: str, region: str, association: str) -> Mapping[str, str]:
    """Return the IDs of the resources in an association or attachment, by resource type.

    The mapping is empty if the association doesn't exist. Elastic IP addresses are found by ID or by the address
    itself.
    """
    ec2 = _backend(account, region)
    return next((resources for name, resources in _associations(ec2) if name == association), {})


def _associations(ec2: Any) -> Iterator[tuple[str | None, Mapping[str, str]]]:
    """Yield the ID of each association and attachment with the IDs of its resources by type."""
    yield from _subnet_associations(ec2)
    yield from _instance_associations(ec2)
    yield from _cidr_associations(ec2)


def _subnet_associations(ec2: Any) -> Iterator[tuple[str | None, Mapping[str, str]]]:
    for table in ec2.route_tables.values():
        yield table.main_association_id, {"route-table": table.id}
        for name, subnet in table._associations.items():
            yield name, {"route-table": table.id, "subnet": subnet}
    for acl in ec2.network_acls.values():
        for name, association in acl._associations.items():
            yield name, {"network-acl": acl.id, "subnet": association.subnet_id}


def _instance_associations(ec2: Any) -> Iterator[tuple[str | None, Mapping[str, str]]]:
    for profile in ec2.iam_instance_profile_associations.values():
        yield profile.association_id, {"instance": profile.instance.id}
    for address in ec2.addresses:
        for name in (address.association_id, address.public_ip):
            yield name, {"elastic-ip": address.allocation_id or ""}
    for interface in ec2.enis.values():
        if interface.attachment_id:
            instance = {"instance": interface.instance.id} if interface.instance else {}
            yield interface.attachment_id, {"network-interface": interface.id, **instance}


def _cidr_associations(ec2: Any) -> Iterator[tuple[str, Mapping[str, str]]]:
    for vpc in ec2.vpcs.values():
        for name in vpc._cidr_block_association_set:
            yield name, {"vpc": vpc.id}
    for subnets in ec2.subnets.values():
        for subnet in subnets.values():
            for name in subnet.ipv6_cidr_block_associations:
                yield name, {"subnet": subnet.id}


def profile_roles(account: str, profile: str) -> list[str]:
    """Return the ARNs of the roles in an instance profile that is specified by name or ARN."""
    if account not in accounts("iam"):
        return []
    known = backend("iam", account).instance_profiles.values()
    instance_profile = next((each for each in known if profile in (each.name, each.arn)), None)
    return [role.arn for role in instance_profile.roles] if instance_profile is not None else []


def profile_exists(account: str, profile: str) -> bool:
    """Return whether the account has an instance profile with this name or ARN."""
    known = backend("iam", account).instance_profiles.values() if account in accounts("iam") else ()
    return any(profile in (each.name, each.arn) for each in known)


def profile_arn(account: str, profile: str) -> str:
    """Return the ARN of an instance profile, given its name or ARN."""
    known = backend("iam", account).instance_profiles.values() if account in accounts("iam") else ()
    existing_arn = next((each.arn for each in known if profile in (each.name, each.arn)), None)
    return existing_arn or (
        profile if profile.startswith("arn:") else f"arn:aws:iam::{account}:instance-profile/{profile}"
    )


def instance_types(account: str, region: str) -> list[Mapping[str, Any]]:
    """Return every instance type as DescribeInstanceTypes does, sorted by name."""
    every: list[Mapping[str, Any]] = _backend(account, region).describe_instance_types()
    return sorted(every, key=lambda each: each["InstanceType"])


# Encryption of volumes with KMS keys: moto's own fields, and the encrypted data key in `labs_sealed`.


def use_by_default(account: str, region: str, key_arn: str) -> None:
    """Set the default key for encrypted volumes, used if a request doesn't specify a key."""
    _backend(account, region).default_kms_key_id = key_arn


def volume_key(account: str, region: str, volume: str) -> str | None:
    """Return an encrypted volume's KMS key, or None for an unencrypted or unknown volume."""
    stored = _backend(account, region).volumes.get(volume)
    return stored.kms_key_id if stored is not None and stored.encrypted else None


def encrypt_volume(account: str, region: str, volume: str, key_arn: str, sealed: Any | None) -> None:
    """Mark a volume as encrypted with a key and store the volume's encrypted data key."""
    stored = _backend(account, region).volumes[volume]
    stored.encrypted, stored.kms_key_id = True, key_arn
    stored.__dict__["labs_sealed"] = sealed


def sealed_volume(account: str, region: str, volume: str) -> Any | None:
    """Return the encrypted data key that `encrypt_volume` stored, or None for an unencrypted or unknown volume."""
    stored = _backend(account, region).volumes.get(volume)
    return stored.__dict__.get("labs_sealed") if stored is not None else None


def forget_volume(account: str, region: str, volume: str) -> None:
    """Delete a volume as if it had never been created."""
    _backend(account, region).volumes.pop(volume, None)


def volumes_of(account: str, region: str, instance: str) -> list[str]:
    """Return the IDs of the volumes that are attached to an instance."""
    launched = _backend(account, region).get_instance(instance)
    return [device.volume_id for _, device in launched.get_block_device_mapping]


def end_at_launch(account: str, region: str, instance: str, code: str, message: str) -> None:
    """Terminate an instance that couldn't be started. `code` and `message` are its state reason."""
    launched = _backend(account, region).get_instance(instance)
    launched.terminate()
    launched.state_reason.code, launched.state_reason.message = code, message


def restorable(account: str, region: str) -> dict[str, Any]:
    """Return the snapshots of other accounts in a Region from which an account can create volumes, by snapshot ID."""
    shared: dict[str, Any] = {}
    for owner, where, ec2 in every("ec2"):
        if owner == account or where != region or public_images.unmade(ec2):
            continue
        for id, each in list(ec2.snapshots.items()):
            if may_restore(each, account):
                shared[id] = each
    return shared


def may_restore(snapshot: Any, account: str) -> bool:
    """Return whether a snapshot is public or shared with an account."""
    return "all" in snapshot.create_volume_permission_groups or is_shared_with(snapshot, account)


def is_shared_with(snapshot: Any, account: str) -> bool:
    """Return whether a snapshot is explicitly shared with an account. Public snapshots don't count."""
    return account in snapshot.create_volume_permission_userids


def change_sharing(snapshot: Any, changes: Mapping[str, Any]) -> None:
    """Share a snapshot, or stop sharing it, as CreateVolumePermission describes."""
    users, groups = snapshot.create_volume_permission_userids, snapshot.create_volume_permission_groups
    for each in changes.get("Add") or ():
        users.update(filter(None, [each.get("UserId")]))
        groups.update(filter(None, [each.get("Group")]))
    for each in changes.get("Remove") or ():
        users.discard(each.get("UserId"))
        groups.discard(each.get("Group"))


def own_snapshots(account: str, region: str) -> dict[str, Any]:
    """Return the snapshots in an account's Region, and the snapshots of the public images in that Region, by ID."""
    ec2 = existing("ec2", account, region)
    return dict(ec2.snapshots) if ec2 is not None else {}


class Shareable(NamedTuple):
    """A customer's snapshot or image, and the accounts and groups with which it is shared."""

    kind: str
    arn: str
    tags: Mapping[str, str]
    shared_with: frozenset[str]


def shareables() -> Iterator[Shareable]:
    """Yield the snapshots and images of customers. The public images and their snapshots belong to AWS."""
    for account, region, ec2 in every("ec2") if loaded("ec2") else ():
        for kind, resources in (("snapshot", ec2.snapshots), ("image", ec2.amis)):
            for id, each in list(resources.items()):
                if each.owner_id == account:
                    arn = f"arn:aws:ec2:{region}::{kind}/{id}"
                    yield Shareable(kind, arn, tags(account, region, id), frozenset(_shared_with(each)))


def _shared_with(shareable: Any) -> Iterator[str]:
    """Yield the accounts and groups (only `all`) that are allowed to use a snapshot or an image."""
    for permission in getattr(shareable, "launch_permissions", ()):
        yield from permission.values()
    yield from getattr(shareable, "create_volume_permission_userids", ())
    yield from getattr(shareable, "create_volume_permission_groups", ())


@contextmanager
def showing(account: str, region: str, snapshots: Mapping[str, Any]) -> Iterator[None]:
    """Replace the snapshots in an account's Region with the given snapshots within the block.

    Snapshots created in the block remain afterward.
    """
    ec2 = _backend(account, region)
    own, ec2.snapshots = ec2.snapshots, dict(snapshots)
    shown = set(ec2.snapshots)
    try:
        yield
    finally:
        made = {id: each for id, each in ec2.snapshots.items() if id not in shown}
        ec2.snapshots = own
        own.update(made)
