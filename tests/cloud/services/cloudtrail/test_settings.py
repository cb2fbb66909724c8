"""A trail's settings (destinations, Insights, tags), and the settings that CloudTrail rejects.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html and its neighbours
"""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.config import Config

from labs_helpers.cloud.audit.trail_setup import bucket_policy
from labs_helpers.cloud.core.errors import NotModelled
from tests.clouds import allow, error_of, trust

HOME, BUCKET, REGION = "111122223333", "trail-of-home", "us-east-1"
ARN = f"arn:aws:cloudtrail:{REGION}:{HOME}:trail/course"
GROUP = f"arn:aws:logs:{REGION}:{HOME}:log-group:trail:*"
ROLE = f"arn:aws:iam::{HOME}:role/trail"
RATE, ERRORS = "ApiCallRateInsight", "ApiErrorRateInsight"
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


@pytest.fixture
def trail(cloud):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=bucket_policy(BUCKET, ARN))
    return boto3.client("cloudtrail")


@pytest.fixture
def course(trail):
    trail.create_trail(Name="course", S3BucketName=BUCKET)
    return trail


def look():
    """Whoever looks into the bucket finds what was delivered by then."""
    boto3.client("s3").list_objects_v2(Bucket=BUCKET)


# --- destinations ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"S3BucketName": "No_Bucket"}, "InvalidS3BucketNameException"),
        ({"S3KeyPrefix": "p" * 201}, "InvalidS3PrefixException"),
        ({"SnsTopicName": "t" * 257}, "InvalidSnsTopicNameException"),
        ({"SnsTopicName": "with space"}, "InvalidSnsTopicNameException"),
        ({"SnsTopicName": "nowhere"}, "InsufficientSnsTopicPolicyException"),
        ({"CloudWatchLogsLogGroupArn": GROUP}, "InvalidParameterCombinationException"),
        ({"CloudWatchLogsRoleArn": ROLE}, "InvalidParameterCombinationException"),
        (
            {"CloudWatchLogsLogGroupArn": GROUP, "CloudWatchLogsRoleArn": ROLE},
            "InvalidCloudWatchLogsLogGroupArnException",
        ),
        ({"TagsList": [{"Key": "a"}, {"Key": "a"}]}, "InvalidTagParameterException"),
        ({"TagsList": [{"Key": "aws:a", "Value": "b"}]}, "InvalidTagParameterException"),
        ({"TagsList": [{"Key": f"k{n}"} for n in range(51)]}, "TagsLimitExceededException"),
    ],
)
def test_what_create_trail_refuses(trail, given, code):
    assert error_of(trail.create_trail, **{"Name": "course", "S3BucketName": BUCKET} | given)[0] == code
    assert trail.list_trails()["Trails"] == []


def test_a_topic_is_told_of_each_log_file_if_its_policy_lets_cloudtrail(trail):
    topic = boto3.client("sns").create_topic(Name="files")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="files")["QueueUrl"]
    inbox = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    inbox = inbox["Attributes"]["QueueArn"]
    sns = {"Service": "sns.amazonaws.com"}
    boto3.client("sqs").set_queue_attributes(
        QueueUrl=queue, Attributes={"Policy": allow("sqs:SendMessage", inbox, Principal=sns)}
    )
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox)
    given = {"Name": "course", "S3BucketName": BUCKET, "SnsTopicName": "files"}
    assert error_of(trail.create_trail, **given)[0] == "InsufficientSnsTopicPolicyException"
    service = {"Service": "cloudtrail.amazonaws.com"}
    boto3.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="Policy", AttributeValue=allow("sns:Publish", topic, Principal=service)
    )
    assert trail.create_trail(**given)["SnsTopicARN"] == topic
    trail.start_logging(Name="course")
    look()
    (message,) = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert told["s3Bucket"] == BUCKET
    assert told["s3ObjectKey"][0].startswith(f"AWSLogs/{HOME}/CloudTrail/{REGION}/")
    assert trail.get_trail_status(Name="course")["LatestNotificationTime"]


