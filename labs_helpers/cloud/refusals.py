"""How each service words its refusals: codes, statuses and messages.

AWS's protocols differ here: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (query),
https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html (json),
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (S3),
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (EC2).
"""

from __future__ import annotations

from datetime import datetime

from labs_helpers.core.call import Judgement
from labs_helpers.core.errors import AccessDenied, ServiceError
from labs_helpers.policy import AccessRequest, PrincipalKind

_TOKEN_INVALID = "The security token included in the request is invalid."
_TOKEN_EXPIRED = "The security token included in the request is expired"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_NOT_VALIDATED = "AWS was not able to validate the provided access credentials"

_UNKNOWN_KEY = {
    "query": ("InvalidClientTokenId", 403, _TOKEN_INVALID),
    "s3": ("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
    "ec2": ("AuthFailure", 401, _NOT_VALIDATED),
    "json": ("UnrecognizedClientException", 400, _TOKEN_INVALID),
    "rest-json": ("UnrecognizedClientException", 403, _TOKEN_INVALID),
}
_WRONG_TOKEN = {**_UNKNOWN_KEY, "s3": ("InvalidToken", 400, "The provided token is malformed or otherwise invalid.")}
_WRONG_SECRET = {
    "query": ("SignatureDoesNotMatch", 403, _MISMATCH),
    "s3": ("SignatureDoesNotMatch", 403, _MISMATCH.split(" Consult")[0]),
    "ec2": ("AuthFailure", 401, _NOT_VALIDATED),
    "json": ("InvalidSignatureException", 400, _MISMATCH),
    "rest-json": ("InvalidSignatureException", 403, _MISMATCH),
}
_EXPIRED = {
    "query": ("ExpiredToken", 403, _TOKEN_EXPIRED),
    "s3": ("ExpiredToken", 400, "The provided token has expired."),
    "ec2": ("RequestExpired", 400, "Request has expired."),
    "json": ("ExpiredTokenException", 400, _TOKEN_EXPIRED),
    "rest-json": ("ExpiredTokenException", 403, _TOKEN_EXPIRED),
}
_UNSIGNED = {
    "query": ("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
    "ec2": ("AuthFailure", 401, _NOT_VALIDATED),
    "json": ("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
    "rest-json": ("MissingAuthenticationTokenException", 403, "Missing Authentication Token"),
}
_UNREADABLE = {
    "query": ("IncompleteSignature", 400),
    "s3": ("AuthorizationHeaderMalformed", 400),
    "ec2": ("AuthFailure", 401),
    "json": ("IncompleteSignatureException", 400),
    "rest-json": ("IncompleteSignatureException", 403),
}
_DENIED = {
    "query": ("AccessDenied", 403),
    "s3": ("AccessDenied", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "json": ("AccessDeniedException", 400),
    "rest-json": ("AccessDeniedException", 403),
}
CODES = frozenset(
    row[0] for table in (_UNKNOWN_KEY, _WRONG_TOKEN, _WRONG_SECRET, _EXPIRED, _UNSIGNED, _UNREADABLE, _DENIED)
    for row in table.values()
) | {"RequestTimeTooSkewed", "AuthorizationQueryParametersError", "SerializationException"}


def _style(service: str, protocol: str) -> str:
    return "s3" if service == "s3" else "json" if protocol == "json" else protocol


def _error(rows: dict[str, tuple[str, int, str]], service: str, protocol: str) -> ServiceError:
    code, status, message = rows[_style(service, protocol)]
    return ServiceError(code, message, status)


def unknown_key(service: str, protocol: str) -> ServiceError:
    """No such access key, or an inactive one."""
    return _error(_UNKNOWN_KEY, service, protocol)


def wrong_token(service: str, protocol: str) -> ServiceError:
    """Temporary credentials without their session token, or with another one."""
    return _error(_WRONG_TOKEN, service, protocol)


def wrong_secret(service: str, protocol: str) -> ServiceError:
    """The signature is not one that the key's secret makes for this request."""
    return _error(_WRONG_SECRET, service, protocol)


def expired_session(service: str, protocol: str) -> ServiceError:
    """The temporary credentials have expired."""
    return _error(_EXPIRED, service, protocol)


def unsigned(service: str, protocol: str) -> ServiceError:
    """The operation must be signed and is not."""
    return _error(_UNSIGNED, service, protocol)


def unreadable_signature(service: str, protocol: str, why: str) -> ServiceError:
    """The request claims a signature that cannot be read."""
    code, status = _UNREADABLE[_style(service, protocol)]
    return ServiceError(code, f"{why[:1].upper()}{why[1:]}.", status)


def clock_skew(service: str, protocol: str, signed: datetime, now: datetime, minutes: int) -> ServiceError:
    """The request was signed too long ago, or in the future."""
    if service == "s3":
        message = "The difference between the request time and the current time is too large."
        return ServiceError("RequestTimeTooSkewed", message, 403)
    code, status, _ = _WRONG_SECRET[_style(service, protocol)]
    late = "now earlier than" if signed < now else "still later than"
    what = "expired" if signed < now else "not yet current"
    stamp = "%Y%m%dT%H%M%SZ"
    return ServiceError(
        code, f"Signature {what}: {signed:{stamp}} is {late} {now:{stamp}} ({minutes} min.)", status
    )


def expired_url() -> ServiceError:
    """A presigned URL was used after its time."""
    return ServiceError("AccessDenied", "Request has expired", 403)


def denied(service: str, protocol: str, judgement: Judgement) -> AccessDenied:
    """The engine's refusal in the words of the service.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html: S3 names the reason only to
    callers of the account that owns the resource.
    """
    code, status = _DENIED[_style(service, protocol)]
    request, decision = judgement.request, judgement.decision
    principal = request.principal
    if service == "s3" and principal.account != request.account:
        return AccessDenied(code, "Access Denied", status, judgement)
    who = "anonymous" if principal.kind is PrincipalKind.ANONYMOUS else principal.arn
    message = f"User: {who} is not authorized to perform: {request.action}{_on(service, request)} {decision.reason}"
    if service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    return AccessDenied(code, message, status, judgement)


_IAM_LISTS = {"iam:ListUsers": "user/", "iam:ListRoles": "role/", "iam:ListGroups": "group/", "iam:ListPolicies": "policy/"}
"""What IAM's messages name as the resource of its lists, though policies see "*" there."""


def _on(service: str, request: AccessRequest) -> str:
    resource = request.resource
    if request.action in _IAM_LISTS:
        resource = f"arn:aws:iam::{request.account}:{_IAM_LISTS[request.action]}"
    if resource == "*" and service in ("s3", "ec2"):
        return ""
    return f' on resource: "{resource}"' if service == "s3" else f" on resource: {resource}"
