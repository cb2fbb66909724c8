"""The web application for managed login: its routes, their actions, and their pages.

Pages sign users in by the same rules as InitiateAuth and RespondToAuthChallenge. A client's list of authentication
flows is ignored, because it applies only to applications that call the API.
https://docs.aws.amazon.com/cognito/latest/developerguide/managed-login-pages.html
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Flask, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from labs_helpers.cloud.core import registry
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.services import web
from labs_helpers.cloud.services.cognito_idp.calls import SERVICE, secret_hash
from labs_helpers.cloud.services.cognito_idp.federation import saml_metadata
from labs_helpers.cloud.services.cognito_idp.managed_login import (
    authorization_endpoint,
    client_registration,
    federated_sign_in,
    oidc,
    page_events,
    saml,
    token_endpoints,
)
from labs_helpers.cloud.services.cognito_idp.managed_login.authorization_endpoint import (
    ErrorPage,
    ErrorRedirect,
)
from labs_helpers.cloud.services.cognito_idp.managed_login.federated_identity import FederationFailed
from labs_helpers.cloud.services.cognito_idp.managed_login.state import (
    CODE_LIFE,
    PROVIDER_LIFE,
    SESSION_LIFE,
    SIGN_IN_LIFE,
    Code,
    ManagedLogin,
    PendingSignIn,
    PendingSignOut,
    ProviderSession,
    Request,
    Session,
    digest,
    random_value,
)
from labs_helpers.cloud.services.cognito_idp.pools import discovery as documents
from labs_helpers.cloud.services.cognito_idp.sign_in import authentication_levels, password_verification
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import HOSTED, SignIn
from labs_helpers.cloud.services.cognito_idp.sign_in.responses import answer_challenge
from labs_helpers.cloud.services.cognito_idp.state import Client, UserPool
from labs_helpers.cloud.services.cognito_idp.tokens.sign_in_grants import session_id
from labs_helpers.cloud.services.cognito_idp.users import directory
from labs_helpers.cloud.services.web import protections
from labs_helpers.engine.policy import Principal

SESSION_COOKIE = "cognito"
_log = logging.getLogger(__name__)
bp = Blueprint("login", __name__)


def make_app() -> Flask:
    """Create the application for all pools. Each request's environment contains the pool and the cloud's state."""
    app = web.application(__name__)
    app.register_blueprint(bp)
    page_events.record_requests(app)
    app.register_error_handler(ErrorPage, _bad_page)
    app.register_error_handler(ErrorRedirect, lambda error: redirect(error.location))
    app.register_error_handler(token_endpoints.OAuthError, _oauth_error)
    app.register_error_handler(NotModelled, _not_modelled)
    app.register_error_handler(Exception, _unexpected)
    return app


def _bad_page(error: ErrorPage) -> Any:
    return render_template("error.html", error=error.error, description=error.description), 400


def _oauth_error(error: token_endpoints.OAuthError) -> Response:
    response = _json(error.body, error.status)
    if request.path.endswith("/oauth2/userInfo"):
        words = [f'{name}="{value}"' for name, value in error.body.items()]
        response.headers["WWW-Authenticate"] = ", ".join(words)
    return response


def _not_modelled(error: NotModelled) -> Any:
    """Show an error page that names the feature that isn't modeled."""
    return render_template("error.html", error="not_modelled", description=str(error)), 501


def _unexpected(error: Exception) -> Any:
    """Show an error page without a stack trace, and log the error without the request's content."""
    from werkzeug.exceptions import HTTPException

    if isinstance(error, HTTPException):
        return render_template("error.html", error=error.name, description=""), error.code
    _log.error("managed login: %s at %s", type(error).__name__, request.path, exc_info=error)
    return render_template("error.html", error="server_error", description="Something went wrong."), 500


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/json;charset=UTF-8")


# --- helper functions for the views ---------------------------------------------------------------------------


def _pool() -> UserPool:
    found: UserPool = request.environ["labs.pool"]
    return found


