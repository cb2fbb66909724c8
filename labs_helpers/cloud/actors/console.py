"""A person who signs in to the AWS Management Console in a browser, as an IAM user or the root user.

https://docs.aws.amazon.com/signin/latest/userguide/how-to-sign-in.html
"""

from __future__ import annotations

from collections.abc import Callable

import boto3

from labs_helpers.cloud.core.credentials import Credentials
from labs_helpers.cloud.core.state import State
from labs_helpers.cloud.services.iam import console_sign_in
from labs_helpers.cloud.services.iam.console_sign_in import Attempt, SignInRefused
from labs_helpers.cloud.services.iam.root_user import RootUsers

__all__ = ["Console", "SignInRefused"]

_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Console:
    """An account's console sign-in page in a Region, as returned by `cloud.console()`.

    CloudTrail records each attempt, successful or not, as a ConsoleLogin event. The session returned by a sign-in calls
    AWS as the console does, so the events for its calls have `sessionCredentialFromConsole`.
    """

    def __init__(self, state: State, source_ip: Callable[[], str], account: str, region: str):
        self._state = state
        self._source_ip = source_ip
        self.account = account
        self.region = region

    def sign_in(
        self, user_name: str, password: str, code: str | None = None, *, new_password: str | None = None
    ) -> boto3.Session:
        """Sign in an IAM user, with an authenticator app's code if the user has MFA.

        `new_password` replaces a password that must be changed. Raises `SignInRefused` if a credential is wrong or the
        password must be changed.
        """
        attempt = self._attempt(self.region)
        return self._session(console_sign_in.sign_in_user(attempt, user_name, password, code, new_password))

    def choose_root_password(self, password: str) -> None:
        """Choose the root user's password through the link that AWS sends to the account's email address.

        Raises `LookupError` if the organization has removed the password and hasn't allowed its recovery.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reset-root-password.html
        """
        roots = self._state.part(RootUsers)
        if self.account in roots.without_password:
            raise LookupError(
                f"the root user of {self.account} has no password, and its recovery is not allowed"
            )
        roots.passwords[self.account] = password

    def sign_in_root(self, password: str, *, with_key: bool = False) -> boto3.Session:
        """Sign in the root user.

        If `with_key` is True, the user's security key is used. Raises `SignInRefused` if the password is wrong or a
        required key wasn't used.
        """
        attempt = self._attempt(console_sign_in.ROOT_REGION)
        return self._session(console_sign_in.sign_in_root(attempt, password, with_key=with_key))

    def _attempt(self, region: str) -> Attempt:
        return Attempt(self._state, self.account, region, self._source_ip(), _BROWSER)

    def _session(self, credentials: Credentials) -> boto3.Session:
        return boto3.Session(
            credentials.access_key_id, credentials.secret, credentials.token, region_name=self.region
        )

    def __repr__(self) -> str:
        return f"<the console's sign-in page of account {self.account}, {self.region}>"
