"""IAM in the accounts: managed policies, providers, roles, and users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.course.days.day6.company import Company, policy_text

_IMAGE = "ami-03cf127a"
"""An image that exists in the cloud."""


def managed_policy(company: Company, name: str, part: Any, before: Any) -> None:
    """Create a customer managed policy, or add a new version and delete the others."""
    iam = company.client("iam", part["account"])
    arn = _policy_arn(company, part)
    if before is None:
        iam.create_policy(
            PolicyName=part["name"],
            Path=part["path"],
            Description=part["about"][:900],
            PolicyDocument=policy_text(part["policy"]),
        )
        return
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy_text(part["policy"]), SetAsDefault=True)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])


def _policy_arn(company: Company, part: Any) -> str:
    return f"arn:aws:iam::{company.known[part['account']]}:policy{part['path']}{part['name']}"


def remove_managed_policy(company: Company, name: str) -> None:
    """Delete a customer managed policy."""
    part = company.built["policies", name]
    company.client("iam", part["account"]).delete_policy(PolicyArn=_policy_arn(company, part))


def provider(company: Company, name: str, part: Any, before: Any) -> None:
    """Create an OpenID Connect provider, or update its audiences."""
    iam = company.client("iam", part["account"])
    if before is None:
        iam.create_open_id_connect_provider(Url=part["url"], ClientIDList=part["audiences"])
        return
    host = part["url"].removeprefix("https://")
    arn = {
        "OpenIDConnectProviderArn": f"arn:aws:iam::{company.account(part['account'])}:oidc-provider/{host}"
    }
    for audience in set(part["audiences"]) - set(before["audiences"]):
        iam.add_client_id_to_open_id_connect_provider(**arn, ClientID=audience)
    for audience in set(before["audiences"]) - set(part["audiences"]):
        iam.remove_client_id_from_open_id_connect_provider(**arn, ClientID=audience)


def role(company: Company, name: str, part: Any, before: Any) -> None:
    """Create a role, with an instance if it trusts EC2, or update its trust policy, session duration, and boundary."""
    iam, named = company.client("iam", part["account"]), {"RoleName": part["name"]}
    if before is None:
        boundary = {"PermissionsBoundary": part["boundary"]} if part["boundary"] else {}
        iam.create_role(
            **named,
            Path=part["path"],
            AssumeRolePolicyDocument=policy_text(part["trust"]),
            Description=part["about"][:900],
            MaxSessionDuration=part["session_hours"] * 3600,
            **boundary,
        )
        if _trusts_instances(part["trust"]):
            _launch_instance(company, part)
        return
    if before["trust"] != part["trust"]:
        iam.update_assume_role_policy(**named, PolicyDocument=policy_text(part["trust"]))
    if before["session_hours"] != part["session_hours"]:
        iam.update_role(**named, MaxSessionDuration=part["session_hours"] * 3600)
    if part["boundary"] is None and before["boundary"]:
        iam.delete_role_permissions_boundary(**named)
    elif part["boundary"] != before["boundary"]:
        iam.put_role_permissions_boundary(**named, PermissionsBoundary=part["boundary"])


def _trusts_instances(trust: Mapping[str, Any]) -> bool:
    return "ec2.amazonaws.com" in policy_text(trust)


def _launch_instance(company: Company, part: Any) -> None:
    """Launch an instance with the role in the home Region, and require a token for the role's credentials."""
    iam, name = company.client("iam", part["account"]), part["name"]
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    ec2 = company.client("ec2", part["account"])
    made = ec2.run_instances(
        ImageId=_IMAGE,
        MinCount=1,
        MaxCount=1,
        InstanceType="t3.micro",
        IamInstanceProfile={"Name": name},
        MetadataOptions={"HttpTokens": "required"},
    )
    company.ids["instances", f"{part['account']}/{name}"] = made["Instances"][0]["InstanceId"]


def role_policies(company: Company, name: str, part: Any, before: Any) -> None:
    """Put and delete a role's inline policies, and attach and detach its managed policies."""
    iam, named = company.client("iam", part["account"]), {"RoleName": part["name"]}
    held, managed = (before["policies"], set(before["managed"])) if before else ({}, set())
    for own, document in part["policies"].items():
        if held.get(own) != document:
            iam.put_role_policy(**named, PolicyName=own, PolicyDocument=policy_text(document))
    for own in held.keys() - part["policies"].keys():
        iam.delete_role_policy(**named, PolicyName=own)
    for arn in sorted(set(part["managed"]) - managed):
        iam.attach_role_policy(**named, PolicyArn=arn)
    for arn in sorted(managed - set(part["managed"])):
        iam.detach_role_policy(**named, PolicyArn=arn)


def user(company: Company, name: str, part: Any, before: Any) -> None:
    """Create a user with an access key, or update its boundary."""
    iam, named = company.client("iam", part["account"]), {"UserName": part["name"]}
    if before is None:
        boundary = {"PermissionsBoundary": part["boundary"]} if part["boundary"] else {}
        iam.create_user(**named, Path=part["path"], **boundary)
        company.keys[part["name"]] = iam.create_access_key(**named)["AccessKey"]
    elif part["boundary"] is None and before["boundary"]:
        iam.delete_user_permissions_boundary(**named)
    elif part["boundary"] != before["boundary"]:
        iam.put_user_permissions_boundary(**named, PermissionsBoundary=part["boundary"])


def user_policies(company: Company, name: str, part: Any, before: Any) -> None:
    """Put and delete a user's inline policies."""
    iam, named = company.client("iam", part["account"]), {"UserName": part["name"]}
    held = before["policies"] if before else {}
    for own, document in part["policies"].items():
        if held.get(own) != document:
            iam.put_user_policy(**named, PolicyName=own, PolicyDocument=policy_text(document))
    for own in held.keys() - part["policies"].keys():
        iam.delete_user_policy(**named, PolicyName=own)
