"""PartiQL statements one by one in a batch, the older conditions of writes, and capacity only on request."""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import allow, error_of, make_user

REGION = "us-east-1"
FAILED = ("ConditionalCheckFailedException", "The conditional request failed")


@pytest.fixture
def db(cloud):
    client = boto3.client("dynamodb", region_name=REGION)
    for name in ("books", "other"):
        client.create_table(
            TableName=name, KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
        )  # fmt: skip
    client.put_item(TableName="books", Item={"id": {"S": "1"}, "n": {"N": "5"}, "raw": {"B": b"\x00\xff"}})
    return client


def batch(client, *statements):
    return client.batch_execute_statement(Statements=[{"Statement": each} for each in statements])[
        "Responses"
    ]


def test_a_batch_answers_each_statement_for_itself(db):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html"""
    answers = batch(
        db, "SELECT * FROM books WHERE id='1'", "SELECT * FROM nowhere WHERE id='1'", "nonsense",
        "SELECT * FROM books WHERE id='2'", "UPDATE books SET n=6 WHERE n=5", "INSERT INTO books VALUE {'id':'1'}",
    )  # fmt: skip
    assert answers[0]["Item"] == {"id": {"S": "1"}, "n": {"N": "5"}, "raw": {"B": b"\x00\xff"}}
    assert answers[3] == {"TableName": "books"}
    assert [each.get("Error", {}).get("Code") for each in answers] == [
        None, "ResourceNotFound", "ValidationError", None, "ValidationError", "DuplicateItem",
    ]  # fmt: skip


def test_a_batch_refuses_only_the_statements_that_the_caller_may_not_execute(db, cloud):
    arn = f"arn:aws:dynamodb:{REGION}:{cloud.home}:table/books"
    user = make_user(cloud, "reader", allow("dynamodb:PartiQLSelect", arn))
    client = user.client("dynamodb", region_name=REGION)
    answers = batch(
        client,
        "SELECT * FROM books WHERE id='1'",
        "SELECT * FROM other WHERE id='1'",
        "DELETE FROM books WHERE id='1'",
    )
    assert answers[0]["Item"]["id"] == {"S": "1"}
    assert [each["Error"]["Code"] for each in answers[1:]] == ["AccessDenied", "AccessDenied"]
    assert "perform: dynamodb:PartiQLDelete on resource: " in answers[2]["Error"]["Message"]
    assert "Item" in db.get_item(TableName="books", Key={"id": {"S": "1"}})


def test_an_insert_overwrites_nothing(db):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html"""
    again = "INSERT INTO books VALUE {'id':'1','n':7}"
    assert error_of(db.execute_statement, Statement=again)[0] == "DuplicateItemException"
    code, message = error_of(db.execute_transaction, TransactStatements=[
        {"Statement": "INSERT INTO books VALUE {'id':'2'}"}, {"Statement": again},
    ])  # fmt: skip
    assert (code, message[-21:]) == ("TransactionCanceledException", "[None, DuplicateItem]")
    assert db.scan(TableName="books")["Count"] == 1
    assert db.get_item(TableName="books", Key={"id": {"S": "1"}})["Item"]["n"] == {"N": "5"}


@pytest.mark.parametrize(
    ("statement", "parameters", "refused"),
    [
        ("UPDATE books SET n=6 WHERE id='2'", [], True), ("UPDATE books SET n=6 WHERE id='1' AND n=4", [], True),
        ("UPDATE books SET n=? WHERE id=? AND n=?", [{"N": "6"}, {"S": "1"}, {"N": "5"}], False),
        ("UPDATE books SET n=? WHERE id=? AND n=?", [{"N": "6"}, {"S": "1"}, {"N": "4"}], True),
        ("DELETE FROM books WHERE id='2'", [], False), ("DELETE FROM books WHERE id='1' AND n=4", [], True),
        ("DELETE FROM books WHERE id='1' AND n=5", [], False),
    ],
)  # fmt: skip
def test_a_change_of_what_is_not_so_is_refused(db, statement, parameters, refused):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    given = {"Statement": statement} | ({"Parameters": parameters} if parameters else {})
    if refused:
        assert error_of(db.execute_statement, **given) == FAILED
    else:
        db.execute_statement(**given)


