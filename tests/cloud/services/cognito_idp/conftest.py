"""A pool with a client, fresh for each test."""

from __future__ import annotations

import pytest

from labs_helpers.cloud import Cloud
from tests.cloud.services.cognito_idp.people import App, make_app


@pytest.fixture
def app(cloud: Cloud) -> App:
    """A pool that verifies e-mail addresses, and a public client with every flow."""
    return make_app(cloud)


@pytest.fixture
def confidential(cloud: Cloud) -> App:
    """The same pool with a client that has a secret."""
    return make_app(cloud, secret=True)