def _login() -> ManagedLogin:
    found: ManagedLogin = request.environ["labs.state"].part(ManagedLogin)
    return found


def _call(operation: str, **parameters: Any) -> Call:
    """Return an anonymous call for a page's action, with the request's time, address, and parameters."""
    state, pool = request.environ["labs.state"], _pool()
    return Call(
        service=SERVICE, operation=operation, parameters=parameters, region=pool.region,
        principal=Principal.anonymous(), credentials=None, account=pool.account, time=state.clock.now(), state=state,
        headers={"user-agent": request.headers.get("user-agent", "")}, source_ip=request.environ["labs.source_ip"],
    )  # fmt: skip


def _perform(operation: str, client: Client, username: str, **parameters: Any) -> Any:
    """Perform an operation of the public API for a page, on the client's behalf."""
    if client.secrets:
        parameters["SecretHash"] = secret_hash(client.secrets[0].value, username, client.id)
    found = registry.find(SERVICE, operation)
    assert found is not None
    return found(_call(operation, ClientId=client.id, Username=username, **parameters))


def _form() -> dict[str, str]:
    """Return a form's fields. Raises `ErrorPage` for a form from another site, or with a repeated field."""
    if protections.forged():
        raise ErrorPage(
            "invalid_request", "This form wasn't sent from this site, or cookies are turned off. Start again."
        )
    return _single_values(request.form)


def _single_values(fields: Any) -> dict[str, str]:
    if any(len(values) > 1 for _, values in fields.lists()):
        raise ErrorPage("invalid_request", "A parameter is repeated.")
    return {name: value for name, value in fields.items() if not name.startswith("_csrf")}


def _query() -> dict[str, str]:
    return _single_values(request.args)


def _page(template: str, client: Client | None, **values: Any) -> str:
    g.form_targets = tuple((client.settings.get("CallbackURLs") or ()) if client else ())
    values.setdefault("query", urlencode(_single_values(request.args)))
    return render_template(template, pool=_pool(), client=client, **values)


# --- authorize, login, logout ---------------------------------------------------------------------------------


@bp.get("/oauth2/authorize")
def authorize_endpoint() -> Any:
    """Handle /oauth2/authorize.

    Starts a sign-in on the login page or with an external provider, or returns a user who is already signed in.
    """
    client, oauth_request = authorization_endpoint.check_request(_pool(), _query())
    given = _query()
    provider = given.get("identity_provider") or _by_identifier(given.get("idp_identifier"))
    if provider and provider != "COGNITO":
        return _begin_federated(client, oauth_request, provider)
    session = _session()
    prompt = given.get("prompt", "").split()
    longest = oauth_request.max_age
    fresh_enough = longest is None or session is None or _now() - session.auth_time <= longest
    again = {"login", "select_account"} & set(prompt) or not fresh_enough
    if session is not None and _accepts_session(client, session) and not again:
        sign_in = _resumed_sign_in(client, oauth_request, session)
        if sign_in is None or not authentication_levels.missing_challenges(sign_in):
            return _return_to_application(client, oauth_request, session.username, session)
        if "pwd" in session.done and prompt != ["none"]:
            return _continue_sign_in(
                client, oauth_request, session.username, authentication_levels.next_challenge(sign_in) or {}
            )
    # prompt=none requests a response without any page (OpenID Connect Core, 3.1.2.1).
    if prompt == ["none"]:
        raise _error_redirect(oauth_request, "login_required")
    return redirect(f"{url_for('login.login_page')}?{request.query_string.decode()}")


def _error_redirect(oauth_request: Request, error: str, description: str | None = None) -> ErrorRedirect:
    """Return an error for the application that sent a request."""
    implicit = oauth_request.response_type == "token"
    return ErrorRedirect(oauth_request.redirect_uri, error, oauth_request.state, implicit, description)


