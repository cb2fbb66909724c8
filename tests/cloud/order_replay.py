"""The calls in `order_of_checks.json`, each with the faults of two steps, and the error that is returned.

As a program (`python -m tests.cloud.order_replay 20`) it replays all of them once for each seed, each in a process that
imports the modules of the services in another order, and prints the codes as JSON, a seed per line.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import importlib.util
import io
import json
import os
import random
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from pkgutil import ModuleInfo, iter_modules
from types import ModuleType
from typing import Any

Row = Mapping[str, Any]
TABLE = json.loads((Path(__file__).parent / "order_of_checks.json").read_text(encoding="utf-8"))
CALLS: Mapping[str, Mapping[str, Any]] = TABLE["calls"]
PAIRS: Sequence[Row] = TABLE["pairs"]
SERVICES = sorted({operation.partition(".")[0] for operation in CALLS} | {"kms"})
_AT_ONCE = 2
_PACKAGE = "labs_helpers.cloud.services"
RENAMED = "kms_encryption"


class World:
    """A cloud with what the table's calls name: buckets, uploads, keys, tables, topics, queues and a group."""

    def __init__(self) -> None:
        import boto3

        self._sessions = {"administrator": boto3.Session()}
        self._clients: dict[tuple[str, str], Any] = {}
        self.names: dict[str, str] = {
            "long_key": "k" * 1025,
            "long_value": "v" * 3000,
            "md5_of_nothing": base64.b64encode(hashlib.md5(b"", usedforsecurity=False).digest()).decode(),
            "customer_key": "c" * 32,
            "no_role": "arn:aws:iam::111122223333:role/none",
        }
        self._fill_iam()
        made = self._client("kms").create_key()["KeyMetadata"]
        key = made["KeyId"]
        self.names |= {"disabled_key": key, "disabled_key_arn": made["Arn"]}
        self._fill_s3(key)
        self._fill_others(key)
        self._client("kms").disable_key(KeyId=key)

    def _client(self, service: str, who: str = "administrator") -> Any:
        found = self._clients.get((who, service))
        if found is None:
            found = self._clients[who, service] = self._sessions[who].client(service, region_name="us-east-1")
        return found

    def _fill_iam(self) -> None:
        import boto3

        iam = self._client("iam")
        everything_but_kms = {"Effect": "Allow", "NotAction": "kms:*", "Resource": "*"}
        for name, statement in (("alice", everything_but_kms), ("mallory", None)):
            iam.create_user(UserName=name)
            if statement is not None:
                document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
                iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=document)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            self._sessions[name] = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName="runs", AssumeRolePolicyDocument=document)
        self.names["role"] = role["Role"]["Arn"]

    def _fill_s3(self, key: str) -> None:
        s3 = self._client("s3")
        for bucket in ("shelf", "versions", "locks"):
            s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=bucket == "locks")
        on = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket="versions", VersioningConfiguration=on)
        sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
        live = self._client("kms").create_key()["KeyMetadata"]["KeyId"]
        for bucket, name, more in (
            ("shelf", "plain", {}),
            ("shelf", "source", {}),
            ("shelf", "sealed", sealed),
            ("shelf", "locked", {**sealed, "SSEKMSKeyId": live}),
            ("versions", "gone", {}),
            ("locks", "gone", {}),
            ("locks", "plain", {}),
        ):
            s3.put_object(Bucket=bucket, Key=name, Body=b"x", **more)
        for bucket in ("versions", "locks"):
            marker = s3.delete_object(Bucket=bucket, Key="gone")
            self.names[f"marker_in_{bucket}"] = marker["VersionId"]
        self.names["upload"] = s3.create_multipart_upload(Bucket="shelf", Key="parts")["UploadId"]
        begun = s3.create_multipart_upload(Bucket="shelf", Key="sealed-parts", **sealed)
        self.names["sealed_upload"] = begun["UploadId"]

    def _fill_others(self, key: str) -> None:
        ec2 = self._client("ec2")
        ec2.enable_snapshot_block_public_access(State="block-all-sharing")
        self.names["group"] = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
        self.names |= _used_groups(ec2, self.names["group"])
        self.names |= _volumes(ec2, key, self.names["protected"])
        self.names |= _networks(ec2)
        self._client("iam").create_instance_profile(InstanceProfileName="web")
        self.names |= _used_tokens(ec2, self.names)
        self.names |= _images(ec2, self.names["protected"])
        self.names |= _prefix_lists(ec2, self.names["other_group"])
        volume = self.names["volume"]
        self.names["snapshot"] = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
        for name in ("plain", "sealed"):
            self._client("dynamodb").create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
                if name == "sealed"
                else {"Enabled": False},
            )
            of_key = {"KmsMasterKeyId": key} if name == "sealed" else {}
            before = "sealed_" if name == "sealed" else ""
            topic = self._client("sns").create_topic(Name=name, Attributes=of_key)
            queue = self._client("sqs").create_queue(QueueName=name, Attributes=of_key)
            self.names[f"{before}topic"], self.names[f"{before}queue"] = (
                topic["TopicArn"],
                queue["QueueUrl"],
            )

    def code(
        self, operation: str, parameters: Mapping[str, Any], who: str = "administrator"
    ) -> tuple[str, str]:
        """Make a call, and return code and message of its error; ("", "") for a call that succeeds."""
        from botocore import xform_name
        from botocore.exceptions import ClientError

        from labs_helpers.cloud.core.errors import NotModelled

        service, _, name = operation.partition(".")
        given = {member: self._filled(value) for member, value in parameters.items() if value is not None}
        if "Code" in given:
            given["Code"]["ZipFile"] = _package()
        try:
            getattr(self._client(service, who), xform_name(name))(**given)
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        except NotModelled as error:
            return "NotModelled", str(error)
        return "", ""

    def _filled(self, value: Any) -> Any:
        """The value with the world's names in the place of `$name`."""
        if isinstance(value, dict):
            return {name: self._filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner) for inner in value]
        if not isinstance(value, str) or "$" not in value:
            return value
        before, _, name = value.partition("$")
        return before + self.names[name]


