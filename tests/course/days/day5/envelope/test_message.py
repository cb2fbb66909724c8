"""The envelope: only permitted readers can read a message, and changed bytes are never accepted."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from labs_helpers.course.days.day5.envelope import (
    COMMITTING,
    COMMITTING_AND_SIGNED,
    CachingHolder,
    EnvelopeError,
    Forged,
    KmsKey,
    Malformed,
    NoKey,
    RawAesKey,
    RawRsaKey,
    decrypt,
    decrypt_file,
    encrypt,
    encrypt_file,
)
from labs_helpers.course.days.day5.envelope import encryption_context as contexts

AES = RawAesKey("tests", "k1", bytes(32))
OTHER = RawAesKey("tests", "k1", bytes(31) + b"\x01")
SUITES = pytest.mark.parametrize("suite", [COMMITTING, COMMITTING_AND_SIGNED], ids=["plain", "signed"])
texts = st.text(max_size=20)
context_strategy = st.dictionaries(
    texts.filter(lambda name: not name.startswith("aws-crypto-")), texts, max_size=4
)


@SUITES
@settings(max_examples=40)
@given(st.binary(max_size=200), context_strategy, st.integers(1, 64))
def test_what_was_written_is_read(suite: Any, plaintext: bytes, context: dict[str, str], frame: int) -> None:
    opened = decrypt(encrypt(plaintext, [AES], context, suite=suite, frame_length=frame), [AES], context)
    assert (opened.plaintext, opened.context) == (plaintext, context)


@SUITES
def test_no_changed_bit_passes(suite: Any) -> None:
    message = encrypt(b"0123456789" * 2, [AES], {"a": "bc"}, suite=suite, frame_length=8)
    for bit in range(8 * len(message)):
        changed = bytearray(message)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(EnvelopeError):
            decrypt(bytes(changed), [AES])


@SUITES
def test_no_cut_or_lengthened_message_passes(suite: Any) -> None:
    message = encrypt(b"0123456789" * 3, [AES], suite=suite, frame_length=8)
    for length in range(len(message)):
        with pytest.raises(EnvelopeError):
            decrypt(message[:length], [AES])
    with pytest.raises(EnvelopeError):
        decrypt(message + b"\0", [AES])


def test_frames_cannot_be_swapped_dropped_or_repeated() -> None:
    message = encrypt(b"a" * 8 + b"b" * 8 + b"c" * 8 + b"end", [AES], frame_length=8)
    size, start = 4 + 12 + 8 + 16, len(message) - (4 + 4 + 12 + 4 + 3 + 16) - 3 * (4 + 12 + 8 + 16)
    head, tail = message[:start], message[start + 3 * size :]
    one, two, three = (message[start + i * size : start + (i + 1) * size] for i in range(3))
    assert head + one + two + three + tail == message
    for frames in ([two, one, three], [one, three], [one, one, two, three], [one, two], []):
        with pytest.raises(EnvelopeError):
            decrypt(head + b"".join(frames) + tail, [AES])
    renumbered = two[:4].replace(b"\x02", b"\x01") + two[4:]
    with pytest.raises(Forged):
        decrypt(head + renumbered + one + three + tail, [AES])


def test_another_key_or_context_opens_nothing() -> None:
    message = encrypt(b"secret", [AES], {"patient": "1"})
    with pytest.raises(NoKey):
        decrypt(message, [OTHER])
    with pytest.raises(Forged, match="patient"):
        decrypt(message, [AES], {"patient": "2"})
    with pytest.raises((Forged, NoKey)):
        decrypt(message, [AES], {"patient": "1", "more": "x"})
    with pytest.raises(NoKey):
        decrypt(message, [])


def test_contexts_that_run_together_are_different_contexts() -> None:
    assert contexts.encode({"a": "bc"}) != contexts.encode({"ab": "c"})
    assert contexts.encode({"a": "b", "c": "d"}) == contexts.encode({"c": "d", "a": "b"})
    assert contexts.encode({"A": "b"}) != contexts.encode({"a": "b"})


@given(context_strategy)
def test_a_context_is_read_as_it_was_written(context: dict[str, str]) -> None:
    assert contexts.decode(contexts.encode(context)) == context


@pytest.mark.parametrize(
    "data", [b"\0\0", b"\0\1", b"\0\1\0\1a\0\1", b"\0\2\0\1a\0\0\0\1a\0\0",
             b"\0\1\0\1\xff\0\0", b"\0\1\0\1a\0\1b!"]
)  # fmt: skip
def test_a_malformed_context_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        contexts.decode(data)


def test_required_context_is_authenticated_and_not_written() -> None:
    message = encrypt(b"x", [AES], {"case": "1", "secret-ish": "value"}, required=["secret-ish"])
    assert b"secret-ish" not in message
    assert decrypt(message, [AES], {"secret-ish": "value"}).context == {"case": "1", "secret-ish": "value"}
    for expected in ({}, {"secret-ish": "other"}):
        with pytest.raises((Forged, NoKey)):
            decrypt(message, [AES], expected)


def test_each_of_several_holders_reads() -> None:
    private = rsa.generate_private_key(65537, 2048)
    writer = RawRsaKey("tests", "rsa", public=private.public_key())
    reader = RawRsaKey("tests", "rsa", private=private)
    message = encrypt(b"x", [AES, writer])
    assert [decrypt(message, [each]).plaintext for each in (AES, reader)] == [b"x", b"x"]
    with pytest.raises(NoKey):
        decrypt(message, [writer])


@pytest.mark.parametrize(
    "arguments",
    [{"holders": []}, {"frame_length": 0}, {"frame_length": 2**32}, {"context": {"aws-crypto-public-key": "x"}},
     {"required": ["absent"]}, {"context": {"a": "x" * 70_000}}],
)  # fmt: skip
def test_arguments_that_make_no_message_write_nothing(arguments: dict[str, Any]) -> None:
    target = BytesIO()
    with pytest.raises(ValueError, match=r"."):
        encrypt_file(BytesIO(b"x"), target, **{"holders": [AES], **arguments})
    assert target.getvalue() == b""


def test_nothing_of_a_frame_is_released_before_it_is_verified() -> None:
    message = bytearray(encrypt(b"a" * 8 + b"b" * 8, [AES], frame_length=8))
    message[-30] ^= 1
    target = BytesIO()
    with pytest.raises(EnvelopeError):
        decrypt_file(BytesIO(bytes(message)), target, [AES])
    assert b"aaaaaaaabbbbbbbb".startswith(target.getvalue())


def test_nothing_of_a_signed_message_is_released_before_its_signature_is_verified() -> None:
    message = bytearray(encrypt(b"a" * 100, [AES], suite=COMMITTING_AND_SIGNED, frame_length=8))
    message[-1] ^= 1
    target = BytesIO()
    with pytest.raises(EnvelopeError):
        decrypt_file(BytesIO(bytes(message)), target, [AES])
    assert target.getvalue() == b""


def test_a_signed_message_from_a_stream_is_refused() -> None:
    class Stream(BytesIO):
        def seekable(self) -> bool:
            return False

    message = encrypt(b"x", [AES], suite=COMMITTING_AND_SIGNED)
    with pytest.raises(EnvelopeError, match="from a file"):
        decrypt_file(Stream(message), BytesIO(), [AES])


def test_sources_may_give_less_than_they_are_asked_for() -> None:
    class Trickle(BytesIO):
        def read(self, length: int | None = -1) -> bytes:
            return super().read(min(length, 3) if length and length > 0 else length)

    target = BytesIO()
    encrypt_file(Trickle(b"0123456789" * 5), target, [AES], frame_length=16)
    out = BytesIO()
    decrypt_file(Trickle(target.getvalue()), out, [AES])
    assert out.getvalue() == b"0123456789" * 5


class TestKms:
    """Data keys from KMS: one call for writing and one for reading, each with the message's context."""

    def test_round_trip_and_calls(self, cloud: Any) -> None:
        kms = boto3.client("kms")
        key = KmsKey(kms, kms.create_key()["KeyMetadata"]["Arn"])
        message = encrypt(b"x" * 10_000, [key], {"patient": "4711"})
        assert decrypt(message, [key]).plaintext == b"x" * 10_000
        made = [entry.operation for entry in cloud.record if entry.service == "kms"]
        assert made == ["CreateKey", "GenerateDataKey", "Decrypt"]

    def test_a_caller_without_the_key_reads_nothing(self, cloud: Any) -> None:
        kms = boto3.client("kms")
        first, second = (KmsKey(kms, kms.create_key()["KeyMetadata"]["Arn"]) for _ in range(2))
        message = encrypt(b"x", [first])
        with pytest.raises(NoKey):
            decrypt(message, [second])

    def test_an_alias_is_no_key_arn(self) -> None:
        with pytest.raises(ValueError, match="ARN"):
            KmsKey(None, "alias/x")