def _resumed_sign_in(client: Client, oauth_request: Request, session: Session) -> SignIn | None:
    """Return the sign-in that a browser's session resumes, or None if no level of authentication is requested."""
    user = directory.find(_pool(), session.username)
    if not oauth_request.wanted or user is None:
        return None
    call = _call("Authorize_GET")
    return SignIn(
        call, _pool(), client, user, session.username, None, HOSTED, oauth_request.wanted, session.done
    )


def _by_identifier(identifier: str | None) -> str | None:
    if identifier is None:
        return None
    for name, provider in _pool().providers.items():
        if identifier in provider["IdpIdentifiers"]:
            return name
    raise ErrorPage("invalid_request", "No identity provider has this identifier.")


@bp.post("/corporate")
def by_address() -> Any:
    """Redirect to the provider whose identifier is the domain of an email address.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managing-saml-idp-naming.html
    """
    client, _ = authorization_endpoint.check_request(_pool(), _query())
    address = _form().get("address", "")
    domain = address.rpartition("@")[2].strip().lower()
    identifiers = [each for provider in _outside_providers(client) for each in provider["IdpIdentifiers"]]
    identifier = next((each for each in identifiers if each.lower() == domain), None)
    if identifier is None:
        return _show_login(client, "No company is registered for the domain of this address."), 400
    return redirect(f"{url_for('login.authorize_endpoint')}?{_query_with(idp_identifier=identifier)}")


def _outside_providers(client: Client) -> list[Mapping[str, Any]]:
    """Return a client's external providers."""
    providers, supported = _pool().providers, client.settings.get("SupportedIdentityProviders") or ()
    return [providers[name] for name in supported if name in providers]


@bp.get("/login")
def login_page() -> Any:
    """Show the sign-in page."""
    client, _ = authorization_endpoint.check_request(_pool(), _query())
    return _show_login(client)


def _show_login(client: Client, problem: str | None = None, username: str = "") -> str:
    supported = client.settings.get("SupportedIdentityProviders") or ["COGNITO"]
    outside = _outside_providers(client)
    saml = [each for each in outside if each["ProviderType"] == "SAML"]
    # If there are several SAML providers, and all of them have identifiers, the page has a field for an email
    # address instead of their buttons.
    asks_address = len(saml) > 1 and all(each["IdpIdentifiers"] for each in saml)
    buttons = [each["ProviderName"] for each in outside if not (asks_address and each in saml)]
    may_sign_up = not _pool().settings["AdminCreateUserConfig"].get("AllowAdminCreateUserOnly")
    return _page(
        "login.html", client, problem=problem, username=username or request.args.get("login_hint", ""),
        local="COGNITO" in supported, outside=buttons, asks_address=asks_address, may_sign_up=may_sign_up,
    )  # fmt: skip


@bp.post("/login")
def login() -> Any:
    """Sign a user in with a user name and password."""
    client, oauth_request = authorization_endpoint.check_request(_pool(), _query())
    form = _form()
    name, password = form.get("username", ""), form.get("password", "")
    if not name or not password:
        return _show_login(client, "Enter your user name and your password.", name)
    call = _call("Login_POST")
    try:
        result = password_verification.sign_in_by_password(
            call, _pool(), client, name, password, None, HOSTED, oauth_request.wanted
        )
    except ServiceError as refusal:
        if refusal.code == "UserNotConfirmedException":
            return redirect(f"{url_for('login.confirm_page')}?{_query_with(username=name)}")
        return _show_login(client, refusal.message, name), 400
    return _continue_sign_in(client, oauth_request, name, result)


def _query_with(**more: str) -> str:
    """Return this request's query string with additional parameters."""
    return urlencode({**_query(), **more})


