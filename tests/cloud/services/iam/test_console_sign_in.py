"""Signing in at the console: who gets in, and the events that CloudTrail shows of each attempt.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud
from labs_helpers.cloud.actors import Authenticator, Console, SignInRefused
from tests.clouds import allow, error_of, make_user

HOME = "111122223333"
PASSWORD = "Right-12345"
ANN = f"arn:aws:iam::{HOME}:user/ann"
ROOT = f"arn:aws:iam::{HOME}:root"


@pytest.fixture
def console(cloud: Cloud, iam: Any) -> Console:
    make_user(cloud, "ann", allow("*"))
    iam.create_login_profile(UserName="ann", Password=PASSWORD)
    return cloud.console()


def events(name: str) -> list[dict[str, Any]]:
    """The events of a name, oldest first."""
    trail = boto3.client("cloudtrail", region_name="us-east-1")
    lookup = [{"AttributeKey": "EventName", "AttributeValue": name}]
    found = trail.lookup_events(LookupAttributes=lookup)["Events"]
    return [json.loads(each["CloudTrailEvent"]) for each in reversed(found)]


def with_app(cloud: Cloud, iam: Any) -> tuple[str, Authenticator]:
    """The serial number of ann's new MFA device, and her app."""
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    app = Authenticator(cloud, device["Base32StringSeed"])
    first, second = app.two_codes()
    serial = device["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ann", SerialNumber=serial, AuthenticationCode1=first, AuthenticationCode2=second
    )
    return serial, app


