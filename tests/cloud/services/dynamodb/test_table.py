"""DynamoDB's authorization: tables, indexes, items' keys and attributes, transactions, and PartiQL."""

from __future__ import annotations

import pytest

from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from tests.cloud.services.moto_state import fresh, of, policy_of, statement
from tests.cloud.services.tables import SECOND, Ask, asks, call, pairs, table

__all__ = ["fresh"]
SCORES = "arn:aws:dynamodb:us-east-1:111122223333:table/scores"


@pytest.fixture(autouse=True)
def _tables(fresh):
    for name in ("scores", "games"):
        of("dynamodb").create_table(
            name, attr=[{"AttributeName": key, "AttributeType": "S"} for key in ("user", "game")],
            schema=[{"AttributeName": "user", "KeyType": "HASH"}], throughput=None, billing_mode="PAY_PER_REQUEST",
            global_indexes=[{"IndexName": "by-game", "KeySchema": [{"AttributeName": "game", "KeyType": "HASH"}],
                             "Projection": {"ProjectionType": "ALL"}}],
            indexes=[], streams=None, sse_specification=None, tags=[{"Key": "team", "Value": "blue"}],
            deletion_protection_enabled=False, warm_throughput=None,
        )  # fmt: skip


def context(operation, **parameters):
    (ask,) = asks("dynamodb", operation, **parameters)
    return {name.removeprefix("dynamodb:"): value for name, value in ask.context.items()}


def test_an_item_shows_its_partition_key_and_the_attributes_that_are_asked_for():
    keys = context(
        "GetItem", TableName="scores", Key={"user": {"S": "alice"}}, ProjectionExpression="#u, best.score[0]",
        ExpressionAttributeNames={"#u": "user"},
    )  # fmt: skip
    assert keys == {"LeadingKeys": ["alice"], "Attributes": ["user", "best"], "Select": "SPECIFIC_ATTRIBUTES"}


def test_reading_a_whole_item_is_no_selection_of_attributes():
    assert context("GetItem", TableName="scores", Key={"user": {"S": "alice"}})["Select"] == "ALL_ATTRIBUTES"


def test_updates_name_attributes_in_their_expressions_but_not_functions_and_keywords():
    keys = context(
        "UpdateItem", TableName="scores", Key={"user": {"S": "alice"}}, ReturnValues="ALL_OLD",
        UpdateExpression="SET best = if_not_exists(best, :zero) + :one REMOVE #old",
        ConditionExpression="attribute_exists(seen) AND size(seen) > :one",
        ExpressionAttributeNames={"#old": "stale"},
        ExpressionAttributeValues={":zero": {"N": "0"}, ":one": {"N": "1"}},
    )  # fmt: skip
    assert keys["Attributes"] == ["user", "seen", "best", "stale"]
    assert keys["ReturnValues"] == "ALL_OLD"


def test_a_query_shows_the_key_of_the_table_or_of_the_index_it_reads():
    query = {"TableName": "scores", "ExpressionAttributeValues": {":a": {"S": "alice"}}}
    values = {":a": {"S": "alice"}, ":c": {"N": "3"}}
    found = asks(
        "dynamodb", "Query", TableName="scores", KeyConditionExpression="user=:a AND turn <= :c",
        ExpressionAttributeValues=values,
    )  # fmt: skip
    assert pairs(found) == [("dynamodb:Query", SCORES)]
    assert found[0].context["dynamodb:LeadingKeys"] == ["alice"]
    found = asks("dynamodb", "Query", IndexName="by-game", KeyConditionExpression="game = :a", **query)
    assert pairs(found) == [("dynamodb:Query", f"{SCORES}/index/by-game")]
    assert found[0].context["dynamodb:LeadingKeys"] == ["alice"]
    assert found[0].context["dynamodb:Select"] == "ALL_PROJECTED_ATTRIBUTES"


def test_the_older_parameters_show_as_much():
    keys = context(
        "Query", TableName="scores", AttributesToGet=["best"],
        KeyConditions={"user": {"AttributeValueList": [{"S": "alice"}], "ComparisonOperator": "EQ"}},
    )  # fmt: skip
    assert keys == {"LeadingKeys": ["alice"], "Attributes": ["user", "best"], "Select": "SPECIFIC_ATTRIBUTES"}


def test_a_scan_names_no_partition_key():
    assert "LeadingKeys" not in context("Scan", TableName="scores")


def test_batches_ask_for_each_table_with_all_its_keys():
    found = asks(
        "dynamodb", "BatchWriteItem",
        RequestItems={
            "scores": [{"PutRequest": {"Item": {"user": {"S": "alice"}, "best": {"N": "1"}}}},
                       {"DeleteRequest": {"Key": {"user": {"S": "bob"}}}}],
            "games": [{"DeleteRequest": {"Key": {"user": {"S": "eve"}}}}],
        },
    )  # fmt: skip
    assert [ask.context["dynamodb:LeadingKeys"] for ask in found] == [["alice", "bob"], ["eve"]]
    assert pairs(found)[1] == ("dynamodb:BatchWriteItem", SCORES.replace("scores", "games"))
    found = asks("dynamodb", "BatchGetItem", RequestItems={"scores": {"Keys": [{"user": {"S": "alice"}}]}})
    assert found[0].context["dynamodb:LeadingKeys"] == ["alice"]


