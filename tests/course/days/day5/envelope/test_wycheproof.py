"""Wycheproof's hard cases for the three primitives on which the envelope is based: AES-GCM, HKDF, and ECDSA.

The vectors are read from the folder that LABS_VECTORS names (C2SP/wycheproof publishes them); if the variable isn't
set, these tests are skipped, and if it is set, the vectors must be there. The tests also compare the number of cases,
so that none is skipped.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from labs_helpers.course.days.day5.envelope import EnvelopeError, RawAesKey
from labs_helpers.course.days.day5.envelope.encryption_context import PUBLIC_KEY
from labs_helpers.course.days.day5.envelope.signature import Verifier
from labs_helpers.course.days.day5.envelope.suites import COMMITTING, IV, suite_of

FOLDER = Path(os.environ.get("LABS_VECTORS", "")) / "wycheproof"
pytestmark = pytest.mark.skipif(
    not os.environ.get("LABS_VECTORS"),
    reason="LABS_VECTORS names no folder with Wycheproof's vectors",
)


def groups(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))["testGroups"]


def data(case, *names):
    return [bytes.fromhex(case[name]) for name in names]


def wrong(cases, outcome):
    """Return the cases whose outcome differs from Wycheproof's."""
    return [case["tcId"] for case in cases if outcome(case) is not (case["result"] == "valid")]


def test_aes_gcm_opens_what_is_authentic_only():
    """The test tries every case with a nonce of 12 bytes, the only length that the envelope writes or reads."""
    cases = [case for group in groups("aes_gcm_test") if group["ivSize"] == 8 * IV for case in group["tests"]]

    def opened(case):
        key, nonce, bound, plain, sealed, tag = data(case, "key", "iv", "aad", "msg", "ct", "tag")
        try:
            return RawAesKey("labs", "test", key)._cipher.decrypt(nonce, sealed + tag, bound) == plain
        except InvalidTag:
            return False

    assert len(cases) == 197
    assert wrong(cases, opened) == []


def test_hkdf_derives_the_key_that_the_suite_names():
    cases = [case for group in groups("hkdf_sha512_test") for case in group["tests"]]

    def derived(case):
        key, salt, info, expected = data(case, "ikm", "salt", "info", "okm")
        try:
            return COMMITTING._expand(key, salt, info, case["size"]) == expected
        except ValueError:  # more than 255 blocks
            return False

    assert len(cases) == 83
    assert wrong(cases, derived) == []


@pytest.mark.parametrize(
    ("name", "suite", "number"),
    [("ecdsa_secp384r1_sha384_test", 0x0578, 504), ("ecdsa_secp256r1_sha256_test", 0x0214, 484)],
)
def test_ecdsa_takes_no_signature_that_is_malformed_or_forged(name, suite, number):
    found, tried = [], 0
    for group in groups(name):
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        context = {PUBLIC_KEY: base64.b64encode(point).decode()}

        def verified(case, context=context):
            message, signature = data(case, "msg", "sig")
            verifier = Verifier(suite_of(suite), context)
            verifier.update(message)
            try:
                verifier.verify(signature)
            except EnvelopeError:
                return False
            return True

        found += wrong(group["tests"], verified)
        tried += len(group["tests"])
    assert tried == number
    assert found == []
