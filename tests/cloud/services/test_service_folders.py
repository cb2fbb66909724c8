"""A service is a folder with a table, and is found by boto3's name or by the prefix of its actions."""

from __future__ import annotations

import pytest

from labs_helpers.cloud import services
from labs_helpers.cloud.services.shared.service_facts import Facts
from labs_helpers.cloud.services.shared.trail_facts import TrailFacts


@pytest.mark.parametrize(
    ("service", "folder"), [("lambda", "lambda_"), ("sso-admin", "sso_admin"), ("s3", "s3")]
)
def test_a_folder_is_named_after_its_service(service, folder):
    assert services.folder(service) == folder
    assert service in services.modelled_services()
    assert services.table(service).service == service


def test_a_folder_without_a_table_is_not_a_service():
    assert "deliveries" not in services.modelled_services()
    assert "shared" not in services.modelled_services()


def test_a_service_that_is_not_modelled_has_no_table_and_the_default_facts():
    assert services.table("polly") is None
    assert services.facts("polly") == Facts()
    assert services.trail_facts("polly") == TrailFacts()
    services.load("polly")


def test_facts_are_those_of_the_services_folder():
    assert services.facts("sns").denied == ("AuthorizationError", 403)
    assert services.trail_facts("sns").data_type == "AWS::SNS::Topic"


def test_a_prefix_finds_the_service_of_its_actions():
    assert services.table_of_prefix("dynamodb").service == "dynamodb"
    assert services.table_of_prefix("polly") is None
    assert services.trail_facts_of_prefix("sns") == services.trail_facts("sns")
    assert services.trail_facts_of_prefix("polly") == TrailFacts()
