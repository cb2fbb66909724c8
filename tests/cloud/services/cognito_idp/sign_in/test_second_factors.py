"""Second factors, authenticator apps, devices, passkeys."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from labs_helpers.cloud.core import totp
from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, claims, make_app, sms
from tests.cloud.services.cognito_idp.srp_client import SrpClient, device_verifier
from tests.clouds import error_of

PHONE = "+14255551234"


def require(app, state="ON", **factors):
    settings = {
        "sms": {"SmsMfaConfiguration": {"SmsConfiguration": sms(app.cloud)}},
        "totp": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
        "email": {"EmailMfaConfiguration": {}},
    }
    chosen = {name: value for each in factors for name, value in settings[each].items()}
    return app.idp.set_user_pool_mfa_config(UserPoolId=app.pool, MfaConfiguration=state, **chosen)


def code(app, secret):
    return totp.code(secret, app.cloud.clock.now())


def wrong(app, secret):
    now = totp.step(app.cloud.clock.now())
    near = {totp.code_of_step(secret, now + distance) for distance in range(-3, 4)}
    return next(f"{number:06}" for number in range(1000) if f"{number:06}" not in near)


@pytest.fixture
def enrolled(app):
    """A pool with TOTP, and Alice with an app; gives (app, secret)."""
    require(app, "OPTIONAL", totp=1)
    app.confirmed(email=EMAIL)
    access = app.tokens()["AccessToken"]
    secret = app.idp.associate_software_token(AccessToken=access)["SecretCode"]
    app.idp.verify_software_token(AccessToken=access, UserCode=code(app, secret))
    app.idp.set_user_mfa_preference(
        AccessToken=access, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    app.cloud.clock.advance(seconds=90)
    return app, secret


@pytest.mark.ledger("F-COG-05")
def test_a_code_counts_within_its_window_and_once(enrolled):
    app, secret = enrolled
    challenge = app.password_auth()
    assert challenge["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    assert error_of(app.answer, challenge, SOFTWARE_TOKEN_MFA_CODE=wrong(app, secret)) == (
        "CodeMismatchException", "Invalid code received for user",
    )  # fmt: skip
    shown = code(app, secret)
    assert "AccessToken" in app.answer(challenge, SOFTWARE_TOKEN_MFA_CODE=shown)["AuthenticationResult"]
    assert error_of(app.answer, app.password_auth(), SOFTWARE_TOKEN_MFA_CODE=shown) == (
        "ExpiredCodeException", "Your software token has already been used once.",
    )  # fmt: skip
    late = code(app, secret)
    app.cloud.clock.advance(seconds=120)
    assert (
        error_of(app.answer, app.password_auth(), SOFTWARE_TOKEN_MFA_CODE=late)[0] == "CodeMismatchException"
    )


@pytest.mark.ledger("F-COG-05")
def test_secrets_are_each_users_own_and_need_a_code(app):
    require(app, "OPTIONAL", totp=1)
    secrets = set()
    for name in ("alice", "bob"):
        app.confirmed(name)
        access = app.tokens(name)["AccessToken"]
        secrets.add(app.idp.associate_software_token(AccessToken=access)["SecretCode"])
        assert error_of(app.idp.verify_software_token, AccessToken=access, UserCode="000000")[0] in (
            "EnableSoftwareTokenMFAException",
        )  # fmt: skip
        assert (
            error_of(
                app.idp.set_user_mfa_preference,
                AccessToken=access,
                SoftwareTokenMfaSettings={"Enabled": True},
            )[0]
            == "InvalidParameterException"
        )
    assert len(secrets) == 2


@pytest.mark.parametrize(("state", "may"), [("OPTIONAL", True), ("ON", False)])
def test_where_mfa_is_required_nobody_switches_off_the_app(enrolled, state, may):
    """https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SoftwareTokenMfaSettingsType.html"""
    app, _ = enrolled
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration=state, SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    named = {"UserPoolId": app.pool, "Username": "alice"}
    change = app.idp.admin_set_user_mfa_preference
    change(**named, SoftwareTokenMfaSettings={"PreferredMfa": False})
    if may:
        change(**named, SoftwareTokenMfaSettings={"Enabled": False})
    else:
        assert error_of(change, **named, SoftwareTokenMfaSettings={"Enabled": False})[0] == (
            "InvalidParameterException"
        )
    assert bool(app.user().get("UserMFASettingList")) is not may


def test_apps_need_a_pool_that_takes_them(app):
    app.confirmed()
    access = app.tokens()["AccessToken"]
    assert (
        error_of(app.idp.associate_software_token, AccessToken=access)[0]
        == "SoftwareTokenMFANotFoundException"
    )


def test_where_mfa_is_required_it_is_set_up_before_tokens(app):
    require(app, totp=1)
    app.confirmed()
    challenge = app.password_auth()
    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    assert error_of(app.answer, challenge)[0] == "InvalidParameterException"
    offered = app.idp.associate_software_token(Session=challenge["Session"])
    verified = app.idp.verify_software_token(
        Session=offered["Session"], UserCode=code(app, offered["SecretCode"])
    )
    assert verified["Status"] == "SUCCESS"
    result = app.answer({**challenge, "Session": verified["Session"]})["AuthenticationResult"]
    assert app.idp.get_user(AccessToken=result["AccessToken"])["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    app.cloud.clock.advance(seconds=60)
    assert app.password_auth()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_a_code_by_sms_verifies_the_number(app):
    require(app, sms=1)
    app.confirmed(phone_number=PHONE)
    challenge = app.password_auth()
    assert challenge["ChallengeName"] == "SMS_MFA"
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS"
    assert error_of(app.answer, challenge, SMS_MFA_CODE="nothing")[0] == "CodeMismatchException"
    assert "AccessToken" in app.answer(challenge, SMS_MFA_CODE=app.code(PHONE))["AuthenticationResult"]
    assert app.attributes()["phone_number_verified"] == "true"


def test_a_session_survives_some_wrong_codes_and_not_many(app):
    require(app, sms=1)
    app.confirmed(phone_number=PHONE)
    challenge = app.password_auth()
    for _ in range(5):
        assert error_of(app.answer, challenge, SMS_MFA_CODE="nothing")[0] == "CodeMismatchException"
    assert error_of(app.answer, challenge, SMS_MFA_CODE=app.code(PHONE))[0] == "NotAuthorizedException"


def test_a_user_with_several_factors_chooses(app):
    require(app, "OPTIONAL", sms=1, email=1)
    app.confirmed(phone_number=PHONE, email=EMAIL)
    app.idp.admin_set_user_mfa_preference(
        UserPoolId=app.pool,
        Username="alice",
        SMSMfaSettings={"Enabled": True},
        EmailMfaSettings={"Enabled": True},
    )
    challenge = app.password_auth()
    assert challenge["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(challenge["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "EMAIL_OTP"]
    assert error_of(app.answer, challenge, ANSWER="SOFTWARE_TOKEN_MFA")[0] == "InvalidParameterException"
    challenge = app.answer(challenge, ANSWER="EMAIL_OTP")
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert "AccessToken" in app.answer(challenge, EMAIL_OTP_CODE=app.code())["AuthenticationResult"]
    both = {"SMSMfaSettings": {"Enabled": True, "PreferredMfa": True}}
    app.idp.admin_set_user_mfa_preference(UserPoolId=app.pool, Username="alice", **both)
    assert app.password_auth()["ChallengeName"] == "SMS_MFA"
    assert app.user()["PreferredMfaSetting"] == "SMS_MFA"


@pytest.mark.parametrize(
    "settings",
    [
        {"SMSMfaSettings": {"Enabled": True}},
        {"EmailMfaSettings": {"Enabled": True}},
        {"SoftwareTokenMfaSettings": {"Enabled": True}},
        {"SMSMfaSettings": {"PreferredMfa": True}},
    ],
)
def test_a_preference_needs_what_it_prefers(app, settings):
    require(app, "OPTIONAL", totp=1)
    app.confirmed()
    code, _ = error_of(
        app.idp.admin_set_user_mfa_preference, UserPoolId=app.pool, Username="alice", **settings
    )
    assert code == "InvalidParameterException"


def test_an_administrator_takes_a_lost_app_away(enrolled):
    app, _ = enrolled
    app.idp.admin_delete_software_token(UserPoolId=app.pool, Username="alice")
    assert "UserMFASettingList" not in app.user()
    assert "AccessToken" in app.tokens()


# --- devices ----------------------------------------------------------------------------------------------------

TRACKED = {
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
}


def device_sign_in(app, device, group, password):
    challenge = app.password_auth(DEVICE_KEY=device)
    assert challenge["ChallengeName"] == "DEVICE_SRP_AUTH"
    client = SrpClient(group, password)
    challenge = app.answer(challenge, DEVICE_KEY=device, SRP_A=client.srp_a)
    assert challenge["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    answer = client.answer(challenge["ChallengeParameters"], device)
    return app.answer(challenge, DEVICE_KEY=device, **answer)


def test_a_remembered_device_stands_for_the_second_factor(cloud):
    app = make_app(cloud, pool=TRACKED)
    require(app, sms=1)
    app.confirmed(phone_number=PHONE)
    result = app.answer(app.password_auth(), SMS_MFA_CODE=app.code(PHONE))["AuthenticationResult"]
    device, group = (result["NewDeviceMetadata"][name] for name in ("DeviceKey", "DeviceGroupKey"))
    assert claims(result["AccessToken"])["device_key"] == device
    access = result["AccessToken"]
    confirmed = app.idp.confirm_device(
        AccessToken=access, DeviceKey=device, DeviceName="laptop",
        DeviceSecretVerifierConfig=device_verifier(group, device, "device secret"),
    )  # fmt: skip
    assert confirmed["UserConfirmationNecessary"] is False
    assert "AccessToken" in device_sign_in(app, device, group, "device secret")["AuthenticationResult"]
    assert error_of(device_sign_in, app, device, group, "guessed")[0] == "NotAuthorizedException"
    app.idp.update_device_status(
        AccessToken=access, DeviceKey=device, DeviceRememberedStatus="not_remembered"
    )
    assert app.password_auth(DEVICE_KEY=device)["ChallengeName"] == "SMS_MFA"
    shown = app.idp.admin_get_device(UserPoolId=app.pool, Username="alice", DeviceKey=device)["Device"]
    attributes = {entry["Name"]: entry["Value"] for entry in shown["DeviceAttributes"]}
    assert (attributes["device_status"], attributes["device_name"]) == ("valid", "laptop")
    assert attributes["dev:device_remembered_status"] == "not_remembered"
    assert len(app.idp.list_devices(AccessToken=access)["Devices"]) == 1
    app.idp.forget_device(AccessToken=access, DeviceKey=device)
    assert (
        error_of(app.idp.get_device, AccessToken=access, DeviceKey=device)[0] == "ResourceNotFoundException"
    )


def test_devices_need_a_pool_that_remembers_them(app):
    app.confirmed()
    access = app.tokens()["AccessToken"]
    key = "us-east-1_0a1b2c3d-0000-4000-8000-000000000000"
    for call, more in (
        (app.idp.get_device, {"DeviceKey": key}), (app.idp.list_devices, {}),
        (app.idp.forget_device, {"DeviceKey": key}),
    ):  # fmt: skip
        assert error_of(call, AccessToken=access, **more)[0] == "InvalidUserPoolConfigurationException"


# --- passkeys ---------------------------------------------------------------------------------------------------


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def cbor(value):
    """As much CBOR as an attestation needs."""

    def head(kind, number):
        if number < 24:
            return bytes([kind << 5 | number])
        if number < 256:
            return bytes([kind << 5 | 24, number])
        return bytes([kind << 5 | 25]) + number.to_bytes(2, "big")

    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    return head(5, len(value)) + b"".join(cbor(key) + cbor(item) for key, item in value.items())


class Authenticator:
    """A security key with one credential."""

    def __init__(self, party, origin=None):
        self.party, self.origin = party, origin or f"https://{party}"
        self.key, self.id, self.count = ec.generate_private_key(ec.SECP256R1()), b"credential-one!!", 0

    def data(self, attested=False):
        self.count += 1
        flags = 0x05 | (0x40 if attested else 0)
        found = hashlib.sha256(self.party.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")
        if attested:
            numbers = self.key.public_key().public_numbers()
            cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
            found += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor(cose)
        return found

    def client_data(self, kind, challenge):
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def register(self, options):
        attestation = cbor({"fmt": "none", "attStmt": {}, "authData": self.data(attested=True)})
        return {
            "id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "authenticatorAttachment": "platform",
            "response": {
                "clientDataJSON": b64(self.client_data("webauthn.create", options["challenge"])),
                "attestationObject": b64(attestation), "transports": ["internal"],
            },
        }  # fmt: skip

    def proof(self, options):
        data, said = self.data(), self.client_data("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(said), "authenticatorData": b64(data), "signature": b64(signature)}
        return json.dumps(
            {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
        )


@pytest.fixture
def passkeys(cloud):
    factors = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}}
    app = make_app(cloud, pool=factors)
    app.confirmed()
    return app


def test_a_passkey_is_registered_and_signs_in(passkeys):
    app = passkeys
    access = app.tokens()["AccessToken"]
    start = app.idp.start_web_authn_registration
    assert error_of(start, AccessToken=access)[0] == "WebAuthnConfigurationMissingException"
    app.idp.create_user_pool_domain(UserPoolId=app.pool, Domain="people")
    options = start(AccessToken=access)["CredentialCreationOptions"]
    party = "people.auth.us-east-1.amazoncognito.com"
    assert options["rp"]["id"] == party
    device = Authenticator(party)
    app.idp.complete_web_authn_registration(AccessToken=access, Credential=device.register(options))
    (listed,) = app.idp.list_web_authn_credentials(AccessToken=access)["Credentials"]
    assert listed["CredentialId"] == b64(device.id)

    def sign_in(authenticator):
        challenge = app.idp.initiate_auth(
            ClientId=app.client, AuthFlow="USER_AUTH",
            AuthParameters={"USERNAME": "alice", "PREFERRED_CHALLENGE": "WEB_AUTHN"},
        )  # fmt: skip
        assert challenge["ChallengeName"] == "WEB_AUTHN"
        asked = json.loads(challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        return app.answer(challenge, CREDENTIAL=authenticator.proof(asked))

    assert "AccessToken" in sign_in(device)["AuthenticationResult"]
    imposter = Authenticator(party)
    assert error_of(sign_in, imposter)[0] == "NotAuthorizedException"
    app.idp.delete_web_authn_credential(AccessToken=access, CredentialId=listed["CredentialId"])
    assert (
        error_of(
            app.idp.delete_web_authn_credential, AccessToken=access, CredentialId=listed["CredentialId"]
        )[0]
        == "ResourceNotFoundException"
    )


def test_a_passkey_must_fit_the_challenge_the_party_and_the_address(passkeys):
    app = passkeys
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool,
        WebAuthnConfiguration={"RelyingPartyId": "example.com", "UserVerification": "preferred"},
    )
    access = app.tokens()["AccessToken"]

    def complete(device, **change):
        options = app.idp.start_web_authn_registration(AccessToken=access)["CredentialCreationOptions"]
        credential = device.register({**options, **change})
        return app.idp.complete_web_authn_registration(AccessToken=access, Credential=credential)

    for device, change, expected in (
        (Authenticator("other.com", "https://example.com"), {}, "WebAuthnRelyingPartyMismatchException"),
        (Authenticator("example.com", "https://evil.com"), {}, "WebAuthnOriginNotAllowedException"),
        (Authenticator("example.com"), {"challenge": b64(b"x" * 32)}, "WebAuthnChallengeNotFoundException"),
    ):
        assert error_of(complete, device, **change)[0] == expected
    complete(Authenticator("example.com", "https://login.example.com"))
    assert (
        error_of(app.idp.complete_web_authn_registration, AccessToken=access, Credential={})[0]
        == "WebAuthnChallengeNotFoundException"
    )


def test_passkeys_need_a_pool_that_takes_them(app):
    app.confirmed()
    access = app.tokens(password=PASSWORD)["AccessToken"]
    assert (
        error_of(app.idp.start_web_authn_registration, AccessToken=access)[0] == "WebAuthnNotEnabledException"
    )
