"""Each service's errors for rejected requests: codes, statuses, and messages.

The errors depend on the protocol: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (query),
https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html (json),
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (S3),
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (EC2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from labs_helpers.cloud import services
from labs_helpers.cloud.core.authorization_message import encode
from labs_helpers.cloud.core.call import Call, Judgement
from labs_helpers.cloud.core.errors import AccessDenied, ServiceError
from labs_helpers.cloud.gate import signature
from labs_helpers.engine.policy import AccessRequest, PrincipalKind

_TOKEN_INVALID = "The security token included in the request is invalid."
_TOKEN_EXPIRED = "The security token included in the request is expired"
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_S3_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing "
    "method."
)
"""OBSERVED in 2026: S3's wording differs from the other services'."""
_NOT_VALIDATED = "AWS was not able to validate the provided access credentials"

_UNKNOWN_KEY = {
    "query": ("InvalidClientTokenId", 403, _TOKEN_INVALID),
    "s3": ("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
    "ec2": ("AuthFailure", 401, _NOT_VALIDATED),
    "json": ("UnrecognizedClientException", 400, _TOKEN_INVALID),
    "rest-json": ("UnrecognizedClientException", 403, _TOKEN_INVALID),
}
_WRONG_TOKEN = {
    **_UNKNOWN_KEY,
    "s3": ("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
}
_WRONG_SECRET = {
    "query": ("SignatureDoesNotMatch", 403, _MISMATCH),
    "s3": ("SignatureDoesNotMatch", 403, _S3_MISMATCH),
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
_S3_IN_QUERY = "AuthorizationQueryParametersError"
_DENIED = {
    "query": ("AccessDenied", 403),
    "s3": ("AccessDenied", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "json": ("AccessDeniedException", 400),
    "rest-json": ("AccessDeniedException", 403),
}
CODES = frozenset(
    row[0]
    for table in (_UNKNOWN_KEY, _WRONG_TOKEN, _WRONG_SECRET, _EXPIRED, _UNSIGNED, _UNREADABLE, _DENIED)
    for row in table.values()
) | {
    "AuthorizationError",
    "RequestTimeTooSkewed",
    "RequestExpired",
    "MalformedHttpRequestException",
    "MalformedTrailerError",
    "InvalidRequest",
    "MalformedQueryString",
    "RequestEntityTooLarge",
    "ValidationError",
    "ValidationException",
    "MissingParameter",
    "InvalidParameterValue",
    "InvalidParameter",
    "AuthorizationQueryParametersError",
    "InvalidArgument",
    "XAmzContentSHA256Mismatch",
    "TagPolicyViolation",
    "ForbiddenException",
}


def _style(service: str, protocol: str) -> str:
    # S3 Control has S3's protocol, and no other service here does.
    return "s3" if service == "s3" or protocol == "rest-xml" else protocol


def _error(
    rows: dict[str, tuple[str, int, str]], service: str, protocol: str, **elements: object
) -> ServiceError:
    """Return a service's error. `elements` are the additional elements of S3's error document."""
    style = _style(service, protocol)
    code, status, message = rows[style]
    return ServiceError(code, message, status, **(elements if style == "s3" else {}))


def unknown_key(service: str, protocol: str, access_key_id: str) -> ServiceError:
    """Return the error for an unknown or inactive access key."""
    return _error(_UNKNOWN_KEY, service, protocol, AWSAccessKeyId=access_key_id)


def closed_account(service: str, protocol: str) -> ServiceError:
    """Return the error for access to a resource in a closed account. AWS doesn't document the error's code.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_close.html
    """
    code, status = _DENIED[_style(service, protocol)]
    return ServiceError(code, "The account that owns the resource is closed.", status)


def role_of_another_account(service: str, protocol: str) -> ServiceError:
    """Return the error for a request that passes another account's role to a service.

    Observed in August 2024 (Lambda, RDS).
    """
    code, status = services.facts(service).denied or _DENIED[_style(service, protocol)]
    return ServiceError(code, "Cross-account pass role is not allowed.", status)


def wrong_token(service: str, protocol: str, token: str | None = None) -> ServiceError:
    """Return the error for a session token that isn't the access key's, or whose user or role is gone."""
    return _error(_WRONG_TOKEN, service, protocol, **_token(token))


def wrong_secret(service: str, protocol: str, calculated: Mapping[str, str]) -> ServiceError:
    """Return the error for a signature that doesn't match the request and the secret access key.

    `calculated` contains the details that S3 returns about its calculation (`gate.signature.calculation`).
    """
    return _error(_WRONG_SECRET, service, protocol, **calculated)


def expired_session(service: str, protocol: str, token: str | None = None) -> ServiceError:
    """Return the error for expired temporary credentials."""
    return _error(_EXPIRED, service, protocol, **_token(token))


def _token(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Token-0": token}


def headers_not_signed(names: list[str]) -> ServiceError:
    """Return S3's error for headers that the signature doesn't cover.

    For example, such a header could turn an upload into a copy. OBSERVED in 2026: S3 returns this error before it
    compares the signature, even if a signed header is missing.
    """
    message = "There were headers present in the request which were not signed"
    return ServiceError("AccessDenied", message, 403, HeadersNotSigned=", ".join(names))


def unsigned(service: str, protocol: str) -> ServiceError:
    """Return the error for an unsigned request to an operation that requires a signature."""
    return _error(_UNSIGNED, service, protocol)


def unreadable_signature(service: str, protocol: str, why: str, *, in_query: bool = False) -> ServiceError:
    """Return the error for an unreadable signature.

    S3 uses different codes for signatures in the URL and in the header.
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    """
    style = _style(service, protocol)
    code, status = _UNREADABLE[style]
    if style == "s3" and in_query:
        code = _S3_IN_QUERY
    return ServiceError(code, f"{why[:1].upper()}{why[1:]}.", status)


def wrong_region(
    service: str, protocol: str, given: str, expected: str, *, in_query: bool = False
) -> ServiceError:
    """Return the error for a signature that was created for another Region. S3's error names the expected Region.

    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (AuthorizationHeaderMalformed)
    """
    if _style(service, protocol) != "s3":
        return _scoped_elsewhere(service, protocol, "Credential should be scoped to a valid region")
    code = _S3_IN_QUERY if in_query else "AuthorizationHeaderMalformed"
    message = f"{_start(in_query)}; the region '{given}' is wrong; expecting '{expected}'"
    return ServiceError(code, message, 400, Region=expected)


def wrong_scope(
    service: str, protocol: str, why: signature.WrongScope, *, in_query: bool = False
) -> ServiceError:
    """Return the error for a signature for another day or service, or without the end `aws4_request`.

    OBSERVED: all services except S3 return the error for a wrong signature.
    https://github.com/disneystreaming/smithy4s/issues/1568, https://github.com/ml-archive/storage/pull/68
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
    """
    if _style(service, protocol) != "s3":
        return _scoped_elsewhere(service, protocol, str(why))
    if isinstance(why, signature.WrongDay):
        code = _S3_IN_QUERY if in_query else "AuthorizationHeaderMalformed"
        message = f"{_start(in_query)}; Invalid credential date. Date is not the same as X-Amz-Date."
        return ServiceError(code, message, 400)
    return unreadable_signature(service, protocol, str(why), in_query=in_query)


def _start(in_query: bool) -> str:
    if in_query:
        return "Error parsing the X-Amz-Credential parameter"
    return "The authorization header is malformed"


def _scoped_elsewhere(service: str, protocol: str, why: str) -> ServiceError:
    """Return the error for a wrong signature, with another message. EC2 has one message for all such errors.

    OBSERVED in 2022: https://github.com/JuliaCloud/AWS.jl/issues/565
    """
    code, status, message = _WRONG_SECRET[_style(service, protocol)]
    return ServiceError(code, message if service == "ec2" else f"{why}. ", status)


def incomplete_url(service: str, protocol: str, why: str) -> ServiceError:
    """Return S3's AccessDenied error for a Version 2 presigned URL that lacks a parameter.

    OBSERVED in 2026.
    """
    if _style(service, protocol) != "s3":
        return unreadable_signature(service, protocol, why, in_query=True)
    return ServiceError("AccessDenied", why, 403)


def unknown_algorithm(service: str, protocol: str, authorization: str | None = None) -> ServiceError:
    """Return the error for an unknown signing algorithm.

    For S3, it is InvalidRequest for a signature in the URL, and for a Version 4A signature, which this cloud doesn't
    support. OBSERVED from 2015 to 2025: any other word in the header, such as Basic or Bearer, gets InvalidArgument.
    https://github.com/versity/versitygw/issues/1512, https://github.com/Einstore/Einstore/issues/152
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    if _style(service, protocol) == "s3":
        if authorization is None or authorization.startswith("AWS4-ECDSA"):
            return ServiceError("InvalidRequest", "Please use AWS4-HMAC-SHA256.", 400)
        return _wrong_authorization("Unsupported Authorization Type", authorization)
    return unreadable_signature(service, protocol, "the signing algorithm is not supported")


