"""Hypothetical requests as AWS would receive them, with some condition keys known and the others open.

The following are known: the time, the encrypted connection, the keys about the caller and the resource's
account, and the Region if the ARN, the service, or the question specifies it. The following are unknown, so a
request is decided for all their values (`engine.analysis.open_keys`): a role's session tags, MFA, the source
address, the tags of the resource and of the request, and the service's own keys.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from labs_helpers.cloud.audit.identities import kind_of, named_policies, trust_text
from labs_helpers.cloud.cloud import Cloud
from labs_helpers.cloud.core.call import Judgement
from labs_helpers.engine.analysis.open_keys import Outlook, Requirement, Verdict, outlook
from labs_helpers.engine.policy import Policies
from labs_helpers.engine.policy.arn import Arn
from labs_helpers.engine.policy.statement import ALLOW, Statement
from labs_helpers.engine.reference.authorization import actions, resource_types

_KNOWN = frozenset(
    f"aws:{name}"
    for name in (
        "currenttime", "epochtime", "securetransport", "principalarn", "principalaccount", "principalorgid",
        "principalorgpaths", "principaltype", "principalisawsservice", "principalservicename",
        "principalservicenameslist", "userid", "username", "tokenissuetime", "resourceaccount", "resourceorgid",
        "resourceorgpaths", "sourcearn", "sourceaccount", "sourceorgid", "sourceorgpaths", "sourceowner",
        "assumedroot", "signinsessionarn",
    )
)  # fmt: skip
"""Global keys that every request by a user or role has, or that only requests by services have."""
_GLOBAL_SERVICES = frozenset(
    {
        "account", "budgets", "ce", "cloudfront", "health", "iam", "organizations", "route53", "route53domains",
        "shield", "support", "trustedadvisor", "waf",
    }
)  # fmt: skip
"""Services with one endpoint, in us-east-1, which is the Region of every request to them."""
_CHOSEN_BY_CALLER = (
    "aws:requestedregion", "aws:useragent", "aws:referer", "aws:requesttag/", "aws:tagkeys", "s3:x-amz-", "s3:prefix",
    "s3:delimiter", "s3:max-keys", "s3:tlsversion", "s3:authtype", "s3:signature", "kms:encryptioncontext",
    "sns:protocol", "sts:rolesessionname", "sts:sourceidentity", "lambda:", "ec2:instancetype",
)  # fmt: skip
"""The prefixes of keys whose values the caller chooses freely, so testing them doesn't keep any caller out."""
_ABOUT_CALLER = ("aws:principal", "aws:username", "aws:userid")
_WHO_AM_I = "sts:GetCallerIdentity"
_TAGGED_IDENTITIES = frozenset({"iam", "sts"})
_SESSION_TAGS = ("sts:TagSession", "sts:AssumeRoleWith", "sts:*", '"*"')
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|<[^>]*>")


