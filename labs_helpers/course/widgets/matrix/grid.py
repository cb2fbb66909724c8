"""The cells of the who-can-do-what matrix, and the sources of their answers: a running cloud or plain policies."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from labs_helpers.cloud import Cloud, Judgement, NotModelled
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.widgets.explorer.sources import DocumentSource
from labs_helpers.engine.policy import AccessRequest, Decision, PolicyError, Principal
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.matching import glob
from labs_helpers.engine.policy.variables import tokenize
from labs_helpers.engine.reference import authorization as reference
from labs_helpers.engine.reference.arn_types import types_of

MAX_QUESTIONS = 20_000
MAX_SECONDS = 30.0
MAX_TEXT = 100_000
MAX_RESOURCE = 2_048
ALLOW, DENY, EXPLICIT_DENY, NOT_ASKED, ERROR = "allow", "deny", "explicit deny", "not asked", "error"
_WORDS = {"ALLOW": ALLOW, "IMPLICIT_DENY": DENY, "EXPLICIT_DENY": EXPLICIT_DENY}
# A user's name can contain a comma, so a comma separates principals only if another ARN follows it.
_BETWEEN_PRINCIPALS = re.compile(r"\s+|,(?=arn:|\s|$)")
_BETWEEN_ACTIONS = re.compile(r"[\s,]+")

Answer = Decision | str
"""A cell's decision, or an error message if the request couldn't be evaluated."""


class Source(Protocol):
    """A source of decisions.

    Methods raise `PolicyError` for unreadable input, and `NotModelled` for requests that the cloud doesn't model.
    """

    def identities(self) -> list[str]:
        """Return the known principals."""
        ...

    def asker(self, principal: str, resource: str, context: Mapping[str, Any]) -> Callable[[str], Judgement]:
        """Return a function that determines whether this principal can perform an action on this resource."""
        ...

    def mark(self) -> object:
        """Return a value that changes whenever the policies might have changed."""
        ...


class CloudAnswers:
    """A source that uses a running cloud's gate, which evaluates requests without performing or recording them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def identities(self) -> list[str]:
        """Return the cloud's users and roles."""
        return self._running().identities()

    def asker(self, principal: str, resource: str, context: Mapping[str, Any]) -> Callable[[str], Judgement]:
        """Return a function that determines whether the cloud's policies allow this principal to perform an action.

        The function raises `PolicyError` if the cloud has stopped.
        """
        ask = self._running().asker(principal, resource, context)

        def answer(action: str) -> Judgement:
            """Judge an action."""
            self._running()
            return ask(action)

        return answer

    def mark(self) -> object:
        """Return the ID of the last recorded event that might have changed policies."""
        changes = (entry.event_id for entry in reversed(list(self._running().record)) if not entry.read_only)
        return next(changes, None)

    def _running(self) -> Cloud:
        if Cloud.running() is not self._cloud:
            raise PolicyError("cloud", "this cloud has been stopped", "a running cloud")
        return self._cloud


class DocumentAnswers:
    """A source that uses policies in the scenario format: `{principal: {"identity": [doc], …}, …, "resource": doc}`.

    Policies under a principal (an ARN, a service's name, `*`) apply only to that principal; others apply to all.
    """

    def __init__(self, policies: Mapping[str, Any]) -> None:
        own = {name: given for name, given in policies.items() if is_principal(name)}
        self._common = {name: given for name, given in policies.items() if name not in own}
        self._own = own

    def identities(self) -> list[str]:
        """Return the principals that have their own policies."""
        return list(self._own)

    def asker(self, principal: str, resource: str, context: Mapping[str, Any]) -> Callable[[str], Judgement]:
        """Return a function that evaluates an action with the principal's own documents and the common documents."""
        own = self._own.get(principal, {})
        if not isinstance(own, Mapping):
            raise PolicyError(principal, "not an object with policies", '{"identity": [document], …}')
        asked = DocumentSource({**self._common, **own})
        known = asked.known_context(principal, "sts:GetCallerIdentity", resource)
        whole = {**known, **context}
        return lambda action: asked.judge(principal, action, resource, whole)

    def mark(self) -> object:
        """Return None, because documents never change."""
        return None


