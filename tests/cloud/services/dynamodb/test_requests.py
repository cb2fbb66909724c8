"""Sets: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

from __future__ import annotations

import boto3
import pytest

from tests.clouds import error_of


@pytest.mark.parametrize("wrong", [{"SS": ["a", "a"]}, {"NS": ["1", "1"]}, {"SS": []}])
def test_a_set_has_each_value_once_and_one_at_least(cloud, wrong):
    dynamodb = boto3.client("dynamodb")
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    of = [{"AttributeName": "id", "AttributeType": "S"}]
    dynamodb.create_table(
        TableName="seeds", KeySchema=key, AttributeDefinitions=of, BillingMode="PAY_PER_REQUEST"
    )
    item = {"id": {"S": "1"}, "in": {"L": [{"M": {"colours": wrong}}]}}
    assert error_of(dynamodb.put_item, TableName="seeds", Item=item)[0] == "ValidationException"
    assert dynamodb.scan(TableName="seeds")["Count"] == 0