class Outlooks:
    """Hypothetical requests in one cloud, with any condition keys and Region that the question specifies."""

    def __init__(
        self, cloud: Cloud, context: Mapping[str, Any] | None = None, region: str | None = None
    ) -> None:
        """Prepare questions. `context` contains condition keys that every request has."""
        self._cloud = cloud
        self._given = {key.lower(): value for key, value in (context or {}).items()}
        if region is not None:
            self._given["aws:requestedregion"] = region
        self._askers: dict[tuple[str, str, tuple[tuple[str, str], ...]], Callable[[str], Judgement]] = {}
        self._tagged: dict[str, bool] = {}
        self._callers: dict[str, Mapping[str, Any]] = {}
        self._named: dict[tuple[str, str], list[str]] = {}

    def of(
        self,
        principal: str,
        action: str,
        resource: str = "*",
        *,
        keys: Mapping[str, str | None] | None = None,
        change: Callable[[Policies], Policies] | None = None,
    ) -> Outlook:
        """Return what is known about a request.

        `keys` are condition keys of this request only; None means that it doesn't have the key. `change` receives the
        policies in force, and returns the policies to use for the decision. Raises `NotModelled` if the cloud can't
        answer.
        """
        given = {**self._given, **{key.lower(): value for key, value in (keys or {}).items()}}
        judgement = self._judged(principal, action, resource, given)
        policies = change(judgement.policies) if change is not None else judgement.policies
        request = judgement.request
        region = region_of(action, resource)
        if region is not None and "aws:requestedregion" not in self._given:
            given["aws:requestedregion"] = region
            request = replace(request, context={**request.context, "aws:requestedregion": region})
        return outlook(request, policies, lambda key: self._is_open(key, principal, action, given))

    def _judged(self, principal: str, action: str, resource: str, given: Mapping[str, Any]) -> Judgement:
        present = {key: value for key, value in given.items() if value is not None}
        shared = (principal, resource, tuple(sorted((key, str(value)) for key, value in present.items())))
        if shared not in self._askers:
            self._askers[shared] = self._cloud.asker(principal, resource, present, any_service=True)
        return self._askers[shared](action)

    def _is_open(self, key: str, principal: str, action: str, given: Mapping[str, Any]) -> bool:
        if key in given or key in _KNOWN:
            return False
        if key.startswith("aws:principaltag/"):
            return self._takes_session_tags(principal)
        if key.startswith("aws:federatedprovider"):
            return ":role/" in principal
        prefix = action.partition(":")[0]
        if key.startswith(("aws:resourcetag/", "iam:resourcetag/")) and prefix in _TAGGED_IDENTITIES:
            return False
        if key.startswith("aws:") and not key.startswith(("aws:requesttag/", "aws:tagkeys")):
            return True
        return _has_key(action.lower(), key)

    def _takes_session_tags(self, principal: str) -> bool:
        """Return whether a role's sessions can have tags other than the role's: a trust policy must allow it."""
        if principal == "*" or kind_of(principal) != "role":
            return False
        if principal not in self._tagged:
            trust = trust_text(principal)
            self._tagged[principal] = any(each in trust for each in _SESSION_TAGS)
        return self._tagged[principal]

    def excludes(self, principal: str, statement: Statement) -> bool:
        """Return whether a statement's conditions are only about the caller, and are false for the principal."""
        keys = statement.keys
        if not statement.condition_tests or not all(key.startswith(_ABOUT_CALLER) for key in keys):
            return False
        if any(self._is_open(key, principal, _WHO_AM_I, self._given) for key in keys):
            return False
        if principal not in self._callers:
            self._callers[principal] = self._judged(principal, _WHO_AM_I, "*", self._given).request.context
        return not all(test(self._callers[principal]) for test in statement.condition_tests)

    def anywhere(
        self,
        principal: str,
        action: str,
        *,
        keys: Mapping[str, str | None] | None = None,
        change: Callable[[Policies], Policies] | None = None,
    ) -> Outlook:
        """Return the best outlook for a request on "*" or a resource that the principal's policies name."""
        best = self.of(principal, action, keys=keys, change=change)
        if (principal, action) not in self._named:
            self._named[principal, action] = list(named_resources(principal, action))
        for resource in self._named[principal, action] if best.verdict is not Verdict.ALLOWED else ():
            found = self.of(principal, action, resource, keys=keys, change=change)
            if found.verdict is Verdict.ALLOWED:
                return found
            best = found if not best.possible else best
        return best


def named_resources(principal: str, action: str) -> Iterator[str]:
    """Yield the resources in the principal's own statements that allow an action, as ARNs or ARN patterns."""
    for _, policy in named_policies(principal):
        for statement in policy.statements:
            if statement.effect == ALLOW and statement.concerns(action.lower()):
                listed = statement.source.get("Resource", [])
                for each in [listed] if isinstance(listed, str) else listed:
                    if each != "*" and "${" not in each:
                        yield each


def region_of(action: str, resource: str) -> str | None:
    """Return the Region that a request is for, or None if neither the ARN nor the service determines it.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion
    """
    if action.partition(":")[0] in _GLOBAL_SERVICES:
        return "us-east-1"
    named = Arn.read(resource)
    if named is None or not named.region or "*" in named.region:
        return None
    return named.region


def is_up_to_caller(requirement: Requirement) -> bool:
    """Return whether the caller can meet a requirement by itself, for example by choosing the Region."""
    return bool(requirement.tests) and all(
        test.key.lower().startswith(_CHOSEN_BY_CALLER) for test in requirement.tests
    )


@lru_cache(maxsize=8_192)
def _has_key(action: str, key: str) -> bool:
    """Return whether a request for an action can have a condition key, according to AWS's reference.

    https://docs.aws.amazon.com/service-authorization/latest/reference/
    """
    prefix, _, name = action.partition(":")
    details = actions(prefix).get(name)
    if details is None:
        return True
    types = resource_types(prefix)
    names = list(details.get("conditionKeys", ()))
    for kind in details.get("resourceTypes", ()):
        names += [*kind["conditionKeys"], *types.get(kind["name"].lower(), {}).get("conditionKeys", ())]
    return any(re.fullmatch(_expression(each.lower()), key) for each in names)


def _expression(name: str) -> str:
    return ".+".join(map(re.escape, _PLACEHOLDER.split(name + ("<>" if name.endswith("/") else ""))))