def _continue_sign_in(client: Client, oauth_request: Request, name: str, result: Mapping[str, Any]) -> Any:
    """Return to the application after a completed sign-in, or show the page of the next challenge."""
    if "SignedIn" in result:
        return _return_to_application(client, oauth_request, result["SignedIn"], None, done=result["Done"])
    flow = PendingSignIn(
        _pool().id, oauth_request, digest(web.csrf_token()), _now() + SIGN_IN_LIFE, name, result["ChallengeName"],
        result["Session"], dict(result["ChallengeParameters"]),
    )  # fmt: skip
    login, identifier = _login(), random_value()
    login.flows = {name: each for name, each in login.flows.items() if each.expires > _now()}
    login.flows[digest(identifier)] = flow
    return _show_challenge(client, flow, identifier)


def _now() -> Any:
    return request.environ["labs.state"].clock.now()


def _show_challenge(client: Client, flow: PendingSignIn, identifier: str, problem: str | None = None) -> str:
    shown = dict(flow.parameters)
    if flow.challenge == "MFA_SETUP":
        shown["secret"] = _offered_secret(flow)
    return _page(
        "challenge.html", client, challenge=flow.challenge, parameters=shown, flow=identifier, problem=problem,
        choices=json.loads(shown.get("MFAS_CAN_CHOOSE", "[]")),
        missing=[each.removeprefix("userAttributes.") for each in json.loads(shown.get("requiredAttributes", "[]"))],
    )  # fmt: skip


def _offered_secret(flow: PendingSignIn) -> str:
    """Return the secret for the authenticator app.

    The secret is requested only once, because a request uses up its session.
    """
    if "secret" not in flow.parameters:
        found = registry.find(SERVICE, "AssociateSoftwareToken")
        assert found is not None
        answer: Any = found(_call("AssociateSoftwareToken", Session=flow.session))
        flow.session, flow.parameters["secret"] = answer["Session"], answer["SecretCode"]
    return flow.parameters["secret"]


@bp.post("/mfa")
def answer_a_challenge() -> Any:
    """Process the response to the current challenge, such as a code, a choice, or a new password."""
    form = _form()
    identifier = form.pop("flow", "")
    flow = _login().flows.get(digest(identifier))
    if (
        flow is None
        or flow.pool != _pool().id
        or flow.browser != digest(web.csrf_token())
        or _now() >= flow.expires
    ):
        raise ErrorPage("invalid_request", "This sign-in has expired. Start again.")
    client = _pool().clients.get(flow.request.client)
    if client is None:
        raise ErrorPage("invalid_request", "The client does not exist.")
    try:
        if flow.challenge == "MFA_SETUP":
            _verify_authenticator(flow, form.get("code", ""))
        answers = {"USERNAME": flow.parameters.get("USER_ID_FOR_SRP", flow.username), **_answers(flow, form)}
        call = _call("Mfa_POST")
        result = answer_challenge(call, _pool(), client, str(flow.challenge), flow.session or "", answers)
    except ServiceError as refusal:
        return _show_challenge(client, flow, identifier, refusal.message), 400
    del _login().flows[digest(identifier)]
    return _continue_sign_in(client, flow.request, flow.username, result)


def _verify_authenticator(flow: PendingSignIn, code: str) -> None:
    found = registry.find(SERVICE, "VerifySoftwareToken")
    assert found is not None
    answer: Any = found(_call("VerifySoftwareToken", Session=flow.session, UserCode=code))
    flow.session = answer.get("Session", flow.session)


def _answers(flow: PendingSignIn, form: Mapping[str, str]) -> dict[str, str]:
    match flow.challenge:
        case "NEW_PASSWORD_REQUIRED":
            given = {
                f"userAttributes.{name[5:]}": value
                for name, value in form.items()
                if name.startswith("attr:")
            }
            return {"NEW_PASSWORD": form.get("password", ""), **given}
        case "SELECT_MFA_TYPE":
            return {"ANSWER": form.get("choice", "")}
        case "MFA_SETUP":
            return {}
    name = {"SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE"}.get(
        str(flow.challenge), "SOFTWARE_TOKEN_MFA_CODE"
    )
    return {name: form.get("code", "")}