def test_a_log_group_gets_the_events_if_the_role_may_write(trail, iam):
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="trail")
    given = {
        "Name": "course", "S3BucketName": BUCKET, "CloudWatchLogsLogGroupArn": GROUP, "CloudWatchLogsRoleArn": ROLE,
    }  # fmt: skip
    assert error_of(trail.create_trail, **given)[0] == "InvalidCloudWatchLogsRoleArnException"
    iam.create_role(RoleName="trail", AssumeRolePolicyDocument=trust({"Service": "cloudtrail.amazonaws.com"}))
    assert error_of(trail.create_trail, **given)[0] == "InvalidCloudWatchLogsRoleArnException"
    own = allow(["logs:CreateLogStream", "logs:PutLogEvents"])
    iam.put_role_policy(RoleName="trail", PolicyName="Write", PolicyDocument=own)
    assert trail.create_trail(**given)["CloudWatchLogsRoleArn"] == ROLE
    trail.start_logging(Name="course")
    iam.create_user(UserName="alice")
    look()
    stream = {"logGroupName": "trail", "logStreamName": f"{HOME}_CloudTrail_{REGION}"}
    written = [json.loads(each["message"])["eventName"] for each in logs.get_log_events(**stream)["events"]]
    assert {"StartLogging", "CreateUser"} <= set(written)
    assert trail.get_trail_status(Name="course")["LatestCloudWatchLogsDeliveryTime"]
    asked = [{"AttributeKey": "EventName", "AttributeValue": "CreateLogStream"}]
    who = json.loads(trail.lookup_events(LookupAttributes=asked)["Events"][-1]["CloudTrailEvent"])[
        "userIdentity"
    ]
    assert (who["type"], who["invokedBy"]) == ("AssumedRole", "cloudtrail.amazonaws.com")
    assert who["sessionContext"]["sessionIssuer"]["arn"] == ROLE
    iam.delete_role_policy(RoleName="trail", PolicyName="Write")
    iam.create_user(UserName="bob")
    look()
    status = trail.get_trail_status(Name="course")
    assert status["LatestCloudWatchLogsDeliveryError"] == "AccessDeniedException"
    assert "LatestDeliveryError" not in status


def test_recursive_logging_is_on_until_it_is_switched_off(trail):
    assert trail.create_trail(Name="course", S3BucketName=BUCKET)["RecursiveLogging"] is True
    assert trail.update_trail(Name="course", RecursiveLogging=False)["RecursiveLogging"] is False
    assert trail.get_trail(Name="course")["Trail"]["RecursiveLogging"] is False


# --- which trails are shown -----------------------------------------------------------------------------------


