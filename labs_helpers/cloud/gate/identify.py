"""The gate's first step, identify, which finds the principal from a request's signature."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.errors import ServiceError
from labs_helpers.cloud.core.policy_cache import PolicyCache
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.gate import refusals, signature
from labs_helpers.cloud.moto import protocols
from labs_helpers.cloud.services.account.state import Regions
from labs_helpers.cloud.services.iam import moto_view as moto_iam
from labs_helpers.cloud.services.organizations.state import Organizations
from labs_helpers.engine.policy import Principal, PrincipalKind

_SKEW = timedelta(minutes=5)
_S3_SKEW = timedelta(minutes=15)


class Identifier:
    """The component that finds the credentials for a request's signature and verifies the signature.

    `identify` returns the caller's `Credentials`, or None for an unsigned request (an anonymous request, or an
    operation that doesn't require a signature). It raises `ServiceError`, as the service would, if the key, token,
    secret, or clock is wrong.
    """

    def __init__(self, state: State):
        self._state = state
        self._users: PolicyCache[str, Credentials | None] = PolicyCache(state)
        self._there: PolicyCache[str, bool] = PolicyCache(state)

    def identify(
        self, request: signature.Request, service: str, protocol: str, region: str
    ) -> Credentials | None:
        """Return the caller's credentials, or None for an unsigned request.

        Raises `ServiceError` if the signature isn't valid. `service` and `region` identify the endpoint that was
        called.
        """
        signed = _read(request, service, protocol, region)
        if signed is None:
            return None
        credentials = self.find(signed.access_key_id)
        if credentials is None or not credentials.active or self._closed(credentials):
            raise refusals.unknown_key(service, protocol, signed.access_key_id)
        if not self._state.part(Regions).usable(credentials.account, region, self._state.clock.now()):
            raise refusals.unknown_key(service, protocol, signed.access_key_id)
        self._check_time(signed, service, protocol)
        self._check_token(credentials, signed, service, protocol)
        unsigned = signature.unsigned_headers(signed, request) if service == "s3" else []
        if unsigned:
            raise refusals.headers_not_signed(unsigned)
        if service == "s3":
            _check_content_hash(signed, request)
        if not signature.valid(signed, request, credentials.secret):
            hashes = signature.other_content(signed, request, credentials.secret)
            if hashes is not None:
                raise refusals.other_content(*hashes)
            raise refusals.wrong_secret(service, protocol, signature.calculation(signed, request))
        if credentials.temporary and not self._still_there(credentials):
            raise refusals.wrong_token(service, protocol)
        return credentials

    def _closed(self, credentials: Credentials) -> bool:
        """Return True if the account was closed. Only its root user can still sign in, in the console.

        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_close.html
        """
        return self._state.part(Organizations).is_closed(credentials.account)

    def _still_there(self, credentials: Credentials) -> bool:
        """Return True if the role or user of a session still exists. A new one with the same name is another identity.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
        """
        return self._there.get(credentials.access_key_id, lambda: _exists(credentials))

    def find(self, access_key_id: str) -> Credentials | None:
        """Return a session's, root user's, or IAM user's credentials by access key ID, or None if the ID is unknown."""
        found = self._state.sessions.find(access_key_id)
        if found is not None:
            return found
        return self._users.get(access_key_id, lambda: _of_user(access_key_id))

    def _check_time(self, signed: signature.Signature, service: str, protocol: str) -> None:
        # Real time, not the lab clock, because SDKs sign with the machine's time.
        now = self._state.clock.real()
        if signed.expires_at is not None:
            if now.timestamp() > signed.expires_at:
                raise refusals.expired_url(service, _time(signed.expires_at), now, None)
            return
        assert signed.time is not None
        if signed.expires is not None:
            if signed.time > now + _S3_SKEW:
                raise refusals.url_of_the_future(service)
            end = signed.time + timedelta(seconds=signed.expires)
            if now > end:
                raise refusals.expired_url(service, end, now, signed.expires)
            return
        allowed = _S3_SKEW if service == "s3" else _SKEW
        if abs(now - signed.time) > allowed:
            minutes = int(allowed.total_seconds() // 60)
            raise refusals.clock_skew(service, protocol, signed.time, now, minutes)

    def _check_token(
        self, credentials: Credentials, signed: signature.Signature, service: str, protocol: str
    ) -> None:
        if credentials.token is None:
            if signed.token is not None:
                raise refusals.wrong_token(service, protocol, signed.token)
            return
        if signed.token is None:
            # OBSERVED on S3: a temporary key without its token is an unknown key (databendlabs/databend#8069).
            raise refusals.unknown_key(service, protocol, signed.access_key_id)
        if not hmac.compare_digest(signed.token.encode(), credentials.token.encode()):
            raise refusals.wrong_token(service, protocol, signed.token)
        if credentials.expires is not None and self._state.clock.now() >= credentials.expires:
            raise refusals.expired_session(service, protocol, signed.token)


def _time(seconds: int) -> datetime:
    """Convert seconds since 1970 to a time, at most the latest time that Python can represent."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC)


def refuse_limited_session(call: Call) -> None:
    """Raise `ServiceError` for an operation that credentials from GetSessionToken or GetFederationToken can never call.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
    """
    credentials = call.credentials
    if credentials is None or credentials.via not in ("GetSessionToken", "GetFederationToken"):
        return
    federated = credentials.via == "GetFederationToken"
    if call.service == "iam" and (federated or credentials.mfa_time is None):
        raise ServiceError(
            "InvalidClientTokenId", "The security token included in the request is invalid", 403
        )
    allowed = {"GetCallerIdentity"} if federated else {"GetCallerIdentity", "AssumeRole"}
    if call.service == "sts" and call.operation not in allowed:
        raise ServiceError("AccessDenied", f"Cannot call {call.operation} with session credentials", 403)


def _check_content_hash(signed: signature.Signature, request: signature.Request) -> None:
    """Reject a request with a signature in a header but without a readable hash of its body."""
    if signed.version == 2 or signed.presigned:
        return
    declared = signature.content_hash(request)
    if declared is None:
        raise refusals.no_content_hash()
    if not signature.is_content_hash(declared):
        raise refusals.no_hash(declared)


def _read(request: signature.Request, service: str, protocol: str, region: str) -> signature.Signature | None:
    """Return the signature of a request to a service's endpoint. Raises `ServiceError`."""
    try:
        signed = signature.read(request)
        if signed is not None:
            _check_scope(signed, request, service, region)
        elif service == "s3" and request.headers.get("authorization"):
            raise signature.UnknownAlgorithm  # such as Bearer, which other services accept
    except signature.IncompleteVersion2 as error:
        raise refusals.incomplete_url(service, protocol, str(error)) from error
    except signature.WrongRegion as error:
        in_query = signature.in_query(request)
        raise refusals.wrong_region(
            service, protocol, error.given, error.expected, in_query=in_query
        ) from error
    except signature.UnknownAlgorithm as error:
        authorization = request.headers.get("authorization")
        raise refusals.unknown_algorithm(service, protocol, authorization) from error
    except signature.TwoMechanisms as error:
        raise refusals.two_mechanisms(service, protocol, str(error), error.authorization) from error
    except signature.WrongTime as error:
        raise refusals.without_time(service, protocol, str(error)) from error
    except signature.WrongScope as error:
        in_query = signature.in_query(request)
        raise refusals.wrong_scope(service, protocol, error, in_query=in_query) from error
    except signature.MalformedSignature as error:
        in_query = signature.in_query(request)
        raise refusals.unreadable_signature(service, protocol, str(error), in_query=in_query) from error
    return signed


def _of_user(access_key_id: str) -> Credentials | None:
    key = moto_iam.find_access_key(access_key_id)
    if key is None:
        return None
    return Credentials(
        access_key_id,
        key.secret,
        Principal.from_arn(key.user_arn),
        key.user_id,
        active=key.active,
        user_name=key.user_name,
    )


def _exists(credentials: Credentials) -> bool:
    principal = credentials.principal
    account, name = principal.account or "", (principal.issuer or principal.arn).rpartition("/")[2]
    if principal.kind is PrincipalKind.ROLE_SESSION:
        role = moto_iam.role(account, name)
        return role is not None and role.id == credentials.user_id.partition(":")[0]
    if principal.kind not in (PrincipalKind.USER, PrincipalKind.FEDERATED_USER) or name.endswith(":root"):
        return True
    user = moto_iam.user(account, name)
    return user is not None and user.id == (credentials.issuer_id or credentials.user_id)


def _check_scope(signed: signature.Signature, request: signature.Request, service: str, region: str) -> None:
    """Reject a signature for another day, Region, or service. Raises `MalformedSignature`.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
    """
    if signed.version == 2:
        if service != "s3":
            raise signature.MalformedSignature("the signing algorithm is not supported")
        return
    name = protocols.signing_name(service)
    if signed.service != name:
        raise signature.WrongScope(f"Credential should be scoped to correct service: '{name}'")
    if signed.time is not None and signed.date != signed.time.strftime("%Y%m%d"):
        raise signature.WrongDay(signed.date, signed.time)
    if service != "s3" and any(
        header.startswith("x-amz-")
        and header not in signed.signed_headers
        and header != "x-amz-security-token"
        for header in request.headers
    ):
        # S3 returns AccessDenied and lists them: `refusals.headers_not_signed`.
        raise signature.MalformedSignature("All X-Amz- headers must be signed headers")
    if signed.region != region and signed.region != _region_behind(request.url, service):
        raise signature.WrongRegion(signed.region, region)


def _region_behind(url: str, service: str) -> str | None:
    """Return the Region of a bucket at S3's global endpoint, which accepts signatures for that Region, or None.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#VirtualHostingBackwardsCompatibility
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if service != "s3" or not host.endswith("s3.amazonaws.com"):
        return None
    bucket = host.removesuffix("s3.amazonaws.com").rstrip(".") or parts.path.lstrip("/").partition("/")[0]
    # Imported here because moto's S3 takes 15 ms to load, and the first call to another service doesn't need to wait
    # for it.
    from labs_helpers.cloud.services.s3 import moto_view as moto_s3

    return moto_s3.bucket_region(bucket)
