"""What the tests of the identity store share with those of Identity Center."""

from tests.cloud.services.sso_admin.conftest import center

__all__ = ["center"]
