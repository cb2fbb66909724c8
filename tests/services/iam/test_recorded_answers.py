"""Answers of AWS that were recorded: words, names that are one whatever their case, paths, times."""

from __future__ import annotations

import csv
import re

import pytest

from labs_helpers.actors.authenticator import Authenticator
from tests.clouds import allow, deny, error_of, trust

HOME = "111122223333"


@pytest.mark.ledger("F-IAM-26")
def test_mfa_devices_are_refused_in_the_words_of_aws(cloud, iam):
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone")["VirtualMFADevice"]
    serial, app = made["SerialNumber"], Authenticator(cloud, made["Base32StringSeed"])
    for name in ("alice", "bob"):
        iam.create_user(UserName=name)
    named = {"UserName": "alice", "SerialNumber": serial}
    exists = ("EntityAlreadyExists", "MFA device already exists.")
    assert error_of(iam.create_virtual_mfa_device, VirtualMFADeviceName="phone") == exists
    not_theirs = ("NoSuchEntity", "MFA Device invalid for user.")
    assert error_of(iam.deactivate_mfa_device, **named) == not_theirs
    first, second = app.two_codes()
    codes = {"AuthenticationCode1": first, "AuthenticationCode2": second}
    assert error_of(iam.resync_mfa_device, **named, **codes) == not_theirs
    iam.enable_mfa_device(**named, **codes)
    enable = iam.enable_mfa_device
    taken = ("EntityAlreadyExists", "MFA Device for user alice already exists.")
    assert error_of(enable, **named, **codes) == taken
    elsewhere = error_of(enable, UserName="bob", SerialNumber=serial, **codes)
    assert elsewhere == ("EntityAlreadyExists", "MFA Device is already in use.")
    code, message = error_of(iam.get_mfa_device, **named)
    assert (code, "only hardware FIDO security keys are supported" in message) == ("ValidationError", True)
    in_use = ("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
    assert error_of(iam.delete_virtual_mfa_device, SerialNumber=serial) == in_use
    holder = ("DeleteConflict", "Cannot delete entity, must remove tokens from principal first.")
    assert error_of(iam.delete_user, UserName="alice") == holder


@pytest.mark.ledger("F-IAM-26")
@pytest.mark.parametrize("kind", ["user", "group", "role"])
def test_names_of_inline_policies_are_one_whatever_their_case(cloud, iam, kind):
    of = {f"{kind.title()}Name": "it"}
    more = {"AssumeRolePolicyDocument": trust({"AWS": HOME})} if kind == "role" else {}
    getattr(iam, f"create_{kind}")(**of, **more)
    put, get = getattr(iam, f"put_{kind}_policy"), getattr(iam, f"get_{kind}_policy")
    put(**of, PolicyName="MixedName", PolicyDocument=allow("s3:*"))
    put(**of, PolicyName="MIXEDNAME", PolicyDocument=deny("s3:*"))
    assert getattr(iam, f"list_{kind}_policies")(**of)["PolicyNames"] == ["MixedName"]
    found = get(**of, PolicyName="MIXEDNAME")
    assert (found["PolicyName"], found["PolicyDocument"]["Statement"][0]["Effect"]) == ("MIXEDNAME", "Deny")
    getattr(iam, f"delete_{kind}_policy")(**of, PolicyName="mixedname")
    assert getattr(iam, f"list_{kind}_policies")(**of)["PolicyNames"] == []


@pytest.mark.ledger("F-IAM-26")
def test_a_path_may_have_two_slashes_within_but_is_not_two_slashes(cloud, iam):
    assert iam.create_user(UserName="alice", Path="/a//b/")["User"]["Arn"].endswith(":user/a//b/alice")
    assert error_of(iam.create_user, UserName="bob", Path="//")[0] == "ValidationError"


@pytest.mark.ledger("F-IAM-26")
def test_the_credential_report_has_times_with_z_and_is_missing_without_words(cloud, iam):
    assert error_of(iam.get_credential_report) == ("ReportNotPresent", "Unknown")
    iam.generate_credential_report()
    row = next(csv.DictReader(iam.get_credential_report()["Content"].decode().splitlines()))
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}Z", row["user_creation_time"])
    bodies = []
    iam.meta.events.register("after-call", lambda http_response, **_: bodies.append(http_response.text))
    iam.create_user(UserName="alice")
    arn = f"arn:aws:iam::{HOME}:user/alice"
    job = iam.generate_service_last_accessed_details(Arn=arn)["JobId"]
    iam.get_service_last_accessed_details(JobId=job)
    assert re.search(r"<JobCreationDate>[\d-]{10}T[\d:]{8}\.\d{3}Z<", bodies[-1])