def _session() -> Session | None:
    """Return the session of a user who is signed in with this browser, or None if it has ended."""
    session = _login().sessions.get(digest(request.cookies.get(SESSION_COOKIE, "")))
    if session is None or session.pool != _pool().id or _now() >= session.expires:
        return None
    user = directory.find(_pool(), session.username)
    return session if user is not None and user.enabled else None


def _accepts_session(client: Client, session: Session) -> bool:
    """Return True if a client accepts an earlier sign-in of the browser.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_SetUserPoolClientSessionConfiguration.html
    """
    return bool(_now() < session.auth_time + timedelta(minutes=client.sso_minutes))


def _new_session(
    client: Client, username: str, outside: ProviderSession | None, done: tuple[str, ...]
) -> Session:
    """Create a browser's session. It lasts for SESSION_LIFE, or longer if a client allows it."""
    now, longest = _now(), max(each.sso_minutes for each in _pool().clients.values())
    return Session(
        _pool().id, username, now, now + max(SESSION_LIFE, timedelta(minutes=longest)), outside, session_id("sso"),
        client.id, now, request.environ["labs.source_ip"], request.headers.get("user-agent", ""), done,
    )  # fmt: skip


def _return_to_application(
    client: Client,
    oauth_request: Request,
    username: str,
    session: Session | None,
    outside: ProviderSession | None = None,
    done: tuple[str, ...] = ("fed",),
) -> Response:
    """Redirect to the application with a code or, in the implicit flow, with tokens.

    Starts a session for a browser that doesn't have one.
    """
    now = _now()
    started = session or _new_session(client, username, outside, done)
    level = _level(started) if oauth_request.wanted else {}
    code = Code(
        _pool().id,
        oauth_request,
        username,
        started.auth_time,
        now + CODE_LIFE,
        session=started.id,
        level=level,
    )
    if oauth_request.response_type == "token":
        issued = token_endpoints.implicit_tokens(_call("Authorize_GET"), _pool(), client, code)
        response = redirect(web.located(oauth_request.redirect_uri, issued, fragment=True))
    else:
        value, login = random_value(), _login()
        login.codes = {name: each for name, each in login.codes.items() if now < each.expires + SIGN_IN_LIFE}
        login.codes[digest(value)] = code
        response = redirect(
            web.located(oauth_request.redirect_uri, {"code": value, "state": oauth_request.state})
        )
    if session is None:
        cookie = random_value()
        _login().sessions[digest(cookie)] = started
        seconds = int((started.expires - now).total_seconds())
        protections.secure_cookie(response, SESSION_COOKIE, cookie, seconds)
    return response


def _level(session: Session) -> dict[str, Any]:
    """Return the claims `acr` and `amr` of a browser's session."""
    if session.outside is None:
        return authentication_levels.acr_and_amr(_pool(), session.done)
    return authentication_levels.federated_acr_and_amr(
        _pool(), session.outside.level, session.outside.methods
    )


@bp.get("/logout")
def logout() -> Any:
    """End the browser's session and redirect to a registered sign-out URL or to the sign-in page.

    https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
    """
    given = _query()
    client = _pool().clients.get(given.get("client_id", ""))
    if client is None:
        raise ErrorPage("invalid_request", "The client does not exist.")
    session = _login().sessions.pop(digest(request.cookies.get(SESSION_COOKIE, "")), None)
    target = given.get("logout_uri")
    if target is not None:
        if target not in (client.settings.get("LogoutURLs") or ()):
            raise ErrorPage("redirect_mismatch", "The sign-out URL is not registered for the client.")
    elif given.get("redirect_uri"):
        _client, oauth_request = authorization_endpoint.check_request(_pool(), given)
        query = {**given, "scope": given.get("scope") or " ".join(oauth_request.scopes)}
        target = f"{url_for('login.login_page')}?{urlencode(query)}"
    else:
        raise ErrorPage("invalid_request", "logout_uri or redirect_uri is needed.")
    response: Any = redirect(_sign_out_location(session, target))
    response.delete_cookie(SESSION_COOKIE, path=request.script_root or "/")
    return response