def test_a_trail_of_another_region_is_described_by_its_arn_only(trail):
    trail.create_trail(Name="course", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    west = boto3.client("cloudtrail", region_name="eu-west-1")
    assert len(west.describe_trails()["trailList"]) == 1
    assert west.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert west.describe_trails(trailNameList=["course"])["trailList"] == []
    assert len(west.describe_trails(trailNameList=[ARN])["trailList"]) == 1
    assert error_of(west.get_trail_status, Name="course")[0] == "TrailNotFoundException"
    assert west.get_trail_status(Name=ARN)["IsLogging"] is False


# --- Insights -------------------------------------------------------------------------------------------------


def test_insights_are_switched_on_replaced_and_off(course):
    assert error_of(course.get_insight_selectors, TrailName="course")[0] == "InsightNotEnabledException"
    both = [{"InsightType": RATE}, {"InsightType": ERRORS, "EventCategories": ["Management"]}]
    assert course.put_insight_selectors(TrailName="course", InsightSelectors=both)["TrailARN"] == ARN
    assert course.get_insight_selectors(TrailName=ARN)["InsightSelectors"] == both
    course.put_insight_selectors(TrailName="course", InsightSelectors=both[:1])
    assert course.get_insight_selectors(TrailName="course")["InsightSelectors"] == both[:1]
    assert course.get_trail(Name="course")["Trail"]["HasInsightSelectors"] is True
    course.put_insight_selectors(TrailName="course", InsightSelectors=[])
    assert error_of(course.get_insight_selectors, TrailName="course")[0] == "InsightNotEnabledException"
    assert course.get_trail(Name="course")["Trail"]["HasInsightSelectors"] is False


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"InsightSelectors": [{"InsightType": "Odd"}]}, "InvalidInsightSelectorsException"),
        ({"InsightSelectors": [{"InsightType": RATE}] * 2}, "InvalidInsightSelectorsException"),
        (
            {"InsightSelectors": [{"InsightType": RATE, "EventCategories": ["Odd"]}]},
            "InvalidInsightSelectorsException",
        ),
        (
            {"InsightSelectors": [{"InsightType": RATE, "EventCategories": ["Data"]}]},
            "InvalidInsightSelectorsException",
        ),
        ({"TrailName": "nothing", "InsightSelectors": []}, "TrailNotFoundException"),
        ({"EventDataStore": "a-store", "InsightSelectors": []}, "InvalidParameterCombinationException"),
        ({"TrailName": None, "InsightSelectors": []}, "InvalidParameterCombinationException"),
    ],
)
def test_what_put_insight_selectors_refuses(course, given, code):
    given = {"TrailName": "course"} | given
    given = {name: value for name, value in given.items() if value is not None}
    assert error_of(course.put_insight_selectors, **given)[0] == code


@pytest.mark.parametrize(
    ("selectors", "kind", "category", "allowed"),
    [
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, RATE, "Management", False),
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly"}]}, ERRORS, "Management", True),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly"}]}, RATE, "Management", True),
        ({"EventSelectors": [{"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}]},
         RATE, "Data", True),
        ({"AdvancedEventSelectors": [
            {"FieldSelectors": [MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}]},
        ]}, RATE, "Management", False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [MANAGEMENT]}]}, RATE, "Management", True),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [MANAGEMENT]}]}, ERRORS, "Data", False),
    ],
)  # fmt: skip
def test_a_trail_finds_insights_in_what_it_logs(course, selectors, kind, category, allowed):
    course.put_event_selectors(TrailName="course", **selectors)
    given = {"InsightSelectors": [{"InsightType": kind, "EventCategories": [category]}]}
    if allowed:
        course.put_insight_selectors(TrailName="course", **given)
    else:
        refused = error_of(course.put_insight_selectors, TrailName="course", **given)
        assert refused[0] == "InvalidInsightSelectorsException"


