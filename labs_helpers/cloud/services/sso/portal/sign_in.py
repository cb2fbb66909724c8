"""Sign-in, step by step: name, password, MFA code, new password, authenticator app.

A wrong name and a wrong password get the same response in the same time, and the same number of failures locks the
name. Therefore, the page doesn't reveal whether the user exists.
https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosignin.html
"""

from __future__ import annotations

import base64
import hmac
import secrets

from labs_helpers.cloud.core import totp
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.identitystore.state import Entity
from labs_helpers.cloud.services.sso.portal import mail, passwords, portal_events
from labs_helpers.cloud.services.sso.portal.state import MOST_APPS, App, Factors, Flow, Portal
from labs_helpers.cloud.services.sso_admin import kms_encryption
from labs_helpers.cloud.services.sso_admin.state import Instance
from labs_helpers.cloud.services.sso_oidc.state import digest

_LONGEST_NAME = 128
"""The maximum number of characters in a user name.

https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_CreateUser.html
"""


class Refused(Exception):
    """The error for a step that failed, with the reason that the page displays."""


_WRONG = "The user name or the password is incorrect."
_LOCKED = "Too many attempts. Wait a while before you try again."


def advance(call: Call, instance: Instance, flow: Flow, form: dict[str, str]) -> Entity | None:
    """Process the response to the flow's step and set the next step, or return the user if it was the last step.

    Raises `Refused` if the step failed, or `ServiceError` if Identity Center isn't allowed to use the customer managed
    key.
    """
    kms_encryption.check_sign_in(call, instance)
    match flow.step:
        case "name":
            _name(call, instance, flow, form.get("username", ""))
            return None
        case "password":
            user = _password(call, instance, flow, form.get("password", ""))
        case "otp":
            user = _mailed_password(call, instance, flow, form.get("code", ""))
        case "mfa":
            user = _mfa(call, instance, flow, form.get("code", ""))
        case "choose":
            user = _choose(call, instance, flow, form)
        case "register":
            user = _register(call, instance, flow, form.get("code", ""))
    return _next(call, instance, flow, user)


def locking_name(instance: Instance, flow: Flow) -> str:
    """Return the name under which a flow's failures are counted."""
    return f"{instance.arn}/{flow.name.lower()}"


def _portal(call: Call) -> Portal:
    return call.state.part(Portal)


def _factors(call: Call, instance: Instance, user: Entity) -> Factors:
    return _portal(call).factors(instance.store.id, user.id)


def _name(call: Call, instance: Instance, flow: Flow, name: str) -> None:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise Refused("Enter your user name.")
    flow.name, flow.step = name, "password"
    user = instance.store.user_named(name)
    if user is not None and mail.is_due(call, instance, user):
        flow.step, flow.mailed = "otp", mail.send_one_time_password(call, instance, user)
    kind = "EMAIL_OTP" if flow.step == "otp" else "PASSWORD"
    named = {"UserName": user.attributes["UserName"]} if user is not None else {}
    portal_events.record_sign_in(call, instance, flow, "CredentialChallenge", kind, user=user, more=named)


def _refuse_locked(call: Call, instance: Instance, flow: Flow) -> None:
    if _portal(call).is_locked(locking_name(instance, flow), call.time):
        raise Refused(_LOCKED)


def _password(call: Call, instance: Instance, flow: Flow, password: str) -> Entity:
    _refuse_locked(call, instance, flow)
    user = instance.store.user_named(flow.name)
    kept = _factors(call, instance, user).password if user is not None else None
    fits = (kept or passwords.UNKNOWN_USERS).fits(password)
    right = fits and kept is not None and user is not None and not user.disabled
    portal_events.record_sign_in(
        call, instance, flow, "CredentialVerification", "PASSWORD", user=user, success=right
    )
    if not right or user is None:
        _portal(call).count_failure(locking_name(instance, flow), call.time)
        raise Refused(_WRONG)
    flow.user, flow.password, flow.passed = user.id, kept, ("PASSWORD",)
    return user


def _mailed_password(call: Call, instance: Instance, flow: Flow, code: str) -> Entity:
    """Check the one-time password from an email, for a user without a password."""
    _refuse_locked(call, instance, flow)
    user = instance.store.user_named(flow.name)
    fits = hmac.compare_digest(flow.mailed, digest(code.strip()))
    right = (
        fits and user is not None and not user.disabled and _factors(call, instance, user).password is None
    )
    portal_events.record_sign_in(
        call, instance, flow, "CredentialVerification", "EMAIL_OTP", user=user, success=right
    )
    if not right or user is None:
        _portal(call).count_failure(locking_name(instance, flow), call.time)
        raise Refused("This isn't the password from the email.")
    flow.user, flow.passed = user.id, ("EMAIL_OTP",)
    return user


