"""The cases for exercise 3.4: verified tokens, and the API requests that each one authorizes.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.course.grading.kinds.function import Case
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing

REPORTER, IMPORTER = "4reporter7890", "5importer7890"


def machine(client: str, scope: str, **more: Any) -> dict[str, Any]:
    """Return the claims of a client-credentials token: its `sub` is the client, and it has no user."""
    return {"token_use": "access", "sub": client, "client_id": client, "scope": scope, **more}


def person(scope: str, **more: Any) -> dict[str, Any]:
    """Return the claims of a user's access token."""
    return {
        "token_use": "access", "sub": "5b3c1f9e", "client_id": "3app", "username": "alice", "scope": scope, **more,
    }  # fmt: skip


def _case(
    title: str,
    story: str,
    taken: bool,
    clause: int,
    claims: dict[str, Any],
    method: str,
    path: str = "/pages",
) -> Case:
    return Case(title, story, taken, (claims, method, path), clause=clause)


def cases(drawing: Drawing = UNCHANGED) -> list[Case]:
    """Return the cases, each with the claims of a verified access token, a method, and a path."""
    told = [*_reading(), *_writing(), *_about_oneself(), *_with_other_tokens(), *_other_requests()]
    return [case.drawn(drawing) for case in told]


_READ, _WRITE = "diary-api/read", "diary-api/write"
_WORD = "A scope is one word: compare whole words."
_NO_RULE = "Deny whatever no rule allows."


def _reading() -> list[Case]:
    both = "It was granted diary-api/read."

    def reads(title: str, story: str, taken: bool, scope: str) -> Case:
        return _case(title, story, taken, 1, machine(REPORTER, scope), "GET")

    return [
        reads("the reporter reads", both, True, _READ),
        _case("the importer reads", both, True, 1, machine(IMPORTER, f"{_READ} {_WRITE}"), "GET"),
        _case("the importer reads, with its scopes in another order", both, True, 1,
              machine(IMPORTER, f"{_WRITE} {_READ}"), "GET"),
        _case("Alice reads", "Her token has the scope as well.", True, 1, person(f"openid {_READ}"), "GET"),
        _case("the writer reads", "It was granted only diary-api/write, which doesn't include reading.", False, 1,
              machine(IMPORTER, _WRITE), "GET"),
        reads("a longer scope name", _WORD, False, "diary-api/read-titles"),
        reads("a longer server name", _WORD, False, "my-diary-api/read"),
        reads("another API's scope", "It is for another API.", False, "photos/read"),
        reads("other capitals", "Scopes are case-sensitive.", False, "Diary-Api/Read"),
        reads("an empty scope", "It was granted nothing.", False, ""),
        _case("only openid", "She signed in, but the app has no scope of the diary's API.", False, 1,
              person("openid email"), "GET"),
        _case("no scope at all", "Tokens from InitiateAuth have no scope of an API.", False, 1,
              {k: v for k, v in person("").items() if k != "scope"}, "GET"),
    ]  # fmt: skip


def _writing() -> list[Case]:
    granted, read_only = "It was granted diary-api/write.", "It was granted only diary-api/read."
    both, read = machine(IMPORTER, f"{_READ} {_WRITE}"), machine(REPORTER, _READ)
    return [
        _case("the importer writes", granted, True, 2, both, "PUT"),
        _case("the importer deletes", granted, True, 2, both, "DELETE"),
        _case("Alice writes", "Her token has the scope as well.", True, 2, person(f"openid {_WRITE}"), "PUT"),
        _case("the reporter writes", read_only, False, 2, read, "PUT"),
        _case("the reporter deletes", read_only, False, 2, read, "DELETE"),
        _case("a longer scope name, for writing", _WORD, False, 2, machine(IMPORTER, "diary-api/write-titles"), "PUT"),
        _case("a longer server name, for deleting", _WORD, False, 2, machine(IMPORTER, "my-diary-api/write"), "DELETE"),
    ]  # fmt: skip