def test_an_empty_batch_does_not_pass_unasked():
    assert pairs(asks("dynamodb", "BatchGetItem", RequestItems={})) == [("dynamodb:BatchGetItem", "*")]
    assert pairs(asks("dynamodb", "TransactWriteItems", TransactItems=[])) != []


def test_a_transaction_asks_for_the_actions_of_its_items():
    key = {"user": {"S": "alice"}}
    found = asks(
        "dynamodb", "TransactWriteItems",
        TransactItems=[
            {"Put": {"TableName": "scores", "Item": key}},
            {"Put": {"TableName": "scores", "Item": {"user": {"S": "bob"}}}},
            {"ConditionCheck": {"TableName": "games", "Key": key, "ConditionExpression": "attribute_exists(x)"}},
        ],
    )  # fmt: skip
    assert {(ask.action, ask.resource.rpartition("/")[2]) for ask in found} == {
        ("dynamodb:PutItem", "scores"), ("dynamodb:ConditionCheckItem", "games"),
    }  # fmt: skip
    assert all(ask.context["dynamodb:EnclosingOperation"] == "TransactWriteItems" for ask in found)
    assert next(a for a in found if a.action.endswith("PutItem")).context["dynamodb:LeadingKeys"] == [
        "alice",
        "bob",
    ]


@pytest.mark.parametrize(
    ("statement", "action", "keys"),
    [
        ("SELECT * FROM scores WHERE user = 'o''hara'", "Select", ["o'hara"]),
        ('select best from "scores" where "user" in [?, \'bob\'] and best > 3', "Select", ["first", "bob"]),
        ("SELECT best FROM scores", "Select", None),
        ("SELECT * FROM scores WHERE user = 'a' OR best = 1", "Select", None),
        ("INSERT INTO scores VALUE {'user': 'alice', 'note': 'FROM here'}", "Insert", ["alice"]),
        ("UPDATE scores SET best = ? WHERE user = ?", "Update", ["second"]),
        ("DELETE FROM scores WHERE user = 'alice';", "Delete", ["alice"]),
    ],
)
def test_partiql_has_actions_of_its_own(statement, action, keys):
    (ask,) = asks(
        "dynamodb",
        "ExecuteStatement",
        Statement=statement,
        Parameters=[{"S": "first"}, {"S": "second"}][: statement.count("?")],
    )
    assert (ask.action, ask.resource) == (f"dynamodb:PartiQL{action}", SCORES)
    assert ask.context.get("dynamodb:LeadingKeys") == keys
    if action == "Select":
        assert ask.context["dynamodb:FullTableScan"] == ("false" if keys else "true")


def test_partiql_reads_indexes():
    (ask,) = asks(
        "dynamodb", "ExecuteStatement", Statement='SELECT * FROM "scores"."by-game" WHERE game = \'go\''
    )
    assert ask.resource == f"{SCORES}/index/by-game"
    assert ask.context["dynamodb:LeadingKeys"] == ["go"]


@pytest.mark.parametrize(
    "statement",
    ["", "DROP TABLE scores", "SELECT * FROM scores, games", "SELECT" + " " * 100_000, "SELECT * FROM s" + "x" * 9_000,
     "SELECT * FROM scores WHERE user IN (SELECT user FROM games)",
     "UPDATE scores SET best = 1 WHERE best = 2", "INSERT INTO scores VALUE ?"],
)  # fmt: skip
def test_a_statement_that_cannot_be_read_for_sure_is_refused(statement):
    with pytest.raises(ServiceError, match=r"well formed|Where clause"):
        asks("dynamodb", "ExecuteStatement", Statement=statement)


def test_restoring_asks_for_the_new_tables_items_too():
    backup = f"{SCORES}/backup/01"
    found = pairs(asks("dynamodb", "RestoreTableFromBackup", BackupArn=backup, TargetTableName="copy"))
    assert ("dynamodb:RestoreTableFromBackup", backup) in found
    assert ("dynamodb:BatchWriteItem", SCORES.replace("scores", "copy")) in found


def test_creating_a_table_with_tags_or_a_policy_asks_for_these():
    found = asks(
        "dynamodb", "CreateTable", TableName="new", Tags=[{"Key": "a", "Value": "b"}], ResourcePolicy="{}"
    )
    assert [ask.action.partition(":")[2] for ask in found] == [
        "CreateTable",
        "TagResource",
        "PutResourcePolicy",
    ]


def test_another_accounts_table_is_named_by_its_arn():
    theirs = SCORES.replace("111122223333", SECOND)
    (ask,) = asks("dynamodb", "GetItem", TableName=theirs, Key={"user": {"S": "alice"}})
    assert (ask.resource, ask.account) == (theirs, SECOND)
    with pytest.raises(NotModelled):
        asks("dynamodb", "BatchGetItem", RequestItems={theirs: {"Keys": []}, "scores": {"Keys": []}})


def test_the_tables_policy_holds_for_its_indexes_and_tags_show():
    document = statement("*", "dynamodb:GetItem", SCORES)
    of("dynamodb").put_resource_policy(SCORES, document, None)
    assert policy_of("dynamodb", Ask("dynamodb:GetItem", SCORES, "table")) == document
    index = Ask("dynamodb:Query", f"{SCORES}/index/by-game", "index")
    assert policy_of("dynamodb", index) == document
    assert policy_of("dynamodb", Ask("dynamodb:CreateTable", SCORES, "table"), "CreateTable") is None
    assert table("dynamodb").tags(call("dynamodb", "Query", {}), index) == {"team": "blue"}
