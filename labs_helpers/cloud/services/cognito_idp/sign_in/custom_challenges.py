"""Custom authentication (CUSTOM_AUTH): challenges that a pool's Lambda functions define, create, and verify.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labs_helpers.cloud.core.call import Call
from labs_helpers.cloud.services.cognito_idp import triggers
from labs_helpers.cloud.services.cognito_idp.calls import hides_users
from labs_helpers.cloud.services.cognito_idp.errors import invalid, no_user, not_authorized
from labs_helpers.cloud.services.cognito_idp.sign_in import challenges, password_verification, remaining_steps
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import SignIn, required
from labs_helpers.cloud.services.cognito_idp.state import Challenge, Client, User, UserPool
from labs_helpers.cloud.services.cognito_idp.users import directory

Rounds = list[dict[str, Any]]
_NEEDED = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")


def begin(
    call: Call, pool: UserPool, client: Client, name: str, parameters: Mapping[str, str]
) -> dict[str, Any]:
    """Request the first challenge from the pool's function. If CHALLENGE_NAME is SRP_A, SRP comes first."""
    if any(triggers.arn_of(pool, trigger) is None for trigger in _NEEDED):
        raise invalid("Custom auth lambda trigger is not configured for the user pool.")
    user = directory.find_to_sign_in(call, pool, name)
    if user is None and not hides_users(client):
        raise no_user()
    password_verification.pre_authentication(call, pool, client, user, name)
    if user is not None:
        remaining_steps.refuse_unusable(SignIn(call, pool, client, user, name), verified=True)
    rounds: Rounds = []
    if parameters.get("CHALLENGE_NAME") == "SRP_A":
        rounds.append({"challengeName": "SRP_A", "challengeResult": True, "challengeMetadata": None})
    return _next(call, pool, client, user, name, rounds, parameters)


def _next(
    call: Call, pool: UserPool, client: Client, user: User | None, name: str, rounds: Rounds,
    answers: Mapping[str, str],
) -> dict[str, Any]:  # fmt: skip
    response = triggers.run(
        call, pool, "DefineAuthChallenge", "DefineAuthChallenge_Authentication",
        username=user.username if user else name, client=client.id,
        request={**_common_request(call, user), "session": rounds},
        response={"challengeName": None, "issueTokens": False, "failAuthentication": False},
    )  # fmt: skip
    assert response is not None
    if response.get("failAuthentication"):
        raise not_authorized()
    device = answers.get("DEVICE_KEY")
    if response.get("issueTokens"):
        if user is None:
            raise not_authorized()
        return remaining_steps.finish(SignIn(call, pool, client, user, name, device))
    match response.get("challengeName"):
        case "CUSTOM_CHALLENGE":
            return _create(call, pool, client, user, name, rounds, device)
        case "PASSWORD_VERIFIER":
            return password_verification.begin_srp(call, pool, client, name, answers, rounds=rounds)
    raise triggers.unreadable()


def _common_request(call: Call, user: User | None) -> dict[str, Any]:
    return {
        "userAttributes": triggers.user_attributes(user) if user else {},
        "userNotFound": user is None,
        "clientMetadata": triggers.metadata(call),
    }


def _create(
    call: Call,
    pool: UserPool,
    client: Client,
    user: User | None,
    name: str,
    rounds: Rounds,
    device: str | None,
) -> dict[str, Any]:
    response = triggers.run(
        call, pool, "CreateAuthChallenge", "CreateAuthChallenge_Authentication",
        username=user.username if user else name, client=client.id,
        request={**_common_request(call, user), "challengeName": "CUSTOM_CHALLENGE", "session": rounds},
        response={
            "publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None,
        },
    )  # fmt: skip
    assert response is not None
    public, private = response.get("publicChallengeParameters"), response.get("privateChallengeParameters")
    if not _is_string_map(public) or not _is_string_map(private):
        raise triggers.unreadable()
    session = challenges.open_session(
        call, pool, client, "CUSTOM_CHALLENGE", user, name, private=private or {}, rounds=rounds,
        metadata=response.get("challengeMetadata"), device=device,
    )  # fmt: skip
    parameters = {"USERNAME": user.username if user else name, **(public or {})}
    return {"ChallengeName": "CUSTOM_CHALLENGE", "Session": session, "ChallengeParameters": parameters}


def _is_string_map(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    )


def answer(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Have the pool's functions verify a response and define the next challenge."""
    given = required(answers, "ANSWER")
    user = directory.find(pool, challenge.username) if challenge.username else None
    response = triggers.run(
        call, pool, "VerifyAuthChallengeResponse", "VerifyAuthChallengeResponse_Authentication",
        username=user.username if user else challenge.claimed, client=client.id,
        request={
            **_common_request(call, user),
            "privateChallengeParameters": challenge.data["private"], "challengeAnswer": given,
        },
        response={"answerCorrect": False},
    )  # fmt: skip
    right = bool(response and response.get("answerCorrect") is True)
    done = {
        "challengeName": "CUSTOM_CHALLENGE", "challengeResult": right,
        "challengeMetadata": challenge.data["metadata"],
    }  # fmt: skip
    rounds = [*challenge.data["rounds"], done]
    return _next(
        call,
        pool,
        client,
        user,
        challenge.claimed,
        rounds,
        {"DEVICE_KEY": challenge.data["device"], **answers},
    )


def after_srp(
    call: Call, pool: UserPool, client: Client, challenge: Challenge, answers: Mapping[str, str]
) -> dict[str, Any]:
    """Record the password as the first round.

    A wrong password is a failed round, which the pool's function evaluates.
    """
    try:
        user: User | None = password_verification.finish_srp(call, pool, client, challenge, answers)
        right = True
    except Exception:
        user = directory.find(pool, challenge.username) if challenge.username else None
        right = False
    done = {"challengeName": "PASSWORD_VERIFIER", "challengeResult": right, "challengeMetadata": None}
    return _next(call, pool, client, user, challenge.claimed, [*challenge.data["rounds"], done], answers)
