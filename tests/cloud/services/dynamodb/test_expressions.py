"""Expressions and PartiQL are parsed by their grammar, so conditions check exactly what is performed."""

from __future__ import annotations

from contextlib import suppress

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.services.dynamodb import expressions, partiql
from tests.clouds import allow, error_of, make_user

TABLE = "arn:aws:dynamodb:us-east-1:111122223333:table/people"
OWN = {
    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["alice"]},
    "Null": {"dynamodb:LeadingKeys": "false"},
}
NAMES = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["uid", "name"]},
         "StringEqualsIfExists": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"}}  # fmt: skip
SECRET = {"uid": {"S": "bob"}, "name": {"S": "Bob"}, "salary": {"N": "9"}}


@pytest.fixture
def people(cloud):
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName="people", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "uid", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "uid", "KeyType": "HASH"}],
    )  # fmt: skip
    dynamodb.put_item(TableName="people", Item=SECRET)
    dynamodb.put_item(TableName="people", Item={**SECRET, "uid": {"S": "alice"}})
    return dynamodb


@pytest.mark.ledger("F-RES-04")
@pytest.mark.parametrize(
    ("parameters", "key"),
    [
        ({"KeyConditionExpression": "uid = :a.b",
          "ExpressionAttributeValues": {":a.b": {"S": "bob"}, ":a": {"S": "alice"}}}, ":a.b"),
        ({"KeyConditionExpression": "uid = :$a", "ExpressionAttributeValues": {":$a": {"S": "bob"}}}, ":$a"),
        ({"KeyConditionExpression": "#$ = :a", "ExpressionAttributeNames": {"#$": "uid"},
          "ExpressionAttributeValues": {":a": {"S": "bob"}}}, "#$"),
        ({"KeyConditionExpression": "uid = :a", "ProjectionExpression": "uid, #-s",
          "ExpressionAttributeNames": {"#-s": "salary"}, "ExpressionAttributeValues": {":a": {"S": "alice"}}}, "#-s"),
    ],
)  # fmt: skip
def test_odd_placeholders_get_round_nothing(cloud, people, parameters, key):
    alice = make_user(cloud, "alice", allow("dynamodb:*", TABLE, Condition=OWN)).client("dynamodb")
    code, message = error_of(alice.query, TableName="people", **parameters)
    assert code == "ValidationException"
    assert "Syntax error; token:" in message or f'Syntax error; key: "{key}"' in message


@pytest.mark.ledger("F-RES-04")
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("update_item", {"Key": {"uid": {"S": "alice"}}, "UpdateExpression": "SET #$ = :v",
                         "ExpressionAttributeNames": {"#$": "salary"},
                         "ExpressionAttributeValues": {":v": {"N": "1"}}}),
        ("update_item", {"Key": {"uid": {"S": "alice"}}, "UpdateExpression": "SET salary = :v",
                         "ExpressionAttributeValues": {":v": {"N": "1"}}}),
        ("get_item", {"Key": {"uid": {"S": "alice"}}, "ProjectionExpression": "#s",
                      "ExpressionAttributeNames": {"#s": "salary"}}),
        ("delete_item", {"Key": {"uid": {"S": "alice"}}, "ConditionExpression": "size(salary) > :v",
                         "ExpressionAttributeValues": {":v": {"N": "1"}}}),
    ],
)  # fmt: skip
def test_attributes_are_seen_wherever_they_stand(cloud, people, operation, parameters):
    alice = make_user(cloud, "alice", allow("dynamodb:*", TABLE, Condition=NAMES)).client("dynamodb")
    code, _ = error_of(getattr(alice, operation), TableName="people", **parameters)
    assert code in ("AccessDeniedException", "ValidationException")
    assert people.get_item(TableName="people", Key={"uid": {"S": "alice"}})["Item"]["salary"] == {"N": "9"}


@pytest.mark.ledger("F-RES-04")
@pytest.mark.parametrize(
    "statement",
    [
        """SELECT * FROM people WHERE "uid='alice'" IS MISSING""",
        """SELECT * FROM people WHERE uid='alice' OR name='Bob'""",
        """SELECT * FROM people WHERE NOT uid='alice'""",
        """SELECT * FROM people WHERE name = 'uid = ''alice'''""",
        """SELECT * FROM people WHERE x.uid = 'alice'""",
        """SELECT * FROM people WHERE uid <> 'alice'""",
        """SELECT * FROM people -- WHERE uid = 'alice'""",
        """DELETE FROM people WHERE "uid='alice'" IS MISSING AND uid='bob'""",
        """DELETE FROM people WHERE uid='bob' AND name = 'uid=''alice'''""",
        """UPDATE people SET name='x' WHERE uid='bob' AND begins_with("uid", 'b')""",
        """UPDATE people SET name='uid=''alice''' WHERE uid='bob'""",
        """INSERT INTO people VALUE {'uid': 'carol', 'note': '''uid'': ''alice'''}""",
        """INSERT INTO people VALUE {'uid': 'carol', 'uid': 'alice'}""",
    ],
)
def test_no_statement_gets_round_leading_keys(cloud, people, statement):
    alice = make_user(cloud, "alice", allow("dynamodb:*", TABLE, Condition=OWN)).client("dynamodb")
    before = people.scan(TableName="people")["Items"]
    assert error_of(alice.execute_statement, Statement=statement)[0] in (
        "AccessDeniedException",
        "ValidationException",
    )
    assert people.scan(TableName="people")["Items"] == before


