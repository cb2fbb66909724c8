"""pycognito, a client that no one here wrote, signs up, signs in by SRP, verifies, renews and uses a second factor."""

from __future__ import annotations

import pycognito
import pytest

from labs_helpers.cloud.core import totp
from tests.cloud.services.cognito_idp.people import EMAIL, PASSWORD, make_app

TRACKED = {
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
}


def person(app):
    return pycognito.Cognito(app.pool, app.client, client_secret=app.secret, username=EMAIL)


@pytest.mark.ledger("F-COG-02")
@pytest.mark.parametrize("secret", [False, True])
def test_from_sign_up_to_a_second_factor(cloud, secret):
    app = make_app(cloud, secret=secret, pool={"UsernameAttributes": ["email"]})
    alice = person(app)
    alice.set_base_attributes(email=EMAIL)
    alice.register(EMAIL, PASSWORD)
    alice.confirm_sign_up(app.code())
    alice.authenticate(password=PASSWORD)
    alice.verify_tokens()
    assert alice.id_claims["email"] == EMAIL
    assert alice.get_user().email == EMAIL
    before = alice.access_token
    alice.renew_access_token()
    assert alice.access_token != before
    alice.initiate_forgot_password()
    alice.confirm_forgot_password(app.code(), "New-Horse-2!")
    alice.authenticate(password="New-Horse-2!")
    app.idp.set_user_pool_mfa_config(
        UserPoolId=app.pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    seed = alice.associate_software_token()
    assert alice.verify_software_token(totp.code(seed, cloud.clock.now()), "phone")
    alice.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")
    cloud.clock.advance(seconds=60)
    again = person(app)
    with pytest.raises(pycognito.exceptions.SoftwareTokenMFAChallengeException) as asked:
        again.authenticate(password="New-Horse-2!")
    again.respond_to_software_token_mfa_challenge(
        totp.code(seed, cloud.clock.now()), asked.value.get_tokens()
    )
    assert again.access_claims["username"] == alice.access_claims["username"]
    again.logout()


def test_a_remembered_device(cloud):
    from pycognito.aws_srp import AWSSRP

    app = make_app(cloud, pool=TRACKED)
    app.confirmed()
    login = AWSSRP("alice", PASSWORD, app.pool, app.client, client=app.idp)
    tokens = login.authenticate_user()
    _, device_password = login.confirm_device(tokens, "laptop")
    login.update_device_status(True, tokens["AuthenticationResult"]["AccessToken"], login.device_key)
    again = AWSSRP(
        "alice", PASSWORD, app.pool, app.client, client=app.idp, device_key=login.device_key,
        device_group_key=login.device_group_key, device_password=device_password,
    )  # fmt: skip
    assert "AccessToken" in again.authenticate_user()["AuthenticationResult"]