def _used_groups(ec2: Any, group: str) -> dict[str, str]:
    """Create groups to which a rule of another group refers, and a terminated and a protected instance."""
    used = ec2.create_security_group(GroupName="used", Description="used")["GroupId"]
    of_default = {"Filters": [{"Name": "group-name", "Values": ["default"]}]}
    default = ec2.describe_security_groups(**of_default)["SecurityGroups"][0]["GroupId"]
    pairs = [{"GroupId": used}, {"GroupId": default}]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": pairs}],
    )
    launched = ec2.run_instances(ImageId="ami-12c6146b", MinCount=2, MaxCount=2)["Instances"]
    terminated, protected = (each["InstanceId"] for each in launched)
    ec2.terminate_instances(InstanceIds=[terminated])
    ec2.modify_instance_attribute(InstanceId=protected, DisableApiTermination={"Value": True})
    return {"used_group": used, "used_default": default, "terminated": terminated, "protected": protected}


def _networks(ec2: Any) -> dict[str, str]:
    """What is in the default VPC, and in another VPC."""
    names: dict[str, str] = {}
    default = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    added = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(VpcId=other, InternetGatewayId=added)
    for before, vpc in (("", default), ("other_", other)):
        of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
        table = ec2.describe_route_tables(Filters=of_vpc)["RouteTables"][0]["RouteTableId"]
        attached = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
        gateway = ec2.describe_internet_gateways(Filters=attached)["InternetGateways"][0]["InternetGatewayId"]
        names |= {f"{before}vpc": vpc, f"{before}table": table, f"{before}gateway": gateway}
    of_default = [{"Name": "vpc-id", "Values": [default]}]
    subnets = ec2.describe_subnets(Filters=of_default)["Subnets"]
    names["subnet"], names["other_subnet"] = subnets[0]["SubnetId"], subnets[1]["SubnetId"]
    names["unnamed_vpc"] = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=names["unnamed_vpc"], EnableDnsSupport={"Value": False})
    group = ec2.create_security_group(GroupName="other", Description="other", VpcId=other)
    names["other_group"] = group["GroupId"]
    created = ec2.create_vpc_endpoint(VpcId=default, ServiceName="com.amazonaws.us-east-1.s3")
    names["endpoint"] = created["VpcEndpoint"]["VpcEndpointId"]
    return names


def _images(ec2: Any, instance: str) -> dict[str, str]:
    """An image, and a disabled one."""
    names = {"image": "taken", "disabled_image": "disabled"}
    created = {
        key: ec2.create_image(InstanceId=instance, Name=name)["ImageId"] for key, name in names.items()
    }
    ec2.disable_image(ImageId=created["disabled_image"])
    return created