def _wrong_authorization(message: str, authorization: str) -> ServiceError:
    return ServiceError(
        "InvalidArgument", message, 400, ArgumentName="Authorization", ArgumentValue=authorization
    )


def two_mechanisms(service: str, protocol: str, why: str, authorization: str) -> ServiceError:
    """Return the error for a request that is signed in its URL and in its header.

    OBSERVED in 2020 for S3: https://github.com/catalyst/moodle-tool_objectfs/issues/303
    """
    if _style(service, protocol) == "s3":
        return _wrong_authorization(why, authorization)
    return unreadable_signature(service, protocol, why)


def without_time(service: str, protocol: str, why: str) -> ServiceError:
    """Return the error for a signature in a header without a readable time.

    OBSERVED in 2017 for S3: https://github.com/hubrick/vertx-s3-client/issues/5
    """
    if _style(service, protocol) == "s3":
        return ServiceError("AccessDenied", why, 403)
    return unreadable_signature(service, protocol, why)


def other_content(declared: str, computed: str) -> ServiceError:
    """Return S3's error for a body that differs from the signed body.

    OBSERVED in 2016 and 2017: https://github.com/postmanlabs/postman-app-support/issues/3680
    """
    return ServiceError(
        "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.",
        400, ClientComputedContentSHA256=declared, S3ComputedContentSHA256=computed,
    )  # fmt: skip