def is_principal(name: str) -> bool:
    """Return True if a key of the policies names a principal rather than a kind of policy."""
    return name == "*" or name.startswith("arn:") or name.endswith(".amazonaws.com")


@dataclass
class Grid:
    """The matrix of principals and actions for a resource, computed cell by cell: `for _ in grid.steps(): …`."""

    source: Source
    resource: str
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    context: Mapping[str, Any] = field(default_factory=dict)
    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    stop: bool = False

    @property
    def expected(self) -> int:
        """The number of questions."""
        return len(self.principals) * len(self.actions)

    def steps(self) -> Iterator[None]:
        """Answer one question per step, by principal, until no questions remain, `stop` is set, or time runs out."""
        mark, spent = self.source.mark(), 0.0
        for principal in self.principals:
            ask: Callable[[str], Judgement] | None = None
            for action in self.actions:
                if self.stop or spent > MAX_SECONDS:
                    why = "Stopped" if self.stop else f"Ended after {MAX_SECONDS:.0f} seconds"
                    self.notes.append(
                        f"{why}: {len(self.answers):,} of {self.expected:,} requests were decided."
                    )
                    return
                begun = time.perf_counter()
                try:
                    ask = ask or self.source.asker(principal, self.resource, self.context)
                    self.answers[principal, action] = ask(action).decision
                except (PolicyError, NotModelled) as error:
                    self.answers[principal, action] = str(error)
                    if ask is None:  # the principal or its policies are at fault: every question would fail
                        self.answers.update({(principal, other): str(error) for other in self.actions})
                        break
                spent += time.perf_counter() - begun
                yield
        if self.source.mark() != mark:
            self.notes.append(
                "The cloud changed during the computation. Press Compute again for a consistent result."
            )

    def word(self, principal: str, action: str) -> str:
        """Return a cell's word: "allow", "deny", or "explicit deny", or "not asked" or "error" if it has no answer."""
        answer = self.answers.get((principal, action))
        if answer is None:
            return NOT_ASKED
        return ERROR if isinstance(answer, str) else _WORDS[answer.effect]

    def counts(self) -> Counter[str]:
        """Return the number of cells for each word."""
        return Counter(
            self.word(principal, action) for principal in self.principals for action in self.actions
        )

    def shown(self, *, differences: bool, allowed: bool) -> tuple[list[str], list[str]]:
        """Return the principals and actions that match the filters.

        `differences` keeps the actions whose answers differ between principals. `allowed` keeps the actions that at
        least one principal is allowed, and the principals that are allowed at least one action.
        """
        principals, actions = list(self.principals), list(self.actions)
        if differences:
            actions = [each for each in actions if len({self.word(who, each) for who in principals}) > 1]
        if allowed:
            actions = [each for each in actions if any(self.word(who, each) == ALLOW for who in principals)]
            principals = [who for who in principals if any(self.word(who, each) == ALLOW for each in actions)]
        return principals, actions


def service(action: str) -> str:
    """Return an action's service, the part before the colon."""
    return action.partition(":")[0]


def account(principal: str) -> str:
    """Return a principal's account, or the principal itself if it doesn't belong to an account."""
    named = Arn.read(principal)
    return named.account if named is not None else principal


