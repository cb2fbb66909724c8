"""Situations and decisions in words: the policies with their titles, the request, and each layer's verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from labs_helpers.course.drill.decisions import Decided
from labs_helpers.course.drill.scene import FULL_ACCESS, Scene, holder_of, name_of
from labs_helpers.engine.policy.layers import statement_words

LAYERS = {
    "RESOURCE_CONTROL_POLICY": "RCPs", "SERVICE_CONTROL_POLICY": "SCPs", "VPC_ENDPOINT": "VPC endpoint policy",
    "RESOURCE": "Resource-based policy", "PRINCIPAL": "Identity-based policies",
    "PERMISSIONS_BOUNDARY": "Permissions boundary", "SESSION": "Session policy",
}  # fmt: skip
"""The layers in AWS's order, with the names that the drill uses."""
_WIDTH = 100
_LEVELS = {1: ("account",), 2: ("root", "account"), 3: ("root", "OU", "account")}
_KINDS = {
    "s3": "bucket policy", "kms": "key policy", "iam": "trust policy", "sqs": "queue policy", "sns": "topic policy",
    "lambda": "function policy", "secretsmanager": "policy of the secret", "dynamodb": "policy of the table",
}  # fmt: skip


def caller(scene: Scene) -> str:
    """Return the name of the request's sender."""
    principal = scene["principal"]
    if "arn" in principal:
        return "The root user" if principal["arn"].endswith(":root") else name_of(principal["arn"])
    if "web_identity" in principal:
        return "The bearer of an OIDC token"
    return str(principal.get("service", "An anonymous caller"))


def request_words(scene: Scene) -> str:
    """Return the request in one sentence, with its condition keys."""
    who = caller(scene)
    arn = scene["principal"].get("arn", "")
    what = f"{who} ({arn})" if arn else who
    keys = keys_words(scene)
    with_keys = f", with {keys}" if keys else ""
    return f"{what} requests `{scene['action']}` on {scene['resource']['arn']}{with_keys}."


def keys_words(scene: Scene) -> str:
    """Return the request's condition keys and values, or an empty string."""
    return " and ".join(
        f"{key} = {', '.join(value) if isinstance(value, list) else value}"
        for key, value in scene.get("context", {}).items()
    )


def owner_words(scene: Scene) -> str:
    """Return a sentence about the account that owns the resource."""
    owner, arn = scene["resource"]["account"], scene["principal"].get("arn", "")
    same = f":{owner}:" in arn
    return f"The resource is in account {owner}" + (", the caller's account." if same else ".")


def policies(scene: Scene) -> Iterator[tuple[str, str]]:
    """Yield each policy's title and text, outermost layer first."""
    given = scene["policies"]
    for kind, name in (("rcp", "RCPs"), ("scp", "SCPs")):
        for level, attached in zip(
            _LEVELS.get(len(given.get(kind, ())), ()), given.get(kind, ()), strict=False
        ):
            own = [each for each in attached if each != FULL_ACCESS]
            full = "FullAWSAccess" if kind == "scp" and FULL_ACCESS in attached else ""
            listed = ["RCPFullAWSAccess" if kind == "rcp" else full, *map(policy_text, own)]
            yield f"{name} at the {level} level", "\n".join(each for each in listed if each)
    if "vpc_endpoint" in given:
        yield "VPC endpoint policy", policy_text(given["vpc_endpoint"])
    if "resource" in given:
        service = scene["resource"]["arn"].split(":")[2]
        yield _KINDS[service].capitalize(), policy_text(given["resource"])
    for grant in given.get("grants", ()):
        yield "Grant", _statement_text(grant).strip()
    yield from _callers_policies(scene)


def _callers_policies(scene: Scene) -> Iterator[tuple[str, str]]:
    given, arn = scene["policies"], scene["principal"].get("arn", "")
    whose = holder_of(arn) if ":assumed-role/" in arn else caller(scene)
    if ":federated-user/" in arn:
        whose = name_of(scene["principal"]["issuer"])
    for policy in given.get("identity", ()):
        yield f"Identity-based policy of {whose}", policy_text(policy)
    if arn and not given.get("identity") and not arn.endswith(":root"):
        yield f"Identity-based policies of {whose}", "none"
    if "boundary" in given:
        yield f"Permissions boundary of {whose}", policy_text(given["boundary"])
    for policy in given.get("session", ()):
        yield "Session policy", policy_text(policy)


def policy_text(policy: dict[str, Any]) -> str:
    """Return a policy's JSON with one line per statement."""
    statements = map(_statement_text, policy["Statement"])
    return "\n".join([f'{{"Version": "{policy["Version"]}", "Statement": [', ",\n".join(statements), "]}"])


def _statement_text(statement: dict[str, Any]) -> str:
    """Return a statement on one line, or with one line per element if it is long."""
    line = f"  {json.dumps(statement)}"
    if len(line) <= _WIDTH:
        return line
    return "  {" + ",\n   ".join(f'"{name}": {json.dumps(value)}' for name, value in statement.items()) + "}"


def verdicts(scene: Scene, decided: Decided) -> Iterator[str]:
    """Yield a sentence per layer about its verdict."""
    levels = sum(check["checkType"] == "SERVICE_CONTROL_POLICY" for check in decided["checks"])
    for check in decided["checks"]:
        level = ""
        if "level" in check:
            names = _LEVELS.get(levels, ()) if check["checkType"] == "SERVICE_CONTROL_POLICY" else ()
            level = f" at the {names[check['level']]} level" if names else ""
        yield f"{LAYERS[check['checkType']]}{level}: {_verdict(check, scene['policies'])}"
    if decided["decision"] != "ALLOW" and not any(
        c["evaluatedEffect"].endswith("DENY") for c in decided["checks"]
    ):
        yield "A policy that must allow the request is missing."


def _verdict(check: dict[str, Any], given: dict[str, Any]) -> str:
    effect = check["evaluatedEffect"]
    if effect == "NO_IMPACT":
        return "nothing applies here, and no allow is needed."
    if effect == "IMPLICIT_DENY":
        return "no statement allows the request, so it is denied."
    if not check["matchedPolicies"]:
        return "allowed."
    matched = [
        (policy["policy"], statement)
        for policy in check["matchedPolicies"]
        for statement in policy["matchedStatements"]
        if statement["evaluatedEffect"] == effect
    ]
    texts = [_statement(name, statement, given) for name, statement in matched]
    verb = ("denies" if effect == "EXPLICIT_DENY" else "allows") if len(texts) == 1 else (
        "deny" if effect == "EXPLICIT_DENY" else "allow"
    )  # fmt: skip
    return f"{' and '.join(texts)} {verb} the request."


def _statement(policy: str, statement: dict[str, Any], given: dict[str, Any]) -> str:
    """Return a statement in words, with the number of its policy if several policies are shown in its place.

    `policy` is the engine's name for the policy, such as `identity[1]`, or `scp[0][1]` for the second at the root.
    """
    kind, *places = re.split(r"[\[\]]+", policy.rstrip("]"))
    attached = given.get(kind, ())
    for place in places[:-1]:
        attached = attached[int(place)]
    index = int(places[-1]) if places else 0
    own = [each for each in attached if each != FULL_ACCESS] if kind in ("scp", "rcp") else list(attached)
    if kind == "scp" and attached[index] == FULL_ACCESS:
        return "FullAWSAccess"
    words = statement_words(statement["index"], statement.get("sid"))
    return f"{words} of policy {own.index(attached[index]) + 1}" if places and len(own) > 1 else words