@pytest.mark.ledger("F-IAM-26")
def test_session_tags_and_role_arns_are_refused_in_the_words_of_sts(cloud, iam):
    sts = cloud.account(HOME).client("sts")
    iam.create_role(
        RoleName="app", AssumeRolePolicyDocument=trust({"AWS": HOME}, ["sts:AssumeRole", "sts:TagSession"])
    )
    role = {"RoleArn": f"arn:aws:iam::{HOME}:role/app", "RoleSessionName": "it"}
    twice = [{"Key": "team", "Value": "red"}, {"Key": "Team", "Value": "red"}]
    duplicate = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    assert error_of(sts.assume_role, **role, Tags=twice) == ("InvalidParameterValue", duplicate)
    missing = "The specified transitive tag key must be included in the requested tags."
    only = {"Tags": twice[:1], "TransitiveTagKeys": ["colour"]}
    assert error_of(sts.assume_role, **role, **only) == ("InvalidParameterValue", missing)
    for arn in (f"arn:aws:acm:us-east-1:{HOME}:certificate/x", f"arn:aws:iam::{HOME}:user/alice"):
        invalid = ("ValidationError", "Request ARN is invalid")
        assert error_of(sts.assume_role, RoleArn=arn, RoleSessionName="it") == invalid
    text = f"{HOME}:role/application"
    named = ("ValidationError", f"{text} is invalid")
    assert error_of(sts.assume_role, RoleArn=text, RoleSessionName="it") == named


@pytest.mark.ledger("F-IAM-26")
def test_get_policy_shows_tags_even_if_there_are_none_and_details_mind_their_marker(cloud, iam):
    read = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert iam.get_policy(PolicyArn=read)["Policy"]["Tags"] == []
    details = iam.get_account_authorization_details
    wrong = ("ValidationError", "Marker and Filter do not match")
    assert error_of(details, Filter=["User"], Marker="not-an-aws-marker") == wrong


@pytest.mark.ledger("F-IAM-26")
def test_service_linked_roles_are_refused_in_the_words_of_aws(cloud, iam):
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="probe")
    name = role["Role"]["RoleName"]
    longer = (
        "UnmodifiableEntity",
        f"{name} is an AWS service linked role, max session duration cannot be changed.",
    )
    assert error_of(iam.update_role, RoleName=name, MaxSessionDuration=7200) == longer
    status = iam.get_service_linked_role_deletion_status
    assert error_of(status, DeletionTaskId="nothing") == ("InvalidInput", "Invalid task id")
    task = iam.delete_service_linked_role(RoleName=name)["DeletionTaskId"]
    assert status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    unknown = ("NoSuchEntity", "Cannot find deletion status for given id.")
    other = task[:-8] + ("00000000" if task[-8:] != "00000000" else "11111111")
    assert error_of(status, DeletionTaskId=other) == unknown


@pytest.mark.ledger("F-IAM-26")
def test_tags_of_aws_are_refused_in_its_words(cloud, iam):
    iam.create_user(UserName="alice")
    reserved = ("InvalidInput", "Tag keys beginning with aws: are reserved for system use.")
    assert error_of(iam.tag_user, UserName="alice", Tags=[{"Key": "aws:x", "Value": "x"}]) == reserved
