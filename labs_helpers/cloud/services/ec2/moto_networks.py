"""Access to EC2 resources in moto that other resources depend on, such as subnets, routes, and volumes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from labs_helpers.cloud.moto import public_images
from labs_helpers.cloud.moto.backends import backend, every, existing


def _backend(account: str, region: str) -> Any:
    return backend("ec2", account, region)


def canonical(block: Any) -> Any:
    """Return a CIDR block in canonical form: 100.68.0.0/18 for 100.68.0.18/18. Other text isn't changed."""
    try:
        return str(ipaddress.ip_network(block, strict=False)) if "/" in (block or "") else block
    except ValueError:
        return block


def blocks_of(account: str, region: str, vpc: str) -> list[ipaddress.IPv4Network]:
    """Return a VPC's IPv4 CIDR blocks, beginning with the primary block."""
    found = _backend(account, region).vpcs.get(vpc)
    held = found.get_cidr_block_association_set() if found is not None else ()
    return [
        ipaddress.IPv4Network(each["cidr_block"])
        for each in held
        if each["cidr_block_state"]["state"] != "disassociated"
    ]


def block_in_use(account: str, region: str, association: str) -> bool:
    """Return whether a subnet is in the VPC CIDR block that has this association ID."""
    ec2 = _backend(account, region)
    subnets = [each for zone in ec2.subnets.values() for each in zone.values()]
    for vpc in ec2.vpcs.values():
        for held in (*vpc.get_cidr_block_association_set(), *vpc.get_cidr_block_association_set(ipv6=True)):
            if held["association_id"] == association:
                inside = [
                    block for each in subnets if each.vpc_id == vpc.id for block in _blocks_of_subnet(each)
                ]
                return any(ipaddress.ip_network(held["cidr_block"]).overlaps(each) for each in inside)
    return False


def _blocks_of_subnet(subnet: Any) -> Iterator[Any]:
    """Yield a subnet's IPv4 and IPv6 CIDR blocks."""
    held = subnet.ipv6_cidr_block_associations.values()
    ipv6 = (each["ipv6CidrBlock"] for each in held if each["ipv6CidrBlockState"]["State"] == "associated")
    for block in filter(None, (subnet.cidr_block, *ipv6)):
        yield ipaddress.ip_network(block)


def instances(account: str, region: str) -> Iterator[Any]:
    """Yield the account's instances in a Region, including terminated ones."""
    for reservation in _backend(account, region).reservations.values():
        yield from reservation.instances


def instance(account: str, region: str, name: str) -> Any | None:
    """Return the instance with this ID, or None."""
    return next((each for each in instances(account, region) if each.id == name), None)


def keep_launched(account: str, region: str) -> Callable[[], None]:
    """Return a function that removes the instances, volumes, and network interfaces created after this call."""
    ec2 = _backend(account, region)
    kinds = (ec2.reservations, ec2.volumes, ec2.enis)
    kept = [set(each) for each in kinds]

    def remove() -> None:
        """Remove all new resources."""
        for name in set(ec2.reservations) - kept[0]:
            for launched in ec2.reservations[name].instances:
                launched.terminate()
        for each, names in zip(kinds, kept, strict=True):
            for name in set(each) - names:
                del each[name]

    return remove


def subnet_in_use(account: str, region: str, subnet: str) -> bool:
    """Return whether a network interface, an instance that isn't terminated, or a NAT gateway is in a subnet."""
    ec2 = _backend(account, region)
    gone = {each._eni.id for each in ec2.nat_gateways.values() if each.state == "deleted"}
    used = (each for each in ec2.enis.values() if each.id not in gone and not _ended(each.instance))
    return (
        any(each.subnet.id == subnet for each in used)
        or any(each.subnet_id == subnet and not _ended(each) for each in instances(account, region))
        or any(each.subnet_id == subnet and each.state != "deleted" for each in ec2.nat_gateways.values())
    )


def _ended(found: Any | None) -> bool:
    return found is not None and found.state == "terminated"