def _prefix_lists(ec2: Any, group: str) -> dict[str, str]:
    """A prefix list of AWS, and two that a rule of a security group names, of which one is AWS's."""
    listed = {"PrefixListName": "used", "MaxEntries": 1, "AddressFamily": "IPv4"}
    used = ec2.create_managed_prefix_list(**listed)["PrefixList"]["PrefixListId"]
    shown = ec2.describe_managed_prefix_lists()["PrefixLists"]
    of_aws = [each["PrefixListId"] for each in shown if each["OwnerId"] == "AWS"][:2]
    port = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1}
    lists = [{"PrefixListId": name} for name in (used, of_aws[0])]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{**port, "PrefixListIds": lists}])
    return {"used_list": used, "used_list_of_aws": of_aws[0], "list_of_aws": of_aws[1]}


def _volumes(ec2: Any, key: str, instance: str) -> dict[str, str]:
    """Volumes with and without a KMS key, of which two are attached to an instance."""
    made: dict[str, str] = {}
    shown = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    zone = shown["Placement"]["AvailabilityZone"]
    for name in ("volume", "attached", "sealed_volume", "sealed_attached"):
        sealed = {"Encrypted": True, "KmsKeyId": key} if name.startswith("sealed") else {}
        made[name] = ec2.create_volume(AvailabilityZone=zone, Size=1, **sealed)["VolumeId"]
    for device, name in (("/dev/sdf", "attached"), ("/dev/sdg", "sealed_attached")):
        ec2.attach_volume(VolumeId=made[name], InstanceId=instance, Device=device)
    return made


def _used_tokens(ec2: Any, names: Mapping[str, str]) -> dict[str, str]:
    """Use a client token in each operation that other steps can also refuse."""
    ec2.allocate_hosts(AvailabilityZone="us-east-1a", InstanceType="m5.large", Quantity=2, ClientToken="used")
    ec2.create_volume(AvailabilityZone="us-east-1a", Size=2, ClientToken="used")
    image = {"SourceImageId": "ami-12c6146b", "SourceRegion": "us-east-1"}
    ec2.copy_image(**image, Name="used", ClientToken="used")
    ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=2, ClientToken="used")
    service = "com.amazonaws.us-east-1.dynamodb"
    ec2.create_vpc_endpoint(VpcId=names["vpc"], ServiceName=service, ClientToken="used")
    given = {"SubnetId": names["subnet"], "Description": "used", "ClientToken": "used"}
    created = ec2.create_network_interface(**given)["NetworkInterface"]
    interface = created["NetworkInterfaceId"]
    data = {"InstanceType": "t3.nano"}
    ec2.create_launch_template(LaunchTemplateName="old", LaunchTemplateData=data, ClientToken="used")
    listed = {"PrefixListName": "old", "MaxEntries": 2, "AddressFamily": "IPv4"}
    created_list = ec2.create_managed_prefix_list(**listed, ClientToken="used")["PrefixList"]["PrefixListId"]
    ec2.create_nat_gateway(SubnetId=names["other_subnet"], ConnectivityType="private", ClientToken="used")
    target = ec2.create_traffic_mirror_target(
        NetworkInterfaceId=interface, Description="used", ClientToken="used"
    )
    found = {
        "interface": interface,
        "used_address": created["PrivateIpAddress"],
        "list": created_list,
        "mirror_target": target["TrafficMirrorTarget"]["TrafficMirrorTargetId"],
        "mirror_filter": ec2.create_traffic_mirror_filter()["TrafficMirrorFilter"]["TrafficMirrorFilterId"],
    }
    ec2.create_traffic_mirror_session(
        NetworkInterfaceId=interface, TrafficMirrorTargetId=found["mirror_target"],
        TrafficMirrorFilterId=found["mirror_filter"], SessionNumber=1, ClientToken="used",
    )  # fmt: skip
    return found


def _package() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("a.py", "def b(event, context): pass")
    return written.getvalue()


def single(operation: str, step: str) -> tuple[dict[str, Any], str]:
    """A call with the fault of one step: its parameters, and who makes it."""
    fault = CALLS[operation][step]
    return {**CALLS[operation]["without_fault"], **fault["with"]}, fault.get("as", "administrator")


def joined(row: Row) -> tuple[dict[str, Any], str]:
    """A call with both faults of a row: its parameters, and who makes it."""
    parameters = dict(CALLS[row["operation"]]["without_fault"])
    who = "administrator"
    for step in (row["second"], row["first"]):
        if step == "AUTHORIZED":
            who = "mallory"
            continue
        fault = CALLS[row["operation"]][step]
        parameters |= fault["with"]
        who = fault.get("as", who)
    return parameters | row.get("with", {}), who


