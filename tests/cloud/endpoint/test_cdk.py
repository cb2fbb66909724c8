"""The AWS CDK's deployment ends with one sentence that names what the cloud doesn't serve: `make judges`.

The CDK is installed in .judges/frames (created by `make judges`) or in the folder LABS_CDK.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from labs_helpers.cloud import Cloud

ROOT = Path(__file__).resolve().parents[3]
CDK = Path(os.environ.get("LABS_CDK", ROOT / ".judges" / "frames")) / "node_modules" / ".bin" / "cdk"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CDK.exists(), reason="needs the CDK in .judges/frames (make judges)"),
]


def test_a_deployment_ends_with_a_sentence_that_names_the_call(tmp_path):
    artifact = {
        "type": "aws:cloudformation:stack", "environment": "aws://111122223333/us-east-1",
        "properties": {"templateFile": "S.template.json"},
    }  # fmt: skip
    manifest = {"version": "36.0.0", "artifacts": {"S": artifact}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    template = {"Resources": {"B": {"Type": "AWS::S3::Bucket"}}}
    (tmp_path / "S.template.json").write_text(json.dumps(template), "utf-8")
    with Cloud(seed=1) as cloud:
        done = subprocess.run(
            [str(CDK), "deploy", "--app", str(tmp_path), "--require-approval", "never"],
            env=cloud.endpoint().env() | {"HOME": str(tmp_path), "CDK_DISABLE_CLI_TELEMETRY": "true"},
            capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        called = [entry.operation for entry in cloud.record]
    assert done.returncode == 1
    assert "GetCallerIdentity" in called
    assert "cloudformation:DescribeStacks isn't modeled" in done.stdout + done.stderr
