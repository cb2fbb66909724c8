"""Virtual MFA devices: the codes are those of an authenticator app, and they are checked."""

from __future__ import annotations

import base64
import struct
import zlib
from datetime import UTC, datetime

import pytest
import segno

from labs_helpers.cloud.actors.authenticator import Authenticator
from labs_helpers.cloud.core import totp
from tests.clouds import allow, deny, error_of, make_user, session_of, trust

HOME, PARTNER = "111122223333", "444455556666"
NOT_A_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
UNKNOWN = (
    "MultiFactorAuthentication failed, unable to validate MFA code.  "
    "Please verify your MFA serial number is valid and associated with this user."
)


def device(cloud, user, name=None, account=HOME):
    """An enabled virtual device of a user: its serial number and the app that shows its codes."""
    iam = cloud.account(account).client("iam")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=name or user)["VirtualMFADevice"]
    app = Authenticator(cloud, made["Base32StringSeed"])
    first, second = app.two_codes()
    iam.enable_mfa_device(
        UserName=user,
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=first,
        AuthenticationCode2=second,
    )
    return made["SerialNumber"], app


def test_codes_are_those_of_the_rfc():
    # RFC 6238, appendix B, SHA-1; the last six of its eight digits.
    seed = base64.b32encode(b"12345678901234567890")
    shown = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: totp.code(seed, datetime.fromtimestamp(at, UTC)) for at in shown} == shown
    with pytest.raises(ValueError, match="base32"):
        totp.code("not base32!", datetime.now(UTC))


def test_qr_code_encodes_what_apps_read(cloud, iam):
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="phone", Path="/staff/")["VirtualMFADevice"]
    assert made["SerialNumber"] == f"arn:aws:iam::{HOME}:mfa/staff/phone"
    seed = made["Base32StringSeed"].decode()
    assert len(seed) == 64
    url = f"otpauth://totp/phone@{HOME}?secret={seed}"
    border, scale = 4, 5
    matrix = [list(row) for row in segno.make_qr(url, error="m").matrix]
    dark = _dark_pixels(made["QRCodePNG"])
    middle = [
        [dark[(y + border) * scale + 2][(x + border) * scale + 2] for x in range(len(matrix))]
        for y in range(len(matrix))
    ]
    assert middle == [[bool(module) for module in row] for row in matrix]


