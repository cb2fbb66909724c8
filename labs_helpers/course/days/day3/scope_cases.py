"""The cases of exercise 3.4: verified tokens, and what each is allowed to do at an API.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.course.grading.kinds.function import Case

REPORTER, IMPORTER = "4reporter7890", "5importer7890"


def machine(client: str, scope: str, **more: Any) -> dict[str, Any]:
    """Return the claims of a client-credentials token: its `sub` is the client, and it has no user."""
    return {"token_use": "access", "sub": client, "client_id": client, "scope": scope, **more}


def person(scope: str, **more: Any) -> dict[str, Any]:
    """Return the claims of a user's access token."""
    return {
        "token_use": "access", "sub": "5b3c1f9e", "client_id": "3app", "username": "alice", "scope": scope, **more,
    }  # fmt: skip


def _case(title: str, story: str, taken: bool, claims: dict[str, Any], method: str, path: str) -> Case:
    return Case(title, story, taken, (claims, method, path))


def cases() -> list[Case]:
    """Return the cases: each has the claims of a verified access token, the method and the path."""
    read, both = (
        machine(REPORTER, "diary-api/read"),
        machine(IMPORTER, "diary-api/read diary-api/write"),
    )
    pages, word = "/pages", "A scope is one word: compare whole words."
    return [
        _case("the reporter reads", "It was granted diary-api/read.", True, read, "GET", pages),
        _case("the importer reads", "It was granted diary-api/read.", True, both, "GET", pages),
        _case("the importer writes", "It was granted diary-api/write.", True, both, "PUT", pages),
        _case("the importer deletes", "It was granted diary-api/write.", True, both, "DELETE", pages),
        _case("Alice reads", "Her token has the scope as well.", True, person("openid diary-api/read"), "GET", pages),
        _case("Alice asks for /me", "She is a user, with the scope.", True, person("diary-api/read"), "GET", "/me"),
        _case("the reporter writes", "It was granted only diary-api/read.", False, read, "PUT", pages),
        _case("the reporter deletes", "It was granted only diary-api/read.", False, read, "DELETE", pages),
        _case("the writer reads", "It was granted only diary-api/write, which doesn't include reading.", False,
              machine(IMPORTER, "diary-api/write"), "GET", pages),
        _case("a longer word", word, False, machine(REPORTER, "diary-api/read-titles"), "GET", pages),
        _case("a longer server", word, False, machine(REPORTER, "my-diary-api/read"), "GET", pages),
        _case("another API's scope", "It is for another API.", False, machine(REPORTER, "photos/read"), "GET", pages),
        _case("other capitals", "Scopes are case-sensitive.", False, machine(REPORTER, "Diary-Api/Read"),
              "GET", pages),
        _case("only openid", "She signed in, but the app has no scope of the diary's API.", False,
              person("openid email"), "GET", pages),
        _case("no scope at all", "Tokens from InitiateAuth have no scope of an API.", False,
              {k: v for k, v in person("").items() if k != "scope"}, "GET", pages),
        _case("a program asks for /me", "There is no user in its token.", False, read,
              "GET", "/me"),
        _case("an unknown path", "Deny whatever no rule allows.", False, both, "GET", "/admin"),
        _case("an unknown method", "Deny whatever no rule allows.", False, both, "PATCH", pages),
        _case("a path that begins the same way", "It is another path: compare the whole path.", False, read, "GET",
              "/pages-of-others"),
        _case("a path in capitals", "Paths are case-sensitive.", False, read, "GET", "/Pages"),
        _case("a path with a slash at the end", "It is another path: compare the whole path.", False, read, "GET",
              "/pages/"),
        _case("a path below /pages", "This API has two addresses, and none below them.", False, read, "GET",
              "/pages/monday"),
        _case("a method in lowercase", "Methods are case-sensitive.", False, read, "get", pages),
        _case("writing at /me", "Deny whatever no rule allows.", False, person("diary-api/write"), "PUT", "/me"),
        _case("a token without token_use", "If a claim is missing, deny the request.", False,
              {k: v for k, v in read.items() if k != "token_use"}, "GET", pages),
        _case("an ID token", "It says who the user is, not what the client is allowed to call.", False,
              {"token_use": "id", "sub": "5b3c1f9e", "aud": "3app", "scope": "diary-api/read"}, "GET", pages),
    ]  # fmt: skip
