"""Requests that DynamoDB rejects, by the page that describes the rule, and that change nothing.

`rejected_requests.json` has, for each operation, a request and the parameters that make it wrong.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from tests.clouds import error_of

CASES = [
    (
        each["operation"],
        {name: value for name, value in {**each["base"], **wrong}.items() if value is not None},
    )
    for each in json.loads(Path(__file__).with_name("rejected_requests.json").read_text(encoding="utf-8"))
    for wrong in each["wrong"]
]
OTHER_CODES = {
    ("restore_table_to_point_in_time", "seeds"): "PointInTimeRecoveryUnavailableException",
    ("restore_table_to_point_in_time", "none"): "TableNotFoundException",
    ("update_table", "none"): "ResourceNotFoundException",
}
KEY = {"id": {"S": "1"}, "r": {"N": "1"}}
ITEM = {
    **KEY,
    "n": {"N": "5"},
    "s": {"S": "x"},
    "b": {"B": b"ab"},
    "l": {"L": [{"N": "5"}]},
    "ss": {"SS": ["p", "q"]},
}
TABLE = {
    "TableName": "seeds", "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "r", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": kind} for name, kind in (("id", "S"), ("r", "N"), ("g", "S"))
    ],
    "GlobalSecondaryIndexes": [
        {"IndexName": "by-g", "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
         "Projection": {"ProjectionType": "ALL"}}
    ],
}  # fmt: skip


@pytest.fixture
def seeds(cloud):
    """A client for DynamoDB, and a table with one item and an index."""
    client = boto3.client("dynamodb", config=Config(parameter_validation=False, retries={"max_attempts": 1}))
    client.create_table(**TABLE)
    client.put_item(TableName="seeds", Item=ITEM)
    return client


def code_of(operation, request):
    name = request.get("SourceTableName") or ("none" if '"none"' in json.dumps(request) else "")
    return OTHER_CODES.get((operation, name), "ValidationException")


def test_requests_that_are_not_valid_are_rejected_and_change_nothing(seeds):
    for operation, request in CASES:
        assert error_of(getattr(seeds, operation), **request)[0] == code_of(operation, request), (
            operation,
            request,
        )
        assert seeds.scan(TableName="seeds")["Items"] == [ITEM], (operation, request)
    assert seeds.list_tables()["TableNames"] == ["seeds"]


HOLDS = {
    "attribute_exists(l[0])": True, "attribute_exists(l[1])": False, "attribute_not_exists(m.k)": True,
    "attribute_type(s, :S)": True, "attribute_type(n, :S)": False, "begins_with(b, :a)": True,
    "begins_with(n, :x)": False,
    "contains(ss, :p)": True, "contains(l, :five)": True, "contains(b, :a)": True, "contains(n, :five)": False,
    "size(s) = :one": True, "size(n) > :one": False, "size(gone) > :one": False, "s > :one": False, "n = :x": False,
    "gone <> :x": True, "gone = :x": False, "NOT gone = :x": True, "n BETWEEN :one AND :five": True,
    "s BETWEEN :one AND :five": False, "n IN (:x, :five)": True, "l[0] = n": True,
    "n = :one OR s = :x AND n = :five": True, "NOT (n = :five OR s = :one)": False,
}  # fmt: skip
VALUES = {
    ":S": {"S": "S"}, ":x": {"S": "x"}, ":a": {"B": b"a"}, ":p": {"S": "p"}, ":five": {"N": "5.0"}, ":one": {"N": "1"},
}  # fmt: skip


def test_a_condition_compares_values_of_one_type_only(seeds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html"""
    for condition, holds in HOLDS.items():
        used = set(re.findall(r":\w+", condition))
        values = {name: value for name, value in VALUES.items() if name in used}
        request = {"FilterExpression": condition} | ({"ExpressionAttributeValues": values} if values else {})
        assert bool(seeds.scan(TableName="seeds", **request)["Items"]) is holds, condition


def test_a_transaction_with_a_token_is_made_once_in_ten_minutes(cloud, seeds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

    def add(number):
        update = {"TableName": "seeds", "Key": KEY, "UpdateExpression": "ADD n :n",
                  "ExpressionAttributeValues": {":n": {"N": number}}}  # fmt: skip
        seeds.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken="t")
        return seeds.get_item(TableName="seeds", Key=KEY)["Item"]["n"]["N"]

    assert [add("1"), add("1")] == ["6", "6"]
    assert error_of(add, number="2")[0] == "IdempotentParameterMismatchException"
    cloud.clock.advance(minutes=10, seconds=1)
    assert add("2") == "8"


