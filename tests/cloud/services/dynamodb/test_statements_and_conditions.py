"""PartiQL statements one by one in a batch, the older conditions of writes, and capacity only on request."""

from __future__ import annotations

import random

import boto3
import pytest
from botocore.exceptions import ClientError

from labs_helpers.cloud import NotModelled
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


@pytest.fixture
def shelf(db):
    """A table with `ITEMS`."""
    db.create_table(
        TableName="shelf", BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )  # fmt: skip
    for item in ITEMS:
        db.put_item(TableName="shelf", Item=item)
    return db


def batch(client, *statements):
    return client.batch_execute_statement(Statements=[{"Statement": each} for each in statements])[
        "Responses"
    ]


def test_a_batch_answers_each_statement_for_itself(db):
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html"""
    answers = batch(
        db, "SELECT * FROM books WHERE id='1'", "SELECT * FROM nowhere WHERE id='1'", "nonsense",
        "SELECT * FROM books WHERE id='2'",
    )  # fmt: skip
    assert answers[0]["Item"] == {"id": {"S": "1"}, "n": {"N": "5"}, "raw": {"B": b"\x00\xff"}}
    assert answers[3] == {"TableName": "books"}
    codes = [None, "ResourceNotFound", "ValidationError", None]
    assert [each.get("Error", {}).get("Code") for each in answers] == codes
    writes = batch(db, "UPDATE books SET n=6 WHERE n=5", "INSERT INTO books VALUE {'id':'1'}")
    assert [each["Error"]["Code"] for each in writes] == ["ValidationError", "DuplicateItem"]


UPDATES = {
    "SET n=6": {"n": {"N": "6"}},
    "SET n=6 SET on=TRUE": {"n": {"N": "6"}, "on": {"BOOL": True}},
    "SET n=6, title='it''s'": {"n": {"N": "6"}, "title": {"S": "it's"}},
    'SET "n"=NULL': {"n": {"NULL": True}},
    "SET all=[1,'a',{'b':-2.5}] REMOVE n": {
        "n": None,
        "all": {"L": [{"N": "1"}, {"S": "a"}, {"M": {"b": {"N": "-2.5"}}}]},
    },
    "REMOVE n REMOVE raw": {"n": None, "raw": None},
    "SET tags=<<'a','b'>>": {"tags": {"SS": ["a", "b"]}},
}


@pytest.mark.parametrize("changes", UPDATES)
def test_an_update_sets_and_removes_attributes(db, changes):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html"""
    before = db.get_item(TableName="books", Key={"id": {"S": "1"}})["Item"]
    expected = {name: value for name, value in {**before, **UPDATES[changes]}.items() if value is not None}
    given = f"UPDATE books {changes} WHERE id='1' RETURNING"
    told = db.execute_statement(Statement=f"{given} ALL OLD *")["Items"]
    after = db.get_item(TableName="books", Key={"id": {"S": "1"}})["Item"]
    assert (told, after) == ([before], expected)
    (told,) = db.execute_statement(Statement=f"{given} MODIFIED NEW *")["Items"]
    assert told == {name: value for name, value in UPDATES[changes].items() if value is not None}


def test_an_update_takes_its_parameters_in_their_order(db):
    given = [{"N": "7"}, {"B": b"\x01"}, {"S": "1"}]
    statement = "UPDATE books SET n=? SET raw=? WHERE id=? RETURNING ALL NEW *"
    (item,) = db.execute_statement(Statement=statement, Parameters=given)["Items"]
    assert item == {"id": {"S": "1"}, "n": {"N": "7"}, "raw": {"B": b"\x01"}}
    both = [
        {"Statement": "UPDATE books SET n=8 WHERE id='1'"}, {"Statement": "INSERT INTO books VALUE {'id':'5'}"},
    ]  # fmt: skip
    db.execute_transaction(TransactStatements=both)
    (item,) = batch(db, "UPDATE books SET x=1 WHERE id='1' RETURNING MODIFIED OLD *")
    assert item == {"TableName": "books", "Item": {}}
    assert db.get_item(TableName="books", Key={"id": {"S": "1"}})["Item"]["n"] == {"N": "8"}