def no_content_hash() -> ServiceError:
    """Return S3's error for a signature in a header of a request without x-amz-content-sha256.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
    """
    message = "Missing required header for this request: x-amz-content-sha256"
    return ServiceError("InvalidRequest", message, 400)


def no_hash(declared: str) -> ServiceError:
    """Return S3's error for an x-amz-content-sha256 that is neither a hash nor one of the words allowed instead."""
    words = ", ".join(signature.CONTENT_WORDS)
    return ServiceError(
        "InvalidArgument", f"x-amz-content-sha256 must be {words} or a valid sha256 value.", 400,
        ArgumentName="x-amz-content-sha256", ArgumentValue=declared,
    )  # fmt: skip


def clock_skew(service: str, protocol: str, signed: datetime, now: datetime, minutes: int) -> ServiceError:
    """Return the error for a request whose signing time is too far in the past or in the future."""
    if service == "s3":
        message = "The difference between the request time and the current time is too large."
        return ServiceError(
            "RequestTimeTooSkewed", message, 403, RequestTime=f"{signed:%Y%m%dT%H%M%SZ}", ServerTime=_iso(now),
            MaxAllowedSkewMilliseconds=minutes * 60_000,
        )  # fmt: skip
    code, status, _ = _WRONG_SECRET[_style(service, protocol)]
    late = "now earlier than" if signed < now else "still later than"
    what = "expired" if signed < now else "not yet current"
    stamp = "%Y%m%dT%H%M%SZ"
    return ServiceError(
        code, f"Signature {what}: {signed:{stamp}} is {late} {now:{stamp}} ({minutes} min.)", status
    )


def expired_url(service: str, end: datetime, now: datetime, seconds: int | None) -> ServiceError:
    """Return the error for an expired presigned URL: RequestExpired for every service except S3.

    OBSERVED in 2026: S3 returns the expiration time and the server's time and, for Version 4, the number of seconds for
    which the URL was valid.
    https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/common-errors.html
    """
    if service != "s3":
        return ServiceError("RequestExpired", "Request has expired.", 400)
    valid_for: dict[str, object] = {} if seconds is None else {"X-Amz-Expires": seconds}
    return ServiceError(
        "AccessDenied", "Request has expired", 403, **valid_for, Expires=_iso(end), ServerTime=_iso(now)
    )


