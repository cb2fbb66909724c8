"""Fixture: EC2 in a new cloud."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from labs_helpers.cloud import Cloud


@pytest.fixture
def ec2(cloud: Cloud) -> Any:
    """The home account's administrator, as an EC2 client."""
    return boto3.client("ec2")
