"""Console sign-in: passwords and MFA codes of IAM users and root users, and the events for each attempt.

The console itself isn't modeled: a sign-in returns a session with the credentials that the console would use.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
OBSERVED in 2023 and 2024 in sign-in events with and without MFA: https://github.com/invictus-ir/aws_dataset and
https://github.com/DataDog/stratus-red-team (aws.initial-access.console-login-without-mfa).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from labs_helpers.cloud.core import totp
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.iam import root_user
from labs_helpers.cloud.services.iam.passwords import check_password, set_password
from labs_helpers.cloud.services.iam.root_user import RootUsers
from labs_helpers.engine.policy import Principal

VIA = "ConsoleLogin"
"""The value of `via` in credentials from a console sign-in."""
ROOT_REGION = "us-east-1"
_SESSION = timedelta(hours=12)
_PAGE = "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true"
_FAILED = "Failed authentication"
_NO_USER = "No username found in supplied account"
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


class SignInRefused(Exception):
    """The error on the sign-in page. It doesn't reveal whether the user name, the password, or the code was wrong."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in attempt, with the cloud's state, the source IP address, and the browser."""

    state: State
    account: str
    region: str
    source_ip: str
    user_agent: str
    mfa: dict[str, str] = field(default_factory=lambda: {"MFAUsed": "No"})

    @property
    def time(self) -> datetime:
        """The current time of the lab clock."""
        return self.state.clock.now()

    def record(
        self,
        event: str,
        identity: dict[str, Any],
        *,
        result: str = "Success",
        error: str | None = None,
        more: dict[str, str] | None = None,
    ) -> None:
        """Record a sign-in event."""
        ids, arn = self.state.ids, identity.get("arn")
        page = {"LoginTo": _PAGE, "MobileVersion": "No", **self.mfa}
        shown = {
            "userIdentity": identity,
            "eventType": "AwsConsoleSignIn",
            "responseElements": {event: result},
            "additionalEventData": page if more is None else more,
            "clientProvidedHostHeader": f"{self.region}.signin.aws.amazon.com",
        }
        self.state.record.add(
            Entry(
                event_id=ids.uuid(), request_id=ids.uuid(), time=self.time, service="signin", operation=event,
                region=self.region, account=self.account, principal_arn=arn, caller_account=self.account,
                access_key_id=None, source_ip=self.source_ip, user_agent=self.user_agent, parameters={},
                error_message=error, shown=shown,
            )
        )  # fmt: skip

    def refuse(self, identity: dict[str, Any], error: str = _FAILED) -> SignInRefused:
        """Record a failed sign-in and return the error that the sign-in page shows."""
        self.record("ConsoleLogin", identity, result="Failure", error=error)
        return SignInRefused("Your authentication information is incorrect. Please try again.")

    def begin_session(
        self, principal: Principal, user_id: str, user_name: str | None, *, mfa: bool
    ) -> Credentials:
        """Return the credentials that the console uses until the session ends."""
        ids, now = self.state.ids, self.time
        return self.state.sessions.add(
            Credentials(
                ids.unique_id("ASIA"), ids.secret_key(), principal, user_id, token=ids.session_token(0), issued=now,
                expires=now + _SESSION, user_name=user_name, mfa_time=now if mfa else None, via=VIA,
            )
        )  # fmt: skip


def sign_in_user(
    attempt: Attempt, name: str, password: str, code: str | None, new_password: str | None
) -> Credentials:
    """Sign in an IAM user.

    Raises `SignInRefused` for a wrong name, password, or code, or if the password must be changed.
    """
    user = moto_iam.backend(attempt.account).users.get(name)
    identity: dict[str, Any] = {
        "type": "IAMUser",
        "accountId": attempt.account,
        "accessKeyId": "",
        "userName": _HIDDEN,
    }
    if user is None:
        raise attempt.refuse(identity, _NO_USER)
    identity |= {"principalId": user.id, "userName": name}
    if not user.password or not _same(user.password, password):
        raise attempt.refuse(identity)
    mfa = False
    if user.mfa_devices:
        attempt.record("CheckMfa", identity, more={"MfaType": "Virtual MFA"})
        attempt.mfa.update({"MFAUsed": "Yes"})
        serial = _device_of(attempt, user, code)
        if serial is None:
            raise attempt.refuse(identity)
        attempt.mfa.update({"MFAIdentifier": serial, "MFAUsed": "Yes"})
        mfa = True
    if _must_change(attempt, user):
        if new_password is None:
            raise SignInRefused(f"{name} must choose a new password to sign in.")
        _change(attempt, user, new_password)
    user.password_last_used = attempt.time
    known = {
        "type": "IAMUser", "principalId": user.id, "arn": user.arn, "accountId": attempt.account, "userName": name,
    }  # fmt: skip
    attempt.record("ConsoleLogin", known)
    return attempt.begin_session(Principal.from_arn(user.arn), user.id, name, mfa=mfa)


def _change(attempt: Attempt, user: Any, password: str) -> None:
    try:
        check_password(attempt.account, user, password)
    except ServiceError as error:
        raise SignInRefused(error.message) from error
    set_password(user, password, attempt.time)
    user.password_reset_required = False


def _same(kept: str, given: str) -> bool:
    return hmac.compare_digest(kept.encode(), given.encode())


def _device_of(attempt: Attempt, user: Any, code: str | None) -> str | None:
    """Return the serial number of the MFA device that shows a code, or None if the code is wrong or used."""
    devices = moto_iam.backend(attempt.account).virtual_mfa_devices
    for serial in user.mfa_devices:
        device = devices[serial]
        found = totp.matching_step(
            device.base32_string_seed, code or "", totp.step(attempt.time) + device.drift
        )
        if found is not None and found > device.last_step:
            device.last_step = found
            return str(serial)
    return None


def _must_change(attempt: Attempt, user: Any) -> bool:
    """Return True if a user must change the password: an administrator required it, or the password is too old.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
    """
    if user.password_reset_required:
        return True
    age = moto_iam.password_max_age(attempt.account)
    return bool(age and user.password_changed and attempt.time - user.password_changed > timedelta(days=age))


def sign_in_root(attempt: Attempt, password: str, *, with_key: bool) -> Credentials:
    """Sign in an account's root user. `with_key` is True if the user's security key is used.

    Raises `SignInRefused` if the password is wrong or a required key wasn't used.
    """
    account, roots = attempt.account, attempt.state.part(RootUsers)
    identity = {
        "type": "Root", "principalId": account, "arn": root_user.arn(account), "accountId": account, "accessKeyId": "",
    }  # fmt: skip
    kept = roots.passwords.get(account)
    if kept is None or account in roots.without_password or not _same(kept, password):
        raise attempt.refuse(identity)
    mfa = account in roots.mfa
    if mfa:
        attempt.record("CheckMfa", identity, more={"MfaType": "U2F MFA"})
        attempt.mfa.update({"MFAIdentifier": root_user.mfa_serial(account), "MFAUsed": "Yes"})
        if not with_key:
            raise attempt.refuse(identity)
    roots.signed_in[account] = attempt.time
    attempt.record("ConsoleLogin", identity)
    return attempt.begin_session(Principal.from_arn(root_user.arn(account)), account, None, mfa=mfa)
