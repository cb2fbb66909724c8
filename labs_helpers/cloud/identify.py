"""identify: from the signature of a request to the principal who sent it."""

from __future__ import annotations

import hmac
from datetime import timedelta

from labs_helpers.cloud import refusals, signature
from labs_helpers.core.credentials import Credentials
from labs_helpers.core.moto import iam as moto_iam
from labs_helpers.core.state import State
from labs_helpers.policy import Principal

_SKEW = timedelta(minutes=5)
_S3_SKEW = timedelta(minutes=15)


class Identifier:
    """Knows every access key of the cloud and checks the signatures made with them.

    `identify` returns the caller's `Credentials`, None for an unsigned request (anonymous, or an operation that
    needs no signature). It raises `ServiceError` as the service would for keys, tokens, secrets and clocks that
    are wrong.
    """

    def __init__(self, state: State):
        self._state = state
        self._users: dict[str, Credentials] = {}
        self._version = -1

    def identify(self, request: signature.Request, service: str, protocol: str) -> Credentials | None:
        try:
            signed = signature.read(request)
        except signature.MalformedSignature as error:
            raise refusals.unreadable_signature(service, protocol, str(error)) from error
        if signed is None:
            return None
        credentials = self.find(signed.access_key_id)
        if credentials is None or not credentials.active:
            raise refusals.unknown_key(service, protocol)
        self._check_time(signed, service, protocol)
        self._check_token(credentials, signed, service, protocol)
        if not signature.valid(signed, request, credentials.secret):
            raise refusals.wrong_secret(service, protocol)
        return credentials

    def find(self, access_key_id: str) -> Credentials | None:
        """The credentials of an access key id: a session's, a root user's or an IAM user's; None if unknown."""
        found = self._state.sessions.find(access_key_id)
        if found is not None:
            return found
        if self._version != self._state.policies_version:
            self._users.clear()
            self._version = self._state.policies_version
        if access_key_id not in self._users:
            key = moto_iam.find_access_key(access_key_id)
            if key is None:
                return None
            self._users[access_key_id] = Credentials(
                access_key_id,
                key.secret,
                Principal.from_arn(key.user_arn),
                key.user_id,
                active=key.active,
                user_name=key.user_name,
            )
        return self._users[access_key_id]

    def _check_time(self, signed: signature.Signature, service: str, protocol: str) -> None:
        # Real time, not the lab clock: SDKs sign with the machine's.
        now = self._state.clock.real()
        if signed.expires_at is not None:
            if now.timestamp() > signed.expires_at:
                raise refusals.expired_url()
            return
        assert signed.time is not None
        if signed.expires is not None:
            if now > signed.time + timedelta(seconds=signed.expires):
                raise refusals.expired_url()
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
                raise refusals.wrong_token(service, protocol)
            return
        if signed.token is None or not hmac.compare_digest(signed.token.encode(), credentials.token.encode()):
            raise refusals.wrong_token(service, protocol)
        if credentials.expires is not None and self._state.clock.now() >= credentials.expires:
            raise refusals.expired_session(service, protocol)
