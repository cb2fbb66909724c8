"""CloudTrail Lake takes no new customers: what is said of what does not exist, and what cannot be made.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-service-availability-change.html
"""

from __future__ import annotations

import boto3
import pytest

from labs_helpers.cloud.audit.trail_setup import bucket_policy
from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import error_of

HOME, BUCKET, REGION = "111122223333", "trail-of-home", "us-east-1"
ID = "0bbeb5b3-84a1-4a0d-9b65-1f6c0d2f3a11"
HERE = f"arn:aws:cloudtrail:{REGION}:{HOME}"
STORE, TRAIL = f"{HERE}:eventdatastore/{ID}", f"{HERE}:trail/course"


@pytest.fixture
def lake(cloud):
    return boto3.client("cloudtrail")


@pytest.fixture
def course(lake):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(BUCKET, TRAIL))
    lake.create_trail(Name="course", S3BucketName=BUCKET)
    return lake


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("create_event_data_store", {"Name": "lake"}),
        (
            "create_channel",
            {
                "Name": "inbound",
                "Source": "Custom",
                "Destinations": [{"Type": "EVENT_DATA_STORE", "Location": STORE}],
            },
        ),
        ("create_dashboard", {"Name": "board"}),
        ("start_import", {"Destinations": [STORE]}),
        ("generate_query", {"EventDataStores": [STORE], "Prompt": "Who deleted keys?"}),
        ("search_sample_queries", {"SearchPhrase": "deleted keys"}),
    ],
)
def test_nothing_can_be_made(lake, name, given):
    with pytest.raises(NotModelled, match="no new customers"):
        getattr(lake, name)(**given)


def test_lists_are_empty(lake):
    assert lake.list_event_data_stores()["EventDataStores"] == []
    assert lake.list_channels()["Channels"] == []
    assert lake.list_dashboards()["Dashboards"] == []
    assert lake.list_imports()["Imports"] == []
    assert lake.list_import_failures(ImportId=ID)["Failures"] == []
    assert error_of(lake.list_channels, NextToken="more")[0] == "InvalidNextTokenException"


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("get_event_data_store", {"EventDataStore": STORE}, "EventDataStoreNotFoundException"),
        ("get_event_data_store", {"EventDataStore": ID}, "EventDataStoreNotFoundException"),
        ("get_event_data_store", {"EventDataStore": TRAIL}, "EventDataStoreARNInvalidException"),
        ("delete_event_data_store", {"EventDataStore": STORE}, "EventDataStoreNotFoundException"),
        ("list_queries", {"EventDataStore": STORE}, "EventDataStoreNotFoundException"),
        ("get_channel", {"Channel": f"{HERE}:channel/{ID}"}, "ChannelNotFoundException"),
        ("get_channel", {"Channel": TRAIL}, "ChannelARNInvalidException"),
        ("get_dashboard", {"DashboardId": "board"}, "ResourceNotFoundException"),
        ("get_import", {"ImportId": ID}, "ImportNotFoundException"),
        ("start_query", {}, "InvalidParameterException"),
        ("start_query", {"QueryAlias": "keys"}, "ResourceNotFoundException"),
        ("start_query", {"QueryStatement": "SELECT 1"}, "InvalidQueryStatementException"),
        ("start_query", {"QueryStatement": f"SELECT * FROM {ID}"}, "EventDataStoreNotFoundException"),
        ("describe_query", {}, "InvalidParameterException"),
        ("get_query_results", {"QueryId": ID}, "QueryIdNotFoundException"),
        ("get_resource_policy", {"ResourceArn": STORE}, "ResourceNotFoundException"),
        ("get_resource_policy", {"ResourceArn": TRAIL}, "ResourceTypeNotSupportedException"),
        ("get_resource_policy", {"ResourceArn": "lake"}, "ResourceARNNotValidException"),
        ("get_event_configuration", {"EventDataStore": STORE}, "EventDataStoreNotFoundException"),
        ("get_event_configuration", {}, "InvalidParameterCombinationException"),
    ],
)
def test_what_is_said_of_what_does_not_exist(lake, name, given, code):
    assert error_of(getattr(lake, name), **given)[0] == code


def test_a_trail_aggregates_nothing(course):
    nothing = {"TrailARN": TRAIL, "AggregationConfigurations": []}
    for answer in (
        course.get_event_configuration(TrailName="course"),
        course.put_event_configuration(TrailName="course", AggregationConfigurations=[]),
    ):
        del answer["ResponseMetadata"]
        assert answer == nothing
    wrong = error_of(course.put_event_configuration, TrailName="course", MaxEventSize="Large")
    assert wrong[0] == "InvalidParameterCombinationException"
    wanted = [{"Templates": ["API_ACTIVITY"], "EventCategory": "Data"}]
    with pytest.raises(NotModelled):
        course.put_event_configuration(TrailName="course", AggregationConfigurations=wanted)
