"""AWS profiles for the cloud's identities, in separate config and credentials files.

The learner's ~/.aws is never read: while a cloud runs, the SDK's variables point to these files, and every other AWS_*
variable is removed.
https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
"""

from __future__ import annotations

import atexit
import configparser
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from labs_helpers.cloud.process import sdk_folders

REGION = "us-east-1"
_NAME = re.compile(r"[A-Za-z0-9_.@+=-]{1,64}")


class NoKeys(ValueError):
    """The error for profile keys that aren't in the format that API calls return."""


class Profiles:
    """The profile files, and the environment variables that direct SDKs to them."""

    def __init__(self) -> None:
        """Start without profiles; `open` creates the files."""
        self._folder: Path | None = None
        self._owner = 0
        self._restore_folders: Callable[[], None] | None = None
        self._saved: dict[str, str] = {}
        self._config = _parser()
        self._credentials = _parser()
        self._session_name = ""

    def open(self) -> None:
        """Create the folder, and point the SDK's environment variables to it."""
        self._folder = Path(tempfile.mkdtemp(prefix="labs-aws-"))
        self._saved = {name: value for name, value in os.environ.items() if _concerns_the_sdk(name)}
        for name in self._saved:
            del os.environ[name]
        os.environ.update(self.variables() | sdk_folders.variables(self._folder))
        self._restore_folders = sdk_folders.redirect(self._folder)
        self._owner = os.getpid()
        atexit.register(self._remove)  # a notebook's kernel usually ends while its cloud is running
        self.clear()

    @property
    def folder(self) -> Path:
        """The folder that contains the profile files; it exists while the cloud runs."""
        assert self._folder is not None, "the profiles can be used only while the cloud runs"
        return self._folder

    def variables(self) -> dict[str, str]:
        """Return environment variables that make an SDK read only these files."""
        return {
            "AWS_CONFIG_FILE": str(self.folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def texts(self) -> dict[str, str]:
        """Return the contents of the profile files by file name."""
        return {name: (self.folder / name).read_text(encoding="utf-8") for name in ("config", "credentials")}

    def close(self) -> None:
        """Remove the folder and restore the environment."""
        for name in [name for name in os.environ if _concerns_the_sdk(name)]:
            del os.environ[name]
        os.environ.update(self._saved)
        self._saved = {}
        if self._restore_folders is not None:
            self._restore_folders()
            self._restore_folders = None
        self._remove()
        atexit.unregister(self._remove)
        self._folder = None

    def _remove(self) -> None:
        """Remove the folder, but only in the process that created it and not in its forks."""
        if self._folder is not None and self._owner == os.getpid():
            shutil.rmtree(self._folder, ignore_errors=True)

    def clear(self) -> None:
        """Delete every profile."""
        self._config, self._credentials = _parser(), _parser()
        self._session_name = _new_session_name()
        self._write()

    def adopt(self, texts: Mapping[str, str]) -> None:
        """Add the profiles from another cloud's files (see `texts`), replacing profiles that have the same name."""
        self._config.read_string(texts["config"])
        self._credentials.read_string(texts["credentials"])
        self._write()

    def names(self) -> list[str]:
        """Return the names of the profiles in the order in which the profiles were created."""
        return [section.removeprefix("profile ") for section in self._config.sections()]

    def keys(self, name: str) -> dict[str, str] | None:
        """Return a profile's keys in the API's format, or None for a role's profile or an unknown profile."""
        if not self._credentials.has_section(name):
            return None
        words = {
            "aws_access_key_id": "AccessKeyId",
            "aws_secret_access_key": "SecretAccessKey",
            "aws_session_token": "SessionToken",
        }
        return {words[option]: value for option, value in self._credentials.items(name)}

    def add_keys(self, name: str, access_key: Mapping[str, Any], region: str = REGION) -> None:
        """Add a profile for keys that an API call returned.

        `access_key` contains AccessKeyId, SecretAccessKey, and, for a session, SessionToken. Raises `NoKeys` for any
        other value, and `ValueError` for an invalid name.
        """
        section = _section_of(name)
        try:
            keys = {
                "aws_access_key_id": access_key["AccessKeyId"],
                "aws_secret_access_key": access_key["SecretAccessKey"],
            }
        except (KeyError, TypeError) as error:
            nothing = "no keys were passed; " if access_key is None else ""
            raise NoKeys(
                f"profile {name!r}: {nothing}pass the keys as a call returned them, such as "
                'iam.create_access_key(UserName="alice")["AccessKey"] or sts.assume_role(…)["Credentials"]'
            ) from error
        if access_key.get("SessionToken"):
            keys["aws_session_token"] = access_key["SessionToken"]
        self._credentials[name] = keys
        self._config[section] = {"region": region}
        self._write()

    def add_role(
        self, name: str, role_arn: str, source_profile: str, region: str = REGION, **options: Any
    ) -> None:
        """Add a profile that assumes `role_arn` with the keys of `source_profile`.

        The options are the SDK's settings: `role_session_name`, `external_id`, `duration_seconds`. By default, the
        session has the name that the SDK uses for unnamed sessions. This name is written to the profile because the AWS
        CLI caches sessions under ~/.aws by role and name, and would otherwise reuse another cloud's session. Raises
        `ValueError` for an unknown source profile or an invalid name.
        """
        if source_profile not in self.names():
            raise ValueError(
                f"profile {name!r}: there is no profile {source_profile!r}; the profiles are {self.names()}"
            )
        section = _section_of(name)
        self._credentials.remove_section(name)
        self._config[section] = {
            "region": region,
            "role_arn": role_arn,
            "source_profile": source_profile,
            "role_session_name": self._session_name,
            **{option: str(value) for option, value in options.items()},
        }
        self._write()

    def _write(self) -> None:
        for file, parser in (("config", self._config), ("credentials", self._credentials)):
            path = self.folder / file
            # Not O_TRUNC: ext4 writes a file to the disk when it is emptied and filled again, which takes milliseconds.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            with open(handle, "w", encoding="utf-8", newline="\n") as out:
                parser.write(out)
                out.truncate()


_last_session = 0


def _new_session_name() -> str:
    """Return `botocore-session-` and a time in seconds that no other cloud of this process has used."""
    global _last_session
    _last_session = max(_last_session + 1, int(time.time()))
    return f"botocore-session-{_last_session}"


def _parser() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(default_section="\0none")
    return parser


def _concerns_the_sdk(name: str) -> bool:
    return name.startswith("AWS_") or name in ("BOTO_CONFIG", "MOTO_ACCOUNT_ID")


def _section_of(name: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"a profile's name is at most 64 letters, digits, and characters from _.@+=-; got {name!r}"
        )
    return name if name == "default" else f"profile {name}"
