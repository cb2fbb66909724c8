"""The cases of exercise 3.6: identities that arrive from external providers, and the user each can be linked to.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation-consolidate-users.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.course.grading.kinds.function import Case

USERS = {
    "alice": {"email": "alice@example.com", "email_verified": True},
    "bob": {"email": "bob@example.com", "email_verified": False},
    "carol": {"email": "team@example.com", "email_verified": True},
    "dave": {"email": "team@example.com", "email_verified": True},
    "erin": {"email": "desk@example.com", "email_verified": True},
    "frank": {"email": "desk@example.com", "email_verified": False},
}
LINKS = {("Work", "w-1"): "alice", ("Games", "g-7"): "carol"}
"""The existing links: (provider, subject) → user."""
TRUSTED = {"Work"}
"""Providers that verify the addresses of their users themselves."""


def arriving(provider: str, subject: str, **more: Any) -> dict[str, Any]:
    """Return an identity: by default with Alice's verified address, from a browser in which Alice is signed in."""
    return {
        "provider": provider, "subject": subject, "email": "alice@example.com", "email_verified": True,
        "signed_in": "alice", **more,
    }  # fmt: skip


def cases() -> list[Case]:
    """Return the cases: each has the identity, the users, the existing links, and the trusted providers."""
    no_proof = "An address isn't proof by itself: anyone who has it at that provider would become that user."

    def case(title: str, story: str, expected: str | None, identity: dict[str, Any]) -> Case:
        """Return a case whose identity becomes the expected user, or is rejected if that is None."""
        given = (identity, USERS, LINKS, TRUSTED)
        if expected is None:
            return Case(title, story, False, given)
        return Case(title, story, True, given, returns=expected)

    return [
        case("a user who was linked before", "Provider and subject identify a person.", "alice",
             arriving("Work", "w-1", signed_in=None)),
        case("a user who was linked before, with a new address", "Addresses change, but subjects don't.", "alice",
             arriving("Work", "w-1", email="al@new.example", signed_in=None)),
        case("a user who was linked before, with another's address", "The link decides, whatever the address.", "alice",
             arriving("Work", "w-1", email="team@example.com", email_verified=True, signed_in="dave")),
        case("Alice, signed in, adds her account at Work", "Both sides are verified.", "alice",
             arriving("Work", "w-2")),
        case("Alice at Work, with capitals in her address", "Ignore case when you compare addresses.", "alice",
             arriving("Work", "w-2", email="Alice@Example.com")),
        case("Alice's address, from a provider that verifies nothing", no_proof, None, arriving("Games", "g-1")),
        case("Alice's address at Work, not verified", no_proof, None, arriving("Work", "w-3", email_verified=False)),
        case("Alice's address at Work, verified \"false\" as a text", "A nonempty text is truthy, even \"false\".",
             None, arriving("Work", "w-3", email_verified="false")),
        case("Alice's address at Work, and nothing about verification", no_proof, None,
             {k: v for k, v in arriving("Work", "w-3").items() if k != "email_verified"}),
        case("Alice's address at Work, in a browser where no user is signed in",
             "A person at Work has that address, but nothing shows that it is Alice.", None,
             arriving("Work", "w-4", signed_in=None)),
        case("Alice's address at Work, in Mallory's browser", "She proved only one of the two sides.", None,
             arriving("Work", "w-4", signed_in="mallory")),
        case("Bob's address, which Bob never verified",
             "Anyone could have signed up with it, and would share the account.", None,
             arriving("Work", "w-5", email="bob@example.com", signed_in="bob")),
        case("an address that two users have", "You can't tell whose it is.", None,
             arriving("Work", "w-6", email="team@example.com", signed_in="carol")),
        case("an address that two users have, one of them unverified", "You can't tell whose it is.", None,
             arriving("Work", "w-6", email="desk@example.com", signed_in="erin")),
        case("a part of Alice's address", "It is another address.", None,
             arriving("Work", "w-9", email="e@example.com")),
        case("Alice's address with a plus and a word", "On some mail servers, that is another person.", None,
             arriving("Work", "w-9", email="alice+work@example.com")),
        case("Alice's address with a space before it", "It isn't the same address.", None,
             arriving("Work", "w-9", email=" alice@example.com")),
        case("a provider whose name is in lowercase", "It is another provider.", None,
             arriving("work", "w-9")),
        case("a provider whose name begins the same way", "It is another provider.", None, arriving("Workshop", "w-9")),
        case("an address that no user has", "It is a new user.", None,
             arriving("Work", "w-7", email="new@example.com", signed_in="alice")),
        case("no address", "It is a new user.", None, arriving("Work", "w-8", email=None)),
        case("a subject that is linked at another provider", "w-1 at Games isn't w-1 at Work.", None,
             arriving("Games", "w-1", email="x@example.com", signed_in=None)),
    ]  # fmt: skip
