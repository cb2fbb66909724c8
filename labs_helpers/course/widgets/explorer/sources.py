"""Where the explorer's answers come from: a running cloud, or policies given as plain documents."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from labs_helpers.cloud import Cloud, Judgement, supposed_context
from labs_helpers.engine.policy import (
    AccessRequest,
    Policies,
    PolicyError,
    PolicyKind,
    Principal,
    decide,
    read_policies,
    resource_kind,
)
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.strict_json import join, read_json


class Source(Protocol):
    """What the explorer asks. All methods raise PolicyError for what can't be read, NotModelled for what the cloud
    does not know."""

    def identities(self) -> list[str]:
        """The principals that there are."""
        ...

    def known_context(self, principal: str, action: str, resource: str) -> Mapping[str, Any]:
        """The condition keys that such a request carries by itself, by lower-case name."""
        ...

    def judge(self, principal: str, action: str, resource: str, context: Mapping[str, Any]) -> Judgement:
        """The decision for the request with exactly this context."""
        ...


class FromCloud:
    """Asks the gate of a running cloud; performs and records nothing."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def identities(self) -> list[str]:
        return self._running().identities()

    def known_context(self, principal: str, action: str, resource: str) -> Mapping[str, Any]:
        return self._ask(principal, action, resource).request.context

    def judge(self, principal: str, action: str, resource: str, context: Mapping[str, Any]) -> Judgement:
        known = self._ask(principal, action, resource)
        # The learner's context is the whole context: a key that was taken out is absent.
        request = AccessRequest.of(
            known.request.principal, action, resource, account=known.request.account, context=context
        )
        return Judgement(request, known.policies, decide(request, known.policies))

    def _ask(self, principal: str, action: str, resource: str) -> Judgement:
        AccessRequest.of(_principal(principal), action, resource)  # the gate trusts what it is handed
        return self._running().judge(principal, action, resource)

    def _running(self) -> Cloud:
        if Cloud.running() is not self._cloud:
            raise PolicyError(
                "cloud", "this cloud has been stopped", "a running cloud: start it, or open the day again"
            )
        return self._cloud


class FromPolicies:
    """Asks the engine about policies in the scenario format: `{"identity": [doc], "scp": [[doc]], …}`."""

    def __init__(self, policies: dict[str, Any] | Policies) -> None:
        self._given = policies
        self._read: dict[PolicyKind, Policies] = {}

    def identities(self) -> list[str]:
        return []

    def known_context(self, principal: str, action: str, resource: str) -> Mapping[str, Any]:
        request = AccessRequest.of(_principal(principal), action, resource, account=_account_in(resource))
        with suppress(PolicyError):  # read now rather than at Reveal, which tells what is wrong
            self._policies(request)
        return supposed_context(request.principal, request.account, datetime.now(UTC))

    def judge(self, principal: str, action: str, resource: str, context: Mapping[str, Any]) -> Judgement:
        request = AccessRequest.of(_principal(principal), action, resource, context=context)
        owner = request.context.get("aws:resourceaccount") or _account_in(resource)
        if isinstance(owner, str):  # ARNs of S3 name no account; the key says who owns the bucket
            AccessRequest.of(request.principal, action, resource, account=owner)
            request = replace(request, account=owner)
        policies = self._policies(request)
        return Judgement(request, policies, decide(request, policies))

    def _policies(self, request: AccessRequest) -> Policies:
        if isinstance(self._given, Policies):
            return self._given
        kind = resource_kind(request)
        if kind not in self._read:
            self._read[kind] = read_policies(_documents(self._given, "policies"), request)
        return self._read[kind]


def _principal(text: str) -> Principal:
    """A principal as it is typed: an ARN, a service's name, `*` for a caller without credentials."""
    if text == "*":
        return Principal.anonymous()
    if text.endswith(".amazonaws.com") and ":" not in text:
        return Principal.service(text)
    return Principal.from_arn(text)


def _documents(given: Any, path: str) -> Any:
    """The policies with documents that are JSON text read."""
    if isinstance(given, str):
        return read_json(given, path)
    if isinstance(given, list):
        return [_documents(item, f"{path}[{index}]") for index, item in enumerate(given)]
    if isinstance(given, dict) and path == "policies":
        return {name: _documents(item, join(path, name)) for name, item in given.items()}
    return given


def _account_in(resource: str) -> str | None:
    named = Arn.read(resource)
    return (
        named.account
        if named is not None and len(named.account) == 12 and named.account.isdecimal()
        else None
    )
