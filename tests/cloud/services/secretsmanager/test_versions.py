"""Values, versions and staging labels: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.clouds import error_of

REGION = "us-east-1"
ONE, TWO, THREE, FOUR = (str(uuid.UUID(int=number, version=4)) for number in range(4))


@pytest.fixture
def secrets(cloud):
    return boto3.client("secretsmanager", region_name=REGION)


@pytest.fixture
def db(secrets):
    return secrets.create_secret(Name="db", SecretString="one", ClientRequestToken=ONE)["ARN"]


def code(call, **given) -> str:
    return error_of(call, **given)[0]


def labels(secrets):
    found = secrets.describe_secret(SecretId="db").get("VersionIdsToStages", {})
    return {version: sorted(stages) for version, stages in found.items()}


@pytest.mark.ledger("F-RES-09")
def test_a_new_value_becomes_current_and_the_last_one_previous(secrets, db):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html"""
    for token, value in ((TWO, "two"), (THREE, "three")):
        answer = secrets.put_secret_value(SecretId="db", SecretString=value, ClientRequestToken=token)
        assert (answer["ARN"], answer["VersionId"], answer["VersionStages"]) == (db, token, ["AWSCURRENT"])
    assert labels(secrets) == {TWO: ["AWSPREVIOUS"], THREE: ["AWSCURRENT"]}
    assert secrets.get_secret_value(SecretId="db", VersionStage="AWSPREVIOUS")["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId="db", VersionId=ONE)["SecretString"] == "one"


@pytest.mark.ledger("F-RES-09")
def test_versions_without_a_label_are_listed_only_where_they_are_asked_for(secrets, db):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html"""
    for token in (TWO, THREE):
        secrets.put_secret_value(SecretId="db", SecretString=token, ClientRequestToken=token)
    listed = secrets.list_secret_version_ids(SecretId="db")
    assert (listed["ARN"], [each["VersionId"] for each in listed["Versions"]]) == (db, [TWO, THREE])
    assert "NextToken" not in listed
    everything = {"SecretId": "db", "IncludeDeprecated": True, "MaxResults": 2}
    pages = [secrets.list_secret_version_ids(**everything)]
    pages.append(secrets.list_secret_version_ids(**everything, NextToken=pages[0]["NextToken"]))
    assert [[each["VersionId"] for each in page["Versions"]] for page in pages] == [[ONE, TWO], [THREE]]
    assert "VersionStages" not in pages[0]["Versions"][0]
    assert code(secrets.list_secret_version_ids, SecretId="db", NextToken="x") == "InvalidNextTokenException"


def test_labels_of_ones_own_move_and_leave_the_current_version_alone(secrets, db):
    secrets.put_secret_value(
        SecretId="db", SecretBinary=b"\x00", ClientRequestToken=TWO, VersionStages=["MINE"]
    )
    assert labels(secrets) == {ONE: ["AWSCURRENT"], TWO: ["MINE"]}
    found = secrets.get_secret_value(SecretId="db", VersionStage="MINE")
    assert found["SecretBinary"] == b"\x00"
    assert "SecretString" not in found
    secrets.put_secret_value(
        SecretId="db", SecretString="3", ClientRequestToken=THREE, VersionStages=["MINE", "AWSCURRENT"]
    )
    assert labels(secrets) == {ONE: ["AWSPREVIOUS"], THREE: ["AWSCURRENT", "MINE"]}


def test_a_request_made_again_does_nothing_and_another_value_is_refused(secrets, db):
    again = secrets.create_secret(Name="db", SecretString="one", ClientRequestToken=ONE)
    assert (again["ARN"], again["VersionId"]) == (db, ONE)
    assert (
        secrets.put_secret_value(SecretId="db", SecretString="one", ClientRequestToken=ONE)["VersionId"]
        == ONE
    )
    for call, given in (
        (secrets.create_secret, {"Name": "db", "ClientRequestToken": ONE}),
        (secrets.create_secret, {"Name": "db", "ClientRequestToken": TWO}),
        (secrets.put_secret_value, {"SecretId": "db", "ClientRequestToken": ONE}),
        (secrets.update_secret, {"SecretId": "db", "ClientRequestToken": ONE}),
    ):
        assert code(call, SecretString="other", **given) == "ResourceExistsException"
    # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html: the same value, too
    assert code(secrets.update_secret, SecretId="db", SecretString="one", ClientRequestToken=ONE) == (
        "ResourceExistsException"
    )


@pytest.mark.ledger("F-RES-09")
def test_a_label_is_taken_from_the_version_that_has_it_or_not_at_all(secrets, db):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html"""
    secrets.put_secret_value(SecretId="db", SecretString="two", ClientRequestToken=TWO)
    move = {"SecretId": "db", "VersionStage": "AWSCURRENT", "MoveToVersionId": ONE}
    refused = [
        move, {**move, "RemoveFromVersionId": ONE}, {"SecretId": "db", "VersionStage": "AWSCURRENT"},
        {"SecretId": "db", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": TWO},
        {"SecretId": "db", "VersionStage": "NONE", "RemoveFromVersionId": TWO},
    ]  # fmt: skip
    for given in refused:
        assert code(secrets.update_secret_version_stage, **given) == "InvalidParameterException", given
    unknown = {"SecretId": "db", "VersionStage": "X", "MoveToVersionId": FOUR}
    assert code(secrets.update_secret_version_stage, **unknown) == "ResourceNotFoundException"
    secrets.update_secret_version_stage(**move, RemoveFromVersionId=TWO)
    assert labels(secrets) == {ONE: ["AWSCURRENT"], TWO: ["AWSPREVIOUS"]}


def test_what_has_no_value_is_not_shown(secrets):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html"""
    assert "VersionId" not in secrets.create_secret(Name="db")
    shown = secrets.describe_secret(SecretId="db")
    assert set(shown) - {"ResponseMetadata"} == {"ARN", "Name", "CreatedDate", "LastChangedDate"}
    assert code(secrets.get_secret_value, SecretId="db") == "ResourceNotFoundException"
    first = secrets.put_secret_value(SecretId="db", SecretString="x", VersionStages=["MINE"])
    assert sorted(first["VersionStages"]) == ["AWSCURRENT", "MINE"]
    secrets.update_secret(SecretId="db", Description="d")
    assert secrets.describe_secret(SecretId="db")["Description"] == "d"
    secrets.update_secret(SecretId="db", Description="")
    assert "Description" not in secrets.describe_secret(SecretId="db")


def test_the_day_of_the_last_look_is_shown(secrets, db, cloud):
    assert "LastAccessedDate" not in secrets.describe_secret(SecretId="db")
    cloud.clock.advance(days=3)
    secrets.get_secret_value(SecretId="db")
    day = cloud.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    assert secrets.describe_secret(SecretId="db")["LastAccessedDate"].astimezone(UTC) == day
    (version,) = secrets.list_secret_version_ids(SecretId="db")["Versions"]
    assert version["LastAccessedDate"].astimezone(UTC) == day
    assert version["KmsKeyIds"] == ["DefaultEncryptionKey"]


def test_the_managed_key_is_not_named(secrets, db):
    key = boto3.client("kms", region_name=REGION).create_key()["KeyMetadata"]["Arn"]
    secrets.update_secret(SecretId="db", KmsKeyId=key)
    assert secrets.describe_secret(SecretId="db")["KmsKeyId"] == key
    secrets.update_secret(SecretId="db", KmsKeyId="")
    assert "KmsKeyId" not in secrets.describe_secret(SecretId="db")
    assert secrets.get_secret_value(SecretId="db")["SecretString"] == "one"


def test_old_versions_without_a_label_go_when_there_are_many(secrets, db, cloud):
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html"""
    for number in range(101):
        secrets.put_secret_value(SecretId="db", SecretString=str(number))
    count = len(secrets.list_secret_version_ids(SecretId="db", IncludeDeprecated=True)["Versions"])
    cloud.clock.advance(hours=25)
    secrets.put_secret_value(SecretId="db", SecretString="last")
    versions = secrets.list_secret_version_ids(SecretId="db", IncludeDeprecated=True)["Versions"]
    assert (count, len(versions)) == (100, 100)  # a page; the oldest of 102 is gone
    assert ONE not in {each["VersionId"] for each in versions}


def test_a_value_has_65536_bytes_at_most(secrets):
    assert code(secrets.create_secret, Name="db", SecretString="é" * 32_769) == "ValidationException"
    secrets.create_secret(Name="db", SecretString="é" * 32_768)


def test_a_secret_is_named_by_name_arn_or_arn_without_its_end(secrets, db):
    for name in ("db", db, db[:-7]):
        assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
    other = db[:-1] + ("a" if db[-1] != "a" else "b")
    for name in (other, db.replace(REGION, "eu-west-1"), "none"):
        assert code(secrets.describe_secret, SecretId=name) == "ResourceNotFoundException"


def test_a_name_may_look_like_the_end_of_an_arn(secrets):
    made = secrets.create_secret(Name="db-abcdef", SecretString="x")["ARN"]
    assert secrets.describe_secret(SecretId=made[:-7])["ARN"] == made


def test_tags_are_fifty_at_most_and_none_is_awss(secrets, db):
    many = [{"Key": str(number), "Value": ""} for number in range(51)]
    for tags in (many, [{"Key": "aws:x", "Value": ""}]):
        assert code(secrets.tag_resource, SecretId="db", Tags=tags) == "InvalidParameterException"
    secrets.tag_resource(SecretId="db", Tags=many[:50])
    secrets.untag_resource(SecretId="db", TagKeys=["0", "none"])
    assert len(secrets.describe_secret(SecretId="db")["Tags"]) == 49


def test_a_deletion_waits_out_its_window_and_tells_the_trail(secrets, db, cloud):
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html"""
    ends = secrets.delete_secret(SecretId="db", RecoveryWindowInDays=7)["DeletionDate"]
    assert ends - datetime.now(UTC) > timedelta(days=6, hours=23)
    assert secrets.list_secrets()["SecretList"] == []
    (planned,) = secrets.list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert planned["DeletedDate"] == ends
    cloud.clock.advance(days=7, minutes=1)
    assert code(secrets.restore_secret, SecretId="db") == "ResourceNotFoundException"
    assert secrets.create_secret(Name="db", SecretString="x")["ARN"] != db
    found = boto3.client("cloudtrail", region_name=REGION).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "EndSecretVersionDelete"}]
    )["Events"]
    assert f'"SecretVersionId": "{ONE}"' in found[0]["CloudTrailEvent"].replace('":"', '": "')


def test_what_is_deleted_by_force_is_gone_at_once_and_may_be_gone_before(secrets, db):
    secrets.delete_secret(SecretId="db", ForceDeleteWithoutRecovery=True)
    assert code(secrets.describe_secret, SecretId="db") == "ResourceNotFoundException"
    assert secrets.delete_secret(SecretId="db", ForceDeleteWithoutRecovery=True)["Name"] == "db"
    assert code(secrets.delete_secret, SecretId="db") == "ResourceNotFoundException"


def test_events_call_an_arn_so(secrets, db):
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html"""
    found = boto3.client("cloudtrail", region_name=REGION).lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateSecret"}]
    )["Events"]
    assert f'"arn":"{db}"' in found[0]["CloudTrailEvent"].replace('": "', '":"')
    assert '"aRN"' not in found[0]["CloudTrailEvent"]
