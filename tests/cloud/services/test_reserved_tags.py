"""Tag keys that begin with `aws:` are reserved for AWS: every operation that sets tags rejects them with its own code.

`reserved_tags.json` has, by service, the code and the operations with parameters with which they succeed; an operation
with a code of its own has both in a list. Names with a dollar sign stand for what `STAGES` makes.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import Shape

from labs_helpers.cloud.actors.saml_provider import SamlProvider
from labs_helpers.cloud.moto import protocols
from tests.cloud.operations import states
from tests.cloud.services.iam.test_certificates import _KEY, certificate, pem_of, server_certificate
from tests.cloud.services.lambda_.conftest import archive
from tests.cloud.services.organizations.conftest import Org
from tests.cloud.services.sso_admin.conftest import Center
from tests.clouds import allow, error_of, trust
from tests.fuzz.calls import calls
from tests.fuzz.world import furnish

TABLE: Mapping[str, Any] = json.loads(
    (Path(__file__).parent / "reserved_tags.json").read_text(encoding="utf-8")
)
_NAMES = ("Tags", "tags", "TagsList", "IdentityPoolTags", "UserPoolTags", "Tagging")
_HOME, _LOGS = "111122223333", "trail-logs-111122223333"


def setting(service: str) -> dict[str, str]:
    """Operation → the parameter with the tags that it sets, of each operation that a service performs."""
    model, found = protocols.model(service), {}
    for operation in sorted(set(states(service).done) | states(service).in_part.keys()):
        given = model.operation_model(operation).input_shape
        for name in ("Tags", "TagSpecifications") if service == "ec2" else _NAMES:
            shape = given.members.get(name) if given is not None else None
            # The tags of UntagLogGroup and RemoveTags are to be removed.
            if shape is not None and not operation.startswith(("Untag", "Remove", "Delete")):
                found[operation] = name
    return found | ({"CreateBucket": "CreateBucketConfiguration"} if service == "s3" else {})


def in_form_of(shape: Shape, key: str) -> Any:
    """One tag in the form of a parameter: a list, a map, a query string, or S3's structures."""
    if shape.type_name == "map":
        return {key: "x"}
    if shape.type_name == "string":
        return f"{key}=x"
    if shape.type_name == "structure":
        inner = "TagSet" if "TagSet" in shape.members else "Tags"
        return {inner: in_form_of(shape.members[inner], key)}
    if shape.member.name == "TagSpecification":
        return [{"ResourceType": "vpc", "Tags": [{"Key": key, "Value": "x"}]}]
    return [{name: key if name.endswith("Key") else "x" for name in shape.member.members}]


# --- what exists before the calls ----------------------------------------------------------------------------------


def _role(name: str = "worker", principal: Any = None, action: Any = "sts:AssumeRole") -> str:
    document = trust(principal or {"Service": ["lambda.amazonaws.com", "logs.amazonaws.com"]}, action)
    return boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


def _trail(_: Any) -> dict[str, Any]:
    boto3.client("s3").create_bucket(Bucket=_LOGS)
    statements = [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": action, "Resource": arn}
        for action, arn in (("s3:GetBucketAcl", f"arn:aws:s3:::{_LOGS}"), ("s3:PutObject", f"arn:aws:s3:::{_LOGS}/*"))
    ]  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    boto3.client("s3").put_bucket_policy(Bucket=_LOGS, Policy=policy)
    return {"trail": boto3.client("cloudtrail").create_trail(Name="trail", S3BucketName=_LOGS)["TrailARN"]}


def _identity_pool(_: Any) -> dict[str, Any]:
    made = boto3.client("cognito-identity").create_identity_pool(
        IdentityPoolName="pool", AllowUnauthenticatedIdentities=False
    )["IdentityPoolId"]
    return {
        "identity_pool": made,
        "identity_pool_arn": f"arn:aws:cognito-identity:us-east-1:{_HOME}:identitypool/{made}",
    }


def _user_pool(_: Any) -> dict[str, Any]:
    made = boto3.client("cognito-idp").create_user_pool(PoolName="pool")["UserPool"]
    return {"user_pool": made["Id"], "user_pool_arn": made["Arn"]}


def _table(_: Any) -> dict[str, Any]:
    given = TABLE["dynamodb"][1]["CreateTable"] | {"TableName": "books"}
    return {"table": boto3.client("dynamodb").create_table(**given)["TableDescription"]["TableArn"]}


def _rule(_: Any) -> dict[str, Any]:
    return {
        "rule": boto3.client("events").put_rule(Name="daily", ScheduleExpression="rate(1 day)")["RuleArn"]
    }


