"""CreateTokenWithIAM: tokens for applications, which carry a user's identity on to AWS's services.

https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateTokenWithIAM.html
https://docs.aws.amazon.com/singlesignon/latest/userguide/trustedidentitypropagation-overview.html
An application gets them for a token of a trusted issuer, for a token of another application, or by refreshing. The
cloud has no page that would give an application an authorization code. STS does not take identity contexts here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.registry import operation
from labs_helpers.cloud.core.web_identity import claims_of, is_signed
from labs_helpers.cloud.services.identitystore.state import Entity
from labs_helpers.cloud.services.sso_admin import encryption
from labs_helpers.cloud.services.sso_admin.state import Application, IdentityCenters, Instance, TokenIssuer
from labs_helpers.cloud.services.sso_oidc.errors import check_network, error, invalid_grant, invalid_request
from labs_helpers.cloud.services.sso_oidc.state import Passed, SignIns, digest

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_GRANTS = ("authorization_code", "refresh_token", JWT_BEARER, EXCHANGE)
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
_REFRESH_TOKEN = "urn:ietf:params:oauth:token-type:refresh_token"
_DEFAULT_SCOPES = ("openid", "aws", "sts:identity_context")
_ACCESS, _REFRESH = timedelta(hours=1), timedelta(days=90)


@operation("sso-oidc", "CreateTokenWithIAM")
def create_token_with_iam(call: Call) -> Mapping[str, Any]:
    """The gate has asked whether the caller may, by its own policies or by the application's actor policy."""
    instance, application = _application(call)
    check_network(call, instance, application.arn)
    encryption.check_sign_in(call, instance)
    kind = call.parameters["grantType"]
    if kind not in _GRANTS:
        raise error("UnsupportedGrantTypeException", "unsupported_grant_type", "Unsupported grant type")
    if kind not in application.grants:
        raise error(
            "UnauthorizedClientException", "unauthorized_client", "The application has no such grant."
        )
    by = {JWT_BEARER: _by_assertion, EXCHANGE: _by_exchange, "refresh_token": _by_refresh}
    passed = by[kind](call, instance, application) if kind in by else _by_code(call)
    user = instance.store.who_may_sign_in(passed.user)
    if user is None:
        raise invalid_grant()
    _check_assigned(instance, application, user)
    return _tokens(call, instance, application, passed)


def _application(call: Call) -> tuple[Instance, Application]:
    arn = call.parameters["clientId"]
    for instance in call.state.part(IdentityCenters).all():
        found = instance.applications.get(arn)
        if found is not None and instance.region == call.region:
            if found.status != "ENABLED" or "IAM" not in found.authentication:
                text = "The application is disabled, or its callers can't authenticate by IAM."
                raise error("UnauthorizedClientException", "unauthorized_client", text)
            return instance, found
    raise error("InvalidClientException", "invalid_client", "Invalid client provided", 401)


def _check_assigned(instance: Instance, application: Application, user: Entity) -> None:
    reach = instance.store.principals_of(user.id)
    if application.assignment_required and reach.isdisjoint(application.assignments):
        raise error("AccessDeniedException", "access_denied", "The user is not assigned to the application")


# --- what is given for them -----------------------------------------------------------------------------------


def _by_code(call: Call) -> Passed:
    for name in ("code", "redirectUri"):
        if not call.parameters.get(name):
            raise invalid_request(f"{name} is required")
    raise invalid_grant()


def _by_assertion(call: Call, instance: Instance, application: Application) -> Passed:
    """A token of an issuer that the application trusts, for an audience that it names, once."""
    assertion = call.parameters.get("assertion")
    if not assertion:
        raise invalid_request("assertion is required")
    claims = _claims(assertion)
    issuer = _trusted(instance, application, claims)
    known = call.state.issuers.find(str(claims["iss"]))
    if known is None or not known.reachable or not is_signed(assertion, known.jwks()):
        raise invalid_grant()
    now, sign_ins = call.time.timestamp(), call.state.part(SignIns)
    if not isinstance(claims.get("exp"), int) or now >= claims["exp"]:
        raise error("ExpiredTokenException", "expired_token", "Token has expired")
    used = f"{claims['iss']} {claims.get('jti')}"
    if not claims.get("jti") or used in sign_ins.assertions:
        raise invalid_grant()
    user = _user(instance, issuer, claims)
    sign_ins.assertions.add(used)
    return Passed(application.arn, instance.arn, user.id, _scopes(call, application), call.time + _ACCESS)


def _claims(token: str) -> dict[str, Any]:
    """A token's claims, not yet verified."""
    claims = claims_of(token)
    if claims is None:
        raise invalid_grant()
    return claims


def _trusted(instance: Instance, application: Application, claims: Mapping[str, Any]) -> TokenIssuer:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    for each in application.grants[JWT_BEARER]["JwtBearer"]["AuthorizedTokenIssuers"]:
        issuer = instance.token_issuers.get(each["TrustedTokenIssuerArn"])
        if issuer is None or issuer.settings["IssuerUrl"].rstrip("/") != str(claims.get("iss")).rstrip("/"):
            continue
        if set(audiences) & set(each.get("AuthorizedAudiences") or ()):
            return issuer
    raise invalid_grant()