def group_in_a_rule(account: str, region: str, group: str) -> bool:
    """Return whether a rule of another security group refers to a group."""
    for groups in _backend(account, region).groups.values():
        for each in groups.values():
            rules = (*each.ingress_rules, *each.egress_rules)
            if each.id != group and any((rule.source_group or {}).get("GroupId") == group for rule in rules):
                return True
    return False


def group_in_use(account: str, region: str, group: str) -> bool:
    """Return whether a network interface, or an instance that isn't terminated, has a security group."""
    used = (each for each in _backend(account, region).enis.values() if not _ended(each.instance))
    running = (each for each in instances(account, region) if not _ended(each))
    return any(group in (found.id for found in each.group_set) for each in used) or any(
        group in (found.id for found in each.security_groups) for each in running
    )


def is_reachable(account: str, region: str, group: str, source: str) -> bool:
    """Return whether a group's rule can refer to a source group.

    The source group must be in the group's VPC, or in a VPC with an active peering connection to that VPC.
    Returns True for an unknown group.
    """
    vpc = group_vpc(account, region, group)
    sources = (ec2.get_security_group_from_id(source) for _, where, ec2 in every("ec2") if where == region)
    return vpc is None or any(
        found.vpc_id == vpc or _peered(account, region, vpc, found.vpc_id)
        for found in sources
        if found is not None
    )


def _peered(account: str, region: str, vpc: str, other: str) -> bool:
    return any(
        {each.vpc.id, each.peer_vpc.id} == {vpc, other} and each._status.code == "active"
        for each in _backend(account, region).vpc_pcxs.values()
    )


def has_peering(account: str, region: str, vpc: str, other: str) -> bool:
    """Return whether there is a peering connection, pending or active, between two VPCs."""
    return any(
        {each.vpc.id, each.peer_vpc.id} == {vpc, other}
        and each._status.code in ("active", "pending-acceptance")
        for each in _backend(account, region).vpc_pcxs.values()
    )


def vpc_of(account: str, region: str, name: str) -> str | None:
    """Return the VPC that contains a resource, or None if the resource doesn't exist or isn't in a VPC."""
    ec2, prefix = _backend(account, region), name.rpartition("-")[0]
    if prefix == "vpc":
        return name if name in ec2.vpcs else None
    if prefix == "subnet":
        facts = subnet_facts(account, region, name)
        return facts[0] if facts is not None else None
    if prefix == "sg":
        return group_vpc(account, region, name)
    if prefix == "i":
        return getattr(instance(account, region, name), "vpc_id", None)
    if prefix == "eni":
        return getattr(getattr(ec2.enis.get(name), "subnet", None), "vpc_id", None)
    if prefix == "igw":
        return getattr(getattr(ec2.internet_gateways.get(name), "vpc", None), "id", None)
    held = {
        "rtb": ec2.route_tables, "acl": ec2.network_acls, "nat": ec2.nat_gateways, "vpce": ec2.vpc_end_points,
        "tgw-attach": ec2.transit_gateway_attachments,
    }  # fmt: skip
    found = held.get(prefix, {}).get(name)
    return getattr(found, "vpc_id", None) or getattr(found, "resource_id", None)


def has_route(account: str, region: str, table: str, destination: str) -> bool:
    """Return whether a route table has a route to a CIDR block or a prefix list."""
    found = _backend(account, region).route_tables.get(table)
    routes = found.routes if found is not None else ()
    destination = canonical(destination)
    return any(
        destination
        in (
            route.destination_cidr_block,
            route.destination_ipv6_cidr_block,
            getattr(route.destination_prefix_list, "id", None),
        )
        for route in routes
    )


def endpoint(account: str, region: str, name: str) -> Any | None:
    """Return the VPC endpoint with this ID, or None."""
    return _backend(account, region).vpc_end_points.get(name)


def routes_to(account: str, region: str, service: str, table: str) -> bool:
    """Return whether a gateway endpoint for a service uses a route table."""
    endpoints = _backend(account, region).vpc_end_points.values()
    return any(each.service_name == service and table in each.route_table_ids for each in endpoints)


