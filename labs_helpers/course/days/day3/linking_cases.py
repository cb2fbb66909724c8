"""The cases for exercise 3.6: identities from external providers, and the user that each can be linked to.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-identity-federation-consolidate-users.html
"""

from __future__ import annotations

from typing import Any

from labs_helpers.course.grading.kinds.function import Case
from labs_helpers.course.situations.drawn_values import UNCHANGED, Drawing

USERS = {
    "alice": {"email": "alice@example.com", "email_verified": True},
    "bob": {"email": "bob@example.com", "email_verified": False},
    "carol": {"email": "team@example.com", "email_verified": True},
    "dave": {"email": "team@example.com", "email_verified": True},
    "erin": {"email": "desk@example.com", "email_verified": True},
    "frank": {"email": "desk@example.com", "email_verified": False},
    "gita": {"email": "Gita@Example.org", "email_verified": True},
    "nico": {"email": "garden+nico@example.org", "email_verified": True},
}
LINKS = {("Work", "w-1"): "alice", ("Games", "g-7"): "carol"}
"""The existing links: (provider, subject) → user."""
TRUSTED = {"Work"}
"""The providers that verify the addresses of their users."""


def arriving(provider: str, subject: str, **more: Any) -> dict[str, Any]:
    """Return an identity, by default with Alice's verified address, from a browser in which Alice is signed in."""
    return {
        "provider": provider, "subject": subject, "email": "alice@example.com", "email_verified": True,
        "signed_in": "alice", **more,
    }  # fmt: skip


def _case(
    title: str, story: str, clause: int | tuple[int, ...], expected: str | None, identity: dict[str, Any]
) -> Case:
    """Return a case whose identity becomes the expected user, or is rejected if no user is expected."""
    given = (identity, USERS, LINKS, TRUSTED)
    if expected is None:
        return Case(title, story, False, given, clause=clause)
    return Case(title, story, True, given, returns=expected, clause=clause)


def cases(drawing: Drawing = UNCHANGED) -> list[Case]:
    """Return the cases, each with the identity, the users, the existing links, and the trusted providers."""
    told = [*_linked_before(), *_trusted(), *_one_verified_owner(), *_signed_in(), *_new_users()]
    return [case.drawn(drawing) for case in told]


def _linked_before() -> list[Case]:
    return [
        _case("a user who was linked before", "Provider and subject identify a person.", 1, "alice",
              arriving("Work", "w-1", signed_in=None)),
        _case("a user who was linked before, with a new address", "Addresses change, but subjects don't.", 1, "alice",
              arriving("Work", "w-1", email="al@new.example", signed_in=None)),
        _case("a user who was linked before, with another's address", "The link decides, whatever the address.", 1,
              "alice", arriving("Work", "w-1", email="team@example.com", email_verified=True, signed_in="dave")),
        _case("a user who was linked before, at a provider that verifies nothing",
              "The link decides, whatever the provider verifies.", 1, "carol",
              arriving("Games", "g-7", email="c@games.example", email_verified=False, signed_in=None)),
        _case("a subject that is linked at another provider", "w-1 at Games isn't w-1 at Work.", 1, None,
              arriving("Games", "w-1", email="x@example.com", signed_in=None)),
    ]  # fmt: skip


def _trusted() -> list[Case]:
    no_proof = "An address isn't proof by itself: anyone who has it at that provider would become that user."
    return [
        _case("Alice, signed in, adds her account at Work", "Both sides are verified.", (2, 3, 4), "alice",
              arriving("Work", "w-2")),
        _case("Alice's address, from a provider that verifies nothing", no_proof, 2, None, arriving("Games", "g-1")),
        _case("Alice's address at Work, not verified", no_proof, 2, None,
              arriving("Work", "w-3", email_verified=False)),
        _case("Alice's address at Work, verified \"false\" as a string", "A nonempty string is truthy, even \"false\".",
              2, None, arriving("Work", "w-3", email_verified="false")),
        _case("Alice's address at Work, and nothing about verification", no_proof, 2, None,
              {k: v for k, v in arriving("Work", "w-3").items() if k != "email_verified"}),
        _case("a provider whose name is in lowercase", "It is another provider.", 2, None, arriving("work", "w-9")),
        _case("a provider whose name begins the same way", "It is another provider.", 2, None,
              arriving("Workshop", "w-9")),
        _case("a provider whose name is a part of another's", "It is another provider.", 2, None,
              arriving("Wor", "w-9")),
        _case("a provider whose name ends the same way", "It is another provider.", 2, None,
              arriving("NoWork", "w-9")),
    ]  # fmt: skip