def test_an_insert_writes_values_of_every_type(db):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html"""
    text = "INSERT INTO books VALUE {'id':'7','a':NULL,'b':[1,?],'c':{'d':FALSE},'e':<<1,2>>,'f':'it''s'}"
    db.execute_statement(Statement=text, Parameters=[{"B": b"\x00"}])
    assert db.get_item(TableName="books", Key={"id": {"S": "7"}})["Item"] == {
        "id": {"S": "7"}, "a": {"NULL": True}, "b": {"L": [{"N": "1"}, {"B": b"\x00"}]},
        "c": {"M": {"d": {"BOOL": False}}}, "e": {"NS": ["1", "2"]}, "f": {"S": "it's"},
    }  # fmt: skip
    code, words = error_of(db.execute_statement, Statement="INSERT INTO books VALUE {'id':8}")
    assert (code, "Type mismatch for key id expected: S actual: N" in words) == ("ValidationException", True)


@pytest.mark.parametrize("kind", ["SELECT * FROM", "INSERT INTO", "UPDATE", "DELETE FROM"])
def test_a_missing_table_is_told_for_every_kind_of_statement(db, kind):
    rest = {"INSERT INTO": "VALUE {'id':'1'}", "UPDATE": "SET n=1 WHERE id='1'"}.get(kind, "WHERE id='1'")
    text = f"{kind} nowhere {rest}"
    assert error_of(db.execute_statement, Statement=text)[0] == "ResourceNotFoundException"
    transaction = [{"Statement": text}]
    assert error_of(db.execute_transaction, TransactStatements=transaction)[0] == "ResourceNotFoundException"
    assert batch(db, text)[0]["Error"]["Code"] == "ResourceNotFound"


def test_no_statement_fails_within(db):
    """Whatever the grammar allows is executed, refused as AWS does, or refused by name."""
    dice = random.Random(1)
    names = ("id", "n", '"n"', '"my attr"', "a.b", "list[0]")
    values = ("'x'", "-1.5", "TRUE", "NULL", "[1,2]", "{'a':1}", "<<1,2>>", "'it''s'")
    conditions = (
        "{}={}",
        "{} IN ({})",
        "begins_with({}, {})",
        "contains({}, {})",
        "{} IS MISSING",
        "NOT {} IN [{}]",
    )
    kinds = ("SELECT {2} FROM {0} WHERE {1}", "UPDATE {0} SET {2}={3} WHERE {1}", "DELETE FROM {0} WHERE {1}",
             "INSERT INTO {0} VALUE {{'id':'x','n':{3}}}")  # fmt: skip
    told = set()
    for _ in range(120):
        condition = dice.choice(conditions).format(dice.choice(names), dice.choice(values))
        where = dice.choice(("id='1'", f"id='1' AND {condition}", f"({condition}) OR n=5"))
        table = dice.choice(("books", '"books"', "nowhere"))
        text = dice.choice(kinds).format(table, where, dice.choice(names), dice.choice(values))
        try:
            db.execute_statement(Statement=text)
        except ClientError as error:
            told.add(error.response["Error"]["Code"])
        except NotModelled:
            told.add("by name")
    assert "InternalFailure" not in told
    assert {"by name", "ResourceNotFoundException"} <= told


@pytest.mark.parametrize(
    "changes", ["SET n=n+1", "SET a.b=1", "SET a[0]=1", "REMOVE a.b", "SET a=list_append(a,[1])"]
)
def test_an_update_of_anything_else_is_refused_by_name(db, changes):
    with pytest.raises(NotModelled, match=r"expressions|paths to nested attributes"):
        db.execute_statement(Statement=f"UPDATE books {changes} WHERE id='1'")


@pytest.mark.parametrize("table", ["books", '"books"', '"old-books.2"'])
@pytest.mark.parametrize("key", ["id", '"id"'])
def test_names_in_quotes_are_names_in_a_batch_as_well(db, table, key):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.batching.html"""
    if "old" in table:
        db.create_table(
            TableName="old-books.2", BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )  # fmt: skip
    name = table.strip('"')
    (made,) = batch(db, f"INSERT INTO {table} VALUE {{'id':'9','n':1}}")
    assert made == {"TableName": name}
    (changed,) = batch(db, f"UPDATE {table} SET n=2 WHERE {key}='9'")
    assert changed == {"TableName": name}
    (read,) = batch(db, f"SELECT * FROM {table} WHERE {key}='9'")
    assert read == {"TableName": name, "Item": {"id": {"S": "9"}, "n": {"N": "2"}}}
    (gone,) = batch(db, f"DELETE FROM {table} WHERE {key}='9'")
    assert gone == {"TableName": name}
    assert batch(db, f"SELECT * FROM {table} WHERE {key}='9'") == [{"TableName": name}]


