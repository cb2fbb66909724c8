"""Password verification, in plaintext or by SRP, and the responses to nonexistent user names.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.calls import hides_users
from labs_helpers.cloud.services.cognito_idp.errors import invalid, no_user, not_authorized
from labs_helpers.cloud.services.cognito_idp.pools import threat_protection
from labs_helpers.cloud.services.cognito_idp.sign_in import challenges, remaining_steps, srp
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import SignIn, required
from labs_helpers.cloud.services.cognito_idp.state import Challenge, Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.untrusted_text import utf8
from labs_helpers.cloud.services.cognito_idp.users import auth_events, directory, migration, passwords


def pre_authentication(call: Call, pool: UserPool, client: Client, user: User | None, name: str) -> None:
    """Reject blocked IP addresses, and invoke the pre authentication trigger, which can also reject the sign-in.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-authentication.html
    """
    threat_protection.refuse_blocked(call, pool, client)
    triggers.run(
        call, pool, "PreAuthentication", "PreAuthentication_Authentication",
        username=user.username if user else name, client=client.id,
        request={
            "userAttributes": triggers.user_attributes(user) if user else {},
            "validationData": triggers.validation(call), "userNotFound": user is None,
        },
    )  # fmt: skip


def unknown_user_error(client: Client) -> Exception:
    """Return the error for a nonexistent user name in flows that require a password."""
    return not_authorized() if hides_users(client) else no_user()


# --- the password itself --------------------------------------------------------------------------------------


def sign_in_by_password(
    call: Call, pool: UserPool, client: Client, name: str, password: str, device: str | None,
    source: str = "TokenGeneration_Authentication", wanted: tuple[int, ...] = (),
) -> dict[str, Any]:  # fmt: skip
    """Sign in with a password that was sent in plaintext."""
    user = directory.find_to_sign_in(call, pool, name)
    if user is None:
        user = _migrate_or_refuse(call, pool, client, name, password)
    pre_authentication(call, pool, client, user, name)
    sign_in = SignIn(call, pool, client, user, name, device, source, wanted)
    remaining_steps.refuse_unusable(sign_in, verified=False)
    remaining_steps.refuse_unconfirmed(user)
    check_password(sign_in, password)
    return remaining_steps.after_password(sign_in)


def _migrate_or_refuse(call: Call, pool: UserPool, client: Client, name: str, password: str) -> User:
    user = migration.migrate_on_sign_in(call, pool, client, name, password)
    if user is not None:
        return user
    if hides_users(client):
        pre_authentication(call, pool, client, None, name)
        _count_failure(call, pool, name)
        # Do the same work as for an existing user, so that the response time reveals nothing.
        srp.verifier(passwords.pool_name(pool), name, password, 1)
    raise unknown_user_error(client)


def _count_failure(call: Call, pool: UserPool, name: str) -> None:
    """Lock out a nonexistent user name like an existing one: a lockout must not reveal which users exist."""
    counted = directory.unknown_name(pool, name)
    passwords.refuse_locked(counted, call.time)
    passwords.failed(counted, call.time)


def check_password(sign_in: SignIn, password: str) -> None:
    """Record a failed sign-in as an event and raise NotAuthorizedException if the password is wrong."""
    try:
        passwords.check(sign_in.pool, sign_in.user, password, sign_in.call.time)
    except Exception:
        auth_events.note(sign_in.call, sign_in.pool, sign_in.user, "SignIn", "Fail", ("Password", "Failure"))
        raise


# --- SRP ------------------------------------------------------------------------------------------------------


def begin_srp(
    call: Call, pool: UserPool, client: Client, name: str, answers: Mapping[str, str], **data: Any
) -> dict[str, Any]:
    """Return PASSWORD_VERIFIER in response to a client's SRP_A.

    A client that hides users gets a challenge even for a nonexistent user name. For any other client, a
    nonexistent user name raises UserNotFoundException.
    """
    public = srp.read_public(required(answers, "SRP_A"))
    if public is None:
        raise invalid("Invalid SRP_A.")
    user = directory.find_to_sign_in(call, pool, name)
    if user is None and not hides_users(client):
        raise no_user()
    pre_authentication(call, pool, client, user, name)
    device = answers.get("DEVICE_KEY")
    if user is not None:
        remaining_steps.refuse_unusable(SignIn(call, pool, client, user, name), verified=False)
    passwords.refuse_locked(user or directory.unknown_name(pool, name), call.time)
    if user is None or user.password is None:
        user_id, salt, verifier = _decoy_verifier(pool, name)
    else:
        user_id, salt, verifier = user.username, user.password.salt, user.password.verifier
    exchange = srp.begin(public, verifier)
    session = challenges.open_session(
        call,
        pool,
        client,
        "PASSWORD_VERIFIER",
        user,
        name,
        exchange=exchange,
        user_id=user_id,
        device=device,
        **data,
    )
    parameters = {
        "SALT": f"{salt:x}", **exchange.challenge, "USERNAME": user_id, "USER_ID_FOR_SRP": user_id,
    }  # fmt: skip
    return {"ChallengeName": "PASSWORD_VERIFIER", "Session": session, "ChallengeParameters": parameters}


def _decoy_verifier(pool: UserPool, name: str) -> tuple[str, int, int]:
    """Return a user ID, salt, and verifier for a nonexistent name.

    They are always the same for a given name.
    """
    seed = hmac.digest(pool.decoy, utf8(directory.comparable(pool, name)), "sha512")
    user_id = str(uuid.UUID(bytes=seed[:16], version=4))
    verifier = int.from_bytes(hashlib.shake_256(seed).digest(380), "big")
    return user_id, int.from_bytes(seed[16:32], "big"), verifier


def finish_srp(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> User:
    """Return the user if a response to PASSWORD_VERIFIER proves knowledge of the password.

    Raises NotAuthorizedException if it doesn't.
    """
    block, stamp, signature = (
        required(answers, name)
        for name in ("PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE")
    )
    user = directory.find_for(call, pool, challenge.username) if challenge.username else None
    if user is not None:
        passwords.refuse_locked(user, call.time)
        remaining_steps.refuse_unconfirmed(user)
    exchange, user_id = challenge.data["exchange"], challenge.data["user_id"]
    verified = exchange.verifies(passwords.pool_name(pool), user_id, block, stamp, signature)
    if not srp.is_fresh(stamp, call.state.clock.real(), call.time):
        raise not_authorized()
    unchanged = user is not None and user.password is not None and user.password.verifier == exchange.verifier
    if user is None or not verified or not unchanged:
        if user is None:
            _count_failure(call, pool, challenge.claimed)
        else:
            passwords.failed(user, call.time)
            auth_events.note(call, pool, user, "SignIn", "Fail", ("Password", "Failure"))
        raise not_authorized()
    user.lockout = type(user.lockout)()
    return user
