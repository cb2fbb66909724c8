"""s3fs, over aiobotocore and aiohttp, reads and writes through the endpoint. `make test` installs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud import Cloud
from tests.clouds import allow, make_user

PYTHON = Path(
    os.environ.get("LABS_S3FS", Path(__file__).resolve().parents[3] / ".judges" / "venv" / "bin" / "python")
)
pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="needs s3fs in .judges/venv (make test)")


def _run(env: dict[str, str], code: str) -> str:
    done = subprocess.run([str(PYTHON), "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_files_are_written_in_parts_listed_and_read(cloud: Cloud, env):
    boto3.client("s3").create_bucket(Bucket="shelf")
    code = """
import s3fs
files = s3fs.S3FileSystem()
content = bytes(range(256)) * 48_000
with files.open("shelf/deep/a +ü.bin", "wb", block_size=5 * 2**20) as file:
    file.write(content)
with files.open("shelf/deep/a +ü.bin") as file:
    file.seek(256 * 1000 + 5)
    assert file.read(3) == bytes([5, 6, 7])
    file.seek(0)
    assert file.read() == content
files.pipe("shelf/small", b"text")
print(files.ls("shelf"), files.info("shelf/small")["size"], files.exists("shelf/none"))
"""
    assert _run(env, code) == "['shelf/deep', 'shelf/small'] 4 False"
    assert (
        boto3.client("s3").head_object(Bucket="shelf", Key="deep/a +ü.bin")["ContentLength"] == 256 * 48_000
    )


def test_who_may_not_is_refused(cloud: Cloud, env):
    boto3.client("s3").create_bucket(Bucket="shelf")
    boto3.client("s3").put_object(Bucket="shelf", Key="k", Body=b"text")
    make_user(
        cloud,
        "alice",
        allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::shelf", "arn:aws:s3:::shelf/*"]),
    )
    code = """
import s3fs
files = s3fs.S3FileSystem(profile="alice")
print(files.cat("shelf/k").decode())
try: files.pipe("shelf/k", b"other")
except PermissionError as error: print(type(error).__name__)
"""
    assert _run(env, code).split() == ["text", "PermissionError"]
    assert cloud.record[-1].error_code == "AccessDenied"
