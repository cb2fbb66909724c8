"""What is taken out of answers, and what stays."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from tests.parity.normalize import Normalizer

NORMAL = Normalizer("0a1b2c3d", "999988887777", "arn:aws:iam::999988887777:user/people/jane")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("arn:aws:iam::999988887777:user/labs-parity-0a1b2c3d-eve", "arn:aws:iam::ACCOUNT:user/labs-parity-RUN-eve"),
        ("User: arn:aws:iam::999988887777:user/people/jane is", "User: ADMIN-ARN is"),
        ("user/jane", "user/ADMIN"),
        ("key AKIAIOSFODNN7EXAMPLE", "key AKIA-ID"),
        ("key/1234abcd-12ab-34cd-56ef-1234567890ab", "key/UUID"),
        ("The vpc ID 'vpc-0123456789abcdef0' and sg-12345678", "The vpc ID 'vpc-ID' and sg-ID"),
        (":us-east-1:ACCOUNT:secret:plain-AbCdEf", ":us-east-1:ACCOUNT:secret:plain-SUFFIX"),
        ("us-east-1_aB3dEfGhI", "POOL-ID"),
        ("since 2026-11-28T10:11:12.345Z", "since TIME"),
        ("Encoded authorization failure message: aBc_-9", "Encoded authorization failure message: ENCODED"),
        ("not authorized to perform: s3:GetObject", "not authorized to perform: s3:GetObject"),
        ('"5d41402abc4b2a76b9719d911017c592"', '"5d41402abc4b2a76b9719d911017c592"'),
    ],
)  # fmt: skip
def test_texts(text, kept) -> None:
    assert NORMAL(text) == kept


def test_a_role_session_is_taken_out_with_its_role() -> None:
    normal = Normalizer("0a1b2c3d", "999988887777", "arn:aws:sts::999988887777:assumed-role/Boss/jane")
    assert normal("arn:aws:iam::999988887777:role/Boss") == "arn:aws:iam::ACCOUNT:role/ADMIN"
    assert normal("arn:aws:sts::999988887777:assumed-role/Boss/jane") == "ADMIN-ARN"


def test_tokens_are_kept_by_their_name_and_so_is_what_a_call_ignores() -> None:
    answer = {"SecretAccessKey": "abc", "Name": "x", "Odd": "1", "More": [{"SessionToken": "t"}]}
    assert NORMAL(answer, ("Odd",)) == {
        "SecretAccessKey": "SECRETACCESSKEY", "Name": "x", "Odd": "ODD", "More": [{"SessionToken": "SESSIONTOKEN"}],
    }  # fmt: skip


def test_times_bytes_and_streams() -> None:
    assert NORMAL(datetime(2026, 1, 1, tzinfo=UTC)) == "TIME"
    assert NORMAL({"a": 1764000000, "b": 1764000000000, "c": 345600, "d": True}) == {
        "a": "TIME", "b": "TIME", "c": 345600, "d": True,
    }  # fmt: skip
    assert NORMAL({"a": b"hello", "b": b"\xff\xfe", "c": io.BytesIO(b"read")}) == {
        "a": "hello", "b": "BYTES", "c": "read",
    }  # fmt: skip
