"""OpenID Connect providers that many customers share.

Trust policies for these providers must restrict which tokens they accept. A trust policy is checked only when it is
set.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labs_helpers.engine.policy.elements import strings

CONTROLS = {
    "agent.buildkite.com": "agent.buildkite.com:sub",
    "api.pulumi.com/oidc": "api.pulumi.com/oidc:aud",
    "app.terraform.io": "app.terraform.io:sub",
    "cognito-identity.amazonaws.com": "cognito-identity.amazonaws.com:aud",
    "gitlab.com": "gitlab.com:sub",
    "oidc-configuration.audit-log.githubusercontent.com": "oidc-configuration.audit-log.githubusercontent.com:sub",
    "oidc.codefresh.io": "oidc.codefresh.io:sub",
    "oidc.vercel.com": "oidc.vercel.com:aud",
    "proidc.upbound.io": "proidc.upbound.io:sub",
    "sandboxes.cloud": "sandboxes.cloud:aud",
    "scalr.io": "scalr.io:sub",
    "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d": "sts:RoleSessionName",
    "studio.datachain.ai/api": "studio.datachain.ai/api:sub",
    "token.actions.githubusercontent.com": "token.actions.githubusercontent.com:sub",
    "tokens.cloud.shisho.dev": "tokens.cloud.shisho.dev:sub",
    "vstoken.actions.githubusercontent.com": "vstoken.actions.githubusercontent.com:sub",
}
"""The condition keys that a trust policy must check, by issuer without https://."""
_ACTIONS = ("sts:assumerolewithwebidentity", "sts:*", "*")


def missing_control(statement: Mapping[str, Any]) -> str | None:
    """Return a condition key that a statement must check for a shared provider but doesn't check, or None.

    A condition doesn't qualify if its value consists only of wildcards, or if it is met when the key is
    missing.
    """
    if statement.get("Effect") != "Allow" or not any(
        _allows_web_identity(text) for text in strings(statement.get("Action"))
    ):
        return None
    principals = statement.get("Principal")
    named = strings(principals.get("Federated")) if isinstance(principals, dict) else []
    checked_keys = set(_checked_keys(statement.get("Condition")))
    for provider in named:
        key = CONTROLS.get(provider.split(":oidc-provider/", 1)[-1])
        if key is not None and key.lower() not in checked_keys:
            return key
    return None


def _allows_web_identity(action: str) -> bool:
    prefix = action.lower().partition("*")[0]
    return _ACTIONS[0].startswith(prefix) if "*" in action else action.lower() in _ACTIONS


def _checked_keys(condition: Any) -> Iterator[str]:
    """Yield the keys, in lowercase, that a condition compares with a value."""
    for operator, tests in condition.items() if isinstance(condition, dict) else ():
        name = operator.rpartition(":")[2]
        if not name.startswith("String") or "Not" in name or operator.endswith("IfExists"):
            continue
        for key, value in tests.items() if isinstance(tests, dict) else ():
            values = strings(value)
            if values and not any(set(text) <= set("*?") for text in values):
                yield key.lower()
