"""Times in answers of IAM and STS have whole seconds, unlike in AWS's old examples."""

from __future__ import annotations

import re

import boto3

from tests.clouds import trust


def test_times_have_whole_seconds(cloud, iam):
    sts, bodies = boto3.client("sts"), []
    for client in (iam, sts):
        client.meta.events.register(
            "after-call", lambda http_response, **_: bodies.append(http_response.text)
        )
    iam.create_role(RoleName="app", AssumeRolePolicyDocument=trust({"AWS": "111122223333"}))
    iam.create_user(UserName="alice")
    iam.create_access_key(UserName="alice")
    iam.get_account_authorization_details(Filter=["User", "Role"])
    sts.get_session_token()
    times = re.findall(r"<(\w+)>(20\d\d-[^<]*)</", "".join(bodies))
    assert {name for name, _ in times} == {"CreateDate", "Expiration"}
    assert [time for _, time in times if not re.fullmatch(r"[\d-]{10}T[\d:]{8}Z", time)] == []
