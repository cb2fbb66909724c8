"""The web application for the access portal: its routes, their functions, and their pages.

https://docs.aws.amazon.com/singlesignon/latest/userguide/using-the-portal.html
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from labs_helpers.cloud.core import registry
from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.errors import NotModelled, ServiceError
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services import load, web
from labs_helpers.cloud.services.identitystore.state import Entity
from labs_helpers.cloud.services.sso.portal import consent, mail, portal_events, sign_in
from labs_helpers.cloud.services.sso.portal.consent import BadPage, BadRequest
from labs_helpers.cloud.services.sso.portal.sign_in import Refused
from labs_helpers.cloud.services.sso.portal.state import (
    FLOW_LIFE,
    MOST_APPS,
    Flow,
    Link,
    Portal,
    Session,
    Target,
)
from labs_helpers.cloud.services.sso_admin import allowed_networks
from labs_helpers.cloud.services.sso_admin.state import Instance
from labs_helpers.cloud.services.sso_oidc import operations as oidc
from labs_helpers.cloud.services.sso_oidc.state import Authorization, Grant, SignIns, digest
from labs_helpers.cloud.services.web import protections
from labs_helpers.engine.policy import Principal

if TYPE_CHECKING:
    from flask import Flask

SESSION_COOKIE = "x-amz-sso_authn"
_USER_CODE, _LONGEST = re.compile(r"([A-Za-z]{4})[- ]?([A-Za-z]{4})"), 64
_NOTHING: Mapping[str, str] = MappingProxyType({})
_log = logging.getLogger(__name__)
bp = Blueprint("portal", __name__)


def create_app() -> Flask:
    """Return the application for all portals.

    Each request's environment contains the instance and the cloud's state.
    """
    app = web.application(__name__)
    app.register_blueprint(bp)
    app.register_error_handler(BadPage, lambda error: _failed("invalid_request", str(error), 400))
    app.register_error_handler(BadRequest, lambda error: redirect(error.location))
    app.register_error_handler(NotModelled, lambda error: _failed("not_modelled", str(error), 501))
    app.register_error_handler(Exception, _unexpected)
    return app


def _failed(error: str, description: str, status: int) -> Any:
    return render_template("error.html", error=error, description=description), status


def _unexpected(error: Exception) -> Any:
    """Show an error without a stack trace, and log it for the maintainer without the request's content."""
    if isinstance(error, HTTPException):
        return _failed(error.name, "", error.code or 500)
    _log.error("access portal: %s at %s", type(error).__name__, request.path, exc_info=error)
    return _failed("server_error", "Something went wrong.", 500)


@bp.before_request
def _refuse_network() -> Any:
    if allowed_networks.refuses(_instance(), request.environ["labs.source_ip"]):
        return _failed("access_denied", "Access from this network isn't allowed.", 403)
    return None


# --- used by every view ----------------------------------------------------------------------------------------


def _state() -> State:
    state: State = request.environ["labs.state"]
    return state


def _instance() -> Instance:
    instance: Instance = request.environ["labs.instance"]
    return instance


def _portal() -> Portal:
    return _state().part(Portal)


def _now() -> datetime:
    return _state().clock.now()


