"""A file of 1 GB is encrypted and decrypted in a process that grows by less than 64 MB."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

resource = pytest.importorskip("resource", reason="peaks of memory are measured where there is getrusage")

CODE = """
import resource, sys
from pathlib import Path
from labs_helpers.course.days.day5.envelope import RawAesKey, decrypt_file, encrypt_file

class Zeros:
    def __init__(self, length): self.left = length
    def read(self, length=-1):
        given = self.left if length < 0 else min(length, self.left)
        self.left -= given
        return bytes(given)

class Counted:
    total = 0
    def write(self, data): self.total += len(data); return len(data)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

key, message, back = RawAesKey("tests", "k1", bytes(32)), Path(sys.argv[1]), Counted()
start = peak()
with message.open("wb") as write:
    encrypt_file(Zeros(1 << 30), write, [key], frame_length=1 << 16)
with message.open("rb") as read:
    decrypt_file(read, back, [key])
print(back.total, peak() - start)
"""


def test_a_gigabyte_takes_less_than_64_mb_over_the_start(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path / "message")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    length, grown = map(int, done.stdout.split())
    assert length == 1 << 30
    assert grown < 64 << 20