def _sign_out_location(session: Session | None, target: str) -> str:
    """Return the URL to which a sign-out redirects first.

    If the user's SAML provider supports sign-out, this is the provider's URL; otherwise, it's the target.
    """
    if session is None or session.outside is None or session.pool != _pool().id:
        return target
    state, login = random_value(), _login()
    first = saml.sign_out(_call("Logout"), _pool(), session.outside, state)
    if first is None:
        return target
    login.leaving = {name: each for name, each in login.leaving.items() if each.expires > _now()}
    login.leaving[digest(state)] = PendingSignOut(
        _pool().id, target, digest(web.csrf_token()), _now() + PROVIDER_LIFE
    )
    return first


@bp.post("/saml2/logout")
def saml_logged_out() -> Any:
    """Continue a sign-out after the SAML provider's response. The pool's own session has already ended."""
    leaving = _login().leaving.pop(digest(_single_values(request.form).get("RelayState", "")), None)
    if (
        leaving is None
        or leaving.pool != _pool().id
        or leaving.browser != digest(web.csrf_token())
        or _now() >= leaving.expires
    ):
        raise ErrorPage(
            "Something went wrong", "This sign-out didn't start here, or it took more than five minutes."
        )
    return redirect(leaving.target)


# --- external providers ---------------------------------------------------------------------------------------


def _provider_of_client(client: Client, oauth_request: Request, name: str) -> Mapping[str, Any]:
    """Return the named provider. Raises `ErrorRedirect` if the client doesn't support it."""
    for provider in _outside_providers(client):
        if provider["ProviderName"] == name:
            return provider
    raise _error_redirect(oauth_request, "invalid_request", "The provider is not enabled for the client")


def _begin_federated(client: Client, oauth_request: Request, provider: str) -> Response:
    _provider_of_client(client, oauth_request, provider)
    login, state = _login(), random_value()
    flow = PendingSignIn(
        _pool().id, oauth_request, digest(web.csrf_token()), _now() + PROVIDER_LIFE, provider
    )
    flow.parameters |= {
        name: given for name, given in _query().items() if name in oidc.FORWARDED and given != "none"
    }
    try:
        target = federated_sign_in.begin(_call("Authorize_GET"), _pool(), flow, state)
    except FederationFailed as error:
        raise _federation_error(flow, error) from error
    login.outside = {name: each for name, each in login.outside.items() if each.expires > _now()}
    login.outside[digest(state)] = flow
    return redirect(target)


def _federation_error(flow: PendingSignIn, error: FederationFailed) -> ErrorRedirect:
    return _error_redirect(flow.request, "invalid_request", str(error))


@bp.get("/oauth2/idpresponse")
def idp_response() -> Any:
    """Handle an OIDC provider's redirect, whose state must match a sign-in that this browser started."""
    given = _query()
    return _finish_at_provider(given, given.get("state", ""))


@bp.post("/saml2/idpresponse")
def saml_response() -> Any:
    """Handle a SAML provider's posted response.

    RelayState must match a sign-in that this browser started. If the provider initiated the sign-in, RelayState is the
    query string of an authorization request.
    https://docs.aws.amazon.com/cognito/latest/developerguide/saml2-idpresponse-endpoint.html
    """
    given = _single_values(request.form)
    state = given.get("RelayState", "")
    if digest(state) not in _login().outside and "client_id=" in state:
        return _provider_initiated(given, MultiDict(parse_qsl(state)))
    return _finish_at_provider(given, state)