def _dark_pixels(png: bytes) -> list[list[bool]]:
    """Return the one-bit pixels of a black and white PNG, whose rows are plain or encoded as differences from the row
    above.
    """
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, size = 8, b"", (0, 0)
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            size = struct.unpack(">II", body[:8])
            assert body[8:10] == b"\x01\x00"
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    raw, width = zlib.decompress(data), (size[0] + 7) // 8 + 1
    rows, above = [], bytes(width - 1)
    for start in range(0, len(raw), width):
        kind, row = raw[start], raw[start + 1 : start + width]
        assert kind in (0, 2)
        above = bytes((a + b) % 256 for a, b in zip(row, above, strict=True)) if kind == 2 else row
        rows.append([not above[x // 8] >> (7 - x % 8) & 1 for x in range(size[0])])
    return rows


@pytest.mark.ledger("F-IAM-08")
def test_a_device_is_enabled_by_two_codes_in_a_row(cloud, iam):
    make_user(cloud, "alice")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]
    serial, app = made["SerialNumber"], Authenticator(cloud, made["Base32StringSeed"])

    def enable(first, second):
        return iam.enable_mfa_device(
            UserName="alice", SerialNumber=serial, AuthenticationCode1=first, AuthenticationCode2=second
        )

    first, second = app.two_codes()
    third = app.next_code()
    for codes in ((first, third), (second, first), (first, first)):
        assert error_of(enable, *codes)[0] == "InvalidAuthenticationCode", codes
    assert error_of(enable, "12345a", second)[0] == "ValidationError"
    assert iam.list_mfa_devices(UserName="alice")["MFADevices"] == []
    enable(second, third)
    assert error_of(enable, *app.two_codes())[0] == "EntityAlreadyExists"
    shown = iam.list_mfa_devices(UserName="alice")["MFADevices"][0]
    assert shown["SerialNumber"] == serial
    assert abs((cloud.clock.now() - shown["EnableDate"]).total_seconds()) < 60


@pytest.mark.ledger("F-IAM-08")
def test_get_session_token_checks_the_code(cloud, iam):
    alice, bob = make_user(cloud, "alice"), make_user(cloud, "bob")
    serial, app = device(cloud, "alice")
    sts = alice.client("sts")
    code = app.next_code()
    wrong = str((int(code) + 1) % 1_000_000).zfill(6)
    ask = sts.get_session_token
    assert error_of(ask, SerialNumber=serial, TokenCode=wrong) == ("AccessDenied", NOT_A_CODE)
    assert error_of(ask, SerialNumber=serial)[1].endswith(
        "must provide both MFA serial number and one time pass code."
    )
    assert error_of(ask, TokenCode=code)[0] == "AccessDenied"
    assert error_of(ask, SerialNumber=f"arn:aws:iam::{HOME}:mfa/ghost", TokenCode=code) == (
        "AccessDenied",
        UNKNOWN,
    )
    of_bob = bob.client("sts").get_session_token
    assert error_of(of_bob, SerialNumber=serial, TokenCode=code) == ("AccessDenied", UNKNOWN)
    assert error_of(ask, SerialNumber=serial, TokenCode="abcdef")[0] == "ValidationError"
    ask(SerialNumber=serial, TokenCode=code)
    assert error_of(ask, SerialNumber=serial, TokenCode=code) == ("AccessDenied", NOT_A_CODE), (
        "each code once"
    )
    ask(SerialNumber=serial, TokenCode=app.next_code())
    late = app.next_code()
    cloud.clock.advance(minutes=2)
    assert error_of(ask, SerialNumber=serial, TokenCode=late)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-08", "F-IAM-01")
def test_mfa_is_in_the_context_of_temporary_credentials_only(cloud, iam):
    present = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    policy = allow("*", Condition={**present, "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}})
    alice = make_user(cloud, "alice", policy)
    serial, app = device(cloud, "alice")
    assert error_of(alice.client("s3").list_buckets)[0] == "AccessDenied"
    without = session_of(alice.client("sts").get_session_token())
    assert error_of(without.client("s3").list_buckets)[0] == "AccessDenied"
    assert error_of(without.client("iam").list_users)[0] == "InvalidClientTokenId"
    answer = alice.client("sts").get_session_token(SerialNumber=serial, TokenCode=app.next_code())
    proved = session_of(answer)
    proved.client("s3").list_buckets()
    proved.client("iam").list_users()  # which sessions without MFA cannot reach
    assert error_of(proved.client("sts").get_session_token)[0] == "AccessDenied"
    cloud.clock.advance(hours=2)
    assert error_of(proved.client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-08")
def test_if_exists_catches_long_lived_keys_that_bool_lets_pass(cloud, iam):
    condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    alice = make_user(cloud, "alice", allow("s3:ListAllMyBuckets"))
    alice.client("s3").list_buckets()
    iam.put_user_policy(
        UserName="alice",
        PolicyName="mfa",
        PolicyDocument=deny("*", Condition={"Bool": condition["BoolIfExists"]}),
    )
    alice.client("s3").list_buckets()  # the key is not in the request at all
    iam.put_user_policy(UserName="alice", PolicyName="mfa", PolicyDocument=deny("*", Condition=condition))
    assert error_of(alice.client("s3").list_buckets)[0] == "AccessDenied"


@pytest.mark.ledger("F-IAM-08")
def test_a_role_can_ask_for_mfa_when_it_is_assumed_also_from_another_account(cloud):
    iam = cloud.account(PARTNER).client("iam")
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    serial, app = device(cloud, "alice")
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    document = trust({"AWS": HOME}, Condition=condition)
    arn = iam.create_role(RoleName="ops", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    iam.put_role_policy(RoleName="ops", PolicyName="own", PolicyDocument=allow("s3:ListAllMyBuckets"))
    sts = alice.client("sts")
    asked = {"RoleArn": arn, "RoleSessionName": "work"}
    assert "not authorized to perform: sts:AssumeRole" in error_of(sts.assume_role, **asked)[1]
    assert error_of(sts.assume_role, **asked, SerialNumber=serial, TokenCode="000000") == (
        "AccessDenied",
        NOT_A_CODE,
    )
    code = app.next_code()
    session = session_of(sts.assume_role(**asked, SerialNumber=serial, TokenCode=code))
    session.client("s3").list_buckets()
    assert error_of(sts.assume_role, **asked, SerialNumber=serial, TokenCode=code) == (
        "AccessDenied",
        NOT_A_CODE,
    )
    # A session with MFA may assume it as well, without a second code.
    answer = sts.get_session_token(SerialNumber=serial, TokenCode=app.next_code())
    session_of(answer).client("sts").assume_role(**asked)


@pytest.mark.ledger("F-IAM-08")
def test_credentials_of_assume_role_carry_no_mfa(cloud, iam):
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
    alice = make_user(cloud, "alice", allow("sts:AssumeRole"))
    serial, app = device(cloud, "alice")
    arn = iam.create_role(RoleName="ops", AssumeRolePolicyDocument=trust({"AWS": HOME}))["Role"]["Arn"]
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    iam.put_role_policy(
        RoleName="ops", PolicyName="own", PolicyDocument=allow("s3:ListAllMyBuckets", Condition=condition)
    )
    answer = alice.client("sts").assume_role(
        RoleArn=arn, RoleSessionName="work", SerialNumber=serial, TokenCode=app.next_code()
    )
    assert error_of(session_of(answer).client("s3").list_buckets)[0] == "AccessDenied"


def test_a_device_out_of_step_is_brought_back_by_resync(cloud, iam):
    alice = make_user(cloud, "alice")
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName="alice")["VirtualMFADevice"]
    app = Authenticator(cloud, made["Base32StringSeed"])
    first, second = app.two_codes()
    cloud.clock.advance(minutes=5)  # late, so AWS takes the device to be slow
    serial = made["SerialNumber"]
    codes = {"UserName": "alice", "SerialNumber": serial}
    iam.enable_mfa_device(**codes, AuthenticationCode1=first, AuthenticationCode2=second)
    ask = alice.client("sts").get_session_token
    assert error_of(ask, SerialNumber=serial, TokenCode=app.next_code())[0] == "AccessDenied"
    first, second = app.two_codes()
    iam.resync_mfa_device(**codes, AuthenticationCode1=first, AuthenticationCode2=second)
    ask(SerialNumber=serial, TokenCode=app.next_code())


def test_a_device_is_deactivated_then_deleted(cloud, iam):
    alice = make_user(cloud, "alice")
    serial, app = device(cloud, "alice")
    assert error_of(iam.delete_virtual_mfa_device, SerialNumber=serial)[0] == "DeleteConflict"
    iam.deactivate_mfa_device(UserName="alice", SerialNumber=serial)
    ask = alice.client("sts").get_session_token
    assert error_of(ask, SerialNumber=serial, TokenCode=app.next_code()) == ("AccessDenied", UNKNOWN)
    iam.delete_virtual_mfa_device(SerialNumber=serial)
    for gone in (iam.delete_virtual_mfa_device, iam.list_mfa_device_tags):
        assert error_of(gone, SerialNumber=serial)[0] == "NoSuchEntity"
    assert error_of(iam.get_mfa_device, UserName="alice", SerialNumber=serial)[0] == "NoSuchEntity"


def test_devices_are_listed_by_assignment_and_tagged(cloud, iam):
    make_user(cloud, "alice")
    serial, _ = device(cloud, "alice")
    tags = [{"Key": "team", "Value": "red"}]
    spare = iam.create_virtual_mfa_device(VirtualMFADeviceName="spare", Tags=tags)["VirtualMFADevice"][
        "SerialNumber"
    ]
    assert error_of(iam.create_virtual_mfa_device, VirtualMFADeviceName="spare")[0] == "EntityAlreadyExists"

    def listed(status):
        pages = iam.get_paginator("list_virtual_mfa_devices").paginate(
            AssignmentStatus=status, PaginationConfig={"PageSize": 1}
        )
        return [found for one in pages for found in one["VirtualMFADevices"]]

    assert [found["SerialNumber"] for found in listed("Any")] == [serial, spare]
    assert [found["SerialNumber"] for found in listed("Unassigned")] == [spare]
    assigned = listed("Assigned")
    assert assigned[0]["User"]["UserName"] == "alice"
    assert not {"Base32StringSeed", "QRCodePNG"} & set(assigned[0]), "the seed is shown once"
    iam.tag_mfa_device(
        SerialNumber=spare, Tags=[{"Key": "Team", "Value": "blue"}, {"Key": "floor", "Value": "3"}]
    )
    iam.untag_mfa_device(SerialNumber=spare, TagKeys=["floor", "TEAM"])
    assert iam.list_mfa_device_tags(SerialNumber=spare)["Tags"] == [{"Key": "Team", "Value": "blue"}, *tags]


def test_users_manage_their_own_devices_only(cloud, iam):
    mine = f"arn:aws:iam::{HOME}:user/${{aws:username}}"
    alice = make_user(cloud, "alice", allow(["iam:EnableMFADevice", "iam:ListMFADevices"], mine))
    make_user(cloud, "bob")
    assert alice.client("iam").list_mfa_devices()["MFADevices"] == []
    assert error_of(alice.client("iam").list_mfa_devices, UserName="bob")[0] == "AccessDenied"