def _identities(cloud: Any) -> dict[str, Any]:
    iam, metadata = boto3.client("iam"), SamlProvider(cloud, "https://idp.example.com/saml").metadata
    iam.create_user(UserName="alice")
    iam.create_instance_profile(InstanceProfileName="box")
    server_certificate(iam, "web")
    _role()
    oidc = iam.create_open_id_connect_provider(Url="https://idp.example.com", ClientIDList=["app"])
    return {
        "policy": iam.create_policy(PolicyName="p", PolicyDocument=allow("s3:*"))["Policy"]["Arn"],
        "oidc": oidc["OpenIDConnectProviderArn"],
        "saml": iam.create_saml_provider(Name="corp", SAMLMetadataDocument=metadata)["SAMLProviderArn"],
        "mfa": iam.create_virtual_mfa_device(VirtualMFADeviceName="m")["VirtualMFADevice"]["SerialNumber"],
        "policy_document": allow("s3:*"), "trust": trust({"AWS": _HOME}), "metadata": metadata,
        "certificate": certificate(), "private_key": pem_of(_KEY),
    }  # fmt: skip


def _keys(_: Any) -> dict[str, Any]:
    kms = boto3.client("kms")
    return {
        "key": kms.create_key()["KeyMetadata"]["KeyId"],
        "multi_region_key": kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"],
    }


def _queue(_: Any) -> dict[str, Any]:
    queue = boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    return {"queue": queue, "queue_arn": f"arn:aws:sqs:us-east-1:{_HOME}:jobs"}


def _function(cloud: Any) -> dict[str, Any]:
    role = _role()
    boto3.client("iam").put_role_policy(RoleName="worker", PolicyName="p", PolicyDocument=allow("sqs:*"))
    made = boto3.client("lambda").create_function(
        FunctionName="greet",
        Runtime="python3.13",
        Role=role,
        Handler="app.handle",
        Code={"ZipFile": archive()},
    )
    return {"role": role, "function": made["FunctionArn"], "zip": archive(), **_queue(cloud)}


def _logs(_: Any) -> dict[str, Any]:
    logs, distribution = boto3.client("logs"), f"arn:aws:cloudfront::{_HOME}:distribution/E1"
    boto3.client("s3").create_bucket(Bucket=_LOGS)
    logs.create_log_group(logGroupName="/app")
    logs.put_delivery_source(name="source", resourceArn=distribution, logType="ACCESS_LOGS")
    target = {"destinationResourceArn": f"arn:aws:s3:::{_LOGS}"}
    made = logs.put_delivery_destination(name="destination", deliveryDestinationConfiguration=target)
    made_arn = made["deliveryDestination"]["arn"]
    return {"role": _role(), "delivery_destination": made_arn, "distribution": distribution}


def _organization(cloud: Any) -> dict[str, Any]:
    organization = Org(cloud)
    principal = {"AWS": f"arn:aws:iam::{organization.member()}:root"}
    delegation = allow("organizations:DescribeOrganization", Principal=principal)
    return {"root": organization.root, "scp": allow("*"), "delegation": delegation}


def _databases(_: Any) -> dict[str, Any]:
    rds, given = boto3.client("rds"), TABLE["rds"][1]["CreateDBInstance"]
    made = rds.create_db_instance(**given | {"DBInstanceIdentifier": "database"})["DBInstance"]
    rds.create_db_snapshot(DBSnapshotIdentifier="copy", DBInstanceIdentifier="database")
    return {"database_arn": made["DBInstanceArn"]}


def _bucket(_: Any) -> dict[str, Any]:
    boto3.client("s3").create_bucket(Bucket="shelf-of-tags")
    boto3.client("s3").put_object(Bucket="shelf-of-tags", Key="k", Body=b"x")
    return {}


def _secret(_: Any) -> dict[str, Any]:
    boto3.client("secretsmanager").create_secret(Name="password", SecretString="x")
    return {}


def _center(cloud: Any) -> dict[str, Any]:
    center = Center(cloud)
    return {"instance": center.arn, "permission_set": center.permission_set()}


def _sessions(_: Any) -> dict[str, Any]:
    return {"taggable_role": _role("tags", {"AWS": _HOME}, ["sts:AssumeRole", "sts:TagSession"])}


STAGES: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "cloudtrail": _trail, "cognito-identity": _identity_pool, "cognito-idp": _user_pool, "dynamodb": _table,
    "events": _rule, "iam": _identities, "kms": _keys, "lambda": _function, "logs": _logs,
    "organizations": _organization, "rds": _databases, "s3": _bucket, "secretsmanager": _secret,
    "sns": lambda _: {"topic": boto3.client("sns").create_topic(Name="news")["TopicArn"]}, "sqs": _queue,
    "sso-admin": _center, "sts": _sessions,
}  # fmt: skip


