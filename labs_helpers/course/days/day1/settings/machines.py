"""EC2: metadata without a token, a database port open to the world, and a public snapshot of a disk."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from labs_helpers.course.days.day1.actors import STRANGER, ShopAccount, unless_gone
from labs_helpers.course.days.day1.setting_registry import WorkStopped, attack, partial_fix, setting, task

POSTGRES = 5432
SNAPSHOT = "larkspur-web-disk"


def _tcp(port: int, *, block: str | None = None, group: str | None = None) -> dict[str, Any]:
    rule: dict[str, Any] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    if block is not None:
        rule["IpRanges"] = [{"CidrIp": block}]
    if group is not None:
        rule["UserIdGroupPairs"] = [{"GroupId": group}]
    return rule


@setting(
    "imds-v1",
    "The web server's metadata doesn't require a token",
    "EC2 instance larkspur-web, metadata options",
)
def _neglect_imds_v1(account: ShopAccount) -> None:
    group = account.ensure_security_group("larkspur-web", _tcp(443, block="0.0.0.0/0"))
    account.ensure_instance(
        "larkspur-web",
        "shop-web",
        group,
        HttpTokens="optional",
        HttpPutResponseHopLimit=2,
        HttpEndpoint="enabled",
    )


@attack("imds-v1", "a visitor to the shop", "makes the web application fetch its role's credentials")
def _attack_imds_v1(account: ShopAccount) -> bool:
    from labs_helpers.course.days.day1.webapp import Shop, steal

    return steal(Shop(account.cloud)) is not None


@task("imds-v1", "the web application gets its role's credentials")
def _use_imds_v1(account: ShopAccount) -> None:
    try:
        with account.running_on("larkspur-web") as client:
            client("sts").get_caller_identity()
    except OSError as error:
        raise WorkStopped(f"The web application doesn't get any credentials: {error}.") from error


@partial_fix("imds-v1")
def _partial_fix_of_imds_v1(account: ShopAccount) -> str | None:
    """Report a hop limit of 1 without required tokens.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
    """
    found = account.admin("ec2").describe_instances(InstanceIds=[account.created.ids["larkspur-web"]])
    for each in found["Reservations"][0]["Instances"]:
        options = each.get("MetadataOptions", {})
        if options.get("HttpTokens") == "optional" and options.get("HttpPutResponseHopLimit") == 1:
            return "The hop limit keeps tokens on the machine, but version 1 responds without a token. Require tokens."
    return None


@setting(
    "open-database-port",
    "The database's port is open to the whole internet",
    "EC2 security group larkspur-db",
)
def _neglect_open_database_port(account: ShopAccount) -> None:
    web = account.ensure_security_group("larkspur-web", _tcp(443, block="0.0.0.0/0"))
    group = account.ensure_security_group(
        "larkspur-db", _tcp(POSTGRES, group=web), _tcp(POSTGRES, block="0.0.0.0/0")
    )
    with unless_gone():  # an existing database moves into the group, which might be new
        account.admin("rds").modify_db_instance(
            DBInstanceIdentifier="larkspur-shop", VpcSecurityGroupIds=[group]
        )


def database_group(account: ShopAccount) -> str:
    """Return the ID of the database's security group.

    If it no longer exists, create one that admits only the web server.
    """
    try:
        return _group(account, "larkspur-db")
    except WorkStopped:
        web = account.ensure_security_group("larkspur-web", _tcp(443, block="0.0.0.0/0"))
        return account.ensure_security_group("larkspur-db", _tcp(POSTGRES, group=web))


def _group(account: ShopAccount, name: str) -> str:
    found = account.admin("ec2").describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])
    if not found["SecurityGroups"]:
        raise WorkStopped(f"The security group {name} no longer exists.")
    return str(found["SecurityGroups"][0]["GroupId"])


@attack(
    "open-database-port",
    "a port scanner",
    f"finds port {POSTGRES} of the database open (according to the rules)",
)
def _attack_open_database_port(account: ShopAccount) -> bool:
    """Evaluate the rules for 198.51.100.66: security groups only allow, and all their rules apply together.

    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    return any(lets_in(rule, POSTGRES, "198.51.100.66") for rule in _rules(account, "larkspur-db"))


