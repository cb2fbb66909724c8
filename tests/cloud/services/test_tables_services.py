"""Checks for the tables of dynamodb, lambda, sqs, sns, ec2, logs, events, and account."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from labs_helpers.cloud.core.errors import ServiceError
from tests.cloud.services import tables

SERVICES = {
    "dynamodb": "moto.dynamodb.responses.DynamoHandler",
    "lambda_": "moto.awslambda.responses.LambdaResponse",
    "sqs": "moto.sqs.responses.SQSResponse",
    "sns": "moto.sns.responses.SNSResponse",
    "ec2": "moto.ec2.responses.EC2Response",
    "logs": "moto.logs.responses.LogsResponse",
    "events": "moto.events.responses.EventsHandler",
    "account": "moto.account.responses.AccountResponse",
}
"""Module of the table → moto's class that serves the service."""
LEFT_OUT = {
    "ec2": set(
        "CancelSpotFleetRequests CancelSpotInstanceRequests CreateFleet DeleteFleets DescribeFleetInstances "
        "DescribeSpotFleetInstances ImportVolume ModifySpotFleetRequest RequestSpotFleet RequestSpotInstances".split()
    )
}
OURS = {
    "ec2": {
        "GetEbsDefaultKmsKeyId",
        "ResetEbsDefaultKmsKeyId",
        "EnableSnapshotBlockPublicAccess",
        "DisableSnapshotBlockPublicAccess",
        "GetSnapshotBlockPublicAccessState",
    },
    "logs": {"AssociateKmsKey", "DisassociateKmsKey"},
    "account": set(tables.model_of("account").operation_names) - tables.refused("account"),
}
"""What moto does not serve and the cloud does."""
KINDS = (
    "table index stream function layerVersion eventSourceMapping queue topic log-group destination event-bus "
    "rule-on-custom-event-bus vpc key-pair"
)
REFUSED_AS_SAMPLE = set(
    # A sample statement is no PartiQL, a sample text no expression (their own tests have some); a sample account is in
    # no organisation.
    "BatchGetItem DeleteItem GetItem PutItem Query Scan TransactGetItems TransactWriteItems UpdateItem "
    "ExecuteStatement BatchExecuteStatement ExecuteTransaction GetAlternateContact PutAlternateContact "
    "DeleteAlternateContact".split()
)
DOCUMENTED_ELSEWHERE = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    ("dynamodb:ConditionCheckItem", "dynamodb:EnclosingOperation"),
}


def response(module: str) -> Any:
    where, _, name = SERVICES[module].rpartition(".")
    return getattr(importlib.import_module(where), name)


@pytest.mark.parametrize("module", SERVICES)
def test_every_operation_that_moto_serves_is_modelled_and_no_other(module):
    found = tables.table(module)
    served = tables.served_by_moto(found.service, response(module))
    assert found.operations == (served | OURS.get(module, set())) - LEFT_OUT.get(module, set())


@pytest.mark.parametrize("module", SERVICES)
def test_actions_and_resource_types_are_those_of_the_service_authorization_reference(module):
    assert list(tables.wrong_rows(tables.table(module))) == []


@pytest.mark.parametrize("module", SERVICES)
def test_no_required_resource_type_is_left_out(module):
    left_out = [
        # A table that is being created has no stream yet.
        "CreateTable: dynamodb:PutResourcePolicy needs stream",
        "CreateTable: dynamodb:TagResource needs stream",
    ]
    assert [row for row in tables.required_types_left_out(tables.table(module)) if row not in left_out] == []


@pytest.mark.parametrize("full", [True, False], ids=["every parameter", "required parameters"])
@pytest.mark.parametrize("module", SERVICES)
def test_a_sample_of_every_operation_asks_something_with_documented_keys(module, full):
    found = tables.table(module)
    model = tables.model_of(found.service)
    for operation in sorted(found.operations):
        shape = model.operation_model(operation).input_shape
        parameters = tables.sample(shape)
        if not full and shape is not None:
            parameters = {name: parameters[name] for name in shape.required_members}
        try:
            asks = found.asks(tables.call(found.service, operation, parameters))
        except ServiceError:
            assert operation in REFUSED_AS_SAMPLE
            continue
        assert asks, operation
        for ask in asks:
            unknown = [
                key for key in tables.unknown_keys(ask) if (ask.action, key) not in DOCUMENTED_ELSEWHERE
            ]
            assert unknown == [], (operation, ask)


@pytest.mark.parametrize("module", SERVICES)
def test_policies_and_tags_of_what_does_not_exist_are_looked_up_without_harm(module):
    """This also applies to Regions that don't exist, and to strings that aren't ARNs."""
    found = tables.table(module)
    made = tables.call(found.service, "Sample", {})
    for arn in (
        "*",
        "nonsense",
        f"arn:aws:{found.service}:nowhere-1:111122223333:thing",
        "arn:aws:x:::",
        "::::::::",
    ):
        for kind in KINDS.split():
            ask = tables.Ask("x:Y", arn, kind)
            assert found.policy is None or found.policy(made, ask) is None
            assert found.tags is None or found.tags(made, ask) == {}
