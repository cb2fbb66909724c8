"""The share of operations that the gate can authorize, compared with the figures in README and docs/operations.md."""

from __future__ import annotations

import re

import boto3
import pytest

from labs_helpers.cloud import Cloud, NotModelled, services
from tests.cloud import operations
from tests.cloud.operations import LIMITS, ROOT, counted, states
from tests.cloud.services import tables, test_reserved_tags

HEART = ("iam", "sts", "kms", "organizations", "account", "cognito-idp", "cognito-identity", "sso-admin")


@pytest.fixture(scope="module")
def numbers() -> dict[str, tuple[int, int]]:
    return counted()


@pytest.mark.parametrize("service", HEART)
def test_at_the_heart_of_the_course_policies_are_asked_about_all_that_is_served(numbers, service):
    modelled, of = numbers[service]
    assert of > 0
    assert modelled == of


def test_at_least_95_percent_of_all_that_is_served_is_modelled(numbers):
    modelled, of = (sum(column) for column in zip(*numbers.values(), strict=True))
    print(f"{modelled} of {of} operations of {len(numbers)} services are modelled")
    assert modelled / of >= 0.95


def test_the_readme_and_the_page_say_how_many_operations_are_supported():
    services_in_all, supported, in_part = operations.supported()
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    stated = re.search(r"all ([\d,]+) operations that the cloud supports, in (\d+) services", readme)
    assert stated is not None
    assert [int(number.replace(",", "")) for number in stated.groups()] == [supported, services_in_all]
    rows = re.findall(
        r"^\| \[.*\]\(#.*\) \| (\d+) \| (\d+) \| \d+ \|$", operations.PAGE.read_text("utf-8"), re.M
    )
    assert len(rows) == services_in_all
    assert [sum(map(int, column)) for column in zip(*rows, strict=True)] == [supported - in_part, in_part]


def test_what_is_not_supported_is_rejected_by_name():
    """Also what moto would serve: README says that any other operation raises an error that names it."""
    with Cloud(seed=1):
        ec2 = boto3.client("ec2")
        with pytest.raises(NotModelled, match="ec2:DescribeFleetInstances"):
            ec2.describe_fleet_instances(FleetId="fleet-12a34b55-67cd-8ef9-ba9b-9208dEXAMPLE")
        with pytest.raises(NotModelled, match="rds:DescribeDBClusters"):
            boto3.client("rds").describe_db_clusters()


def test_the_page_of_operations_is_what_the_code_does():
    assert operations.PAGE.read_text(encoding="utf-8") == operations.page(), (
        "docs/operations.md is out of date: run python -m tests.cloud.operations"
    )


def test_every_file_that_can_refuse_by_name_is_among_the_limits_that_the_page_lists():
    assert set(operations.files_that_refuse()) == {limit.file for each in LIMITS.values() for limit in each}


@pytest.mark.parametrize("service", LIMITS)
def test_limits_are_of_operations_that_the_table_has(service):
    table = tables.table(service.replace("-", "_") if service != "lambda" else "lambda_")
    limited = {each for limit in LIMITS[service] for each in limit.operations.split()}
    assert limited <= table.operations
    assert limited == states(service).in_part.keys() | (limited & set(states(service).refused))


def test_the_table_of_reserved_tags_has_every_operation_that_sets_tags():
    """All services' operations but EC2's, which tests/cloud/services/test_reserved_tags.py finds by itself."""
    every = {service: test_reserved_tags.setting(service) for service in services.modelled_services()}
    assert {service: sorted(rows) for service, (_, rows) in test_reserved_tags.TABLE.items()} == {
        service: sorted(found) for service, found in every.items() if found and service != "ec2"
    }
