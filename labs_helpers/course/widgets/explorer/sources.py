"""The sources of the explorer's decisions: a running cloud, or policies given as plain documents."""

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
from labs_helpers.engine.policy.arn import account_number_in
from labs_helpers.engine.policy.strict_json import join, read_json


class Source(Protocol):
    """A source of decisions.

    All methods raise `PolicyError` for unreadable input, and `NotModelled` for requests that the cloud doesn't model.
    """

    def identities(self) -> list[str]:
        """Return the known principals."""
        ...

    def was_reset(self) -> bool:
        """Return True if everything that existed when the source was created has been deleted since."""
        ...

    def known_context(self, principal: str, action: str, resource: str) -> Mapping[str, Any]:
        """Return the condition keys that AWS adds to such a request, by lowercase name."""
        ...

    def judge(self, principal: str, action: str, resource: str, context: Mapping[str, Any]) -> Judgement:
        """Return the decision for the request with exactly this context."""
        ...


class CloudSource:
    """A source that uses a running cloud's gate, which evaluates requests without performing or recording them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud, self._resets = cloud, cloud.resets

    def was_reset(self) -> bool:
        """Return True if the cloud was reset after the source was created."""
        return self._cloud.resets != self._resets

    def identities(self) -> list[str]:
        """Return the cloud's users and roles."""
        return self._running().identities()

    def known_context(self, principal: str, action: str, resource: str) -> Mapping[str, Any]:
        """Return the keys that the gate adds to such a request."""
        return self._ask(principal, action, resource).request.context

    def judge(self, principal: str, action: str, resource: str, context: Mapping[str, Any]) -> Judgement:
        """Return the decision under the cloud's policies."""
        known = self._ask(principal, action, resource)
        # The learner's context is the whole context: a key that was removed is absent.
        request = AccessRequest.of(
            known.request.principal, action, resource, account=known.request.account, context=context
        )
        return Judgement(request, known.policies, decide(request, known.policies))

    def _ask(self, principal: str, action: str, resource: str) -> Judgement:
        # Validate first, because the gate trusts its input.
        AccessRequest.of(_principal(principal), action, resource)
        return self._running().judge(principal, action, resource)

    def _running(self) -> Cloud:
        if Cloud.running() is not self._cloud:
            raise PolicyError(
                "cloud", "this cloud has been stopped", "a running cloud; start one, or open the day again"
            )
        return self._cloud


class DocumentSource:
    """A source that uses policies in the scenario format: `{"identity": [doc], "scp": [[doc]], …}`."""

    def __init__(self, policies: dict[str, Any] | Policies) -> None:
        self._given = policies
        self._read: dict[PolicyKind, Policies] = {}

    def identities(self) -> list[str]:
        """Return no principals, because documents don't name any."""
        return []

    def was_reset(self) -> bool:
        """Return False, because documents don't change."""
        return False

    def known_context(self, principal: str, action: str, resource: str) -> Mapping[str, Any]:
        """Return the keys that AWS would add to such a request."""
        request = AccessRequest.of(
            _principal(principal), action, resource, account=account_number_in(resource)
        )
        with suppress(PolicyError):  # parse early, so that Reveal is fast; Reveal reports errors
            self._policies(request)
        return supposed_context(request.principal, request.account, datetime.now(UTC))

    def judge(self, principal: str, action: str, resource: str, context: Mapping[str, Any]) -> Judgement:
        """Return the decision under the given documents."""
        request = AccessRequest.of(_principal(principal), action, resource, context=context)
        owner = request.context.get("aws:resourceaccount") or account_number_in(resource)
        if isinstance(owner, str):  # S3 ARNs contain no account; the condition key names the bucket's owner
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
    """Return the principal for a typed text: an ARN, a service's name, or `*` for a caller without credentials."""
    if text == "*":
        return Principal.anonymous()
    if text.endswith(".amazonaws.com") and ":" not in text:
        return Principal.service(text)
    return Principal.from_arn(text)


def _documents(given: Any, path: str) -> Any:
    """Return the policies with JSON strings parsed."""
    if isinstance(given, str):
        return read_json(given, path)
    if isinstance(given, list):
        return [_documents(item, f"{path}[{index}]") for index, item in enumerate(given)]
    if isinstance(given, dict) and path == "policies":
        return {name: _documents(item, join(path, name)) for name, item in given.items()}
    return given