def test_a_partiql_transaction_with_a_token_is_executed_once(seeds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html"""
    statements = [{"Statement": "INSERT INTO seeds VALUE {'id':'2','r':1}"}]
    for _ in range(2):
        seeds.execute_transaction(TransactStatements=statements, ClientRequestToken="t")
    other = [{"Statement": "INSERT INTO seeds VALUE {'id':'3','r':1}"}]
    code, _ = error_of(seeds.execute_transaction, TransactStatements=other, ClientRequestToken="t")
    assert code == "IdempotentParameterMismatchException"


def test_a_table_is_restored_to_a_time_at_which_it_had_point_in_time_recovery(seeds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html"""
    setting = {"PointInTimeRecoveryEnabled": True}
    seeds.update_continuous_backups(TableName="seeds", PointInTimeRecoverySpecification=setting)
    tables = {"SourceTableName": "seeds", "TargetTableName": "new"}
    code, _ = error_of(seeds.restore_table_to_point_in_time, **tables, RestoreDateTime=1_000_000_000)
    assert code == "InvalidRestoreTimeException"
    assert error_of(seeds.restore_table_to_point_in_time, **tables)[0] == "ValidationException"
    seeds.restore_table_to_point_in_time(**tables, UseLatestRestorableTime=True)


def test_a_canceled_transaction_gives_the_reason_of_each_action(seeds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
    put = {"Put": {"TableName": "seeds", "Item": {"id": {"S": "2"}, "r": {"N": "1"}}}}
    add = {"Update": {"TableName": "seeds", "Key": KEY, "UpdateExpression": "ADD s :n",
                      "ExpressionAttributeValues": {":n": {"N": "1"}}}}  # fmt: skip
    code, message = error_of(seeds.transact_write_items, TransactItems=[put, add])
    assert (code, message[-23:]) == ("TransactionCanceledException", "[None, ValidationError]")
    elsewhere = {"Delete": {"TableName": "none", "Key": KEY}}
    assert (
        error_of(seeds.transact_write_items, TransactItems=[put, elsewhere])[0] == "ResourceNotFoundException"
    )
    assert seeds.scan(TableName="seeds")["Items"] == [ITEM]


def test_a_new_index_keeps_the_attribute_definitions_of_the_table(seeds):
    new = {"IndexName": "by-n", "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
           "Projection": {"ProjectionType": "ALL"}}  # fmt: skip
    of_n = [{"AttributeName": "n", "AttributeType": "N"}]
    changes = [{"Create": new}]
    seeds.update_table(TableName="seeds", AttributeDefinitions=of_n, GlobalSecondaryIndexUpdates=changes)
    defined = seeds.describe_table(TableName="seeds")["Table"]["AttributeDefinitions"]
    assert {each["AttributeName"] for each in defined} == {"id", "r", "g", "n"}


def test_time_to_live_changes_once_per_hour(cloud, seeds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"""

    def setting(enabled, name="expires"):
        return {"TableName": "seeds", "TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": name}}

    assert error_of(seeds.update_time_to_live, **setting(False))[0] == "ValidationException"
    seeds.update_time_to_live(**setting(True))
    assert error_of(seeds.update_time_to_live, **setting(False))[0] == "ValidationException"
    cloud.clock.advance(hours=1, seconds=1)
    for wrong in (setting(True), setting(False, "other")):
        assert error_of(seeds.update_time_to_live, **wrong)[0] == "ValidationException"
    seeds.update_time_to_live(**setting(False))


def test_a_policy_that_locks_out_its_caller_needs_a_confirmation(seeds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html"""
    arn = seeds.describe_table(TableName="seeds")["Table"]["TableArn"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": "dynamodb:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    large = json.dumps({"Version": "2012-10-17", "Statement": statement, "Id": "a" * 20_480})
    for wrong in (policy, large):
        assert error_of(seeds.put_resource_policy, ResourceArn=arn, Policy=wrong)[0] == "ValidationException"
    seeds.put_resource_policy(ResourceArn=arn, Policy=policy, ConfirmRemoveSelfResourceAccess=True)