def replay(world: World, rows: Iterable[Row]) -> list[str]:
    """Make the call of each row that has one, and return the codes of the errors."""
    return [world.code(row["operation"], *joined(row))[0] for row in rows if "never_both" not in row]


def replay_in_new_cloud(rows: Iterable[Row]) -> list[str]:
    """Start a cloud, fill it, and replay rows in it."""
    from labs_helpers.cloud import Cloud

    with Cloud(seed=1):
        return replay(World(), rows)


# --- processes --------------------------------------------------------------------------------------------------


class _Renaming:
    """A finder of S3's `kms_encryption.py` under a different name, as if the file had been renamed."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != f"{_PACKAGE}.s3.zz_{RENAMED}":
            return None
        package = importlib.import_module(f"{_PACKAGE}.s3")
        return importlib.util.spec_from_file_location(name, Path(package.__path__[0]) / f"{RENAMED}.py")


def _modules(package: ModuleType, *, renamed: bool) -> list[ModuleInfo]:
    listed = list(iter_modules(package.__path__))
    if renamed and package.__name__ == f"{_PACKAGE}.s3":
        listed = [each._replace(name=f"zz_{RENAMED}") if each.name == RENAMED else each for each in listed]
    return sorted(listed, key=lambda each: each.name)


def _import_in_order(seed: int) -> None:
    """Import the modules of the table's services: in alphabetical order with a renamed module for seed 0, otherwise
    shuffled.
    """
    from labs_helpers.cloud import services

    if seed == 0:
        sys.meta_path.insert(0, _Renaming)  # type: ignore[arg-type]
    by_service = {
        service: _modules(
            importlib.import_module(f"{_PACKAGE}.{services.folder(service)}"), renamed=seed == 0
        )
        for service in SERVICES
    }
    names = [
        f"{_PACKAGE}.{services.folder(service)}.{each.name}"
        for service, listed in by_service.items()
        for each in listed
    ]
    if seed:
        random.Random(seed).shuffle(names)
    for name in names:
        importlib.import_module(name)
    known = {services.folder(service): listed for service, listed in by_service.items()}
    vars(services)["iter_modules"] = lambda path: known.get(Path(path[0]).name) or list(iter_modules(path))


def _child(seed: int) -> str:
    # The package itself imports `shared`, which has no step.
    early = [
        name
        for name in sys.modules
        if name.startswith(f"{_PACKAGE}.") and not name.startswith(f"{_PACKAGE}.shared")
    ]
    _import_in_order(seed)
    others = sorted(
        name
        for name in sys.modules
        if not name.startswith((f"{_PACKAGE}.", "labs_helpers.cloud.gate", "tests"))
    )
    return json.dumps(
        {
            "seed": seed,
            "early": early,
            "codes": replay_in_new_cloud(PAIRS),
            "renamed": f"{_PACKAGE}.s3.zz_{RENAMED}" in sys.modules,
            "others": others if seed == 0 else [],
        }
    )


def _forked(seeds: Sequence[int]) -> list[str]:
    """Return what children print that fork from this process."""
    running: list[tuple[int, int]] = []
    for seed in seeds:
        out, into = os.pipe()
        pid = os.fork()
        if not pid:
            os.close(out)
            with os.fdopen(into, "w") as pipe:
                pipe.write(_child(seed))
            os._exit(0)
        os.close(into)
        running.append((pid, out))
    printed = []
    for pid, out in running:
        with os.fdopen(out) as pipe:
            printed.append(pipe.read())
        os.waitpid(pid, 0)
    return printed


def main(count: int) -> None:
    """Replay the table once per seed. The first process finds out what all of them import besides services: later ones
    fork from this process, which has imported it."""
    first = json.loads(
        subprocess.run(
            [sys.executable, "-m", "tests.cloud.order_replay", "--seed", "0"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()[-1]
    )
    lines = [json.dumps(first)]
    for name in first["others"]:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
    from moto.core.utils import get_service_model

    for service in SERVICES:
        get_service_model(service)
    for begin in range(1, count, _AT_ONCE):
        lines += _forked(range(begin, min(begin + _AT_ONCE, count)))
    print("\n".join(lines))


if __name__ == "__main__":
    if sys.argv[1] == "--seed":
        print(_child(int(sys.argv[2])))
    else:
        main(int(sys.argv[1]))