def _user(call: Call, instance: Instance, flow: Flow) -> Entity:
    """Return the user whose password the flow has checked.

    Raises `Refused` if the user was deleted or disabled since, or if the password has changed since.
    """
    user = instance.store.enabled_user(flow.user or "")
    if user is None or _factors(call, instance, user).password is not flow.password:
        raise Refused(_WRONG)
    return user


def _mfa(call: Call, instance: Instance, flow: Flow, code: str) -> Entity:
    _refuse_locked(call, instance, flow)
    user = _user(call, instance, flow)
    right = any(_accepts(app, code, call) for app in _factors(call, instance, user).apps)
    portal_events.record_sign_in(
        call, instance, flow, "CredentialVerification", "TOTP", user=user, success=right
    )
    if not right:
        _portal(call).count_failure(locking_name(instance, flow), call.time)
        raise Refused("This code isn't valid, or has already been used.")
    flow.passed += ("TOTP",)
    return user


def _accepts(app: App, code: str, call: Call) -> bool:
    """Return whether a code is the app's current one; each code is accepted once."""
    step = totp.matching_step(app.seed, code.strip(), totp.step(call.time))
    if step is None or step <= app.last_step:
        return False
    app.last_step = step
    return True


def _choose(call: Call, instance: Instance, flow: Flow, form: dict[str, str]) -> Entity:
    user = _user(call, instance, flow)
    factors = _factors(call, instance, user)
    choose(factors, form)
    flow.password = factors.password
    return user


def choose(factors: Factors, form: dict[str, str]) -> None:
    """Set a new password that the user typed twice. Raises `Refused` if the password isn't acceptable."""
    password = form.get("password", "")
    if password != form.get("again", ""):
        raise Refused("The two passwords differ.")
    begun_with = [factors.password] if factors.password is not None else []
    wrong = passwords.problem(password, [*factors.past, *begun_with])
    if wrong is not None:
        raise Refused(wrong)
    factors.change(password)


def _register(call: Call, instance: Instance, flow: Flow, code: str) -> Entity:
    user = _user(call, instance, flow)
    enroll_app(call, _factors(call, instance, user), flow.seed, code)
    flow.enrolled = True
    return user


def enroll_app(call: Call, factors: Factors, seed: str, code: str) -> None:
    """Register an authenticator app with this seed if `code` is the app's current code.

    Raises `Refused` if the code is wrong.
    """
    if len(factors.apps) >= MOST_APPS:
        raise Refused(f"You can have at most {MOST_APPS} authenticator apps.")
    app = App(seed)
    if not _accepts(app, code, call):
        raise Refused("This isn't the code that the app shows.")
    factors.apps.append(app)


def _next(call: Call, instance: Instance, flow: Flow, user: Entity) -> Entity | None:
    """Return the user who has passed the last step, or set the next step and return None."""
    factors = _factors(call, instance, user)
    settings = _portal(call).settings(instance.arn)
    if settings.mfa and factors.apps and "TOTP" not in flow.passed and not flow.enrolled:
        flow.step = "mfa"
        portal_events.record_sign_in(call, instance, flow, "CredentialChallenge", "TOTP", user=user)
        return None
    if settings.mfa and not factors.apps and settings.unregistered == "BLOCK":
        raise Refused("You need an MFA device to sign in. Ask your administrator to register one.")
    if factors.one_time or factors.password is None:
        flow.step = "choose"
        return None
    if settings.mfa and not factors.apps and settings.unregistered == "REGISTER":
        flow.step, flow.seed = "register", new_seed()
        return None
    _finish(call, instance, flow, user)
    return user


def _finish(call: Call, instance: Instance, flow: Flow, user: Entity) -> None:
    _portal(call).forget_failures(locking_name(instance, flow))
    enrolled = {"DeviceEnrollmentRequired": "true"} if flow.enrolled else {}
    portal_events.record_sign_in(
        call, instance, flow, "UserAuthentication", ",".join(flow.passed), user=user,
        more={"LoginTo": f"{instance.start_url}/", **enrolled},
    )  # fmt: skip


def new_seed() -> str:
    """Return a new secret for an authenticator app, with 160 bits as recommended in RFC 4226."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def register_app(portal: Portal, store: str, user: str, secret: str) -> None:
    """Register a user's authenticator app on an administrator's behalf. Raises `ValueError` for a user's third app."""
    factors = portal.factors(store, user)
    if len(factors.apps) >= MOST_APPS:
        raise ValueError(f"a user can have {MOST_APPS} authenticator apps")
    totp.code_of_step(secret, 0)
    factors.apps.append(App(secret))
