"""Levels of authentication: the methods that each level requires, and the claims in tokens.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-step-up-authentication.html
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-selection-sdk.html#cognito-user-pools-step-up-user-auth
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from labs_helpers.cloud.services.cognito_idp.pools import pool_settings
from labs_helpers.cloud.services.cognito_idp.sign_in import passkeys, second_factors
from labs_helpers.cloud.services.cognito_idp.sign_in.challenges import HOSTED, SignIn
from labs_helpers.cloud.services.cognito_idp.state import User, UserPool

_COMBINATIONS: Mapping[int, tuple[frozenset[str], ...]] = {
    4: (frozenset({"pwd", "otp"}),),
    3: (frozenset({"key"}), frozenset({"pwd", "sms"}), frozenset({"pwd", "email_otp"})),
    2: (frozenset({"sms"}), frozenset({"email_otp"})),
    1: (frozenset({"pwd"}),),
}
"""The combinations of methods that reach each level; `key` is a passkey of either kind."""
_KEYS = frozenset(("swk", "hwk"))
_MFA = "mfa"
_SECOND = frozenset(("sms", "email_otp", "otp"))
METHODS: Mapping[str, str] = {
    "PASSWORD": "pwd", "PASSWORD_SRP": "pwd", "SMS_MFA": "sms", "SMS_OTP": "sms", "EMAIL_OTP": "email_otp",
    "SOFTWARE_TOKEN_MFA": "otp", "WEB_AUTHN": "key",
}  # fmt: skip
"""For each challenge, the `amr` name of the method that a correct response verifies."""
CREDITED = frozenset(("pwd", "sms", "email_otp", "otp", "swk", "hwk"))
"""The methods in `amr` that can satisfy an authentication level."""


def available_first_factors(pool: UserPool, user: User) -> list[str]:
    """Return the factors with which the user can begin a sign-in.

    A user with a second factor can't sign in with only a one-time code, and neither can a user of a pool that requires
    MFA.
    """
    allowed = pool_settings.first_factors(pool)
    found = ["PASSWORD", "PASSWORD_SRP"] if user.password is not None and "PASSWORD" in allowed else []
    second = pool.settings["MfaConfiguration"] == "ON" or bool(second_factors.activated(pool, user))
    for factor, attribute in (("EMAIL_OTP", "email"), ("SMS_OTP", "phone_number")):
        if factor in allowed and not second and user.attributes.get(attribute):
            found.append(factor)
    passkey = not second or passkeys.satisfies_mfa(pool, user)
    if "WEB_AUTHN" in allowed and user.passkeys and passkey:
        found.append("WEB_AUTHN")
    return found


def levels_named(pool: UserPool, text: str) -> tuple[int, ...]:
    """Return the levels that are requested by a space-separated list of names, in order. Unknown names are ignored."""
    names = {level["AcrValue"]: int(key[-1]) for key, level in pool.settings["AcrConfiguration"].items()}
    return tuple(dict.fromkeys(names[each] for each in text.split() if each in names))


def level_reached(done: Iterable[str]) -> int:
    """Return the highest level that the verified methods reach, or 0 if they reach no level."""
    methods = _methods(done)
    return next((level for level, ways in _COMBINATIONS.items() if any(way <= methods for way in ways)), 0)


def _methods(done: Iterable[str]) -> frozenset[str]:
    return frozenset("key" if each in _KEYS else each for each in done)


def acr_and_amr(pool: UserPool, done: Collection[str]) -> dict[str, Any]:
    """Return the `acr` and `amr` claims for a sign-in with these verified methods."""
    return _acr(pool, level_reached(done)) | {"amr": [*done, *([_MFA] if len(done) > 1 else [])]}


def _acr(pool: UserPool, level: int) -> dict[str, Any]:
    names = pool.settings["AcrConfiguration"]
    return {"acr": names[f"Level{level}"]["AcrValue"]} if level else {}


def level_of_provider(provider: Mapping[str, Any], acr: str | None) -> int:
    """Return the level that an external provider's `acr` maps to.

    An `acr` that isn't mapped to a level gets the lowest level. Without a mapping or an `acr`, the level is 0.
    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateIdentityProvider.html
    """
    words = provider.get("AcrMapping")
    if not words or acr is None:
        return 0
    return max((int(key[-1]) for key, word in words.items() if word == acr), default=1)


def known_methods(methods: Iterable[str]) -> tuple[str, ...]:
    """Return those methods in an external provider's `amr` that Cognito supports."""
    return tuple(dict.fromkeys(each for each in methods if each in CREDITED or each == _MFA))