def _user(instance: Instance, issuer: TokenIssuer, claims: Mapping[str, Any]) -> Entity:
    """The one user whose attribute has the claim's value, as the issuer's settings map them."""
    value: Any = claims
    for part in issuer.settings["ClaimAttributePath"].split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    finders = {"username": instance.store.user_named, "emails.value": instance.store.user_with}
    finder = finders.get(issuer.settings["IdentityStoreAttributePath"].lower())
    user = finder(value) if finder is not None and isinstance(value, str) else None
    if user is None:
        raise invalid_grant()
    return user


def _by_exchange(call: Call, instance: Instance, application: Application) -> Passed:
    """A token of another application, whose scopes name this one as a target."""
    given, sign_ins = call.parameters, call.state.part(SignIns)
    for name in ("subjectToken", "subjectTokenType"):
        if not given.get(name):
            raise invalid_request(f"{name} is required")
    if given["subjectTokenType"] != _ACCESS_TOKEN:
        raise invalid_request("The subject token type is not supported")
    if given.get("requestedTokenType") not in (None, _ACCESS_TOKEN, _REFRESH_TOKEN):
        raise invalid_request("The requested token type is not supported")
    subject = sign_ins.passed(given["subjectToken"], call.time)
    source = instance.applications.get(subject.application) if subject is not None else None
    if subject is None or source is None or source is application:
        raise invalid_grant()
    if not any(application.arn in source.scopes.get(scope, ()) for scope in subject.scopes):
        raise invalid_grant()
    return Passed(
        application.arn, instance.arn, subject.user, _scopes(call, application), call.time + _ACCESS
    )


def _by_refresh(call: Call, _: Instance, application: Application) -> Passed:
    token = call.parameters.get("refreshToken")
    if not token:
        raise invalid_request("refreshToken is required")
    found = call.state.part(SignIns).refreshes(token, call.time)
    if found is None or found.application != application.arn:
        raise invalid_grant("Invalid refresh token provided")
    asked = tuple(call.parameters.get("scope") or found.scopes)
    if not set(asked) <= set(found.scopes):
        raise _wrong_scope()
    return replace(found, scopes=asked, expires=call.time + _ACCESS)


def _scopes(call: Call, application: Application) -> tuple[str, ...]:
    """What is asked for, else all that the application has."""
    every = (*_DEFAULT_SCOPES, *application.scopes)
    asked = tuple(call.parameters.get("scope") or every)
    if not set(asked) <= set(every):
        raise _wrong_scope()
    return asked


def _wrong_scope() -> ServiceError:
    return error("InvalidScopeException", "invalid_scope", "Invalid scope requested")


# --- what comes of it -----------------------------------------------------------------------------------------


def _tokens(call: Call, instance: Instance, application: Application, passed: Passed) -> Mapping[str, Any]:
    sign_ins, access, context = call.state.part(SignIns), secrets.token_urlsafe(96), secrets.token_urlsafe(96)
    sign_ins.application_access[digest(access)] = passed
    sign_ins.contexts.add(digest(context))
    kind = call.parameters.get("requestedTokenType") or _ACCESS_TOKEN
    answer: dict[str, Any] = {
        "accessToken": access, "tokenType": "Bearer", "expiresIn": int(_ACCESS.total_seconds()),
        "issuedTokenType": kind, "scope": list(passed.scopes),
        "idToken": _id_token(call, instance, passed, digest(access), context),
        "awsAdditionalDetails": {"identityContext": context},
    }  # fmt: skip
    if "refresh_token" in application.grants:
        answer["refreshToken"] = secrets.token_urlsafe(96)
        sign_ins.application_refresh[digest(answer["refreshToken"])] = replace(
            passed, expires=call.time + _REFRESH
        )
    return answer


def _id_token(call: Call, instance: Instance, passed: Passed, credential: str, context: str) -> str:
    """https://docs.aws.amazon.com/singlesignon/latest/userguide/trustedidentitypropagation-identity-enhanced-iam-role-sessions.html"""
    from joserfc import jwt

    now = int(call.time.timestamp())
    claims = {
        "iss": f"https://identitycenter.amazonaws.com/{instance.id}", "sub": passed.user, "aud": passed.application,
        "iat": now, "exp": now + int(_ACCESS.total_seconds()), "act": {"sub": call.principal.arn},
        "aws:identity_store_id": instance.store.id, "aws:identity_store_arn": instance.store.arn,
        "aws:instance_account": instance.account, "aws:instance_arn": instance.arn, "aws:credential_id": credential,
        "sts:identity_context": context,
    }  # fmt: skip
    key = call.state.part(SignIns).key()
    return jwt.encode({"alg": "ES384", "kid": key.kid}, claims, key, algorithms=["ES384"])
