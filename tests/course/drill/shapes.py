"""A question's shape: what is left of it once names, numbers, values, and ARNs are replaced."""

from __future__ import annotations

import json
from typing import Any

from labs_helpers.course.drill.drill_question import Question


def shape(question: Question) -> str:
    """Return the kind, the kind of caller, and the structure of the policies and of the request's keys."""
    scene = question.scene
    return json.dumps(
        [
            question.kind, _plain(scene["principal"]), sorted(map(_key, scene.get("context", {}))),
            _plain(scene["policies"]), scene["resource"]["arn"] == "*",
        ],
        sort_keys=True,
    )  # fmt: skip


def _plain(value: Any, element: str = "") -> Any:
    if isinstance(value, dict):
        return {_key(key): _plain(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, element) for each in value]
    if not isinstance(value, str) or element in ("Effect", "Version"):
        return value
    if element in ("Action", "NotAction"):
        return "*" if value == "*" else "a*" if value.endswith("*") else "a"
    if value.startswith("arn:"):
        kind = value.split(":")[5].partition("/")[0] if value.split(":")[2] in ("iam", "sts") else ""
        return f"arn {kind}" + ("*" if "*" in value else "") + ("$" if "${" in value else "")
    return "*" if value == "*" else "value"


def _key(key: str) -> str:
    """Return an element or condition key without the name of its tag or of its encryption context."""
    start, slash, _ = key.partition("/")
    if slash:
        return start
    return "kms:EncryptionContext" if key.lower().startswith("kms:encryptioncontext:") else key
