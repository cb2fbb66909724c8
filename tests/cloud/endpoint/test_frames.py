"""pandas and pyarrow read and write `s3://` as in docs/endpoint.md: `make judges`.

They are installed in their own environment (.judges/frames, created by `make judges`) or in that of LABS_FRAMES.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import boto3
import pytest

from labs_helpers.cloud import Cloud

PYTHON = Path(
    os.environ.get(
        "LABS_FRAMES", Path(__file__).resolve().parents[3] / ".judges" / "frames" / "bin" / "python"
    )
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PYTHON.exists(), reason="needs pandas and pyarrow in .judges/frames (make judges)"
    ),
]
PARQUET = """
import pandas
pandas.DataFrame({'x': [1, 2]}).to_parquet('s3://shelf/t.parquet')
print(pandas.read_parquet('s3://shelf/t.parquet')['x'].sum() + 3)
"""
PROGRAMS = {
    "csv": "import pandas; print(pandas.read_csv('s3://shelf/a.csv')['y'].sum())",
    "parquet": PARQUET,
    "without s3fs": "import sys; sys.modules['s3fs'] = None\n" + PARQUET,
    "pyarrow": (
        "from pyarrow import fs; files, path = fs.FileSystem.from_uri('s3://shelf/a.csv'); "
        "print(files.open_input_file(path).read().decode().split(',')[-1])"
    ),
    "large": (
        "from pyarrow import fs; files, path = fs.FileSystem.from_uri('s3://shelf/large'); "
        "out = files.open_output_stream(path); out.write(b'6' * 12_000_000); out.close(); "
        "print(chr(files.open_input_file(path).read_at(1, 11_999_999)[0]))"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def env():
    with Cloud(seed=1) as cloud:
        boto3.client("s3").create_bucket(Bucket="shelf")
        boto3.client("s3").put_object(Bucket="shelf", Key="a.csv", Body=b"x,y\n1,2\n3,4\n")
        boto3.client("s3").put_object(Bucket="shelf", Key="only.csv", Body=b"x,y\n1,6")
        iam = boto3.client("iam")
        iam.create_user(UserName="alice")
        cloud.profile("alice", iam.create_access_key(UserName="alice")["AccessKey"])
        yield cloud.endpoint().env()


def run(env: dict[str, str], code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PYTHON), "-c", code], env=env, capture_output=True, text=True, timeout=180, check=False
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_tables_are_read_and_written(env, name):
    code = PROGRAMS[name].replace("a.csv", "only.csv") if name == "pyarrow" else PROGRAMS[name]
    done = run(env, code)
    assert done.stdout.strip() == "6", done.stderr


def test_who_may_not_read_is_told_so(env):
    done = run(env | {"AWS_PROFILE": "alice"}, PROGRAMS["csv"])
    assert "PermissionError" in done.stderr or "Forbidden" in done.stderr