def forget_endpoints(account: str, region: str, names: list[str]) -> None:
    """Remove deleted VPC endpoints. moto would continue to list them."""
    for name in names:
        _backend(account, region).vpc_end_points.pop(name, None)


def prefix_list_version(account: str, region: str, name: str) -> int | None:
    """Return the version of a managed prefix list, or None if there is no such list."""
    found = _backend(account, region).managed_prefix_lists.get(name)
    return found.version if found is not None else None


def address_in_use(account: str, region: str, name: str) -> bool:
    """Return whether an Elastic IP address, given its ID or address, is in use outside the default VPC."""
    ec2 = _backend(account, region)
    default = getattr(ec2.default_vpc, "id", None)
    held = (each for each in ec2.addresses if name in (each.allocation_id, each.public_ip))
    vpcs = (
        each.eni.subnet.vpc_id if each.eni is not None else each.instance.vpc_id
        for each in held
        if each.eni is not None or each.instance is not None
    )
    return any(vpc != default for vpc in vpcs)


def number_of_addresses(account: str, region: str) -> int:
    """Return how many Elastic IP addresses an account has in a Region."""
    return len(_backend(account, region).addresses)


def keep_rules(account: str, region: str, group: str) -> Callable[[], None]:
    """Return a function that restores the rules that a security group has now."""
    found = _backend(account, region).get_security_group_by_name_or_id(group, None)
    if found is None:
        return lambda: None
    ingress, egress = list(found.ingress_rules), list(found.egress_rules)

    def restore() -> None:
        """Restore the rules."""
        found.ingress_rules[:], found.egress_rules[:] = ingress, egress

    return restore


def has_rule(account: str, region: str, group: str, rule: str) -> bool:
    """Return whether a security group has a rule with this ID. Returns True for an unknown group."""
    found = _backend(account, region).get_security_group_from_id(group)
    return found is None or any(each.id == rule for each in (*found.ingress_rules, *found.egress_rules))


def subnet_facts(account: str, region: str, subnet: str) -> tuple[str, str, str] | None:
    """Return a subnet's VPC, Availability Zone, and IPv4 CIDR block, or None if there is no such subnet."""
    found = next(
        (each[subnet] for each in _backend(account, region).subnets.values() if subnet in each), None
    )
    return (found.vpc_id, found.availability_zone, found.cidr_block) if found is not None else None


def subnet_of_interface(account: str, region: str, interface: str) -> str | None:
    """Return the ID of a network interface's subnet, or None if there is no such interface."""
    found = _backend(account, region).enis.get(interface)
    return found.subnet.id if found is not None else None


def primary_addresses(account: str, region: str, subnet: str) -> set[str]:
    """Return the primary private IPv4 addresses of the network interfaces in a subnet."""
    held = _backend(account, region).enis.values()
    return {each.private_ip_address for each in held if each.subnet.id == subnet}


def take_addresses(account: str, region: str, interface: str, addresses: list[str]) -> None:
    """When addresses are moved to a network interface, remove them from the interfaces that had them before."""
    held = _backend(account, region).enis
    for each in held.values():
        if each.id != interface and each.subnet.id == held[interface].subnet.id:
            each.private_ip_addresses[:] = [
                kept for kept in each.private_ip_addresses if kept["PrivateIpAddress"] not in addresses
            ]


def private_addresses(account: str, region: str, subnet: str) -> set[str]:
    """Return the private IPv4 addresses that network interfaces in a subnet have."""
    held = (each for each in _backend(account, region).enis.values() if each.subnet.id == subnet)
    return {address["PrivateIpAddress"] for each in held for address in each.private_ip_addresses}


def is_primary_attachment(account: str, region: str, attachment: str) -> bool:
    """Return whether an attachment belongs to an instance's primary network interface."""
    held = _backend(account, region).enis.values()
    return any(each.attachment_id == attachment and each.device_index == 0 for each in held)


def peering(account: str, region: str, name: str) -> tuple[str, str] | None:
    """Return a VPC peering connection's status and requester account, or None if it doesn't exist."""
    found = _backend(account, region).vpc_pcxs.get(name)
    return (found._status.code, found.vpc.owner_id) if found is not None else None


