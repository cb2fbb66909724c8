"""Fixtures that the identity store's tests share with Identity Center's tests."""

from tests.cloud.services.sso_admin.conftest import center

__all__ = ["center"]
