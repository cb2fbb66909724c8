"""DynamoDB's events in CloudTrail, which omit attributes other than keys, and hide PartiQL statements.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/understanding-ddb-log-entries.html
"""

from labs_helpers.cloud.services.shared.trail_facts import HIDDEN, OMIT, TrailFacts

TRAIL = TrailFacts(
    data_type="AWS::DynamoDB::Table",
    data_events=frozenset((
        "BatchExecuteStatement", "BatchGetItem", "BatchWriteItem", "DeleteItem", "ExecuteStatement",
        "ExecuteTransaction", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems",
        "UpdateItem",
    )),
    read_only=frozenset(("TransactGetItems",)),
    members={
        **dict.fromkeys(
            ("Item", "Attributes", "ExpressionAttributeValues", "AttributeUpdates", "Expected", "KeyConditions",
             "ScanFilter", "QueryFilter", "Parameters", "ExclusiveStartKey", "ItemCollectionMetrics",
             "UnprocessedItems"), OMIT,
        ),
        "Statement": HIDDEN,
    },
    types={"table": "AWS::DynamoDB::Table"},
    resources_in_record=True,
)  # fmt: skip