def table_of(account: str, region: str, associated: str) -> str | None:
    """Return the route table that a subnet or a gateway is explicitly associated with, or None."""
    tables = _backend(account, region).route_tables.values()
    return next((each.id for each in tables if associated in each._associations.values()), None)


def is_main_association(account: str, region: str, association: str) -> bool:
    """Return whether an association is between a VPC and its main route table."""
    tables = _backend(account, region).route_tables.values()
    return any(each.main_association_id == association for each in tables)


def prefix_list_room(account: str, region: str, name: str) -> tuple[set[str], int] | None:
    """Return the CIDR blocks in a managed prefix list and their maximum number, or None if there is no such list."""
    found = _backend(account, region).managed_prefix_lists.get(name)
    if found is None or found.max_entries is None:
        return None
    return {each["Cidr"] for each in found.entries.get(found.version) or ()}, int(found.max_entries)


def family_of_list(account: str, region: str, name: str) -> str | None:
    """Return the address family of a managed prefix list, or None if there is no such list."""
    found = _backend(account, region).managed_prefix_lists.get(name)
    return found.address_family if found is not None else None


def is_list_of_aws(account: str, region: str, name: str) -> bool:
    """Return whether a managed prefix list belongs to AWS."""
    found = _backend(account, region).managed_prefix_lists.get(name)
    return found is not None and found.owner_id == "AWS"


def attachment_state(account: str, region: str, name: str) -> str | None:
    """Return the state of a transit gateway attachment, or None if there is no such attachment."""
    found = _backend(account, region).transit_gateway_attachments.get(name)
    return found.state if found is not None else None


def subnets_of_attachment(account: str, region: str, name: str) -> list[str]:
    """Return the subnets of a VPC's transit gateway attachment, or [] for an unknown attachment."""
    found = _backend(account, region).transit_gateway_attachments.get(name)
    return list(getattr(found, "subnet_ids", None) or ())


def transit_routes(account: str, region: str, table: str) -> set[str]:
    """Return the destinations of the routes in a transit gateway route table."""
    found = _backend(account, region).transit_gateways_route_tables.get(table)
    return set(found.routes) if found is not None else set()


def transit_table_of(account: str, region: str, attachment: str) -> str | None:
    """Return the transit gateway route table that an attachment is associated with, or None."""
    tables = _backend(account, region).transit_gateways_route_tables.values()
    return next((each.id for each in tables if attachment in each.route_table_associations), None)


def transit_table_in_use(account: str, region: str, table: str) -> bool:
    """Return whether a transit gateway route table has an association or is its gateway's default table."""
    ec2 = _backend(account, region)
    found = ec2.transit_gateways_route_tables.get(table)
    if found is None:
        return False
    gateway = ec2.transit_gateways.get(found.transit_gateway_id)
    options = gateway.options if gateway is not None else {}
    defaults = {
        options.get(f"{kind}DefaultRouteTableId")
        for kind in ("Association", "Propagation")
        if options.get(f"DefaultRouteTable{kind}") == "enable"
    }
    associated = (attachment_state(account, region, each) for each in found.route_table_associations)
    return table in defaults or any(state not in (None, "deleted") for state in associated)


def has_dns_support(account: str, region: str, vpc: str) -> bool:
    """Return whether DNS resolution is enabled for a VPC. Returns True for an unknown VPC."""
    found = _backend(account, region).vpcs.get(vpc)
    return found is None or _true(found.enable_dns_support)


def has_group_named(account: str, region: str, vpc: str | None, name: str) -> bool:
    """Return whether a VPC, or the default VPC, has a security group with this name, ignoring case."""
    ec2 = _backend(account, region)
    groups = ec2.groups.get(vpc or getattr(ec2.default_vpc, "id", None)) or {}
    return any(each.name.lower() == name.lower() for each in groups.values())


def has_root(account: str, region: str, name: str) -> bool:
    """Return whether an instance's root volume is attached. Returns True for an unknown instance."""
    found = instance(account, region, name)
    return found is None or any(
        device in found.block_device_mapping for device in (found.root_device_name, "/dev/sda1")
    )


