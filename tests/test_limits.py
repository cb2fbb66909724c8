"""Submitted files are read only up to a limit."""

from __future__ import annotations

import gzip

import pytest

from labs_helpers.limits import TooLarge, read_limited


def test_a_file_of_just_the_limit_is_read_and_one_byte_more_is_refused(tmp_path):
    path = tmp_path / "handed-in.json"
    path.write_bytes(b"12345")
    assert read_limited(path, 5) == b"12345"
    with pytest.raises(TooLarge) as refused:
        read_limited(path, 4)
    assert str(refused.value) == f"{path}: has more than 4 bytes"
    assert (refused.value.path, refused.value.limit) == (path, 4)


def test_the_limit_is_for_what_a_packed_file_unpacks_to(tmp_path):
    path = tmp_path / "handed-in.json.gz"
    path.write_bytes(gzip.compress(b"0" * 1_000))
    assert len(read_limited(path, 1_000, unpack=True)) == 1_000
    assert len(read_limited(path, 999)) < 999
    with pytest.raises(TooLarge):
        read_limited(path, 999, unpack=True)