def federated_acr_and_amr(pool: UserPool, level: int, methods: Collection[str]) -> dict[str, Any]:
    """Return the `acr` and `amr` claims for a user whom an external provider signed in."""
    return _acr(pool, level) | {"amr": list(methods) or ["fed"]}


def target_level(sign_in: SignIn) -> int | None:
    """Return the first requested level that the user can reach, or None if the user can't reach any of them."""
    return next((level for level in sign_in.wanted if _remaining(sign_in, level)), None)


def _remaining(sign_in: SignIn, level: int) -> list[frozenset[str]]:
    """Return the methods that a level still needs, for each combination that the user can complete."""
    pool, user = sign_in.pool, sign_in.user
    methods = _methods(sign_in.done)
    first = {METHODS[each] for each in available_first_factors(pool, user)}
    second = {METHODS[each] for each in second_factors.eligible(pool, user)}
    # The pool's pages have no forms for other first factors.
    if sign_in.source == HOSTED:
        first &= {"pwd"}
    # A sign-in doesn't begin with a second factor.
    able = first | (second if methods else set())
    found = []
    for way in _COMBINATIONS[level]:
        missing = way - methods
        # A second factor can follow the password, so it doesn't have to be available yet.
        if missing <= able or ("pwd" in missing and "pwd" in able and missing <= first | second):
            found.append(missing)
    return found


def missing_challenges(sign_in: SignIn) -> list[str]:
    """Return the possible next challenges for reaching the requested level.

    The list is empty if the level has been reached, or if no level was requested.
    """
    level = target_level(sign_in)
    if level is None:
        return []
    ways = _remaining(sign_in, level)
    if frozenset() in ways:
        return []
    able = available_first_factors(sign_in.pool, sign_in.user)
    found: list[str] = []
    for way in ways:
        if "pwd" in way:
            found += ["PASSWORD", "PASSWORD_SRP"]
            continue
        switched_on = [
            each for each in second_factors.eligible(sign_in.pool, sign_in.user) if METHODS[each] in way
        ]
        found += switched_on or [each for each in able if METHODS[each] in way]
    return list(dict.fromkeys(found))


def has_two_factors(done: Collection[str]) -> bool:
    """Return True if a second factor has already been verified."""
    return len(done) > 1 and bool(_SECOND & set(done))


def next_challenge(sign_in: SignIn) -> dict[str, Any] | None:
    """Return the challenge for a method that is still missing, or None if nothing is missing."""
    options = missing_challenges(sign_in)
    if not options:
        return None
    preferred = sign_in.user.preferred_mfa
    chosen = options[0] if len(options) == 1 else preferred if preferred in options else None
    if chosen == "WEB_AUTHN":
        return passkeys.assertion_challenge(sign_in)
    if chosen is not None and chosen not in ("PASSWORD", "PASSWORD_SRP"):
        return second_factors.factor_challenge(sign_in, chosen)
    if set(options) <= set(second_factors.eligible(sign_in.pool, sign_in.user)):
        return second_factors.choice_challenge(sign_in, options)
    return choice_challenge(sign_in, options)


def choice_challenge(sign_in: SignIn, offered: list[str]) -> dict[str, Any]:
    """Return the challenge with which the user chooses the next method."""
    answer = sign_in.challenge("SELECT_CHALLENGE", {}, choices=offered)
    return {**answer, "AvailableChallenges": offered}
