"""What the tests of the access portal share with those of Identity Center."""

from tests.cloud.services.sso_admin.conftest import center

__all__ = ["center"]