def _about_oneself() -> list[Case]:
    user = "She is a user, with the scope."

    def me(title: str, story: str, taken: bool, claims: dict[str, Any]) -> Case:
        return _case(title, story, taken, 3, claims, "GET", "/me")

    return [
        me("Alice asks for /me", user, True, person(_READ)),
        me("Carol asks for /me", user, True, person(f"{_READ} openid", username="carol", sub="77aa01c2")),
        me("Alice asks for /me without the scope", "The app has no scope of the diary's API.", False,
           person("openid")),
        me("Alice asks for /me with the scope to write", "It doesn't include reading.", False, person(_WRITE)),
        me("Alice asks for /me with a longer scope name", _WORD, False, person("diary-api/read-titles")),
        me("a program asks for /me", "There is no user in its token.", False, machine(REPORTER, _READ)),
        me("a program with both scopes asks for /me", "There is no user in its token.", False,
           machine(IMPORTER, f"{_READ} {_WRITE}")),
    ]  # fmt: skip


def _with_other_tokens() -> list[Case]:
    said = "It says who the user is, not what the client is allowed to call."
    identity = {
        "token_use": "id", "sub": "5b3c1f9e", "client_id": "3app", "aud": "3app", "username": "alice",
        "scope": f"{_READ} {_WRITE}",
    }  # fmt: skip
    return [
        _case("an ID token", said, False, 4, {k: v for k, v in identity.items() if k != "username"}, "GET"),
        _case("an ID token, for writing", said, False, 4, identity, "PUT"),
        _case("an ID token, at /me", said, False, 4, identity, "GET", "/me"),
        _case("a token whose token_use begins the same way", "It is for another purpose.", False, 4,
              {**machine(REPORTER, _READ), "token_use": "access_once"}, "GET"),
        _case("a token with a part of a token_use", "It is for another purpose.", False, 4,
              {**machine(REPORTER, _READ), "token_use": "acc"}, "GET"),
        _case("a token without token_use", "If a claim is missing, deny the request.", False, 4,
              {k: v for k, v in machine(REPORTER, _READ).items() if k != "token_use"}, "GET"),
    ]  # fmt: skip


def _other_requests() -> list[Case]:
    whole = "It is another path: compare the whole path."
    both = machine(IMPORTER, f"{_READ} {_WRITE}")
    alice = person(f"{_READ} {_WRITE}")
    return [
        _case("an unknown path", _NO_RULE, False, 5, both, "GET", "/admin"),
        _case("an unknown method", _NO_RULE, False, 5, both, "PATCH"),
        _case("another unknown method", _NO_RULE, False, 5, both, "POST"),
        _case("a path that begins the same way", whole, False, 5, both, "GET", "/pages-of-others"),
        _case("a path in capitals", "Paths are case-sensitive.", False, 5, both, "GET", "/Pages"),
        _case("a path with a slash at the end", whole, False, 5, both, "GET", "/pages/"),
        _case("a path below /pages", "This API has two paths, and none below them.", False, 5, both, "GET",
              "/pages/monday"),
        _case("a path below /me", "This API has two paths, and none below them.", False, 5, alice, "GET",
              "/me/keys"),
        _case("a method in lowercase", "Methods are case-sensitive.", False, 5, both, "get"),
        _case("writing at /me", _NO_RULE, False, 5, alice, "PUT", "/me"),
        _case("deleting at /me", _NO_RULE, False, 5, alice, "DELETE", "/me"),
        _case("posting at /me", _NO_RULE, False, 5, alice, "POST", "/me"),
        _case("only the headers of /pages", "HEAD is a different method from GET.", False, 5, both, "HEAD"),
        _case("only the headers of /me", "HEAD is a different method from GET.", False, 5, alice, "HEAD", "/me"),
        _case("what /pages supports", _NO_RULE, False, 5, both, "OPTIONS"),
    ]  # fmt: skip
