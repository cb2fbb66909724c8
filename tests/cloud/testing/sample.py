"""Sample tests by a user of the plugin, for the plugin's own tests. Some of them must fail (see test_plugin.py)."""

import json
import subprocess
import sys

import boto3
import pytest

TRUST = {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"}


def document(actions, resource):
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def read(cloud, actions, resource):
    read_with(cloud, document(actions, resource))


def read_with(cloud, policy):
    """An app that reads one object, with a policy."""
    iam = boto3.client("iam")
    iam.create_user(UserName="app")
    iam.put_user_policy(UserName="app", PolicyName="own", PolicyDocument=policy)
    boto3.client("s3").create_bucket(Bucket="shelf")
    boto3.client("s3").put_object(Bucket="shelf", Key="k", Body=b"text")
    session = cloud.profile("app", iam.create_access_key(UserName="app")["AccessKey"])
    session.client("s3").get_object(Bucket="shelf", Key="k")


def test_new_one(cloud):
    boto3.client("iam").create_user(UserName="alice")


def test_new_two(cloud):
    assert [user["UserName"] for user in boto3.client("iam").list_users()["Users"]] == ["admin"]


def test_new_three():
    from labs_helpers.cloud import Cloud

    assert Cloud.running() is None


def test_elsewhere(cloud, cloud_endpoint):
    code = "import boto3; boto3.client('s3').create_bucket(Bucket='theirs')"
    subprocess.run([sys.executable, "-c", code], env=cloud_endpoint.env(), check=True)
    assert boto3.client("s3").list_buckets()["Buckets"][0]["Name"] == "theirs"
    assert cloud.record[-2].operation == "CreateBucket"


@pytest.mark.least_privilege("app")
@pytest.mark.parametrize(
    ("actions", "resource"),
    [
        pytest.param("s3:GetObject", "arn:aws:s3:::shelf/*", id="pattern"),
        pytest.param(["s3:getobject"], ["arn:aws:s3:::shelf/k"], id="exact"),
    ],
)
def test_least(cloud, actions, resource):
    read(cloud, actions, resource)


@pytest.mark.least_privilege("app")
@pytest.mark.parametrize(
    ("actions", "resource"),
    [
        pytest.param(["s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::shelf/*", id="action"),
        pytest.param("s3:GetObject*", "arn:aws:s3:::shelf/*", id="actions"),
        pytest.param("s3:*", "arn:aws:s3:::shelf/*", id="service"),
        pytest.param("*", "arn:aws:s3:::shelf/*", id="everything"),
        pytest.param("s3:GetObject", "*", id="resources"),
        pytest.param("s3:GetObject", ["arn:aws:s3:::shelf/*", "arn:aws:s3:::vault/*"], id="resource"),
        pytest.param("s3:GetObject", "arn:aws:s3:::*", id="buckets"),
        pytest.param("s3:GetObject", "arn:aws:s3:::*/*", id="bucket"),
        pytest.param("s3:GetObject", "arn:aws:s3:::s*/k", id="prefix"),
        pytest.param("s3:GetObject", ["arn:aws:s3:::shelf/k", "arn:aws:s3:::shelf/*"], id="both"),
    ],
)
def test_more(cloud, actions, resource):
    read(cloud, actions, resource)


@pytest.mark.least_privilege("app", spare=("s3:Delete*",))
def test_spared(cloud):
    read(cloud, ["s3:GetObject", "s3:DeleteObject"], "arn:aws:s3:::shelf/*")


@pytest.mark.least_privilege("arn:aws:iam::111122223333:role/reader")
def test_role(cloud):
    iam = boto3.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]
    actions = ["s3:ListAllMyBuckets", "s3:ListBucket"]
    iam.put_role_policy(RoleName="reader", PolicyName="own", PolicyDocument=document(actions, "*"))
    cloud.role_profile("reader", role["Arn"], "default").client("s3").list_buckets()


@pytest.mark.least_privilege("app")
def test_two_statements(cloud):
    exact = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shelf/k"}
    wider = {**exact, "Resource": "arn:aws:s3:::shelf/*"}
    read_with(cloud, json.dumps({"Version": "2012-10-17", "Statement": [exact, wider]}))


@pytest.mark.least_privilege("app")
def test_only_refused(cloud):
    with pytest.raises(Exception, match="AccessDenied"):
        read(cloud, "s3:PutObject", "arn:aws:s3:::shelf/k")


@pytest.mark.least_privilege("app")
def test_what_a_bucket_policy_allows(cloud):
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    iam.create_user(UserName="app")
    iam.put_user_policy(
        UserName="app", PolicyName="own", PolicyDocument=document("s3:*Object", "arn:aws:s3:::shelf/k")
    )
    s3.create_bucket(Bucket="shelf")
    named = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:user/app"}}
    named |= {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::shelf/*"}
    s3.put_bucket_policy(Bucket="shelf", Policy=json.dumps({"Version": "2012-10-17", "Statement": named}))
    app = cloud.profile("app", iam.create_access_key(UserName="app")["AccessKey"]).client("s3")
    app.put_object(Bucket="shelf", Key="k", Body=b"text")
    app.get_object(Bucket="shelf", Key="k")


@pytest.mark.least_privilege("nobody")
def test_nobody(cloud):
    pass


@pytest.mark.least_privilege("nobody")
def test_no_cloud():
    pass


@pytest.mark.least_privilege("nobody")
def test_own_failure(cloud):
    pytest.fail("its own failure")