def test_nothing_unusual_ever_happens_here(course):
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListInsightsMetricData.html"""
    assert course.list_insights_data(InsightSource=ARN, DataType="InsightsEvents")["Events"] == []
    asked = {"EventSource": "iam.amazonaws.com", "EventName": "CreateUser", "InsightType": RATE}
    answer = course.list_insights_metric_data(**asked)
    assert (answer["Timestamps"], answer["Values"], answer["InsightType"]) == ([], [], RATE)
    assert not {"ErrorCode", "TrailARN", "NextToken"} & answer.keys()
    for more in ({"InsightType": ERRORS}, {"Period": 61}):
        assert error_of(course.list_insights_metric_data, **asked | more)[0] == "InvalidParameterException"


# --- event selectors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ([{"Field": "eventSource", "Equals": ["kms.amazonaws.com"]}], True),
        ([], False),
        ([{"Field": "resources.type", "Equals": ["AWS::S3::Object"]}], False),
    ],
)
def test_network_activity_is_selected_by_its_source(course, fields, taken):
    category = {"Field": "eventCategory", "Equals": ["NetworkActivity"]}
    given = {"AdvancedEventSelectors": [{"Name": "endpoints", "FieldSelectors": [category, *fields]}]}
    if taken:
        course.put_event_selectors(TrailName="course", **given)
        found = course.get_event_selectors(TrailName="course")
        assert found["AdvancedEventSelectors"] == given["AdvancedEventSelectors"]
        assert "EventSelectors" not in found
    else:
        assert (
            error_of(course.put_event_selectors, TrailName="course", **given)[0]
            == "InvalidEventSelectorsException"
        )


# --- tags -----------------------------------------------------------------------------------------------------


def test_tags_are_added_changed_removed_and_listed(trail):
    trail.create_trail(Name="course", S3BucketName=BUCKET, TagsList=[{"Key": "team", "Value": "blue"}])
    trail.add_tags(ResourceId=ARN, TagsList=[{"Key": "team", "Value": "red"}, {"Key": "bare"}])
    (listed,) = trail.list_tags(ResourceIdList=[ARN])["ResourceTagList"]
    assert listed == {"ResourceId": ARN, "TagsList": [{"Key": "team", "Value": "red"}, {"Key": "bare"}]}
    trail.remove_tags(ResourceId=ARN, TagsList=[{"Key": "team"}, {"Key": "absent"}])
    assert trail.list_tags(ResourceIdList=[ARN])["ResourceTagList"][0]["TagsList"] == [{"Key": "bare"}]


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ("course", "CloudTrailARNInvalidException"),
        (ARN.replace("course", "nothing"), "ResourceNotFoundException"),
        (ARN.replace("trail/course", "odd/thing"), "ResourceTypeNotSupportedException"),
    ],
)  # fmt: skip
def test_only_trails_that_exist_have_tags(course, resource, code):
    for call in (course.add_tags, course.remove_tags):
        assert error_of(call, ResourceId=resource, TagsList=[{"Key": "a"}])[0] == code
    assert error_of(course.list_tags, ResourceIdList=[resource])[0] == code


@pytest.mark.parametrize("kind", ["eventdatastore", "channel", "dashboard"])
def test_what_cloudtrail_lake_would_have_is_refused_by_name(course, kind):
    store = ARN.replace("trail/", f"{kind}/")
    with pytest.raises(NotModelled, match=f"cloudtrail:AddTags .*{kind}"):
        course.add_tags(ResourceId=store, TagsList=[{"Key": "a"}])
    with pytest.raises(NotModelled, match=r"cloudtrail:PutInsightSelectors .*EventDataStore"):
        course.put_insight_selectors(EventDataStore=store, InsightSelectors=[])


def test_a_tag_has_a_key(course):
    client = boto3.client("cloudtrail", config=Config(parameter_validation=False))
    code, _ = error_of(client.add_tags, ResourceId=ARN, TagsList=[{"Key": ""}])
    assert code == "InvalidTagParameterException"


def test_a_trail_has_fifty_tags_at_most(course):
    course.add_tags(ResourceId=ARN, TagsList=[{"Key": f"k{n}", "Value": "v"} for n in range(50)])
    assert (
        error_of(course.add_tags, ResourceId=ARN, TagsList=[{"Key": "more"}])[0]
        == "TagsLimitExceededException"
    )
    course.add_tags(ResourceId=ARN, TagsList=[{"Key": "k0", "Value": "other"}])
    many = [ARN] * 21
    assert error_of(course.list_tags, ResourceIdList=many)[0] == "InvalidParameterException"


def test_tags_are_changed_in_the_home_region_only(trail):
    trail.create_trail(Name="course", S3BucketName=BUCKET, IsMultiRegionTrail=True)
    west = boto3.client("cloudtrail", region_name="eu-west-1")
    refused = error_of(west.add_tags, ResourceId=ARN, TagsList=[{"Key": "a"}])
    assert refused[0] == "OperationNotPermittedException"
