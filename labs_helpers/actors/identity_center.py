"""IAM Identity Center as one meets it at a screen: enabling it in the console, and a user who confirms a code.

https://docs.aws.amazon.com/singlesignon/latest/userguide/get-set-up-for-idc.html
"""

from __future__ import annotations

from labs_helpers.core.state import State
from labs_helpers.services.iam import reserved_roles
from labs_helpers.services.identitystore.state import IdentityStores
from labs_helpers.services.organizations.state import ALL, Organizations
from labs_helpers.services.sso_admin.state import SERVICE, IdentityCenters, Instance
from labs_helpers.services.sso_oidc import operations as oidc


class IdentityCenter:
    """An instance, as the console shows it: `instance_arn`, `identity_store_id`, `start_url` of the access portal."""

    def __init__(self, state: State, instance: Instance):
        self._state = state
        self._instance = instance
        self.instance_arn = instance.arn
        self.identity_store_id = instance.store.id
        self.start_url = instance.start_url
        self.region = instance.region

    def __repr__(self) -> str:
        return f"<Identity Center {self.instance_arn} in {self.region}, {self.start_url}>"

    def approve(self, user_code: str, user_name: str) -> None:
        """The user opens the page that a program shows, signs in, and confirms the code.

        Raises `LookupError` for a user that there is not, and for a code that no program waits for.
        """
        oidc.approve(self._state, user_code, self._user(user_name))

    def deny(self, user_code: str) -> None:
        """The user refuses. Raises `LookupError` for a code that no program waits for."""
        oidc.deny(self._state, user_code)

    def authorize(self, client_id: str, user_name: str, redirect_uri: str, code_challenge: str) -> str:
        """The user signs in for a program that redirects the browser (PKCE, S256); gives the authorization code."""
        user = self._user(user_name)
        return oidc.authorize(self._state, client_id, user, self.instance_arn, redirect_uri, code_challenge)

    def _user(self, name: str) -> str:
        user = self._instance.store.user_named(name)
        if user is None:
            raise LookupError(f"the identity store has no user {name!r}")
        return user.id


def enabled(state: State, account: str, region: str) -> IdentityCenter:
    """Identity Center in a Region: for the organisation that the account is in, or for the account alone if it is in
    none. Enabled where it was not. Raises `ValueError` if it is in another Region: there is one for an organisation.
    """
    organization = state.part(Organizations).of(account)
    owner = account if organization is None else organization.management
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
        state.touch_policies()
    if instance.region != region:
        raise ValueError(f"IAM Identity Center is in {instance.region}, and can be in one Region only")
    return IdentityCenter(state, instance)
