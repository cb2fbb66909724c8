"""IAM Identity Center tasks in the console: enabling the service, changing settings, and confirming codes as a user.

https://docs.aws.amazon.com/singlesignon/latest/userguide/get-set-up-for-idc.html
"""

from __future__ import annotations

import re
from datetime import timedelta

from labs_helpers.cloud.core.errors import NotModelled
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services import load
from labs_helpers.cloud.services.iam import reserved_roles
from labs_helpers.cloud.services.identitystore.state import IdentityStores
from labs_helpers.cloud.services.organizations.state import ALL, Organizations
from labs_helpers.cloud.services.sso.portal import mail, passwords, sign_in
from labs_helpers.cloud.services.sso.portal.state import (
    LONGEST_SESSION,
    SHORTEST_SESSION,
    Portal,
    Unregistered,
)
from labs_helpers.cloud.services.sso_admin import departures
from labs_helpers.cloud.services.sso_admin.state import SERVICE, IdentityCenters, Instance
from labs_helpers.cloud.services.sso_oidc import operations as oidc
from labs_helpers.cloud.services.sso_oidc.state import SignIns

_ALIAS = re.compile(r"(?![Dd]-)(?=.{1,62}$)[\dA-Za-z]+(-*[\dA-Za-z])*")


class IdentityCenter:
    """An Identity Center instance, as in the console.

    Its attributes are `instance_arn`, `identity_store_id`, and the access portal's `start_url`.
    """

    def __init__(self, state: State, instance: Instance):
        self._state = state
        self._instance = instance
        self.instance_arn = instance.arn
        self.identity_store_id = instance.store.id
        self.region = instance.region

    @property
    def start_url(self) -> str:
        """The access portal's URL."""
        return self._instance.start_url

    def customize_url(self, subdomain: str) -> None:
        """Give the access portal a custom subdomain. The subdomain can be set only once and can't be removed.

        Raises `ValueError` if the portal already has a custom subdomain, or if the name is in use or invalid.
        https://docs.aws.amazon.com/singlesignon/latest/userguide/howtochangeURL.html
        https://docs.aws.amazon.com/directoryservice/latest/devguide/API_CreateAlias.html
        """
        if self._instance.alias is not None:
            raise ValueError("the portal's address has already been customized and cannot be changed")
        if not _ALIAS.fullmatch(subdomain):
            raise ValueError(
                f"{subdomain!r}: use 1 to 62 letters, digits, and hyphens, not beginning with d-"
            )
        name = subdomain.lower()
        if any(name in (each.alias, each.store.id) for each in self._state.part(IdentityCenters).all()):
            raise ValueError(f"{subdomain!r} is taken")
        self._instance.alias = name

    def end_sessions(self, user_name: str) -> None:
        """End the user's sessions in the access portal and in applications. Role sessions continue.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-user-session.html
        """
        self._state.part(SignIns).end(self.instance_arn, self._user(user_name))

    def disable_user(self, user_name: str) -> None:
        """Disable the user's sign-in.

        The user's sessions end immediately (on AWS, within an hour). Role sessions continue.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/disableuser.html
        https://docs.aws.amazon.com/singlesignon/latest/userguide/authconcept.html
        """
        self.end_sessions(user_name)
        self._instance.store.users[self._user(user_name)].disabled = True

    def enable_user(self, user_name: str) -> None:
        """Enable the user's sign-in again."""
        self._instance.store.users[self._user(user_name)].disabled = False

    def __repr__(self) -> str:
        return f"<Identity Center {self.instance_arn} in {self.region}, {self.start_url}>"

    def approve(self, user_code: str, user_name: str) -> None:
        """Open the page that a device authorization shows, sign in as the user, and confirm the code.

        Raises `LookupError` for an unknown or disabled user, or for a code that isn't awaiting approval.
        """
        oidc.approve(self._state, user_code, self._user(user_name))

    def deny(self, user_code: str) -> None:
        """Reject the device authorization with this code, as the user.

        Raises `LookupError` for a code that isn't awaiting approval.
        """
        oidc.deny(self._state, user_code)

    def authorize(self, client_id: str, user_name: str, redirect_uri: str, code_challenge: str) -> str:
        """Sign in the user for a client that uses a browser redirect (PKCE, S256), and return the authorization code.

        Raises `LookupError` for an unknown or disabled user.
        """
        user = self._user(user_name)
        if self._instance.store.enabled_user(user) is None:
            raise LookupError(f"{user_name!r} is disabled")
        return oidc.authorize(self._state, client_id, user, self.instance_arn, redirect_uri, code_challenge)

    def one_time_password(self, user_name: str) -> str:
        """Return a new password, which the user must replace at the next sign-in ("Generate a one-time password").

        https://docs.aws.amazon.com/singlesignon/latest/userguide/resetuserpwd.html
        """
        password = passwords.one_time()
        self._portal.factors(self.identity_store_id, self._user(user_name)).change(password, one_time=True)
        return password

    def invite(self, user_name: str) -> None:
        """Email the user a link to set a password ("Send an email to the user with instructions" in the console)."""
        mail.send_reset_link(self._state, self._instance, self._instance.store.users[self._user(user_name)])

    def send_email_otp(self, *, enabled: bool = True) -> None:
        """Set whether users created with CreateUser are emailed a one-time password at their first sign-in.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/userswithoutpwd.html
        """
        self._portal.settings(self.instance_arn).email_otp = enabled

    def choose_password(self, user_name: str, password: str) -> None:
        """Accept the emailed invitation as the user, and choose a password.

        Raises `ValueError` if the directory rejects the password.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/howtoactivateaccount.html
        """
        proofs = self._portal.factors(self.identity_store_id, self._user(user_name))
        wrong = passwords.problem(password, proofs.past)
        if wrong is not None:
            raise ValueError(wrong)
        proofs.change(password)

    def register_app(self, user_name: str) -> str:
        """Register an authenticator app for the user and return its seed, for `Authenticator(cloud, seed)`.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/how-to-register-device.html
        """
        seed = sign_in.new_seed()
        sign_in.register_app(self._portal, self.identity_store_id, self._user(user_name), seed)
        return seed

    def register_security_key(self, user_name: str) -> None:
        """Raise `NotModelled`: AWS accepts FIDO2 security keys and built-in authenticators, but this cloud doesn't.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/mfa-types-fido2.html
        """
        raise NotModelled(
            f"WebAuthn: {user_name} can register an authenticator app instead; "
            "see labs_helpers/cloud/services/sso/portal/sign_in.py"
        )

    def change_identity_source(self, metadata: str) -> None:
        """Raise `NotModelled`: on AWS, an external identity provider with SAML metadata can sign users in.

        https://docs.aws.amazon.com/singlesignon/latest/userguide/how-to-connect-idp.html
        """
        raise NotModelled(
            "an external identity provider as the identity source of IAM Identity Center: only its own directory signs "
            "users in, see labs_helpers/cloud/services/sso/portal/sign_in.py"
        )

    def remove_apps(self, user_name: str) -> None:
        """Delete the user's authenticator apps, for example after the user lost a phone."""
        self._portal.factors(self.identity_store_id, self._user(user_name)).apps.clear()

    def configure_mfa(
        self, *, ask: bool = True, unregistered: Unregistered = "ALLOW", own_devices: bool = False
    ) -> None:
        """Set whether the portal asks for a code from an MFA device, and whether users can register devices themselves.

        `unregistered` determines how users without a device are treated: ALLOW, REGISTER, or BLOCK. Raises `ValueError`
        for any other value.
        https://docs.aws.amazon.com/singlesignon/latest/userguide/how-to-configure-mfa-device-enforcement.html
        """
        if unregistered not in ("ALLOW", "REGISTER", "BLOCK"):
            raise ValueError(f"{unregistered!r}: use ALLOW, REGISTER, or BLOCK")
        settings = self._portal.settings(self.instance_arn)
        settings.mfa, settings.unregistered, settings.own_devices = ask, unregistered, own_devices

    def configure_session(self, duration: timedelta) -> None:
        """Set the duration of new portal and application sessions.

        Raises `ValueError` unless it is 15 minutes to 90 days.
        https://docs.aws.amazon.com/singlesignon/latest/userguide/configure-user-session.html
        """
        if not SHORTEST_SESSION <= duration <= LONGEST_SESSION:
            raise ValueError("a portal session lasts from 15 minutes to 90 days")
        self._instance.session = duration

    @property
    def _portal(self) -> Portal:
        return self._state.part(Portal)

    def _user(self, name: str) -> str:
        user = self._instance.store.user_named(name)
        if user is None:
            raise LookupError(f"the identity store has no user {name!r}")
        return user.id


def enabled(state: State, account: str, region: str) -> IdentityCenter:
    """Return Identity Center in a Region and enable it if necessary.

    The instance belongs to the account's organization, or to the account itself if it isn't in an organization. Raises
    `ValueError` if the instance is in another Region, because an organization has only one instance.
    """
    organization = state.part(Organizations).of(account)
    owner = account if organization is None else organization.management
    load("sso")
    centers = state.part(IdentityCenters)
    instance = centers.owned_by(owner)
    if instance is None:
        of_organization = organization is not None and organization.feature_set == ALL
        instance = centers.add(
            state.part(IdentityStores),
            state.ids,
            owner,
            region,
            state.clock.now(),
            of_organization=of_organization,
        )
        reserved_roles.ensure_linked_role(owner, state.ids, state.clock.now())
        if organization is not None and of_organization:
            organization.services.setdefault(SERVICE, state.clock.now())
            departures.watch(state, instance)
        state.touch_policies()
    if instance.region != region:
        raise ValueError(f"IAM Identity Center is in {instance.region}, and it can be in only one Region")
    return IdentityCenter(state, instance)
