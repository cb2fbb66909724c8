"""AWS's test suite for Signature Version 4: every signed request is valid, and none is valid after a change.

The suite is AWS's data (github.com/awslabs/aws-c-auth, tests/aws-signing-test-suite). It is in the folder `sigv4` of
the folder that LABS_VECTORS names.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from labs_helpers.cloud.gate import signature

SUITE = Path(os.environ.get("LABS_VECTORS", "/nowhere")) / "sigv4" / "v4"
CASES = sorted(path.name for path in SUITE.iterdir()) if SUITE.is_dir() else []
WAYS = ("header", "query")

if not CASES:
    pytest.skip(
        "LABS_VECTORS names no folder with sigv4 in it; github.com/awslabs/aws-c-auth has it as "
        "tests/aws-signing-test-suite",
        allow_module_level=True,
    )


def sent(case: str, way: str) -> signature.Request:
    """The request as it was sent. Lines that begin with white space continue a header; one given twice is a list."""
    text = (SUITE / case / f"{way}-signed-request.txt").read_text(encoding="utf-8")
    head, _, body = text.partition("\n\n")
    first, *lines = re.sub(r"\n[ \t]+", " ", head).split("\n")
    method, target = first.removesuffix(" HTTP/1.1").split(" ", 1)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.lower()
        headers[name] = f"{headers[name]},{value.strip()}" if name in headers else value.strip()
    return signature.Request(method, f"https://{headers['host']}{target}", headers, body.strip("\n").encode())


def secret(case: str) -> str:
    context = json.loads((SUITE / case / "context.json").read_text(encoding="utf-8"))
    return context["credentials"]["secret_access_key"]


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_signed_request_of_the_suite_is_valid(case, way):
    request = sent(case, way)
    signed = signature.read(request)
    assert signed is not None
    assert signature.valid(signed, request, secret(case))
    assert not signature.valid(signed, request, secret(case) + "x")


@pytest.mark.ledger("F-IAM-02")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
def test_a_word_changed_after_signing_is_not_valid(case, way):
    request = sent(case, way)
    signed = signature.read(request)
    base, _, query = request.url.partition("?")
    host = "https://example.amazonaws.com"
    changed = {
        "method": replace(request, method="PUT"),
        "path": replace(request, url=f"{host}/other" + (f"?{query}" if query else "")),
        "query": replace(request, url=f"{base}?{query}&extra=1"),
    }
    if way == "header":
        changed["body"] = replace(request, body=request.body + b"more")
    for what, each in changed.items():
        assert not signature.valid(signed, each, secret(case)), what