def access_level(action: str) -> str:
    """Return AWS's access level for an action: List, Read, Write, Permissions management, or Tagging.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    prefix, _, name = action.partition(":")
    known = reference.actions(prefix).get(name.lower())
    return known["accessLevel"] if known else "not listed by AWS"


def grid(source: Source, resource: str, principals: str, actions: str, context: Mapping[str, Any]) -> Grid:
    """Return the grid that the input strings describe. Raises `PolicyError` for unreadable input."""
    resource = resource.strip()
    for name, text in (("principals", principals), ("actions", actions)):
        if len(text) > MAX_TEXT:
            raise PolicyError(name, f"{len(text):,} characters", f"at most {MAX_TEXT:,}")
    if len(resource) > MAX_RESOURCE:
        raise PolicyError("resource", f"{len(resource):,} characters", f"at most {MAX_RESOURCE:,}")
    if not resource:
        raise PolicyError("resource", "nothing", 'the ARN of a resource, or "*"')
    request = AccessRequest.of(Principal.anonymous(), "sts:GetCallerIdentity", resource, context=context)
    who, what = _principals(source, principals), _actions(actions, resource)
    if len(who) * len(what) > MAX_QUESTIONS:
        raise PolicyError(
            "requests",
            f"{counted(len(who), 'principal')} × {counted(len(what), 'action')} = {len(who) * len(what):,} requests",
            f"at most {MAX_QUESTIONS:,}; choose fewer principals or actions",
        )
    return Grid(source, resource, tuple(who), tuple(what), request.context)


def _principals(source: Source, text: str) -> list[str]:
    """Return the principals that a string names: ARNs, `*`, services, and patterns of known principals."""
    known = source.identities()
    found: dict[str, None] = {}
    for name in filter(None, _BETWEEN_PRINCIPALS.split(text)):
        pattern = len(name) > 1 and ("*" in name or "?" in name)
        if not pattern and not is_principal(name):
            raise PolicyError(
                "principals", f'"{name[:200]}" isn\'t a principal', "ARNs, patterns such as *:role/*, or *"
            )
        named = _matching(name, known) if pattern else [name]
        if not named:
            raise PolicyError(
                "principals", f'"{name[:200]}" matches no user or role', "a pattern that matches one"
            )
        for each in named:
            if each.startswith("arn:"):
                Principal.from_arn(each)
        found.update(dict.fromkeys(named))
    if not found and not known:
        raise PolicyError("principals", "none given", "the ARNs of users, roles, or root users")
    return list(found) or known


def _actions(text: str, resource: str) -> list[str]:
    """Return the actions that a string names, with patterns expanded from AWS's lists.

    If the string is empty, return the actions that AWS lists for the resource.
    """
    found: dict[str, None] = {}
    for name in filter(None, _BETWEEN_ACTIONS.split(text)):
        prefix, _, rest = name.partition(":")
        if "*" in rest or "?" in rest:
            listed = [each["name"] for each in reference.actions(prefix.lower()).values()]
            named = [f"{prefix.lower()}:{each}" for each in _matching(rest, listed)]
            if not named:
                raise PolicyError(
                    "actions", f'"{name[:200]}" matches no action that AWS lists', "a pattern such as s3:Get*"
                )
        else:
            AccessRequest.of(Principal.anonymous(), name, "*")
            known = reference.actions(prefix.lower()).get(rest.lower())
            named = [f"{prefix.lower()}:{known['name'] if known else rest}"]
        found.update(dict.fromkeys(named))
    if found:
        return list(found)
    listed = actions_on(resource)
    if not listed:
        raise PolicyError(
            "actions",
            f"AWS lists no actions for {resource[:200]}",
            "the names of actions, such as s3:GetObject",
        )
    return listed


def _matching(pattern: str, names: list[str]) -> list[str]:
    """Return the names that match a pattern of `*` and `?`, ignoring case, in bounded time for any pattern."""
    fits = glob(tokenize(pattern.lower(), variables=False, wildcards=True))
    return [name for name in names if fits(name.lower())]


def actions_on(resource: str) -> list[str]:
    """Return the actions that AWS lists for this ARN's resource type, such as GetObject for an object but not a bucket.

    https://docs.aws.amazon.com/service-authorization/latest/reference/
    """
    prefix = named.service if (named := Arn.read(resource)) is not None else ""
    found = []
    for service in (prefix, "sts") if prefix == "iam" else (prefix,):
        kinds = types_of(service, resource)
        found += [
            f"{service}:{each['name']}"
            for each in reference.actions(service).values()
            if not kinds.isdisjoint(named["name"].lower() for named in each["resourceTypes"])
        ]
    return found