class Counted:
    """An AES key holder that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def generate(self, suite: Any, context: Any) -> Any:
        self.calls += 1
        return AES.generate(suite, context)

    def wrap(self, data_key: bytes, context: Any) -> Any:
        self.calls += 1
        return AES.wrap(data_key, context)

    def unwrap(self, wrapped: Any, suite: Any, context: Any) -> bytes:
        self.calls += 1
        return AES.unwrap(wrapped, suite, context)


class TestCache:
    def test_limits_of_messages_and_age_hold(self) -> None:
        now = [datetime(2026, 5, 4, tzinfo=UTC)]
        inner = Counted()
        holder = CachingHolder(inner, lambda: now[0], max_age=timedelta(minutes=5), max_messages=3)
        messages = [encrypt(b"x", [holder]) for _ in range(7)]
        assert inner.calls == 3
        now[0] += timedelta(minutes=5)
        encrypt(b"x", [holder])
        assert inner.calls == 4
        assert all(decrypt(message, [holder]).plaintext == b"x" for message in messages)
        assert inner.calls == 7
        now[0] -= timedelta(days=1)
        decrypt(messages[0], [holder])
        assert inner.calls == 8, "a clock that moved back makes no entry younger"

    def test_each_context_has_a_key_of_its_own(self) -> None:
        inner = Counted()
        holder = CachingHolder(
            inner, lambda: datetime(2026, 5, 4, tzinfo=UTC), max_age=timedelta(1), capacity=2
        )
        for patient in "1212":
            encrypt(b"x", [holder], {"patient": patient})
        assert (inner.calls, holder.hits, holder.misses) == (2, 2, 2)
        encrypt(b"x", [holder], {"patient": "3"})
        encrypt(b"x", [holder], {"patient": "1"})
        assert inner.calls == 4

    def test_impossible_limits_are_refused(self) -> None:
        for wrong in ({"max_age": timedelta(0)}, {"max_age": timedelta(1), "max_messages": 0},
                      {"max_age": timedelta(1), "capacity": 0}):  # fmt: skip
            with pytest.raises(ValueError, match="above zero"):
                CachingHolder(AES, lambda: datetime.now(UTC), **wrong)


def test_large_files_take_little_memory(tmp_path: Any) -> None:
    import tracemalloc

    source, message, back = (tmp_path / name for name in ("source", "message", "back"))
    source.write_bytes(os.urandom(1 << 20) * 16)
    tracemalloc.start()
    with source.open("rb") as read, message.open("wb") as write:
        encrypt_file(read, write, [AES], frame_length=1 << 16)
    with message.open("rb") as read, back.open("wb") as write:
        decrypt_file(read, write, [AES])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 << 20
    assert back.read_bytes() == source.read_bytes()
