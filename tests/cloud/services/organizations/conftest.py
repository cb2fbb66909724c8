"""Fixtures: an organization in a cloud, and shortcuts for calls to it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labs_helpers.cloud import Cloud
from tests.clouds import new_member

SCP, RCP, TAG = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY", "TAG_POLICY"


class Org:
    """The home account's organization: `client` is its management account's."""

    def __init__(self, cloud: Cloud, feature_set: str = "ALL") -> None:
        self.cloud = cloud
        self.client = boto3.client("organizations")
        self.made = self.client.create_organization(FeatureSet=feature_set)["Organization"]
        self.id: str = self.made["Id"]
        self.root: str = self.client.list_roots()["Roots"][0]["Id"]

    def member(self, name: str = "dev", **more: Any) -> str:
        return new_member(name, **more)

    def unit(self, name: str, parent: str | None = None) -> str:
        made = self.client.create_organizational_unit(ParentId=parent or self.root, Name=name)
        identifier: str = made["OrganizationalUnit"]["Id"]
        return identifier

    def enable(self, *policy_types: str) -> None:
        for policy_type in policy_types:
            self.client.enable_policy_type(RootId=self.root, PolicyType=policy_type)

    def policy(self, text: str, policy_type: str = SCP, name: str = "guard") -> str:
        made = self.client.create_policy(Name=name, Description="", Type=policy_type, Content=text)
        identifier: str = made["Policy"]["PolicySummary"]["Id"]
        return identifier

    def attach(self, text: str, target: str, policy_type: str = SCP, name: str = "guard") -> str:
        identifier = self.policy(text, policy_type, name)
        self.client.attach_policy(PolicyId=identifier, TargetId=target)
        return identifier

    def as_account(self, account: str, service: str = "organizations") -> Any:
        return self.cloud.account(account).client(service)

    def loose(self) -> Any:
        """A client that also sends requests that its model doesn't allow."""
        return boto3.client("organizations", config=Config(parameter_validation=False))


@pytest.fixture
def org(cloud: Cloud) -> Org:
    return Org(cloud)


def refusal(call: Any, *arguments: Any, **parameters: Any) -> tuple[str, str | None]:
    """(code, Reason) of the `ClientError` that a boto3 call raises."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer.get("Reason")
