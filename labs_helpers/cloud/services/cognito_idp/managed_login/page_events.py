"""CloudTrail events for the pool's pages: one service event per request, without user input.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-info-in-cloudtrail.html
https://docs.aws.amazon.com/cognito/latest/developerguide/understanding-amazon-cognito-entries.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labs_helpers.cloud.core.record import Entry
from labs_helpers.cloud.services.cognito_idp.calls import SERVICE
from labs_helpers.cloud.services.cognito_idp.pools import domains

if TYPE_CHECKING:
    from flask import Flask

_NAMES = {
    ("GET", "/oauth2/authorize"): "OAuth2_Authorize_GET", ("GET", "/login"): "Login_GET",
    ("POST", "/login"): "CognitoAuthentication", ("POST", "/mfa"): "Mfa_POST",
    ("GET", "/oauth2/idpresponse"): "OAuth2Response_GET", ("POST", "/saml2/idpresponse"): "SAML2Response_POST",
    ("POST", "/oauth2/token"): "Token_POST", ("GET", "/signup"): "Signup_GET", ("POST", "/signup"): "Signup_POST",
    ("GET", "/confirmUser"): "Confirm_GET", ("POST", "/confirmUser"): "Confirm_POST",
    ("GET", "/forgotPassword"): "ForgotPassword_GET", ("POST", "/forgotPassword"): "ForgotPassword_POST",
    ("POST", "/confirmForgotPassword"): "ConfirmForgotPassword_POST", ("GET", "/logout"): "Logout",
    ("GET", "/oauth2/userInfo"): "UserInfo_GET", ("POST", "/oauth2/userInfo"): "UserInfo_POST",
    ("POST", "/corporate"): "Login_OIDC_SAML_POST", ("POST", "/saml2/logout"): "SAML2Logout_POST",
}  # fmt: skip
_BY_FIELD = {
    ("Confirm_POST", "resend"): "ResendCode_POST", ("Confirm_GET", "confirmation_code"): "Confirm_With_Link_GET",
    ("Mfa_POST", "choice"): "MfaOption_POST", ("Mfa_POST", "password"): "ResetPassword_POST",
}  # fmt: skip
"""Event names for requests with a certain form field, by usual event name and field.

AWS has separate pages for these requests.
"""
_PLAIN = frozenset("client_id response_type redirect_uri grant_type".split())
"""Parameters that are shown. All others are hidden, because a list of secret parameters could be incomplete."""
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_LONGEST = 1_024


def record_requests(app: Flask) -> None:
    """Record an event after each of the application's responses."""
    from flask import request

    @app.after_request
    def record(response: Any) -> Any:
        name = _NAMES.get((request.method, request.path))
        sent = {*request.args, *_form()}
        name = next(
            (found for (usual, field), found in _BY_FIELD.items() if usual == name and field in sent), name
        )
        if name is not None:
            request.environ["labs.state"].record.add(_entry(name, response.status_code))
        return response


def _entry(name: str, status: int) -> Entry:
    from flask import request

    state, pool = request.environ["labs.state"], request.environ["labs.pool"]
    shown = {
        "eventType": "AwsServiceEvent",
        "userIdentity": {"accountId": pool.account},
        "additionalEventData": {
            "responseParameters": {"status": status},
            "requestParameters": _request_parameters({**request.args.to_dict(flat=False), **_form()}),
            "userPoolDomain": domains.host(pool, next(iter(pool.domains))),
            "userPoolId": pool.id,
        },
        "serviceEventDetails": {"serviceAccountId": _SERVICE_ACCOUNT},
    }
    return Entry(
        event_id=state.ids.uuid(), request_id=state.ids.uuid(), time=state.clock.now(), service=SERVICE,
        operation=name, region=pool.region, account=pool.account, principal_arn=None, caller_account=None,
        access_key_id=None, source_ip=request.environ["labs.source_ip"],
        user_agent=request.headers.get("User-Agent", "")[:_LONGEST], parameters={},
        read_only=request.method == "GET", shown=shown,
    )  # fmt: skip


def _form() -> dict[str, list[str]]:
    """Return a form's fields, or no fields if the form was rejected because of its length."""
    from flask import request
    from werkzeug.exceptions import HTTPException

    try:
        fields: dict[str, list[str]] = request.form.to_dict(flat=False)
        return fields
    except HTTPException:
        return {}


_SERVICE_ACCOUNT = "111111111111"
"""The account of the service itself."""


def _request_parameters(given: dict[str, list[str]]) -> dict[str, list[str]]:
    return {
        name[:_LONGEST]: [value[:_LONGEST] for value in values] if name in _PLAIN else [_HIDDEN]
        for name, values in given.items()
    }