def _call(operation: str, **parameters: Any) -> Call:
    """Return a request to a page as an unsigned call, with its time, address, and parameters."""
    return Call(
        service="sso", operation=operation, parameters=parameters, region=_instance().region,
        principal=Principal.anonymous(), credentials=None, account=_instance().account, time=_now(), state=_state(),
        headers={"user-agent": request.headers.get("user-agent", "")}, source_ip=request.environ["labs.source_ip"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visitor:
    """The user who is signed in to the portal with this browser."""

    session: Session
    user: Entity
    token: str

    def call_api(self, operation: str, **parameters: Any) -> Any:
        """Call an operation of the portal's API on behalf of the user.

        Raises `ServiceError` if the call is rejected.
        """
        load("sso")
        perform = registry.find("sso", operation)
        assert perform is not None
        call = _call(operation, accessToken=self.token, **parameters)
        try:
            answer = perform(call)
        except ServiceError as error:
            portal_events.record_api_call(call, _instance(), error)
            raise
        portal_events.record_api_call(call, _instance(), None)
        return answer


def _visitor() -> Visitor | None:
    """Return the signed-in user, or None if the session is no longer valid or the user no longer exists."""
    token = request.cookies.get(SESSION_COOKIE, "")
    session = _portal().sessions.get(digest(token))
    if session is None or session.instance != _instance().arn or _now() >= session.expires:
        return None
    if _state().part(SignIns).granted(token, _now()) is None:
        return None
    user = _instance().store.users.get(session.user)
    return Visitor(session, user, token) if user is not None else None


def _form() -> dict[str, str]:
    """Return the fields of one of our forms.

    Raises `BadPage` for a form that came from elsewhere, or that contains a field twice.
    """
    if protections.forged():
        raise BadPage("This form wasn't sent from this site, or cookies are turned off. Start again.")
    return _single_values(request.form)


def _single_values(fields: Any) -> dict[str, str]:
    if any(len(values) > 1 for _, values in fields.lists()):
        raise BadPage("A parameter appears twice.")
    return {name: value for name, value in fields.items() if not name.startswith("_csrf")}


def _page(template: str, **values: Any) -> str:
    g.has_script = True
    return render_template(template, instance=_instance(), **values)


# --- signing in -----------------------------------------------------------------------------------------------


def _start_sign_in(view: str, query: Mapping[str, str] = _NOTHING) -> str:
    """Return the sign-in page, which then leads to the given view and query."""
    flow = Flow(
        _instance().arn, digest(web.csrf_token()), _now() + FLOW_LIFE, _state().ids.uuid(),
        Target(f"portal.{view}", tuple(query.items())),
    )  # fmt: skip
    return _show_step(flow, _portal().begin(flow, _now()))


def _show_step(flow: Flow, identifier: str, problem: str | None = None) -> str:
    return _page(
        "sign_in.html", step=flow.step, name=flow.name, seed=flow.seed, flow=identifier, problem=problem
    )


@bp.post("/start/signin")
def answer_step() -> Any:
    """Process the response to the current step of the sign-in."""
    form = _form()
    identifier = form.get("flow", "")
    flow = _portal().flows.get(digest(identifier))
    if flow is None or flow.instance != _instance().arn or flow.browser != digest(web.csrf_token()):
        raise BadPage("This sign-in didn't start here. Start again.")
    if _now() >= flow.expires:
        raise BadPage("This sign-in has expired. Start again.")
    try:
        user = sign_in.advance(_call("SignIn"), _instance(), flow, form)
    except Refused as why:
        return _show_step(flow, identifier, str(why)), 400
    except ServiceError as refusal:
        return _failed(refusal.code, refusal.message, refusal.status or 400)
    if user is None:
        return _show_step(flow, identifier)
    del _portal().flows[digest(identifier)]
    return _signed_in(user, flow.target)


def _signed_in(user: Entity, target: Target) -> Response:
    """Redirect to the sign-in's target, with a new cookie that no one else can know."""
    now, token = _now(), secrets.token_urlsafe(48)
    life = _instance().session
    session = Session(_state().ids.uuid(), _instance().arn, user.id, now + life)
    _portal().sign_in(session, token, now)
    _state().part(SignIns).access[digest(token)] = Grant(
        f"portal/{session.id}", _instance().arn, user.id, _instance().region, session.expires, session.expires
    )
    query = urlencode(target.query)
    response = redirect(url_for(target.view) + (f"?{query}" if query else ""))
    protections.secure_cookie(response, SESSION_COOKIE, token, int(life.total_seconds()))
    return response


@bp.post("/start/signout")
def sign_out() -> Response:
    """End the portal session. Role sessions continue until they expire.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosignout.html
    """
    _form()
    visitor = _visitor()
    if visitor is not None:
        visitor.call_api("Logout")
        _portal().sessions.pop(digest(visitor.token), None)
    response = redirect(url_for("portal.accounts"))
    response.delete_cookie(SESSION_COOKIE, path=request.script_root or "/")
    return response


# --- accounts, roles, credentials -----------------------------------------------------------------------------


@bp.get("/")
def root() -> Response:
    """Redirect to the accounts page."""
    return redirect(url_for("portal.accounts"))


@bp.get("/start", strict_slashes=False)
def accounts() -> Any:
    """Show the signed-in user's accounts, with the permission sets for each account."""
    visitor = _visitor()
    if visitor is None:
        return _start_sign_in("accounts")
    listed = [
        (account, list(_all_items(visitor, "ListAccountRoles", "roleList", accountId=account["accountId"])))
        for account in _all_items(visitor, "ListAccounts", "accountList")
    ]
    return _page("accounts.html", user=visitor.user.attributes["UserName"], accounts=listed)


def _all_items(visitor: Visitor, operation: str, name: str, **given: Any) -> Iterator[dict[str, str]]:
    """Yield every item of a list, page by page."""
    more: dict[str, str] = {}
    while True:
        answer = visitor.call_api(operation, **given, **more)
        yield from answer[name]
        if "nextToken" not in answer:
            return
        more = {"nextToken": answer["nextToken"]}


@bp.post("/start/credentials")
def credentials() -> Any:
    """Show a role's credentials, ready to copy.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/howtogetcredentials.html
    """
    form, visitor = _form(), _visitor()
    if visitor is None:
        return _start_sign_in("accounts")
    account, role = form.get("account_id", ""), form.get("role_name", "")
    try:
        keys = visitor.call_api("GetRoleCredentials", accountId=account, roleName=role)["roleCredentials"]
    except ServiceError as refusal:
        return _failed(refusal.code, refusal.message, refusal.status or 400)
    until = datetime.fromtimestamp(keys["expiration"] / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    values = {
        "aws_access_key_id": keys["accessKeyId"],
        "aws_secret_access_key": keys["secretAccessKey"],
        "aws_session_token": keys["sessionToken"],
    }
    ways = (
        ("Option 1: set environment variables", _lines(f'export {k.upper()}="{v}"' for k, v in values.items())),
        ("Option 2: a profile in your credentials file",
         _lines([f"[{account}_{role}]", *(f"{k}={v}" for k, v in values.items())])),
        ("Option 3: single values", _lines(values.values())),
    )  # fmt: skip
    return _page("credentials.html", account=account, role=role, until=until, ways=ways)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


# --- a new password, and devices -------------------------------------------------------------------------------


@bp.get("/start/forgot")
def forgotten_page() -> str:
    """Show the form for forgotten passwords."""
    return _page("forgot.html")


@bp.post("/start/forgot")
def forgotten() -> str:
    """Email a password reset link to the user. The page doesn't reveal whether the user exists.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/howtoresetpassword.html
    """
    mail.send_reset_link_to(_call("ForgotPassword"), _instance(), _form().get("username", "").strip())
    return _page("forgot.html", said="If there is such a user, an email is on its way.")


@bp.get("/start/reset")
def reset_page() -> str:
    """Show the form for a new password, after the user opened an emailed link."""
    return _show_reset(_single_values(request.args).get("token", ""))


def _show_reset(token: str, problem: str | None = None) -> str:
    _link(token)
    return _page("reset.html", secret=token, problem=problem)


def _link(token: str) -> Link:
    link = _portal().links.get(digest(token))
    if link is None or link.instance != _instance().arn or _now() >= link.expires:
        raise BadPage("This link isn't valid anymore. Request a new one.")
    if link.user not in _instance().store.users:
        raise BadPage("This link isn't valid anymore. Request a new one.")
    return link


@bp.post("/start/reset")
def reset() -> Any:
    """Set the new password. The user must then sign in, with MFA if it is required."""
    form = _form()
    token = form.get("token", "")
    user = _link(token).user
    try:
        sign_in.choose(_portal().factors(_instance().store.id, user), form)
    except Refused as why:
        return _show_reset(token, str(why)), 400
    _portal().forget_links(user)
    return redirect(url_for("portal.accounts"))


@bp.get("/start/mfa")
def devices() -> Any:
    """Show the user's authenticator apps, and a seed for another app.

    https://docs.aws.amazon.com/singlesignon/latest/userguide/user-device-registration.html
    """
    visitor = _visitor()
    return _start_sign_in("devices") if visitor is None else _show_devices(visitor)


def _show_devices(visitor: Visitor, problem: str | None = None) -> str:
    factors = _portal().factors(_instance().store.id, visitor.user.id)
    seed = ""
    if _portal().settings(_instance().arn).own_devices and len(factors.apps) < MOST_APPS:
        seed = _portal().offered.setdefault(visitor.session.id, sign_in.new_seed())
    return _page("devices.html", count=len(factors.apps), seed=seed, problem=problem)


@bp.post("/start/mfa")
def register_device() -> Any:
    """Register the authenticator app with the seed that the page displayed, if the code is correct."""
    form, visitor = _form(), _visitor()
    if visitor is None:
        return _start_sign_in("devices")
    seed = _portal().offered.get(visitor.session.id)
    if seed is None or not _portal().settings(_instance().arn).own_devices:
        raise BadPage("Ask your administrator to register a device for you.")
    factors = _portal().factors(_instance().store.id, visitor.user.id)
    try:
        sign_in.enroll_app(_call("RegisterDevice"), factors, seed, form.get("code", ""))
    except Refused as why:
        return _show_devices(visitor, str(why)), 400
    del _portal().offered[visitor.session.id]
    return redirect(url_for("portal.devices"))


# --- a program that displays a code ----------------------------------------------------------------------------


@bp.get("/start/device")
def device() -> Any:
    """Show the form for a device authorization's user code or, with a code, the application that requests access.

    The application is shown only to users who are signed in.
    https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html
    """
    code = _user_code(_single_values(request.args))
    visitor = _visitor()
    if visitor is None:
        return _start_sign_in("device", {"user_code": code} if code else {})
    if not code:
        return _page("device.html", code="", program=None)
    pending = _pending_request(visitor, code)
    if pending is None:
        return _no_such_code(), 400
    return _show_program("device.html", pending, code=code)


def _user_code(fields: dict[str, str]) -> str:
    """Return the code as programs display it, however it was typed; other text is only cut to the maximum length."""
    typed = fields.get("user_code", "").strip()[:_LONGEST]
    match = _USER_CODE.fullmatch(typed)
    return f"{match[1]}-{match[2]}".upper() if match else typed


def _pending_request(visitor: Visitor, code: str) -> Authorization | None:
    """Return the request with this code that is waiting for a user of this instance, or None.

    Raises `BadPage` for a user who has entered too many wrong codes.
    """
    who = f"{visitor.session.instance}/codes/{visitor.user.id}"
    if _portal().is_locked(who, _now()):
        raise BadPage("Too many wrong codes. Wait a while before you try again.")
    pending = _state().part(SignIns).pending(code, _now())
    if pending is None or pending.instance != _instance().arn:
        _portal().count_failure(who, _now())
        return None
    return pending


def _no_such_code() -> str:
    problem = "No program is waiting for this code. It might have expired, or has already been answered."
    return _page("device.html", code="", program=None, problem=problem)


def _show_program(template: str, pending: Authorization, **values: Any) -> str:
    client = _state().part(SignIns).clients[pending.client]
    return _page(template, program=client, **values)


@bp.post("/start/device")
def answer_device() -> Any:
    """Allow or deny access for the application to which a user code belongs."""
    form, visitor = _form(), _visitor()
    code = _user_code(form)
    if visitor is None:
        return _start_sign_in("device", {"user_code": code} if code else {})
    pending = _pending_request(visitor, code)
    if pending is None:
        return _no_such_code(), 400
    match form.get("answer"):
        case "allow":
            oidc.approve(_state(), code, visitor.user.id)
            return _page("answered.html", allowed=True)
        case "deny":
            oidc.deny(_state(), code)
            return _page("answered.html", allowed=False)
    return redirect(url_for("portal.device", user_code=code))


# --- a program that waits at its own address ------------------------------------------------------------------


@bp.get("/start/authorize")
def authorize() -> Any:
    """Ask the user whether to give the application an authorization code, with PKCE."""
    parameters = _single_values(request.args)
    consent_request = consent.check_request(_state(), _instance(), parameters)
    if _visitor() is None:
        return _start_sign_in("authorize", parameters)
    g.form_targets = (consent_request.redirect_uri,)
    return _page(
        "authorize.html",
        program=consent_request.client,
        given=parameters,
        redirect_uri=consent_request.redirect_uri,
    )


@bp.post("/start/authorize")
def answer_authorize() -> Any:
    """Send the application an authorization code, or the error access_denied."""
    form = _form()
    consent_request = consent.check_request(_state(), _instance(), form)
    visitor = _visitor()
    if visitor is None:
        return _start_sign_in("authorize", {name: value for name, value in form.items() if name != "answer"})
    if form.get("answer") != "allow":
        raise BadRequest(consent_request.answer_location(error="access_denied"))
    code = oidc.authorize(
        _state(),
        consent_request.client.id,
        visitor.user.id,
        _instance().arn,
        consent_request.redirect_uri,
        consent_request.challenge,
    )
    return redirect(consent_request.answer_location(code=code))