def _filled(value: Any, names: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, names) for name, inner in value.items()}
    return names[value[1:]] if isinstance(value, str) and value.startswith("$") else value


# --- the rules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", TABLE)
def test_reserved_tag_keys_are_rejected(cloud, service):
    names = STAGES[service](cloud)
    client, (usual, rows) = boto3.client(service), TABLE[service]
    model, parameters = protocols.model(service), setting(service)
    for operation, row in rows.items():
        given, code = row if isinstance(row, list) else (row, usual)
        call, shape = getattr(client, xform_name(operation)), model.operation_model(operation).input_shape
        tags = parameters[operation]
        for key in ("aws:team", "AWS:team"):
            refused = error_of(call, **_filled(given, names), **{tags: in_form_of(shape.members[tags], key)})
            assert refused[0] == code, (operation, refused)
        if (
            service != "sso-admin" or operation != "CreateInstance"
        ):  # The console makes an organization's instance.
            call(**_filled(given, names), **{tags: in_form_of(shape.members[tags], "team")})


def _mirror(ec2, interface):
    target = ec2.create_traffic_mirror_target(**interface)["TrafficMirrorTarget"]["TrafficMirrorTargetId"]
    kept = ec2.create_traffic_mirror_filter()["TrafficMirrorFilter"]["TrafficMirrorFilterId"]
    return {**interface, "TrafficMirrorTargetId": target, "TrafficMirrorFilterId": kept}


def test_reserved_tag_keys_are_rejected_by_every_operation_of_ec2(cloud):
    world = furnish("ec2")
    rule = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    rules = {"GroupId": world["GroupId"], "IpPermissions": [rule]}
    ec2 = boto3.client("ec2")
    gateway = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    subnet = ec2.describe_subnets()["Subnets"][0]
    inside = {"VpcId": subnet["VpcId"], "SubnetIds": [subnet["SubnetId"]]}
    interface = ec2.create_network_interface(SubnetId=subnet["SubnetId"])["NetworkInterface"]
    mirror = {"NetworkInterfaceId": interface["NetworkInterfaceId"]}
    usual = {
        "CreateTrafficMirrorSession": {**_mirror(ec2, mirror), "SessionNumber": 1},
        "CreateTransitGatewayVpcAttachment": {"TransitGatewayId": gateway, **inside},
        "CreateVpcEndpoint": {
            **inside, "ServiceName": "com.amazonaws.us-east-1.sqs", "VpcEndpointType": "Interface",
            "RouteTableIds": None, "SecurityGroupIds": None, "PolicyDocument": None,
        },
        "AllocateHosts": {"Quantity": 1}, "AuthorizeSecurityGroupEgress": rules, "AuthorizeSecurityGroupIngress": rules,
        "CreateManagedPrefixList": {"AddressFamily": "IPv4", "MaxEntries": 1, "Entries": None},
        "CreateNatGateway": {"SubnetId": subnet["SubnetId"], "ConnectivityType": "private"},
        "CreateTransitGatewayRouteTable": {"TransitGatewayId": gateway},
        "CreateDhcpOptions": {"DhcpConfigurations": [{"Key": "domain-name", "Values": ["example.com"]}]},
        "CreateLaunchTemplate": {"LaunchTemplateData": {"ImageId": world["ImageId"]}},
        "CreateVpc": {"CidrBlock": "10.3.0.0/16"},
        "RunInstances": {"ImageId": world["ImageId"], "MinCount": 1, "MaxCount": 1},
    }  # fmt: skip
    client, model, accepted = boto3.client("ec2"), protocols.model("ec2"), []
    for operation, name in setting("ec2").items():
        made = next(calls("ec2", operation, world, random.Random(operation)))
        both = {**made.parameters, **usual.get(operation, {})}
        given = {member: value for member, value in both.items() if value is not None}
        given[name] = in_form_of(model.operation_model(operation).input_shape.members[name], "aws:team")
        try:
            getattr(client, xform_name(operation))(**given)
        except ClientError as refusal:
            error = refusal.response["Error"]
            if error["Code"] == "InvalidParameterValue" and "reserved for internal use" in error["Message"]:
                continue
            accepted.append((operation, error))
        else:
            accepted.append((operation, {}))
    assert accepted == []


def test_a_launch_template_has_another_error_for_reserved_tag_keys(cloud):
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "aws:team", "Value": "x"}]}]
    template = {"LaunchTemplateName": "web", "LaunchTemplateData": {"TagSpecifications": tags}}
    code, words = error_of(boto3.client("ec2").create_launch_template, **template)
    assert (code, "aws:team" in words) == ("InvalidTagKey.Malformed", True)
