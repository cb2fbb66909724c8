"""Permissions to invoke a function, and the role it runs with. Permissions that AWS rejects aren't stored."""

from __future__ import annotations

import json

import boto3
import pytest

from tests.clouds import allow, error_of, make_user, trust

SAME_ID = (
    "The statement id (one) provided already exists. Please provide a new statement id, or remove the existing "
    "statement."
)


def add(client, sid="one", principal="s3.amazonaws.com", action="lambda:InvokeFunction", **more):
    return client.add_permission(
        FunctionName="greet", StatementId=sid, Principal=principal, Action=action, **more
    )


@pytest.mark.ledger("F-RES-03")
def test_the_same_statement_id_twice_is_a_conflict(cloud, function):
    add(function)
    assert error_of(add, function) == ("ResourceConflictException", SAME_ID)
    assert len(json.loads(function.get_policy(FunctionName="greet")["Policy"])["Statement"]) == 1


@pytest.mark.ledger("F-RES-03")
@pytest.mark.parametrize(
    "principal",
    ["nobody", "arn:aws:iam::111122223333:user/ghost", "arn:aws:s3:::bucket", "12345", "*.amazonaws.com"],
)
def test_a_principal_that_is_none_is_refused_and_the_function_lives(cloud, function, principal):
    assert error_of(add, function, principal=principal)[0] == "InvalidParameterValueException"
    assert function.get_function(FunctionName="greet")["Configuration"]["FunctionName"] == "greet"


@pytest.mark.ledger("F-RES-03")
@pytest.mark.parametrize("action", ["InvokeFunction", "lambda:", "s3:GetObject", "invoke me"])
def test_an_action_that_is_none_is_refused_and_the_function_lives(cloud, function, action):
    assert error_of(add, function, action=action)[0] == "ValidationException"
    assert function.get_function(FunctionName="greet")["Configuration"]["FunctionName"] == "greet"


@pytest.mark.parametrize(
    "principal", ["*", "444455556666", "events.amazonaws.com", "arn:aws:iam::111122223333:user/al"]
)
def test_principals_that_there_are_are_taken(cloud, iam, function, principal):
    iam.create_user(UserName="al")
    add(function, principal=principal)
    assert len(json.loads(function.get_policy(FunctionName="greet")["Policy"])["Statement"]) == 1


@pytest.mark.ledger("F-RES-03")
@pytest.mark.parametrize("trusted", [{"Service": "ec2.amazonaws.com"}, {"AWS": "111122223333"}])
def test_a_role_that_does_not_trust_lambda_is_refused(create, iam, trusted):
    role = iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust(trusted))["Role"]["Arn"]
    message = "The role defined for the function cannot be assumed by Lambda."
    assert error_of(create, role) == ("InvalidParameterValueException", message)
    assert error_of(create, "arn:aws:iam::111122223333:role/none") == (
        "InvalidParameterValueException",
        message,
    )
    assert boto3.client("lambda").list_functions()["Functions"] == []


@pytest.mark.ledger("F-GATE-01")
def test_a_qualifier_in_the_name_and_another_beside_it_are_refused(cloud, function):
    function.publish_version(FunctionName="greet")
    only_one = make_user(cloud, "alice", allow("lambda:*", "arn:aws:lambda:*:*:function:greet:1")).client(
        "lambda"
    )
    assert only_one.get_function(FunctionName="greet:1")["Configuration"]["Version"] == "1"
    assert error_of(only_one.get_function, FunctionName="greet:1", Qualifier="$LATEST") == (
        "InvalidParameterValueException",
        "The derived qualifier from the function name does not match the specified qualifier.",
    )