def _provider_initiated(given: Mapping[str, str], query: MultiDict[str, str]) -> Response:
    """Finish a sign-in that a provider began.

    The sign-in isn't bound to this browser, so the provider's settings must allow it (IDPInit).
    """
    fields = _single_values(query)
    client, oauth_request = authorization_endpoint.check_request(_pool(), fields)
    name = fields.get("identity_provider") or _by_identifier(fields.get("idp_identifier")) or ""
    provider = _provider_of_client(client, oauth_request, name)
    if provider["ProviderType"] != "SAML" or not saml_metadata.is_on(provider, "IDPInit"):
        raise ErrorPage(
            "Something went wrong",
            "This sign-in didn't start here, and the provider isn't allowed to start one.",
        )
    return _finish_federated(client, PendingSignIn(_pool().id, oauth_request, "", _now(), name), given)


def _finish_at_provider(given: Mapping[str, str], state: str) -> Response:
    flow = _login().outside.pop(digest(state), None)
    if (
        flow is None
        or flow.pool != _pool().id
        or flow.browser != digest(web.csrf_token())
        or _now() >= flow.expires
    ):
        raise ErrorPage(
            "Something went wrong", "This sign-in didn't start here, or it took more than five minutes."
        )
    client = _pool().clients.get(flow.request.client)
    if client is None:
        raise ErrorPage("invalid_request", "The client does not exist.")
    return _finish_federated(client, flow, given)


def _finish_federated(client: Client, flow: PendingSignIn, given: Mapping[str, str]) -> Response:
    try:
        user, outside = federated_sign_in.finish(
            _call("Idpresponse_GET"), _pool(), client, _login(), flow, given
        )
    except FederationFailed as error:
        raise _federation_error(flow, error) from error
    return _return_to_application(client, flow.request, user.username, None, outside)


# --- sign-up, confirmation, forgotten passwords ---------------------------------------------------------------


def _client_of_page() -> Client:
    client, _ = authorization_endpoint.check_request(_pool(), _query())
    return client


def _sign_up_attributes() -> list[str]:
    """Return the attributes in the sign-up form, besides the user name and password."""
    pool = _pool()
    required = [name for name, entry in pool.schema.items() if entry.get("Required") and name != "sub"]
    verified = [name for name in pool.settings.get("AutoVerifiedAttributes") or () if name not in required]
    return [name for name in [*required, *verified] if name not in pool.username_attributes]


@bp.get("/signup")
def sign_up_page() -> Any:
    """Show the sign-up page."""
    return _page("signup.html", _client_of_page(), needed=_sign_up_attributes(), given={})


@bp.post("/signup")
def sign_up() -> Any:
    """Sign up a new user."""
    client, form = _client_of_page(), _form()
    name, needed = form.get("username", ""), _sign_up_attributes()
    pairs = [
        {"Name": each, "Value": form.get(f"attr:{each}", "")} for each in needed if form.get(f"attr:{each}")
    ]
    try:
        result = _perform("SignUp", client, name, Password=form.get("password", ""), UserAttributes=pairs)
    except ServiceError as refusal:
        return _page("signup.html", client, needed=needed, given=form, problem=refusal.message), 400
    where = "login.login_page" if result["UserConfirmed"] else "login.confirm_page"
    return redirect(f"{url_for(where)}?{_query_with(username=name)}")


@bp.get("/confirmUser")
def confirm_page() -> Any:
    """Show the confirmation page, or confirm a user through the link in a message."""
    if "confirmation_code" in request.args:
        return _confirm_by_link(_query())
    return _page("confirm.html", _client_of_page(), username=request.args.get("username", ""))


def _confirm_by_link(given: Mapping[str, str]) -> str:
    """Confirm a user who opens the link in a message. The link contains the code, and works in any browser.

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-email-verification-message-customization.html
    """
    client = _pool().clients.get(given.get("client_id", ""))
    if client is None:
        raise ErrorPage("invalid_request", "The client does not exist.")
    try:
        _perform(
            "ConfirmSignUp", client, given.get("user_name", ""), ConfirmationCode=given["confirmation_code"]
        )
    except ServiceError as refusal:
        raise ErrorPage("Your account was not confirmed", refusal.message) from refusal
    return _page("confirmed.html", client)