def is_main_table(account: str, region: str, table: str) -> bool:
    """Return whether a route table is its VPC's main route table."""
    found = _backend(account, region).route_tables.get(table)
    return found is not None and found.main_association_id is not None


def is_local_route(account: str, region: str, table: str, block: str) -> bool:
    """Return whether a route table's route to a CIDR block is the VPC's local route."""
    found = _backend(account, region).route_tables.get(table)
    routes = found.routes if found is not None else ()
    return any(
        route.local and canonical(block) in (route.destination_cidr_block, route.destination_ipv6_cidr_block)
        for route in routes
    )


def gateway_of_vpc(account: str, region: str, vpc: str) -> str | None:
    """Return the ID of the internet gateway that is attached to a VPC, or None."""
    gateways = _backend(account, region).internet_gateways.values()
    return next((each.id for each in gateways if each.vpc is not None and each.vpc.id == vpc), None)


def group_vpc(account: str, region: str, group: str) -> str | None:
    """Return a security group's VPC, or None if the group doesn't exist."""
    found = _backend(account, region).get_security_group_from_id(group)
    return found.vpc_id if found is not None else None


def volume(account: str, region: str, name: str) -> Any | None:
    """Return the volume with this ID, or None."""
    return _backend(account, region).volumes.get(name)


def has_image_named(account: str, region: str, name: str) -> bool:
    """Return whether the account has an image with this name."""
    ec2 = _backend(account, region)
    return any(each.name == name and each.owner_id == account for each in ec2.amis.values())


def snapshot_size(region: str, snapshot: str) -> int | None:
    """Return the size of a snapshot's volume in GiB, in any account of a Region, or None."""
    for _, where, ec2 in every("ec2"):
        found = ec2.snapshots.get(snapshot) if where == region else None
        if found is not None:
            return int(found.volume.size)
    return None


def has_acl_entry(account: str, region: str, acl: str, number: int, *, egress: bool) -> bool | None:
    """Return whether a network ACL has a rule with this number and direction, or None for an unknown ACL."""
    found = _backend(account, region).network_acls.get(acl)
    if found is None:
        return None
    entries = found.network_acl_entries
    return any(int(each.rule_number) == number and _true(each.egress) == egress for each in entries)


def _true(value: Any) -> bool:
    return str(value).lower() == "true"


def interface_in_use(account: str, region: str, interface: str) -> bool:
    """Return whether an instance that isn't terminated, or a NAT gateway, has a network interface."""
    ec2 = _backend(account, region)
    found = ec2.enis.get(interface)
    return (found is not None and found.instance is not None and not _ended(found.instance)) or any(
        each._eni.id == interface and each.state != "deleted" for each in ec2.nat_gateways.values()
    )


def zones(account: str, region: str) -> list[str]:
    """Return the names of a Region's Availability Zones."""
    return [zone.name for zone in _backend(account, region).describe_availability_zones()]


def key_pair_exists(account: str, region: str, name: str) -> bool:
    """Return whether the account has a key pair with this name."""
    return name in _backend(account, region).key_pairs


def image_unavailable(account: str, region: str, image: str) -> bool:
    """Return whether an image is a failed copy or is disabled. The owner can be any account."""
    known = (ec2 for _, where, ec2 in every("ec2") if where == region and not public_images.unmade(ec2))
    return any(image in ec2.amis and ec2.amis[image].state in ("failed", "disabled") for ec2 in known)


def may_launch(account: str, region: str, image: str) -> bool:
    """Return whether an account can launch another account's image, because it is public or shared with the account."""
    found = _image(region, image)
    permissions = found.launch_permissions if found is not None else ()
    return any(each.get("UserId") == account or each.get("Group") == "all" for each in permissions)


def _image(region: str, image: str) -> Any | None:
    """Return any account's image in a Region, or None if it doesn't exist."""
    known = (ec2 for _, where, ec2 in every("ec2") if where == region and not public_images.unmade(ec2))
    return next((ec2.amis[image] for ec2 in known if image in ec2.amis), None)


