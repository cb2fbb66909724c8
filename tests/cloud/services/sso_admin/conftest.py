"""Fixtures: an organization with Identity Center enabled, and shortcuts for calls to it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.cloud.services.organizations.conftest import Org


class Center:
    """Identity Center of the home account's organization: `admin` and `store` are its clients."""

    def __init__(self, cloud: Cloud, region: str = "us-east-1") -> None:
        self.org = Org(cloud)
        self.cloud = cloud
        self.console = cloud.identity_center(region)
        self.region = region
        self.admin = boto3.client("sso-admin", region_name=region)
        self.store = boto3.client("identitystore", region_name=region)
        self.arn, self.store_id = self.console.instance_arn, self.console.identity_store_id

    def user(self, name: str = "anne", **more: Any) -> str:
        given: dict[str, Any] = {
            "UserName": name, "DisplayName": name.title(), "Name": {"GivenName": name, "FamilyName": "Example"},
        }  # fmt: skip
        made = self.store.create_user(IdentityStoreId=self.store_id, **(given | more))
        return str(made["UserId"])

    def group(self, name: str = "developers", *users: str) -> str:
        made = self.store.create_group(IdentityStoreId=self.store_id, DisplayName=name)["GroupId"]
        for user in users:
            self.store.create_group_membership(
                IdentityStoreId=self.store_id, GroupId=made, MemberId={"UserId": user}
            )
        return str(made)

    def permission_set(
        self, name: str = "Reader", managed: str | None = "ReadOnlyAccess", **more: Any
    ) -> str:
        made = self.admin.create_permission_set(InstanceArn=self.arn, Name=name, **more)["PermissionSet"]
        arn: str = made["PermissionSetArn"]
        if managed:
            self.admin.attach_managed_policy_to_permission_set(
                InstanceArn=self.arn,
                PermissionSetArn=arn,
                ManagedPolicyArn=f"arn:aws:iam::aws:policy/{managed}",
            )
        return arn

    def assign(self, account: str, permission_set: str, principal: str, kind: str = "USER") -> dict[str, Any]:
        """Request an assignment, and return its result."""
        asked = self.admin.create_account_assignment(
            InstanceArn=self.arn, PermissionSetArn=permission_set, TargetId=account, TargetType="AWS_ACCOUNT",
            PrincipalType=kind, PrincipalId=principal,
        )["AccountAssignmentCreationStatus"]  # fmt: skip
        answer = self.admin.describe_account_assignment_creation_status(
            InstanceArn=self.arn, AccountAssignmentCreationRequestId=asked["RequestId"]
        )
        status: dict[str, Any] = answer["AccountAssignmentCreationStatus"]
        return status

    def unassign(self, account: str, permission_set: str, principal: str, kind: str = "USER") -> None:
        self.admin.delete_account_assignment(
            InstanceArn=self.arn, PermissionSetArn=permission_set, TargetId=account, TargetType="AWS_ACCOUNT",
            PrincipalType=kind, PrincipalId=principal,
        )  # fmt: skip

    def provision(self, permission_set: str, account: str | None = None) -> dict[str, Any]:
        where = {"TargetType": "AWS_ACCOUNT", "TargetId": account} if account else {
            "TargetType": "ALL_PROVISIONED_ACCOUNTS"
        }  # fmt: skip
        asked = self.admin.provision_permission_set(
            InstanceArn=self.arn, PermissionSetArn=permission_set, **where
        )["PermissionSetProvisioningStatus"]
        answer = self.admin.describe_permission_set_provisioning_status(
            InstanceArn=self.arn, ProvisionPermissionSetRequestId=asked["RequestId"]
        )
        status: dict[str, Any] = answer["PermissionSetProvisioningStatus"]
        return status

    def roles(self, account: str) -> list[dict[str, Any]]:
        """The roles of Identity Center in an account."""
        listed = self.cloud.account(account).client("iam").list_roles(PathPrefix="/aws-reserved/")["Roles"]
        return list(listed)


@pytest.fixture
def center(cloud: Cloud) -> Center:
    return Center(cloud)