@pytest.mark.ledger("F-RES-04")
def test_statements_on_ones_own_item_are_performed(cloud, people):
    alice = make_user(cloud, "alice", allow("dynamodb:*", TABLE, Condition=OWN)).client("dynamodb")
    assert len(alice.execute_statement(Statement="SELECT name FROM people WHERE uid='alice'")["Items"]) == 1
    found = alice.execute_statement(
        Statement='SELECT * FROM "people" WHERE "uid"=?', Parameters=[{"S": "alice"}]
    )
    assert found["Items"][0]["uid"] == {"S": "alice"}


@pytest.mark.ledger("F-RES-04")
def test_attributes_of_statements_are_seen(cloud, people):
    alice = make_user(cloud, "alice", allow("dynamodb:*", TABLE, Condition=NAMES)).client("dynamodb")
    assert alice.execute_statement(Statement="SELECT name FROM people WHERE uid='alice'")["Items"]
    for statement in (
        "SELECT salary FROM people WHERE uid='alice'",
        "SELECT name FROM people WHERE uid='alice' AND salary > 3",
        "SELECT \"salary\" FROM people WHERE uid='alice'",
    ):
        assert error_of(alice.execute_statement, Statement=statement)[0] == "AccessDeniedException"


@pytest.mark.ledger("F-RES-04")
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"FilterExpression": "a = :v"},
         ("Invalid FilterExpression: An expression attribute value used in expression is not defined; "
          "attribute value: :v")),
        ({"ProjectionExpression": "#n"},
         ("Invalid ProjectionExpression: An expression attribute name used in the document path is not defined; "
          "attribute name: #n")),
        ({"ProjectionExpression": "a", "ExpressionAttributeNames": {"#n": "b"}},
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}"),
        ({"ExpressionAttributeNames": {"#n": "b"}},
         "ExpressionAttributeNames can only be specified when using expressions"),
        ({"ProjectionExpression": "a", "AttributesToGet": ["b"]},
         ("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: "
          "{AttributesToGet} Expression parameters: {ProjectionExpression}")),
        ({"FilterExpression": "a ="}, 'Invalid FilterExpression: Syntax error; token: "<EOF>", near: "a ="'),
        ({"FilterExpression": " "}, "Invalid FilterExpression: The expression can not be empty;"),
        ({"FilterExpression": "exists(a)"}, "Invalid FilterExpression: Invalid function name; function: exists"),
    ],
)  # fmt: skip
def test_expressions_that_are_refused_in_dynamodbs_words(people, parameters, message):
    assert error_of(people.scan, TableName="people", **parameters) == ("ValidationException", message)


@pytest.mark.parametrize(
    ("parameter", "text", "attributes"),
    [
        ("ConditionExpression", "attribute_not_exists(a) AND (b = :v OR NOT c[0].d IN (:v, e))", ["a", "b", "c", "e"]),
        ("FilterExpression", "size(a) > :v and contains(b, :v) AND c between :v and d", ["a", "b", "c", "d"]),
        ("UpdateExpression",
         "SET a = if_not_exists(b, :v) + :v, c = list_append(d, :v) REMOVE e.f ADD g :v DELETE h :v",
         ["a", "b", "c", "d", "e", "g", "h"]),
        ("UpdateExpression", "set a = b - :v", ["a", "b"]),
        ("ProjectionExpression", "#n.a, b[3], c", ["name", "b", "c"]),
        ("KeyConditionExpression", "(a = :v) AND begins_with(b, :v)", ["a", "b"]),
    ],
)  # fmt: skip
def test_what_an_expression_names(parameter, text, attributes):
    request = {
        parameter: text,
        "ExpressionAttributeNames": {"#n": "name"},
        "ExpressionAttributeValues": {":v": 1},
    }
    assert list(dict.fromkeys(expressions.read(request, parameter).attributes)) == attributes


@given(st.text(alphabet="ab#:$.=<>(),[]0 ANDORNOTuid'\"", max_size=40))
@settings(max_examples=300)
def test_any_text_is_read_or_refused(text):
    """No other exception is raised, and there is no endless loop."""
    for parameter in expressions.EXPRESSIONS:
        with suppress(ServiceError):
            expressions.read({parameter: text}, parameter)
    with suppress(ServiceError):
        partiql.parse(text)
