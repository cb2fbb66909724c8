"""Attribute values: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html"""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from tests.clouds import error_of

AS_GIVEN = Config(parameter_validation=False, retries={"max_attempts": 1})
TOO_DEEP: dict[str, object] = {"S": "seed"}
for _ in range(33):
    TOO_DEEP = {"L": [TOO_DEEP]}
INVALID = [
    {}, {"S": "1", "N": "1"}, {"N": ""}, {"N": "one"}, {"N": "1_0"}, {"N": " 1"}, {"N": "NaN"}, {"N": "1e126"},
    {"N": "1e-131"}, {"N": "1" * 39}, {"NULL": False}, {"SS": ["a", "a"]}, {"NS": ["1", "1"]}, {"NS": ["1", "1.0"]},
    {"NS": ["one"]}, {"SS": []}, {"L": [{}]}, {"M": {"in": {}}}, {"M": {"in": {"S": "1", "N": "1"}}}, TOO_DEEP,
]  # fmt: skip


@pytest.fixture
def seeds(cloud):
    """A client for DynamoDB, and a table with one item."""
    dynamodb = boto3.client("dynamodb", config=AS_GIVEN)
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    of = [{"AttributeName": "id", "AttributeType": "S"}]
    dynamodb.create_table(
        TableName="seeds", KeySchema=key, AttributeDefinitions=of, BillingMode="PAY_PER_REQUEST"
    )
    dynamodb.put_item(TableName="seeds", Item={"id": {"S": "1"}, "n": {"N": "1"}})
    return dynamodb


@pytest.mark.parametrize("wrong", [{"SS": ["a", "a"]}, {"NS": ["1", "1"]}, {"SS": []}])
def test_a_set_has_each_value_once_and_one_at_least(seeds, wrong):
    item = {"id": {"S": "2"}, "in": {"L": [{"M": {"colours": wrong}}]}}
    assert error_of(seeds.put_item, TableName="seeds", Item=item)[0] == "ValidationException"
    assert seeds.scan(TableName="seeds")["Count"] == 1


def requests_with(value):
    """Each operation's request with an attribute value in each place that takes one."""
    key, values = {"id": value}, {":v": value}
    item, found = {"id": {"S": "2"}, "v": value}, {"id": {"S": "1"}}
    table = {"TableName": "seeds"}
    condition = {"ConditionExpression": "n = :v", "ExpressionAttributeValues": values}
    is_n = {"FilterExpression": "n = :v", "ExpressionAttributeValues": values}
    return [
        ("put_item", {**table, "Item": item}),
        ("put_item", {**table, "Item": {"id": {"S": "2"}}, **condition}),
        ("put_item", {**table, "Item": {"id": {"S": "2"}}, "Expected": {"n": {"Value": value}}}),
        ("get_item", {**table, "Key": key}),
        ("delete_item", {**table, "Key": key}),
        ("update_item", {**table, "Key": key}),
        ("update_item", {**table, "Key": found, "UpdateExpression": "SET v = :v", "ExpressionAttributeValues": values}),
        ("update_item", {**table, "Key": found, "AttributeUpdates": {"v": {"Value": value, "Action": "PUT"}}}),
        ("scan", {**table, **is_n}),
        ("scan", {**table, "ExclusiveStartKey": key}),
        ("query", {**table, "KeyConditionExpression": "id = :v", "ExpressionAttributeValues": values}),
        ("batch_get_item", {"RequestItems": {"seeds": {"Keys": [key]}}}),
        ("batch_write_item", {"RequestItems": {"seeds": [{"PutRequest": {"Item": item}}]}}),
        ("batch_write_item", {"RequestItems": {"seeds": [{"DeleteRequest": {"Key": key}}]}}),
        ("transact_get_items", {"TransactItems": [{"Get": {**table, "Key": key}}]}),
        ("transact_write_items", {"TransactItems": [{"Put": {**table, "Item": item}}]}),
        ("execute_statement", {"Statement": "SELECT * FROM seeds WHERE id = ?", "Parameters": [value]}),
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", INVALID, ids=lambda value: str(value)[:24])
def test_an_attribute_value_that_is_not_valid_is_rejected_wherever_it_is(seeds, wrong):
    before = seeds.scan(TableName="seeds")["Items"]
    for operation, request in requests_with(wrong):
        code, message = error_of(getattr(seeds, operation), **request)
        assert code == "ValidationException", (operation, message)
    assert seeds.scan(TableName="seeds")["Items"] == before


@pytest.mark.parametrize("wrong", [{"S": "\ud800"}, {"SS": ["\ud800"]}, {"M": {"\ud800": {"S": "1"}}}])
def test_text_that_is_not_unicode_is_not_stored(seeds, wrong):
    item = {"id": {"S": "2"}, "v": wrong}
    assert error_of(seeds.put_item, TableName="seeds", Item=item)[0] == "SerializationException"
    named = {"id": {"S": "2"}, "\ud800": {"S": "1"}}
    assert error_of(seeds.put_item, TableName="seeds", Item=named)[0] == "SerializationException"
    condition = {"FilterExpression": "n = \ud800"}
    assert error_of(seeds.scan, TableName="seeds", **condition)[0] == "ValidationException"


@pytest.mark.parametrize(
    "right",
    [
        {"N": "-1.5e+3"}, {"N": "9" * 38 + "0" * 88}, {"N": "1e-130"}, {"N": "0e999"}, {"N": ".5"}, {"N": "5."},
        {"SS": ["", "a"]}, {"S": ""}, {"NULL": True}, {"L": []}, {"M": {}}, TOO_DEEP["L"][0],
    ],
    ids=lambda value: str(value)[:24],
)  # fmt: skip
def test_an_attribute_value_at_the_limits_is_stored(seeds, right):
    seeds.put_item(TableName="seeds", Item={"id": {"S": "2"}, "v": right})
    assert seeds.get_item(TableName="seeds", Key={"id": {"S": "2"}})["Item"]["v"].keys() == right.keys()