def shared_image(account: str, region: str, image: str) -> Any | None:
    """Return an image of another account that is public or shared with an account, or None."""
    own = existing("ec2", account, region)
    if own is not None and image in own.amis:
        return None
    return _image(region, image) if may_launch(account, region, image) else None


@contextmanager
def lent_image(account: str, region: str, image: Any) -> Iterator[None]:
    """List another account's image among the account's own images within the block."""
    images = _backend(account, region).amis
    images[image.id] = image
    try:
        yield
    finally:
        images.pop(image.id, None)


def vpc_in_use(account: str, region: str, vpc: str) -> bool:
    """Return whether a VPC contains resources that DeleteVpc doesn't delete.

    DeleteVpc deletes only the VPC's default security group, default network ACL, and main route table. moto
    checks the subnets, route tables, and virtual private gateways.
    """
    ec2 = _backend(account, region)
    return (
        gateway_of_vpc(account, region, vpc) is not None
        or any(each.name != "default" for each in (ec2.groups.get(vpc) or {}).values())
        or any(each.vpc_id == vpc and not each.default for each in ec2.network_acls.values())
        or any(each.vpc_id == vpc for each in ec2.vpc_end_points.values())
        or any(
            vpc in (each.vpc.id, each.peer_vpc.id) and each._status.code == "active"
            for each in ec2.vpc_pcxs.values()
        )
    )


def is_default_acl(account: str, region: str, acl: str) -> bool:
    """Return whether a network ACL is its VPC's default network ACL."""
    found = _backend(account, region).network_acls.get(acl)
    return found is not None and bool(found.default)


def has_public_addresses(account: str, region: str, vpc: str) -> bool:
    """Return whether a running instance in a VPC has a public IPv4 address."""
    return any(
        each.vpc_id == vpc and each.state == "running" and each.public_ip
        for each in instances(account, region)
    )


def is_root_of_running(account: str, region: str, name: str) -> bool:
    """Return whether a volume is the root volume of a running instance."""
    held = getattr(volume(account, region, name), "attachment", None)
    return (
        held is not None
        and held.instance.state == "running"
        and held.device
        in (held.instance.root_device_name, "/dev/sda1")  # moto uses this root device for every image.
    )


def vpn_attachments(account: str, region: str) -> list[tuple[str, str]]:
    """Return the virtual private gateways that are attached, each with its VPC."""
    gateways = _backend(account, region).vpn_gateways.values()
    return [
        (each.id, attachment.vpc_id)
        for each in gateways
        for attachment in each.attachments.values()
        if attachment.state == "attached"
    ]


def vpn_gateway_in_use(account: str, region: str, gateway: str) -> bool:
    """Return whether a virtual private gateway is attached to a VPC or has a VPN connection."""
    connections = _backend(account, region).vpn_connections.values()
    return any(name == gateway for name, _ in vpn_attachments(account, region)) or any(
        each.vpn_gateway_id == gateway and each.state != "deleted" for each in connections
    )


def customer_gateway_in_use(account: str, region: str, gateway: str) -> bool:
    """Return whether a customer gateway has a VPN connection."""
    connections = _backend(account, region).vpn_connections.values()
    return any(each.customer_gateway_id == gateway and each.state != "deleted" for each in connections)


def transit_gateway_in_use(account: str, region: str, gateway: str) -> bool:
    """Return whether a transit gateway has an attachment."""
    attachments = _backend(account, region).transit_gateway_attachments.values()
    return any(each.transit_gateway_id == gateway and each.state != "deleted" for each in attachments)


def prefix_list_in_use(account: str, region: str, name: str) -> bool:
    """Return whether a route or a security group's rule refers to a managed prefix list."""
    ec2 = _backend(account, region)
    rules = (
        rule
        for groups in ec2.groups.values()
        for each in groups.values()
        for rule in (*each.ingress_rules, *each.egress_rules)
    )
    return any((rule.prefix_list_id or "") == name for rule in rules) or any(
        has_route(account, region, table, name) for table in ec2.route_tables
    )
