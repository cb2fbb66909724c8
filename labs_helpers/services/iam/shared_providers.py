"""OpenID Connect providers that many customers share: a role must say whose tokens of theirs it trusts.

Looked at when a trust policy is written, not afterwards.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
    "tokens.cloud.shisho.dev": "tokens.cloud.shisho.dev:sub",
    "vstoken.actions.githubusercontent.com": "vstoken.actions.githubusercontent.com:sub",
    **{
        f"{host}/{name}": f"{host}/{name}:sub"
        for host, names in {
            "oidc.op1.openshiftapps.com": "2c51blsaqa9gkjt0o9rt11mle8mmropu 2f785sojlpb85i7402pk3qogugim5nfb",
            "rh-oidc.s3.us-east-1.amazonaws.com": "22ejnvnnturfmt6km08idd0nt4hekbn7 23e3sd27sju1hoou6ohfs68vbno607tr "
            "23ne21h005qjl3n33d8dui5dlrmv2tmg 24jrf12m5dj7ljlfb4ta2frhrcoadm26",
        }.items()
        for name in names.split()
    },
}
"""Issuer without https:// → the condition key that a trust in it must look at."""
_GITHUB = "token.actions.githubusercontent.com"
_OLDEST = {
    "accounts.google.com": ("aud", "oaud", "sub"), "www.amazon.com": ("app_id", "sub"),
    "graph.facebook.com": ("app_id", "sub"),
}  # fmt: skip
"""Providers that IAM has always known: their claims are compared for equality, in lower case, with anything.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
"""
_ACTIONS = ("sts:assumerolewithwebidentity", "sts:*", "*")
_LIKE = ("StringEquals", "StringEqualsIgnoreCase", "StringLike")


def missing_control(statement: Mapping[str, Any]) -> str | None:
    """The condition key that a trust policy's statement lacks for a shared provider that it names; None if it has all.

    A condition that anything passes, `*`, is none; nor is one that holds where the key is missing. GitHub's workflows
    may be told by `sub` or by `job_workflow_ref`, and neither may begin with a star or be blank.
    """
    if statement.get("Effect") != "Allow" or not any(
        _covers(text) for text in _list(statement.get("Action"))
    ):
        return None
    principals = statement.get("Principal")
    named = _list(principals.get("Federated")) if isinstance(principals, dict) else []
    condition = statement.get("Condition")
    for provider in named:
        issuer = provider.split(":oidc-provider/", 1)[-1]
        if issuer.startswith(_GITHUB):
            if not _tells_workflows(condition, issuer):
                return f"{issuer}:sub"
        elif issuer in _OLDEST:
            keys = [f"{issuer}:{claim}" for claim in _OLDEST[issuer]]
            if not any(key in tests for tests in _blocks(condition, _LIKE[:2]) for key in keys):
                return keys[0]
        elif issuer in CONTROLS:
            key = CONTROLS[issuer]
            held = (_lower(tests).get(key.lower()) for tests in _blocks(condition, _LIKE))
            if not any(values is not None and "*" not in values for values in held):
                return key
    return None


def _covers(action: str) -> bool:
    prefix = action.lower().partition("*")[0]
    return _ACTIONS[0].startswith(prefix) if "*" in action else action.lower() in _ACTIONS


def _tells_workflows(condition: Any, issuer: str) -> bool:
    """Whether a block of the condition holds GitHub's claims to something: all of them that it names."""
    claims = [f"{issuer}:{claim}".lower() for claim in ("sub", "job_workflow_ref")]
    for tests in map(_lower, _blocks(condition, _LIKE)):
        held = [tests[claim] for claim in claims if claim in tests]
        if held and all(text.strip() and not text.startswith("*") for values in held for text in values):
            return True
    return False


def _blocks(condition: Any, operators: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
    """What the condition's blocks with one of these operators test, with or without a prefix for sets."""
    for operator, tests in condition.items() if isinstance(condition, dict) else ():
        if operator.rpartition(":")[2] in operators and isinstance(tests, dict):
            yield tests


def _lower(tests: Mapping[str, Any]) -> dict[str, list[str]]:
    return {key.lower(): _list(value) for key, value in tests.items()}


def _list(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
