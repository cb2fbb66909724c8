"""Where scenarios are run: on AWS, at an endpoint of this machine, or on this cloud. Only `aws` leaves the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session

from labs_helpers.cloud import Cloud

REGION = "us-east-1"
SETTLE = 15.0
"""Seconds until AWS knows everywhere what was changed in IAM.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""


class Unreachable(Exception):
    """The error for a target on which scenarios can't be run, with the reason."""


@dataclass(frozen=True)
class Target:
    """A target: the place, the caller, and the time that a change takes to become visible everywhere."""

    where: str
    """`aws`, `endpoint` or `cloud`."""
    administrator: boto3.Session
    endpoint: str | None = None
    settle: float = 0.0


def aws(profile: str) -> Target:
    """Return AWS as a target, with a profile in `~/.aws`. Raises `Unreachable` while a cloud runs, in tests, and if it
    isn't AWS.
    """
    _refuse_company()
    if "PYTEST_CURRENT_TEST" in os.environ or "pytest" in sys.modules:
        raise Unreachable("tests don't reach AWS")
    redirected = sorted(name for name in os.environ if name.startswith("AWS_ENDPOINT_URL"))
    own = botocore.session.Session(profile=profile)
    if redirected or "endpoint_url" in own.get_scoped_config() or "services" in own.get_scoped_config():
        raise Unreachable(
            f"{', '.join(redirected) or f'profile {profile}'} leads to another endpoint than AWS's"
        )
    session = boto3.Session(botocore_session=own, region_name=REGION)
    if session.client("sts").get_caller_identity()["Arn"].endswith(":root"):
        raise Unreachable("the root user can't assume roles: take a profile of an administrator")
    return Target("aws", session, settle=SETTLE)


def endpoint(url: str, profile: str | None = None) -> Target:
    """Return a server on this machine in place of AWS. Raises `Unreachable` for any other address."""
    _refuse_company()
    if urlsplit(url).hostname not in ("127.0.0.1", "::1", "localhost"):
        raise Unreachable(f"{url} isn't on this machine")
    return Target("endpoint", boto3.Session(profile_name=profile, region_name=REGION), url)


@contextmanager
def cloud() -> Iterator[Target]:
    """A new cloud in this process."""
    with Cloud(seed=25):
        yield Target("cloud", boto3.Session(region_name=REGION))


def _refuse_company() -> None:
    if Cloud.running() is not None:
        raise Unreachable("a cloud runs in this process: what is recorded beside it would be its answers")


def own_session(loader: Any, **keys: str) -> boto3.Session:
    """A session with keys of its own. All share `loader`, which has read the services' models."""
    inner = botocore.session.Session()
    inner.register_component("data_loader", loader)
    return boto3.Session(botocore_session=inner, region_name=REGION, **keys)
