"""Messages that AWS's own implementations wrote: all those with raw AES or RSA keys, and those for key commitment.

The vectors are read from the folder that LABS_VECTORS names (aws/aws-encryption-sdk and aws/aws-encryption-sdk-python
publish them); if the variable isn't set, these tests are skipped, and if it is set, the vectors must be there.
"""

from __future__ import annotations

import base64
import json
import os
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from labs_helpers.course.days.day5.envelope import EnvelopeError, RawAesKey, RawRsaKey, decrypt
from labs_helpers.course.days.day5.envelope.errors import CannotUnwrap
from labs_helpers.course.days.day5.envelope.header import WrappedKey

FOLDER = Path(os.environ.get("LABS_VECTORS", "")) / "aws-encryption-sdk"
pytestmark = pytest.mark.skipif(
    not os.environ.get("LABS_VECTORS"),
    reason="LABS_VECTORS names no folder with vectors of aws/aws-encryption-sdk",
)
DIGESTS = {"sha256": hashes.SHA256(), "sha512": hashes.SHA512()}


@cache
def archive(name: str) -> tuple[zipfile.ZipFile, dict[str, Any], dict[str, Any]]:
    file = zipfile.ZipFile(FOLDER / f"{name}.zip")
    return file, json.loads(file.read("manifest.json"))["tests"], json.loads(file.read("keys.json"))["keys"]


def raw(name: str) -> list[dict[str, Any]]:
    _, tests, _ = archive(name)
    return [test for test in tests.values() if all(key["type"] == "raw" for key in test["master-keys"])]


@cache
def private_key(pem: str) -> Any:
    """Read a key only once, because the vectors share a few keys, and checking one takes a quarter of a second."""
    return load_pem_private_key(pem.encode(), None)


def holders(test: dict[str, Any], keys: dict[str, Any]) -> list[Any]:
    made: list[Any] = []
    for key in test["master-keys"]:
        material = keys[key["key"]]
        if key["encryption-algorithm"] == "aes":
            made.append(
                RawAesKey(key["provider-id"], material["key-id"], base64.b64decode(material["material"]))
            )
        elif material["type"] == "private":
            private = private_key(material["material"])
            made.append(
                RawRsaKey(
                    key["provider-id"],
                    material["key-id"],
                    private=private,
                    digest=DIGESTS[key["padding-hash"]],
                )
            )
    return made


@pytest.mark.parametrize(("name", "count"), [("v4-Net-4.0.1", 99), ("valid-Net-4.0.0", 5)])
def test_every_message_with_raw_keys_is_read(name: str, count: int) -> None:
    file, _, keys = archive(name)
    tests = raw(name)
    assert len(tests) == count
    for test in tests:
        message = file.read(test["ciphertext"].removeprefix("file://"))
        plaintext = file.read(test["result"]["output"]["plaintext"].removeprefix("file://"))
        opened = decrypt(message, holders(test, keys), test["encryption-context"], commitment=False)
        assert opened.plaintext == plaintext, test["ciphertext"]
        assert opened.context == test["encryption-context"]


def test_no_invalid_message_is_read() -> None:
    file, tests, keys = archive("invalid-Net-4.0.0")
    assert len(tests) == 28
    for test in tests.values():
        with pytest.raises(EnvelopeError):
            decrypt(
                file.read(test["ciphertext"].removeprefix("file://")),
                holders(test, keys), test["encryption-context"], commitment=False,
            )  # fmt: skip


class Known:
    """A holder with a known data key, regardless of which key wrapped it."""

    def __init__(self, data_key: bytes):
        self._data_key = data_key

    def unwrap(self, wrapped: WrappedKey, suite: Any, context: Any) -> bytes:
        if not self._data_key:
            raise CannotUnwrap("no data key")
        return self._data_key


def test_every_message_on_key_commitment_comes_out_right() -> None:
    tests = json.loads((FOLDER / "commitment-test-vectors.json").read_text(encoding="utf-8"))["tests"]
    assert len(tests) == 46
    for test in tests:
        message, known = base64.b64decode(test["ciphertext"]), Known(base64.b64decode(test["decrypted-dek"]))
        if not test["status"]:
            with pytest.raises(EnvelopeError, match="commits to another"):
                decrypt(message, [known])
            continue
        opened = decrypt(message, [known])
        assert opened.plaintext == "".join(test["plaintext-frames"]).encode(), test["comment"]
        assert opened.context.items() <= test["encryption-context"].items()
