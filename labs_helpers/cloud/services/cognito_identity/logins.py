"""Logins: verified sign-ins with an identity provider that is linked to the pool.

https://docs.aws.amazon.com/cognito/latest/developerguide/external-identity-providers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.web_identity import claims_of, is_signed
from labs_helpers.cloud.services.cognito_identity.errors import invalid, not_authorized
from labs_helpers.cloud.services.cognito_identity.state import HOST, IdentityPool
from labs_helpers.cloud.services.cognito_idp.tokens import verification

_SOCIAL = ("graph.facebook.com", "www.amazon.com", "api.twitter.com", "www.digits.com", "appleid.apple.com")
_NAME_ID = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier"
"""The name of a SAML subject in attribute maps.

https://docs.aws.amazon.com/cognito/latest/developerguide/provider-mappings.html
"""
_NOT_SUPPORTED = "Token is not from a supported provider of this identity pool."


@dataclass(frozen=True, slots=True)
class Login:
    """A verified login: the provider, the subject, and the token's claims.

    `name` is the provider's name in role mappings and attribute maps, `amr` is the value of that claim in the pool's
    tokens, and `roles` are the roles in a SAML assertion.
    """

    provider: str
    subject: str
    name: str
    amr: tuple[str, ...]
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    roles: tuple[str, ...] = ()

    @property
    def saml(self) -> bool:
        """True for a login with a SAML identity provider."""
        return ":saml-provider/" in self.provider


def verify_logins(call: Call, pool: IdentityPool, given: Mapping[str, str] | None = None) -> list[Login]:
    """Verify and return the call's logins, or the logins in `given`.

    Raises NotAuthorizedException if one of the logins isn't valid.
    """
    given = call.parameters.get("Logins") or {} if given is None else given
    if len(given) > 10:
        raise invalid("At most 10 logins can be given.")
    return [_verify_login(call, pool, provider, token) for provider, token in given.items()]


def _verify_login(call: Call, pool: IdentityPool, provider: str, token: str) -> Login:
    settings = pool.settings
    if provider == settings.get("DeveloperProviderName"):
        raise not_authorized(
            "A developer provider's name can't be used here: call GetOpenIdTokenForDeveloperIdentity."
        )
    if provider.startswith("cognito-idp."):
        return _of_user_pool(call, pool, provider, token)
    if provider.startswith("arn:") and provider in (settings.get("SamlProviderARNs") or ()):
        return _of_saml(call, provider, token)
    for arn in settings.get("OpenIdConnectProviderARNs") or ():
        if arn.partition(":oidc-provider/")[2] == provider:
            return _of_issuer(call, provider, token, arn, None)
    if provider in (settings.get("SupportedLoginProviders") or {}):
        if provider in _SOCIAL:
            raise NotModelled(
                f"cognito-identity logins by {provider} aren't modeled; OIDC, SAML, and user pools are"
            )
        return _of_issuer(call, provider, token, provider, settings["SupportedLoginProviders"][provider])
    raise not_authorized(_NOT_SUPPORTED)


def _of_user_pool(call: Call, pool: IdentityPool, provider: str, token: str) -> Login:
    """Return the login of a user pool's ID token.

    An access token isn't accepted, because it doesn't identify the user.
    """
    linked = [
        each
        for each in pool.settings.get("CognitoIdentityProviders") or ()
        if each["ProviderName"] == provider
    ]
    claims = _claims(token)
    if not linked:
        raise not_authorized(_NOT_SUPPORTED)
    if claims.get("iss") != f"https://{provider}":
        raise not_authorized("Invalid login token. Issuer doesn't match providerName")
    if claims.get("token_use") != "id":
        raise not_authorized("Invalid login token. Not a Cognito token.")
    fitting = [each for each in linked if each["ClientId"] == claims.get("aud")]
    if not fitting:
        raise not_authorized("Invalid login token. Incorrect token audience.")
    try:
        found = verification.verify(call.state, token, "id")
    except verification.Rejected as why:
        if "expired" in str(why):
            raise _expired(call, claims) from why
        # Without ServerSideTokenCheck, a revoked token is valid until it expires.
        if "revoked" not in str(why) or any(each["ServerSideTokenCheck"] for each in fitting):
            raise not_authorized("Invalid login token. Could not verify signature.") from why
    else:
        checked = any(each["ServerSideTokenCheck"] for each in fitting)
        if checked and (found.user is None or not found.user.enabled):
            raise not_authorized("Invalid login token. User is disabled or does not exist.")
    subject, name = str(claims["sub"]), f"{provider}:{claims['aud']}"
    amr = ("authenticated", provider, f"{provider}:CognitoSignIn:{subject}")
    return Login(provider, subject, name, amr, claims)


def _of_issuer(call: Call, provider: str, token: str, name: str, audience: str | None) -> Login:
    """Return the login with an OIDC provider of the account (`name` is its ARN), or with Google."""
    from labs_helpers.cloud.services.iam import moto_view as moto_iam

    claims = _claims(token)
    issuer = call.state.issuers.find(str(claims.get("iss", "")))
    if str(claims.get("iss", "")).removeprefix("https://") != provider:
        raise not_authorized("Invalid login token. Issuer doesn't match providerName")
    allowed = moto_iam.oidc_client_ids(call.account, name) if audience is None else [audience]
    given = claims.get("azp") or claims.get("aud")
    if not allowed or given not in allowed:
        raise not_authorized("Invalid login token. Incorrect token audience.")
    if issuer is None or not issuer.reachable or not is_signed(token, issuer.jwks()):
        raise not_authorized("Invalid login token. Could not verify signature.")
    if not isinstance(claims.get("exp"), int) or call.time.timestamp() >= claims["exp"]:
        raise _expired(call, claims)
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise not_authorized("Invalid login token. No subject.")
    subject = claims["sub"]
    return Login(provider, subject, name, ("authenticated", provider, f"{provider}:OIDC:{subject}"), claims)


def _of_saml(call: Call, provider: str, encoded: str) -> Login:
    """Return the login for an assertion that a SAML provider of the pool's account issued for AWS.

    The assertion's attributes become the login's claims.
    https://docs.aws.amazon.com/cognito/latest/developerguide/saml-identity-provider.html
    """
    from labs_helpers.cloud.services.sts import saml

    try:
        found = saml.verified(call, provider, encoded)
    except ServiceError as refusal:
        raise not_authorized(f"Invalid login token. {refusal.message}") from refusal
    attributes = {
        name: list(values) if len(values) > 1 else "".join(values)
        for name, values in found.attributes.items()
    }
    claims = {
        "sub": found.subject,
        _NAME_ID: found.subject,
        "iss": found.issuer,
        "aud": found.recipient,
        **attributes,
    }
    amr = ("authenticated", provider, f"{provider}:SAML:{found.subject}")
    return Login(provider, found.subject, provider, amr, claims, tuple(found.roles))


def _expired(call: Call, claims: Mapping[str, Any]) -> Exception:
    return not_authorized(
        f"Invalid login token. Token expired: {int(call.time.timestamp())} >= {claims.get('exp')}"
    )


def _claims(token: str) -> dict[str, Any]:
    """Return a token's unverified claims."""
    claims = claims_of(token)
    if claims is None:
        raise not_authorized("Invalid login token. Not a valid OpenId Connect identity token.")
    return claims


def identity_of_own_token(call: Call, pool: IdentityPool, token: str) -> str:
    """Return the identity ID in a token from GetOpenIdTokenForDeveloperIdentity.

    Raises NotAuthorizedException if the token isn't valid.
    """
    from labs_helpers.cloud.services.cognito_identity.pools import all_pools

    claims = _claims(token)
    good = claims.get("iss") == f"https://{HOST}" and claims.get("aud") == pool.id
    if not good or not is_signed(token, all_pools(call).jwks()):
        raise not_authorized("Invalid login token. Could not verify signature.")
    if not isinstance(claims.get("exp"), int) or call.time.timestamp() >= claims["exp"]:
        raise _expired(call, claims)
    return str(claims["sub"])
