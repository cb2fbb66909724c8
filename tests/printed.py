"""AWS CLI output for an account, as files, from a running cloud or from an account generated with a seed."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import boto3

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
SYNTHETIC = "123456789012"
_ACTIONS = [
    "s3:GetObject", "s3:PutObject", "ec2:Describe*", "dynamodb:GetItem", "kms:Decrypt", "sqs:SendMessage",
    "lambda:InvokeFunction", "logs:*", "secretsmanager:GetSecretValue", "iam:PassRole", "sts:AssumeRole",
]  # fmt: skip
_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""The policy of one in four hundred roles, which is an administrator."""


def write(path: Path, answer: dict[str, Any]) -> Path:
    """Write one response, as `--output json` prints it."""
    answer.pop("ResponseMetadata", None)
    path.write_text(json.dumps(answer, indent=4, default=lambda time: time.isoformat()), encoding="utf-8")
    return path


def account(session: boto3.Session, folder: Path) -> Path:
    """Write the output of `aws iam get-account-authorization-details` for a session's account."""
    number = session.client("sts").get_caller_identity()["Account"]
    pages = session.client("iam").get_paginator("get_account_authorization_details").paginate()
    return write(folder / f"iam-{number}.json", pages.build_full_result())


def bucket_policy(session: boto3.Session, folder: Path, bucket: str) -> Path:
    return write(
        folder / f"bucket-policy-{bucket}.json", session.client("s3").get_bucket_policy(Bucket=bucket)
    )


def key_policy(session: boto3.Session, folder: Path, key: str) -> None:
    kms = session.client("kms")
    write(folder / f"key-policy-{key}.json", kms.get_key_policy(KeyId=key, PolicyName="default"))
    write(folder / f"keys-{kms.meta.region_name}.json", kms.list_keys())
    write(folder / f"grants-{key}.json", kms.list_grants(KeyId=key))


def organization(session: boto3.Session, folder: Path) -> None:
    """Write everything that docs/your-account.md collects from the management account."""
    client = session.client("organizations")
    write(folder / "organization.json", client.describe_organization())
    root = client.list_roots()
    write(folder / "roots.json", root)
    write(folder / "accounts.json", client.list_accounts())
    _units(client, folder, root["Roots"][0]["Id"])
    for policy_type in (SCP, RCP):
        listed = client.list_policies(Filter=policy_type)
        write(folder / f"policies-{policy_type}.json", listed)
        for policy in (each["Id"] for each in listed["Policies"]):
            write(folder / f"policy-{policy}.json", client.describe_policy(PolicyId=policy))
            write(folder / f"targets-{policy}.json", client.list_targets_for_policy(PolicyId=policy))


def _units(client: Any, folder: Path, parent: str) -> None:
    listed = client.list_organizational_units_for_parent(ParentId=parent)
    write(folder / f"units-{parent}.json", listed)
    for unit in listed["OrganizationalUnits"]:
        _units(client, folder, unit["Id"])


def synthetic(seed: int, roles: int, policies: int) -> dict[str, Any]:
    """Return an account of a realistic size, which is always the same for a seed."""
    draw = random.Random(seed)
    managed = [_managed(draw, number) for number in range(policies)]
    return {
        "UserDetailList": [], "GroupDetailList": [], "Policies": managed,
        "RoleDetailList": [_role(draw, number, managed) for number in range(roles)],
    }  # fmt: skip


def _arn(rest: str) -> str:
    return f"arn:aws:iam::{SYNTHETIC}:{rest}"


def _document(draw: random.Random) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [_statement(draw) for _ in range(draw.randint(1, 5))]}


def _statement(draw: random.Random) -> dict[str, Any]:
    resource = draw.choice([f"arn:aws:s3:::bucket-{draw.randrange(400)}/*", "*"])
    statement = {"Effect": "Allow", "Action": draw.sample(_ACTIONS, 3), "Resource": resource}
    if draw.random() < 0.3:
        team = {"StringEquals": {"aws:PrincipalTag/team": f"team-{draw.randrange(20)}"}}
        return {**statement, "Condition": team}
    return statement


def _managed(draw: random.Random, number: int) -> dict[str, Any]:
    date = "2025-03-01T09:00:00+00:00"
    versions = [
        {
            "Document": _document(draw),
            "VersionId": f"v{place}",
            "IsDefaultVersion": place == 2,
            "CreateDate": date,
        }
        for place in (2, 1)
    ]
    return {
        "PolicyName": f"policy-{number}", "PolicyId": f"ANPA{number:017d}", "Arn": _arn(f"policy/policy-{number}"),
        "Path": "/", "DefaultVersionId": "v2", "AttachmentCount": 1, "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True, "CreateDate": date, "UpdateDate": date, "PolicyVersionList": versions,
    }  # fmt: skip


def _role(draw: random.Random, number: int, managed: list[dict[str, Any]]) -> dict[str, Any]:
    trusted = {"Service": "lambda.amazonaws.com"} if number % 2 else {"AWS": _arn("root")}
    trust = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    policies = draw.sample(managed, 3)
    own = _EVERYTHING if number % 400 == 8 else _document(draw)
    return {
        "Path": "/", "RoleName": f"role-{number}", "RoleId": f"AROA{number:017d}", "Arn": _arn(f"role/role-{number}"),
        "CreateDate": "2025-03-01T09:00:00+00:00", "InstanceProfileList": [], "RoleLastUsed": {},
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": own}],
        "AttachedManagedPolicies": [{"PolicyName": each["PolicyName"], "PolicyArn": each["Arn"]} for each in policies],
        "Tags": [{"Key": "team", "Value": f"team-{draw.randrange(20)}"}],
    }  # fmt: skip
