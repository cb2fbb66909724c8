"""Errors that the API reference lists for each operation and that no other test covers."""

from __future__ import annotations

import boto3
import pytest

from tests.cloud.services.organizations.conftest import RCP, SCP, TAG, Org, refusal
from tests.clouds import deny

NOBODY, NOWHERE, NOTHING = "999988887777", "ou-abcd-12345678", "p-12345678"
SSO = "sso.amazonaws.com"

ROWS = [
    ("create_policy", {"Name": "x", "Description": "", "Type": SCP, "Content": "{}"}, "MalformedPolicyDocument", None),
    ("create_policy", {"Name": "guard", "Description": "", "Type": SCP, "Content": deny("s3:*")}, "DuplicatePolicy",
     None),
    ("update_policy", {"PolicyId": "{policy}", "Content": "{"}, "MalformedPolicyDocument", None),
    ("update_policy", {"PolicyId": NOTHING, "Name": "x"}, "PolicyNotFound", None),
    ("describe_policy", {"PolicyId": NOTHING}, "PolicyNotFound", None),
    ("attach_policy", {"PolicyId": "{policy}", "TargetId": NOWHERE}, "TargetNotFound", None),
    ("detach_policy", {"PolicyId": "{policy}", "TargetId": "{member}"}, "PolicyNotAttached", None),
    ("disable_policy_type", {"RootId": "r-zzzz", "PolicyType": SCP}, "RootNotFound", None),
    ("disable_policy_type", {"RootId": "{root}", "PolicyType": RCP}, "PolicyTypeNotEnabled", None),
    ("enable_policy_type", {"RootId": "{root}", "PolicyType": SCP}, "PolicyTypeAlreadyEnabled", None),
    ("deregister_delegated_administrator", {"AccountId": NOBODY, "ServicePrincipal": SSO}, "AccountNotFound", None),
    ("deregister_delegated_administrator", {"AccountId": "{member}", "ServicePrincipal": SSO},
     "AccountNotRegistered", None),
    ("enable_aws_service_access", {"ServicePrincipal": "nonsense"}, "InvalidInput", "UNRECOGNIZED_SERVICE_PRINCIPAL"),
    ("untag_resource", {"ResourceId": NOBODY, "TagKeys": ["a"]}, "TargetNotFound", None),
    ("leave_organization", {}, "MasterCannotLeaveOrganization", None),
    ("close_account", {"AccountId": NOBODY}, "AccountNotFound", None),
    ("put_resource_policy", {"Content": "x" * 40_001}, "InvalidInput", "MAX_LENGTH_EXCEEDED"),
    ("delete_resource_policy", {}, "ResourcePolicyNotFound", None),
    ("describe_effective_policy", {"PolicyType": TAG}, "EffectivePolicyNotFound", None),
    ("list_accounts_with_invalid_effective_policy", {"PolicyType": TAG, "NextToken": "x"}, "InvalidInput",
     "INVALID_NEXT_TOKEN"),
    ("move_account", {"AccountId": "{member}", "SourceParentId": "{root}", "DestinationParentId": NOWHERE},
     "DestinationParentNotFound", None),
    ("list_children", {"ParentId": NOWHERE, "ChildType": "ACCOUNT"}, "ParentNotFound", None),
    ("list_parents", {"ChildId": NOBODY}, "ChildNotFound", None),
    ("list_delegated_services_for_account", {"AccountId": "{member}"}, "AccountNotRegistered", None),
]  # fmt: skip


@pytest.mark.ledger("F-ORG-23")
def test_each_operation_refuses_as_its_page_says(org: Org):
    org.enable(SCP, TAG)
    client = boto3.client("organizations")
    places = {
        "{policy}": org.policy(deny("s3:*")),
        "{member}": org.member(),
        "{root}": client.list_roots()["Roots"][0]["Id"],
    }
    for operation, parameters, code, reason in ROWS:
        given = {
            name: places.get(value, value) if isinstance(value, str) else value
            for name, value in parameters.items()
        }
        assert refusal(getattr(client, operation), **given) == (f"{code}Exception", reason), operation