def _one_verified_owner() -> list[Case]:
    capitals = "Ignore case when you compare addresses."
    whose = "You can't tell whose it is."
    return [
        _case("Alice at Work, with capitals in her address", capitals, 3, "alice",
              arriving("Work", "w-2", email="Alice@Example.com")),
        _case("Gita, who has capitals in her address here", capitals, 3, "gita",
              arriving("Work", "w-10", email="gita@example.org", signed_in="gita")),
        _case("Nico, who has a plus in his address", "Compare the whole address.", 3, "nico",
              arriving("Work", "w-11", email="garden+nico@example.org", signed_in="nico")),
        _case("Bob's address, which Bob never verified",
              "Anyone could have signed up with it, and would share the account.", 3, None,
              arriving("Work", "w-5", email="bob@example.com", signed_in="bob")),
        _case("an address that two users have", whose, 3, None,
              arriving("Work", "w-6", email="team@example.com", signed_in="carol")),
        _case("an address that two users have, in the other's browser", whose, 3, None,
              arriving("Work", "w-6", email="team@example.com", signed_in="dave")),
        _case("an address that two users have, one of them unverified", whose, 3, None,
              arriving("Work", "w-6", email="desk@example.com", signed_in="erin")),
        _case("a part of Alice's address", "It is another address.", 3, None,
              arriving("Work", "w-9", email="e@example.com")),
        _case("the beginning of Alice's address", "It is another address.", 3, None,
              arriving("Work", "w-9", email="alice@example.co")),
        _case("Alice's address with a plus and a word", "On some mail servers, that is another person.", 3, None,
              arriving("Work", "w-9", email="alice+work@example.com")),
        _case("Alice's address with a space before it", "It isn't the same address.", 3, None,
              arriving("Work", "w-9", email=" alice@example.com")),
        _case("Alice's name at another host", "It is another address.", 3, None,
              arriving("Work", "w-9", email="alice@example.com.evil.example")),
    ]  # fmt: skip


def _signed_in() -> list[Case]:
    return [
        _case("Alice's address at Work, in a browser where no user is signed in",
              "A person at Work has that address, but nothing shows that it is Alice.", 4, None,
              arriving("Work", "w-4", signed_in=None)),
        _case("Alice's address at Work, in Mallory's browser", "Only one of the two sides is verified.", 4, None,
              arriving("Work", "w-4", signed_in="mallory")),
        _case("Alice's address at Work, in the browser of a user whose name begins like her name",
              "Only one of the two sides is verified.", 4, None, arriving("Work", "w-4", signed_in="alice2")),
        _case("Alice's address at Work, in the browser of a user whose name is part of her name",
              "Only one of the two sides is verified.", 4, None, arriving("Work", "w-4", signed_in="al")),
        _case("Alice's address at Work, in Carol's browser", "Only one of the two sides is verified.", 4, None,
              arriving("Work", "w-4", signed_in="carol")),
    ]  # fmt: skip


def _new_users() -> list[Case]:
    return [
        _case("an address that no user has", "It is a new user.", 5, None,
              arriving("Work", "w-7", email="new@example.com", signed_in="alice")),
        _case("an address that no user has, in a new browser", "It is a new user.", 5, None,
              arriving("Work", "w-7", email="new@example.com", signed_in=None)),
        _case("no address", "It is a new user.", 5, None, arriving("Work", "w-8", email=None)),
        _case("an empty address", "It is a new user.", 5, None, arriving("Work", "w-8", email="", signed_in=None)),
    ]  # fmt: skip