@pytest.mark.parametrize(
    ("expected", "more", "holds"),
    [
        ({"n": {"Value": {"N": "5.0"}}}, {}, True), ({"n": {"Value": {"N": "6"}}}, {}, False),
        ({"n": {"Exists": True, "Value": {"N": "6"}}}, {}, False), ({"m": {"Exists": False}}, {}, True),
        ({"m": {"Exists": False}, "n": {"Exists": False}}, {}, False),
        ({"m": {"Exists": False}, "n": {"Exists": False}}, {"ConditionalOperator": "OR"}, True),
        ({"n": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "40"}]}}, {}, False),
        ({"n": {"ComparisonOperator": "BETWEEN", "AttributeValueList": [{"N": "4"}, {"N": "10"}]}}, {}, True),
        ({"n": {"ComparisonOperator": "IN", "AttributeValueList": [{"S": "5"}, {"N": "5"}]}}, {}, True),
        ({"raw": {"ComparisonOperator": "BEGINS_WITH", "AttributeValueList": [{"B": b"\x00"}]}}, {}, True),
        ({"id": {"ComparisonOperator": "NOT_CONTAINS", "AttributeValueList": [{"S": "1"}]}}, {}, False),
        ({"m": {"ComparisonOperator": "NULL"}}, {}, True), ({"m": {"ComparisonOperator": "NOT_NULL"}}, {}, False),
    ],
)  # fmt: skip
def test_the_older_conditions_hold_for_each_kind_of_write(db, expected, more, holds):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.Expected.html"""
    key = {"id": {"S": "1"}}
    item = db.get_item(TableName="books", Key=key)["Item"]
    change = {"AttributeUpdates": {"n": {"Value": {"N": "5"}, "Action": "PUT"}}}
    for call, given in (
        (db.put_item, {"Item": item}), (db.update_item, {"Key": key, **change}), (db.delete_item, {"Key": key}),
    ):  # fmt: skip
        asked = {"TableName": "books", **given, "Expected": expected, **more}
        if holds:
            call(**asked)
        else:
            assert error_of(call, **asked) == FAILED
    assert ("Item" in db.get_item(TableName="books", Key=key)) is not holds


@pytest.mark.parametrize(
    "expected",
    [
        {"n": {"Exists": True}}, {"n": {"Exists": False, "Value": {"N": "5"}}}, {"n": {"ComparisonOperator": "EQ"}},
        {"n": {"Value": {"N": "five"}}}, {"n": {}}, {"n": {"Value": {"N": "NaN"}}}, {"n": {"Value": {"L": [{}]}}},
        {"n": {"ComparisonOperator": "NULL", "AttributeValueList": [{"N": "5"}]}},
    ],
)  # fmt: skip
def test_a_condition_that_contradicts_itself_is_invalid(db, expected):
    given = {"TableName": "books", "Key": {"id": {"S": "1"}}, "Expected": expected}
    assert error_of(db.delete_item, **given)[0] == "ValidationException"


def test_what_a_call_consumed_is_answered_on_request(db):
    write = {"RequestItems": {"books": [{"PutRequest": {"Item": {"id": {"S": "3"}}}}]}}
    assert db.batch_write_item(**write).keys() - {"ResponseMetadata"} == {"UnprocessedItems"}
    assert "ConsumedCapacity" in db.batch_write_item(**write, ReturnConsumedCapacity="TOTAL")
    change = {"TableName": "books", "Key": {"id": {"S": "1"}}, "UpdateExpression": "REMOVE n"}
    assert "ConsumedCapacity" not in db.update_item(**change)