@bp.post("/confirmUser")
def confirm() -> Any:
    """Confirm a user with a code, or send a new code."""
    client, form = _client_of_page(), _form()
    name = form.get("username", "")
    try:
        if "resend" in form:
            _perform("ResendConfirmationCode", client, name)
            return _page("confirm.html", client, username=name, said="A new code is on its way.")
        _perform("ConfirmSignUp", client, name, ConfirmationCode=form.get("code", ""))
    except ServiceError as refusal:
        return _page("confirm.html", client, username=name, problem=refusal.message), 400
    return redirect(f"{url_for('login.login_page')}?{_query_without('username')}")


def _query_without(name: str) -> str:
    return urlencode({each: value for each, value in _query().items() if each != name})


@bp.get("/forgotPassword")
def forgotten_page() -> Any:
    """Show the forgotten-password page."""
    return _page("forgot.html", _client_of_page(), step=1, username="")


@bp.post("/forgotPassword")
def forgotten() -> Any:
    """Send a code for resetting the password."""
    client, form = _client_of_page(), _form()
    name = form.get("username", "")
    try:
        _perform("ForgotPassword", client, name)
    except ServiceError as refusal:
        return _page("forgot.html", client, step=1, username=name, problem=refusal.message), 400
    return _page("forgot.html", client, step=2, username=name)


@bp.post("/confirmForgotPassword")
def confirm_forgotten() -> Any:
    """Set a new password with a code."""
    client, form = _client_of_page(), _form()
    name = form.get("username", "")
    try:
        _perform(
            "ConfirmForgotPassword", client, name, ConfirmationCode=form.get("code", ""),
            Password=form.get("password", ""),
        )  # fmt: skip
    except ServiceError as refusal:
        return _page("forgot.html", client, step=2, username=name, problem=refusal.message), 400
    return redirect(f"{url_for('login.login_page')}?{request.query_string.decode()}")


# --- endpoints that applications call directly ----------------------------------------------------------------


def _oauth_form() -> dict[str, str]:
    """Return a direct request's form. Raises `OAuthError` for a repeated parameter, or a body that isn't a form."""
    if request.mimetype != "application/x-www-form-urlencoded" or any(
        len(values) > 1 for _, values in request.form.lists()
    ):
        raise token_endpoints.OAuthError("invalid_request")
    return dict(request.form.items())


@bp.post("/oauth2/token")
def token() -> Response:
    """Handle /oauth2/token."""
    form = _oauth_form()
    call = _call("Token_POST", ClientMetadata=token_endpoints.client_metadata(form))
    return _json(token_endpoints.token(call, _pool(), _login(), form, request.headers.get("Authorization")))


@bp.post("/oauth2/register")
def register() -> Response:
    """Handle /oauth2/register."""
    call, metadata = _call("Register_POST"), request.get_json(silent=True)
    return _json(
        client_registration.register(call, _pool(), metadata, request.headers.get("Authorization")), 201
    )


@bp.post("/oauth2/revoke")
def revoke() -> Response:
    """Handle /oauth2/revoke."""
    token_endpoints.revoke(_pool(), _oauth_form(), request.headers.get("Authorization"))
    return Response("", 200)


@bp.route("/oauth2/userInfo", methods=["GET", "POST"])
def user_info() -> Response:
    """Handle /oauth2/userInfo."""
    return _json(
        token_endpoints.user_info(_call("UserInfo_GET"), _pool(), request.headers.get("Authorization"))
    )


@bp.get("/.well-known/<name>")
def well_known(name: str) -> Response:
    """Return the pool's key set or its OpenID configuration."""
    content: dict[str, Callable[[], dict[str, Any]]] = {
        "jwks.json": _pool().keys.jwks,
        "openid-configuration": lambda: documents.openid_configuration(_pool()),
    }
    if name not in content:
        return _json({"error": "not_found"}, 404)
    return _json(content[name]())