ITEMS = [
    {"id": {"S": "1"}, "n": {"N": "5"}, "t": {"S": "abc"}},
    {"id": {"S": "2"}, "n": {"N": "6"}, "t": {"S": "abd"}, "on": {"BOOL": True}},
    {"id": {"S": "3"}, "t": {"SS": ["abc", "x"]}, "z": {"NULL": True}, "m": {"N": "1"}},
    {
        "id": {"S": "4"},
        "n": {"S": "5"},
        "list": {"L": [{"S": "abc"}, {"N": "2"}]},
        "map": {"M": {"a": {"N": "7"}}},
    },
]
CONDITIONS = {
    "n=5": "1", '"n"=5.0': "1", "n='5'": "4", "5=n": "1", "n IN [TRUE,5,'5']": "14", "n IN (6,7)": "2",
    "id IN ['1','3'] AND t IS NOT MISSING": "13", "n>5": "2", "n>=5": "12", "n<6": "1", "n<=6": "12",
    "n BETWEEN 5 AND 6": "12", "t>'abc'": "2", "begins_with(\"t\", 'ab')": "12", "contains(t, 'bc')": "1",
    "contains(t, 'x')": "3", "contains(list, 2)": "4", "attribute_type(t, 'SS')": "3", "n IS MISSING": "3",
    "m IS MISSING": "124", "m IS NOT MISSING": "3", "z IS NULL": "3", "z=NULL": "3", "on=TRUE": "2",
    "t=<<'x','abc'>>": "3", "list[0]='abc'": "4", "list[1]=2": "4", "list[2]=2": "", "map.a=7": "4", "map={'a':7}": "4",
    "size(t)=3": "12", "size(list)>1": "4", "n=5 OR n=6 AND t='abc'": "1", "(n=5 OR n=6) AND t='abd'": "2",
    "id='1' OR id='2' OR on=TRUE": "12", "n=?": "2",
}  # fmt: skip
"""A condition → the IDs of the items that meet it."""


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_is_met_by_the_items_that_have_such_values(shelf, condition):
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html"""
    given = {"Parameters": [{"N": "6"}]} if "?" in condition else {}
    found = shelf.execute_statement(Statement=f"SELECT * FROM shelf WHERE {condition}", **given)["Items"]
    assert "".join(sorted(each["id"]["S"] for each in found)) == CONDITIONS[condition]
    assert all(each in ITEMS for each in found)


def test_a_select_returns_the_attributes_that_it_names_in_its_order(shelf):
    found = shelf.execute_statement(Statement='SELECT id, "n" FROM shelf WHERE n>0 ORDER BY n DESC')["Items"]
    assert found == [{"id": {"S": "2"}, "n": {"N": "6"}}, {"id": {"S": "1"}, "n": {"N": "5"}}]
    read = [{"Statement": f"SELECT n FROM shelf WHERE id='{number}'"} for number in (1, 2)]
    told = shelf.execute_transaction(TransactStatements=read)["Responses"]
    assert told == [{"Item": {"n": {"N": "5"}}}, {"Item": {"n": {"N": "6"}}}]
    (without_key,) = batch(shelf, "SELECT * FROM shelf WHERE n=5")
    assert without_key["Error"]["Code"] == "ValidationError"
    code, _ = error_of(shelf.execute_statement, Statement='SELECT * FROM "shelf"."none"')
    assert code == "ValidationException"


@pytest.mark.parametrize("condition", ["n<>5", "NOT n=5", "z IS NOT NULL", "EXISTS(SELECT * FROM shelf)"])
def test_a_condition_whose_meaning_is_not_known_is_refused_by_name(shelf, condition):
    with pytest.raises(NotModelled, match=r"<>|NOT|EXISTS"):
        shelf.execute_statement(Statement=f"SELECT * FROM shelf WHERE {condition}")


def test_a_batch_refuses_only_the_statements_that_the_caller_may_not_execute(db, cloud):
    arn = f"arn:aws:dynamodb:{REGION}:{cloud.home}:table/books"
    user = make_user(cloud, "reader", allow("dynamodb:PartiQLSelect", arn))
    client = user.client("dynamodb", region_name=REGION)
    answers = batch(client, "SELECT * FROM books WHERE id='1'", "SELECT * FROM other WHERE id='1'")
    assert answers[0]["Item"]["id"] == {"S": "1"}
    assert answers[1]["Error"]["Code"] == "AccessDenied"
    (denied,) = batch(client, "DELETE FROM books WHERE id='1'")
    assert denied["Error"]["Code"] == "AccessDenied"
    assert "perform: dynamodb:PartiQLDelete on resource: " in denied["Error"]["Message"]
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
