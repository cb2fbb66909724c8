"""What CloudTrail shows of DynamoDB: no values of attributes that are no keys.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/understanding-ddb-log-entries.html
"""

from labs_helpers.cloud.services.shared.trail_facts import OMIT, TrailFacts

TRAIL = TrailFacts(
    data_type="AWS::DynamoDB::Table",
    data_events=frozenset((
        "BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems",
        "TransactWriteItems", "UpdateItem",
    )),
    read_only=frozenset(("TransactGetItems",)),
    members=dict.fromkeys(
        ("Item", "Attributes", "ExpressionAttributeValues", "AttributeUpdates", "Expected", "KeyConditions",
         "ScanFilter", "QueryFilter", "ExclusiveStartKey", "ItemCollectionMetrics", "UnprocessedItems"), OMIT,
    ),
    types={"table": "AWS::DynamoDB::Table"},
    resources_in_record=True,
)  # fmt: skip
