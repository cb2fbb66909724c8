"""Custom senders: functions that deliver codes, which the AWS Encryption SDK opens for them.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-email-sender.html
"""

from __future__ import annotations

import base64
import json
import warnings
from typing import Any

import boto3
import pytest

from tests.cloud.services.cognito_idp.people import EMAIL, App, make_app, sms
from tests.clouds import error_of

ARN = "arn:aws:lambda:us-east-1:111122223333:function:"
GRANTED = {
    "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "kms:CreateGrant",
    "Resource": "*",
}  # fmt: skip


def key(*statements: dict[str, Any]) -> str:
    """A KMS key that can be used by its account, and by the principals in the statements."""
    own = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [own, *statements]})
    return str(boto3.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"])


def opened(code: str, arn: str) -> tuple[str, dict[str, str]]:
    """Return what AWS's own Encryption SDK reads in a code, and the encryption context."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import aws_encryption_sdk as sdk

        client = sdk.EncryptionSDKClient(commitment_policy=sdk.CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
        provider = sdk.StrictAwsKmsMasterKeyProvider(key_ids=[arn])
        text, header = client.decrypt(source=base64.b64decode(code), key_provider=provider)
    return text.decode(), dict(header.encryption_context)


def with_senders(cloud: Any, arn: str, **more: Any) -> tuple[App, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    cloud.lambda_function(ARN + "sender", lambda event, context: (events.append(event), event)[1])
    sender = {"LambdaVersion": "V1_0", "LambdaArn": ARN + "sender"}
    config = {"CustomEmailSender": sender, "CustomSMSSender": sender, "KMSKeyID": arn}
    return make_app(cloud, pool={"LambdaConfig": config, **more}), events


def test_a_sender_gets_the_code_encrypted_and_nothing_else_is_sent(cloud):
    arn = key(GRANTED)
    app, events = with_senders(cloud, arn)
    shown = app.idp.describe_user_pool(UserPoolId=app.pool)["UserPool"]["LambdaConfig"]
    assert (shown["KMSKeyID"], shown["CustomEmailSender"]["LambdaArn"]) == (arn, ARN + "sender")
    details = app.sign_up(email=EMAIL)["CodeDeliveryDetails"]
    assert details["DeliveryMedium"] == "EMAIL"
    assert cloud.mailbox(EMAIL) == []
    (event,) = events
    assert (event["triggerSource"], event["version"]) == ("CustomEmailSender_SignUp", "1")
    request = event["request"]
    assert request["type"] == "customEmailSenderRequestV1"
    assert request["userAttributes"]["email"] == EMAIL
    code, context = opened(request["code"], arn)
    assert context["userpool-id"] == app.pool
    app.idp.confirm_sign_up(ClientId=app.client, Username="alice", ConfirmationCode=code)


@pytest.mark.parametrize(
    ("source", "ask"),
    [
        ("ResendCode", lambda app: app.idp.resend_confirmation_code(ClientId=app.client, Username="alice")),
        (
            "AdminCreateUser",
            lambda app: app.idp.admin_create_user(
                UserPoolId=app.pool, Username="bob", TemporaryPassword="A<b>&c-Horse-1",
                UserAttributes=[{"Name": "email", "Value": "bob@example.com"}],
            ),
        ),
    ],
)  # fmt: skip
def test_each_message_has_a_source_of_its_own(cloud, source, ask):
    arn = key(GRANTED)
    app, events = with_senders(cloud, arn)
    app.sign_up(email=EMAIL)
    ask(app)
    assert events[-1]["triggerSource"] == f"CustomEmailSender_{source}"
    if source == "AdminCreateUser":
        assert opened(events[-1]["request"]["code"], arn)[0] == "A&lt;b&gt;&amp;c-Horse-1", "escaped as HTML"


def test_text_messages_have_a_sender_too(cloud):
    arn = key(GRANTED)
    app, events = with_senders(
        cloud, arn, AutoVerifiedAttributes=["phone_number"], SmsConfiguration=sms(cloud)
    )
    app.sign_up(phone_number="+15555550123")
    (event,) = events
    assert (event["triggerSource"], event["request"]["type"]) == (
        "CustomSMSSender_SignUp", "customSMSSenderRequestV1",
    )  # fmt: skip


def test_a_key_that_cognito_may_not_use_delivers_nothing(cloud):
    app, events = with_senders(cloud, key())
    assert error_of(app.sign_up, email=EMAIL)[0] == "CodeDeliveryFailureException"
    assert events == []
    assert app.idp.list_users(UserPoolId=app.pool)["Users"] == []


def test_a_sender_needs_a_key(cloud):
    sender = {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN + "sender"}}
    assert error_of(make_app, cloud, pool={"LambdaConfig": sender})[0] == "InvalidParameterException"