def _iso(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def url_of_the_future(service: str) -> ServiceError:
    """Return the error for a presigned URL that isn't valid yet."""
    if service != "s3":
        return ServiceError("RequestExpired", "Request is not valid yet.", 400)
    return ServiceError("AccessDenied", "Request is not valid yet", 403)


def denied(call: Call, protocol: str, judgement: Judgement) -> AccessDenied:
    """Return the error for a denial by the engine, with the called service's message.

    S3 shows the reason only to callers in the account that owns the resource:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    service = call.service
    code, status = services.facts(service).denied or _DENIED[_style(service, protocol)]
    request = judgement.request
    principal = request.principal
    if service == "s3" and principal.account != request.account:
        return AccessDenied(code, "Access Denied", status, judgement)
    if principal.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
        return AccessDenied(code, f"Not authorized to perform {request.action}", status, judgement)
    who = "anonymous" if principal.kind is PrincipalKind.ANONYMOUS else principal.arn
    spells = services.facts(service).spells_action
    action = spells(request.action) if spells is not None else request.action
    reason = judgement.decision.reason.replace(request.action, action) + _policy_arn(judgement)
    conceals = services.facts(service).conceals
    concealed = conceals(call, request) if conceals is not None else None
    on = _on(call, request)
    why = concealed or f"{on} {reason}"
    message = f"User: {who} is not authorized to perform: {action}{why}"
    if service == "ec2":
        encoded = _encoded(call, judgement) if on else ""
        message = f"You are not authorized to perform this operation. {message}{encoded}"
    return AccessDenied(code, message + _where_to_look(call, judgement), status, judgement)


_NAMED = frozenset(
    {"RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY", "PRINCIPAL", "PERMISSIONS_BOUNDARY", "SESSION"}
)
_MANAGED = re.compile(r"arn:aws[a-z-]*:(iam|organizations)::\w+:policy/[^\s()]+")


def _policy_arn(judgement: Judgement) -> str:
    """Return `: ARN` of the policy that explicitly denies the request, or "" if AWS doesn't name it.

    AWS names only policies of IAM and Organizations, and only within an account or an organization. An inline policy
    has no ARN: https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns
    """
    check, request = judgement.decision.refused_by, judgement.request
    if check is None or check.effect != "EXPLICIT_DENY" or check.check_type not in _NAMED:
        return ""
    organization = request.context.get("aws:principalorgid")
    same = organization is not None and organization == request.context.get("aws:resourceorgid")
    if request.principal.account != request.account and not same:
        return ""
    denying = (each.policy for each in check.matched if each.effect == "EXPLICIT_DENY")
    named = next((policy for policy in denying if _MANAGED.fullmatch(policy)), None)
    return f": {named}" if named else ""


def _where_to_look(call: Call, judgement: Judgement) -> str:
    """Return the part of the message with the authorization ID, for services that have one: currently only IAM.

    Anonymous requests, and requests that a service makes for a caller, don't have an authorization ID.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
    """
    found = judgement.authorization_id
    if not services.facts(call.service).gives_authorization_ids or call.via_service or found is None:
        return ""
    if judgement.request.principal.kind in (PrincipalKind.ANONYMOUS, PrincipalKind.SERVICE):
        return ""
    console = (
        f"https://{call.region}.console.aws.amazon.com/iam/home?region={call.region}#/authorization-details"
    )
    return (
        f". Go to {console}/{found} for complete details, "
        f"or call the GetRequestAuthorizationDetails API with the following authorization id: {found}"
    )


def _encoded(call: Call, judgement: Judgement) -> str:
    """Return the end of EC2's denial message, with the encoded details; only denials that name a resource have it.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
    Observed in August 2024: DescribeInstanceAttribute's denial has it, GetEbsEncryptionByDefault's doesn't.
    """
    account = judgement.request.principal.account
    if account is None:
        return ""
    return f". Encoded authorization failure message: {encode(call.state.ids, account, judgement)}"


def _on(call: Call, request: AccessRequest) -> str:
    """Return ` on resource: …` as the service writes it, or "" if its message names no resource."""
    names = services.facts(call.service).names_resource
    resource = names(call, request) if names is not None else None
    if resource is None:
        resource = "" if request.resource == "*" and call.service in ("s3", "ec2") else request.resource
    if not resource:
        return ""
    return f' on resource: "{resource}"' if call.service == "s3" else f" on resource: {resource}"
