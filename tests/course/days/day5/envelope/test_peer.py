"""AWS's own Encryption SDK reads our messages, and our code reads its messages: the format is the same."""

from __future__ import annotations

from typing import Any

import aws_encryption_sdk as sdk
import boto3
import pytest
from aws_encryption_sdk.identifiers import (
    CommitmentPolicy,
    EncryptionKeyType,
    WrappingAlgorithm,
)
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.course.days.day5.envelope import (
    COMMITTING,
    COMMITTING_AND_SIGNED,
    EnvelopeError,
    KmsKey,
    RawAesKey,
    decrypt,
    encrypt,
)

SUITES = pytest.mark.parametrize("suite", [COMMITTING, COMMITTING_AND_SIGNED], ids=["plain", "signed"])
KEY = bytes(range(32))
OURS = RawAesKey("tests", "k1", KEY)
texts = st.text(max_size=12)
contexts = st.dictionaries(texts.filter(lambda name: not name.startswith("aws-crypto-")), texts, max_size=3)


class TheirKey(RawMasterKeyProvider):
    provider_id = "tests"

    def _get_raw_key(self, key_id: Any) -> WrappingKey:
        return WrappingKey(
            WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING, KEY, EncryptionKeyType.SYMMETRIC
        )


@pytest.fixture(scope="module")
def peer() -> Any:
    return sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


@pytest.fixture(scope="module")
def theirs() -> Any:
    provider = TheirKey()
    provider.add_master_key("k1")
    return provider


@SUITES
@settings(max_examples=60)
@given(st.binary(max_size=300), contexts, st.integers(1, 100))
def test_they_read_what_we_write(
    peer: Any, theirs: Any, suite: Any, plaintext: bytes, context: dict[str, str], frame: int
) -> None:
    message = encrypt(plaintext, [OURS], context, suite=suite, frame_length=frame)
    read, header = peer.decrypt(source=message, key_provider=theirs)
    assert read == plaintext
    assert context.items() <= header.encryption_context.items()


@SUITES
@settings(max_examples=60)
@given(st.binary(max_size=700), contexts, st.integers(0, 3))
def test_we_read_what_they_write(
    peer: Any, theirs: Any, suite: Any, plaintext: bytes, context: dict[str, str], frame: int
) -> None:
    message, _ = peer.encrypt(
        source=plaintext, key_provider=theirs, encryption_context=context, frame_length=128 * frame,
        algorithm=sdk.Algorithm.get_by_id(suite.id),
    )  # fmt: skip
    opened = decrypt(message, [OURS], context)
    assert (opened.plaintext, opened.context) == (plaintext, context)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_garbage_is_refused_by_name(data: bytes) -> None:
    for beginning in (b"", b"\x02\x04\x78", b"\x01\x80\x03\x78"):
        with pytest.raises(EnvelopeError):
            decrypt(beginning + data, [OURS], commitment=False)


def test_data_keys_of_kms_are_exchanged_both_ways(cloud: Any, peer: Any) -> None:
    kms = boto3.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    theirs = sdk.StrictAwsKmsMasterKeyProvider(key_ids=[arn])
    message, _ = peer.encrypt(source=b"theirs", key_provider=theirs, encryption_context={"a": "b"})
    assert decrypt(message, [KmsKey(kms, arn)]).plaintext == b"theirs"
    assert peer.decrypt(source=encrypt(b"ours", [KmsKey(kms, arn)]), key_provider=theirs)[0] == b"ours"
