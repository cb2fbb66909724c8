"""AWS SAM's deployment ends with one sentence that names what the cloud doesn't serve: `make judges`.

The AWS SAM CLI is installed in .judges/sam (created by `make judges`) or in the folder LABS_SAM.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from labs_helpers.cloud import Cloud

ROOT = Path(__file__).resolve().parents[3]
SAM = Path(os.environ.get("LABS_SAM", ROOT / ".judges" / "sam")) / "bin" / "sam"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAM.exists(), reason="needs the AWS SAM CLI in .judges/sam (make judges)"),
]


def test_a_deployment_ends_with_a_sentence_that_names_the_call(tmp_path):
    template = tmp_path / "template.yaml"
    template.write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources: {Shelf: {Type: AWS::S3::Bucket}}\n", "utf-8"
    )
    with Cloud(seed=1) as cloud:
        done = subprocess.run(
            [str(SAM), "deploy", "--stack-name", "shop", "--template-file", str(template), "--no-confirm-changeset"],
            env=cloud.endpoint().env() | {"HOME": str(tmp_path), "SAM_CLI_TELEMETRY": "0"},
            cwd=tmp_path, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "cloudformation:DescribeStacks isn't modeled" in done.stdout + done.stderr