def test_a_user_signs_in_and_calls_as_themselves(console, iam):
    session = console.sign_in("ann", PASSWORD)
    assert session.client("sts").get_caller_identity()["Arn"] == ANN
    (event,) = events("ConsoleLogin")
    assert event["userIdentity"] == {
        "type": "IAMUser", "principalId": iam.get_user(UserName="ann")["User"]["UserId"], "arn": ANN,
        "accountId": HOME, "userName": "ann",
    }  # fmt: skip
    assert event["responseElements"] == {"ConsoleLogin": "Success"}
    page = event["additionalEventData"]
    assert (page["MFAUsed"], page["MobileVersion"]) == ("No", "No")
    assert page["LoginTo"].startswith("https://console.aws.amazon.com/")
    assert (event["eventSource"], event["eventType"], event["readOnly"], event["requestParameters"]) == (
        "signin.amazonaws.com", "AwsConsoleSignIn", False, None
    )  # fmt: skip
    # OBSERVED in 2023 and 2024: the members of such an event, of which requestID is none.
    assert set(event) == {
        "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
        "userAgent", "requestParameters", "responseElements", "additionalEventData", "eventID", "readOnly", "eventType",
        "managementEvent", "recipientAccountId", "eventCategory", "tlsDetails",
    }  # fmt: skip
    (called,) = events("GetCallerIdentity")
    assert called["sessionCredentialFromConsole"] == "true"
    assert called["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"


def test_calls_with_keys_are_not_the_consoles(cloud, console):
    boto3.Session(profile_name="ann").client("sts").get_caller_identity()
    assert "sessionCredentialFromConsole" not in events("GetCallerIdentity")[0]


def test_failed_sign_ins_tell_the_trail_more_than_the_page(console, iam):
    pages = set()
    for name, password in (("ann", "wrong"), ("bob", "wrong")):
        with pytest.raises(SignInRefused) as refused:
            console.sign_in(name, password)
        pages.add(str(refused.value))
    assert len(pages) == 1
    ann, bob = events("ConsoleLogin")
    assert (ann["errorMessage"], bob["errorMessage"]) == (
        "Failed authentication",
        "No username found in supplied account",
    )
    assert ann["responseElements"] == bob["responseElements"] == {"ConsoleLogin": "Failure"}
    assert "errorCode" not in ann
    identity = iam.get_user(UserName="ann")["User"]["UserId"]
    assert ann["userIdentity"] == {
        "type": "IAMUser", "principalId": identity, "accountId": HOME, "accessKeyId": "", "userName": "ann",
    }  # fmt: skip
    assert bob["userIdentity"]["userName"] == "HIDDEN_DUE_TO_SECURITY_REASONS"


def test_a_user_with_an_authenticator_needs_its_code(cloud, iam, console):
    serial, app = with_app(cloud, iam)
    for code in (None, "000000", app.code()):  # the last one was used to enable the device
        with pytest.raises(SignInRefused):
            console.sign_in("ann", PASSWORD, code)
    session = console.sign_in("ann", PASSWORD, app.next_code())
    assert session.client("sts").get_caller_identity()["Arn"] == ANN
    *failed, right = events("ConsoleLogin")
    assert [each["additionalEventData"]["MFAUsed"] for each in failed] == ["Yes"] * 3
    assert right["additionalEventData"]["MFAIdentifier"] == serial
    checked = events("CheckMfa")
    assert len(checked) == 4
    assert (checked[0]["responseElements"], checked[0]["additionalEventData"]) == (
        {"CheckMfa": "Success"}, {"MfaType": "Virtual MFA"}
    )  # fmt: skip
    identity = events("GetCallerIdentity")[0]["userIdentity"]
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"


def test_a_session_of_the_console_has_the_mfa_that_the_sign_in_had(cloud, iam, console):
    guarded = allow("s3:ListAllMyBuckets", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    iam.put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=guarded)
    before = console.sign_in("ann", PASSWORD)
    assert error_of(before.client("s3").list_buckets)[0] == "AccessDenied"
    _, app = with_app(cloud, iam)
    assert console.sign_in("ann", PASSWORD, app.next_code()).client("s3").list_buckets()["Buckets"] == []


def test_a_session_of_the_console_is_temporary(cloud, console):
    sts = console.sign_in("ann", PASSWORD).client("sts")
    assert error_of(sts.get_session_token)[0] == "AccessDenied"
    cloud.clock.advance(hours=12)
    assert error_of(sts.get_caller_identity)[0] == "ExpiredToken"


def test_a_password_that_must_change_is_changed_at_the_sign_in(iam, console):
    iam.update_login_profile(UserName="ann", Password="Other-12345", PasswordResetRequired=True)
    for new in (None, "short"):
        with pytest.raises(SignInRefused):
            console.sign_in("ann", "Other-12345", new_password=new)
    console.sign_in("ann", "Other-12345", new_password="Third-12345")
    console.sign_in("ann", "Third-12345")
    assert len(events("ConsoleLogin")) == 2


def test_a_password_past_its_age_must_change(cloud, iam, console):
    iam.update_account_password_policy(MinimumPasswordLength=8, MaxPasswordAge=30)
    cloud.clock.advance(days=31)
    with pytest.raises(SignInRefused, match="new password"):
        console.sign_in("ann", PASSWORD)
    console.sign_in("ann", PASSWORD, new_password="Third-12345")


def test_the_last_sign_in_shows(iam, console):
    assert "PasswordLastUsed" not in iam.get_user(UserName="ann")["User"]
    console.sign_in("ann", PASSWORD)
    used = iam.get_user(UserName="ann")["User"]["PasswordLastUsed"]
    listed = {user["UserName"]: user for user in iam.list_users()["Users"]}
    assert listed["ann"]["PasswordLastUsed"] == used
    console.choose_root_password(PASSWORD)
    console.sign_in_root(PASSWORD)
    iam.generate_credential_report()
    root, *users = iam.get_credential_report()["Content"].decode().splitlines()[1:]
    ann = next(row for row in users if row.startswith("ann,")).split(",")
    assert ann[4] == used.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    assert root.split(",")[4].startswith("20")


def test_the_root_user_signs_in_with_a_password_that_was_chosen(console):
    with pytest.raises(SignInRefused):
        console.sign_in_root(PASSWORD)
    console.choose_root_password(PASSWORD)
    assert console.sign_in_root(PASSWORD).client("sts").get_caller_identity()["Arn"] == ROOT
    failed, right = events("ConsoleLogin")
    identity = {"type": "Root", "principalId": HOME, "arn": ROOT, "accountId": HOME, "accessKeyId": ""}
    assert failed["userIdentity"] == right["userIdentity"] == identity
    assert failed["errorMessage"] == "Failed authentication"


def test_the_root_user_signs_in_in_us_east_1_wherever_the_console_is(cloud, iam, console):
    away = cloud.console(region="eu-west-1")
    away.choose_root_password(PASSWORD)
    away.sign_in_root(PASSWORD)
    away.sign_in("ann", PASSWORD)
    (root,) = events("ConsoleLogin")
    assert (root["userIdentity"]["type"], root["awsRegion"]) == ("Root", "us-east-1")
    assert root["tlsDetails"]["clientProvidedHostHeader"] == "us-east-1.signin.aws.amazon.com"


def test_a_root_user_with_a_security_key_needs_it(cloud, console):
    cloud.root_mfa()
    console.choose_root_password(PASSWORD)
    with pytest.raises(SignInRefused):
        console.sign_in_root(PASSWORD)
    console.sign_in_root(PASSWORD, with_key=True)
    failed, right = events("ConsoleLogin")
    assert failed["additionalEventData"]["MFAUsed"] == right["additionalEventData"]["MFAUsed"] == "Yes"
    assert events("CheckMfa")[0]["additionalEventData"] == {"MfaType": "U2F MFA"}


def test_a_root_user_without_a_password_cannot_choose_one(cloud, console):
    from labs_helpers.cloud.services.iam.root_user import RootUsers

    cloud.part(RootUsers).without_password.add(HOME)
    with pytest.raises(LookupError):
        console.choose_root_password(PASSWORD)
    with pytest.raises(SignInRefused):
        console.sign_in_root(PASSWORD)


def test_a_page_is_an_accounts(cloud, console):
    other = cloud.console("444455556666")
    with pytest.raises(SignInRefused):
        other.sign_in("ann", PASSWORD)
    assert "444455556666" in repr(other)