@task("open-database-port", "the web server reaches the database")
def _use_open_database_port(account: ShopAccount) -> None:
    web = _group(account, "larkspur-web")
    rules = _rules(account, "larkspur-db")
    by_group = any(
        covers(rule, POSTGRES) and web in [each["GroupId"] for each in rule.get("UserIdGroupPairs", ())]
        for rule in rules
    )
    found = account.admin("ec2").describe_instances(InstanceIds=[account.created.ids["larkspur-web"]])
    address = found["Reservations"][0]["Instances"][0].get("PrivateIpAddress", "10.0.0.10")
    if not by_group and not any(lets_in(rule, POSTGRES, address) for rule in rules):
        raise WorkStopped(
            "No rule of larkspur-db allows the web server's security group on port 5432 anymore."
        )


def _rules(account: ShopAccount, name: str) -> list[dict[str, Any]]:
    group = _group(account, name)
    found = account.admin("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return list(found[0]["IpPermissions"])


def covers(rule: dict[str, Any], port: int) -> bool:
    """Return True if a rule covers a TCP port. Protocol -1 means all protocols."""
    if rule["IpProtocol"] == "-1":
        return True
    return rule["IpProtocol"] in ("tcp", "6") and rule["FromPort"] <= port <= rule["ToPort"]


def lets_in(rule: dict[str, Any], port: int, address: str) -> bool:
    """Return True if a rule admits an address on a TCP port."""
    if not covers(rule, port):
        return False
    blocks = [each["CidrIp"] for each in rule.get("IpRanges", ())]
    blocks += [each["CidrIpv6"] for each in rule.get("Ipv6Ranges", ()) if each["CidrIpv6"] == "::/0"]
    return any(block == "::/0" or ip_address(address) in ip_network(block) for block in blocks)


@partial_fix("open-database-port")
def _partial_fix_of_open_database_port(account: ShopAccount) -> str | None:
    with unless_gone():
        blocks = [
            each["CidrIp"] for rule in _rules(account, "larkspur-db") for each in rule.get("IpRanges", ())
        ]
        halves = [each for each in blocks if each != "0.0.0.0/0" and ip_network(each).prefixlen < 8]
        if halves:
            return f"{', '.join(halves)} is a large part of the internet. Allow only the web server's security group."
    return None


@setting("shared-volume", "A snapshot of an unencrypted disk is public", f"EBS snapshot {SNAPSHOT}")
def _neglect_shared_volume(account: ShopAccount) -> None:
    account.admin("ec2").disable_snapshot_block_public_access()
    account.ensure_snapshot(SNAPSHOT, GroupNames=["all"])


@attack(
    "shared-volume",
    "an outsider with their own AWS account",
    "creates a disk from the snapshot",
)
def _attack_shared_volume(account: ShopAccount) -> None:
    ec2 = account.administrator_of(STRANGER, "ec2")
    made = ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=account.created.ids[SNAPSHOT])
    ec2.delete_volume(VolumeId=made["VolumeId"])


@task("shared-volume", "the shop can restore its disk from the snapshot")
def _use_shared_volume(account: ShopAccount) -> None:
    ec2 = account.admin("ec2")
    made = ec2.create_volume(AvailabilityZone="us-east-1a", SnapshotId=account.created.ids[SNAPSHOT])
    ec2.delete_volume(VolumeId=made["VolumeId"])


@partial_fix("shared-volume")
def _partial_fix_of_shared_volume(account: ShopAccount) -> str | None:
    """Report snapshots that are still shared, even with `block-new-sharing`.

    https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html
    """
    ec2 = account.admin("ec2")
    shared = ec2.describe_snapshot_attribute(
        SnapshotId=account.created.ids[SNAPSHOT], Attribute="createVolumePermission"
    )["CreateVolumePermissions"]
    accounts = [each["UserId"] for each in shared if "UserId" in each]
    if accounts:
        return (
            f"{', '.join(accounts)}, an account that the shop doesn't know, can still create disks from it."
        )
    public = any(each.get("Group") == "all" for each in shared)
    if public and ec2.get_snapshot_block_public_access_state()["State"] == "block-new-sharing":
        return "`block-new-sharing` rejects new public snapshots, but this one stays public until you stop sharing it."
    return None
