"""Keys, and writes that are made completely or not at all.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
"""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config

from tests.clouds import error_of

AS_GIVEN = Config(parameter_validation=False, retries={"max_attempts": 1})
MISMATCH = "The provided key element does not match the schema"


@pytest.fixture
def seeds(cloud):
    """A client for DynamoDB, and a table with one item and a stream."""
    dynamodb = boto3.client("dynamodb", config=AS_GIVEN)
    key = [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "year", "KeyType": "RANGE"}]
    of = [{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "year", "AttributeType": "N"}]
    dynamodb.create_table(
        TableName="seeds", KeySchema=key, AttributeDefinitions=of, BillingMode="PAY_PER_REQUEST"
    )
    dynamodb.put_item(TableName="seeds", Item={**of_year("1"), "n": {"N": "1"}, "s": {"S": "x"}})
    return dynamodb


def of_year(year, name="bean"):
    """The key of an item."""
    return {"id": {"S": name}, "year": {"N": year}}


@pytest.mark.parametrize(
    "key",
    [
        {}, {"id": {"S": "bean"}}, {**of_year("1"), "n": {"N": "1"}}, {"id": {"S": "bean"}, "year": {"S": "1"}},
        {"id": {"L": []}, "year": {"N": "1"}}, {"nope": {"S": "bean"}, "year": {"N": "1"}},
    ],
)  # fmt: skip
def test_a_key_has_the_attributes_and_types_of_the_tables_key(seeds, key):
    part = {"TableName": "seeds", "Key": key}
    for operation, request in (
        ("get_item", part),
        ("delete_item", part),
        ("update_item", part),
        ("batch_get_item", {"RequestItems": {"seeds": {"Keys": [key]}}}),
        ("batch_write_item", {"RequestItems": {"seeds": [{"DeleteRequest": {"Key": key}}]}}),
        ("transact_get_items", {"TransactItems": [{"Get": part}]}),
    ):
        assert error_of(getattr(seeds, operation), **request) == ("ValidationException", MISMATCH), operation


@pytest.mark.parametrize("start", [{"id": {"S": "bean"}}, {"id": {"S": "bean"}, "year": {"L": []}}])
def test_a_starting_key_has_the_tables_key(seeds, start):
    code, message = error_of(seeds.scan, TableName="seeds", ExclusiveStartKey=start)
    assert (code, message) == (
        "ValidationException",
        f"The provided starting key is invalid: {MISMATCH}",
    )
    assert seeds.scan(TableName="seeds", ExclusiveStartKey=of_year("1"))["Count"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"PutRequest": {"Item": {"id": {"S": "bean"}}}},
        {"PutRequest": {"Item": {"id": {"S": "bean"}, "year": {"S": "1"}}}},
        {"PutRequest": {"Item": {"id": {"S": ""}, "year": {"N": "1"}}}},
        {"PutRequest": {"Item": {**of_year("3"), "v": {"S": "x" * 420_000}}}},
        {"PutRequest": {"Item": {**of_year("3"), "v": {"N": "one"}}}},
        {"DeleteRequest": {"Key": {"id": {"S": "bean"}}}},
        {"DeleteRequest": {"Key": of_year("2")}},
        {"PutRequest": {"Item": of_year("3")}, "DeleteRequest": {"Key": of_year("1")}},
        {},
    ],
)
def test_one_write_that_is_not_valid_rejects_the_whole_batch(seeds, wrong):
    batch = {"seeds": [{"PutRequest": {"Item": of_year("2")}}, wrong]}
    assert error_of(seeds.batch_write_item, RequestItems=batch)[0] == "ValidationException"
    assert [item["year"]["N"] for item in seeds.scan(TableName="seeds")["Items"]] == ["1"]


def test_a_batch_writes_items_with_different_keys(seeds):
    writes = [{"PutRequest": {"Item": of_year("2")}}, {"DeleteRequest": {"Key": of_year("1")}}]
    assert seeds.batch_write_item(RequestItems={"seeds": writes})["UnprocessedItems"] == {}
    assert [item["year"]["N"] for item in seeds.scan(TableName="seeds")["Items"]] == ["2"]


@pytest.mark.parametrize("year", ["1", "2"])
@pytest.mark.parametrize(
    "clause", ["ADD s :one, n :text", "SET q = :one ADD n :text", "SET q = :one DELETE n :text"]
)
def test_an_update_with_a_clause_that_fails_changes_nothing(seeds, clause, year):
    given = {":one": {"N": "9"}, ":text": {"S": "x"}}
    used = {name: value for name, value in given.items() if name in clause}
    before = seeds.scan(TableName="seeds")["Items"]
    request = {"UpdateExpression": clause, "ExpressionAttributeValues": used}
    code, _ = error_of(seeds.update_item, TableName="seeds", Key=of_year(year), **request)
    assert code == "ValidationException"
    assert seeds.scan(TableName="seeds")["Items"] == before
