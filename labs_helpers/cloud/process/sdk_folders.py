"""Substitutes for the SDK's folders in the learner's home directory while a cloud runs.

botocore reads ~/.aws/models (service models that it would trust), ~/.aws/sso/cache and ~/.aws/login/cache (real
tokens), and ~/.boto. It writes sessions to ~/.aws/boto/cache; the AWS CLI writes sessions to ~/.aws/cli/cache.
https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.credentials
import botocore.loaders
import botocore.tokens
import botocore.utils


def redirect(folder: Path) -> Callable[[], None]:
    """Point botocore, and an AWS CLI in this process, to `folder`. Returns a function that undoes the change."""
    changed: list[tuple[Any, str, Any]] = []
    for owner, name, place in _places():
        changed.append((owner, name, getattr(owner, name)))
        setattr(owner, name, place(folder))

    def undo() -> None:
        """Restore the attributes, the last one first."""
        for owner, name, before in reversed(changed):
            setattr(owner, name, before)

    return undo


Place = Callable[[Path], Any]


def _places() -> list[tuple[Any, str, Place]]:
    cache: Any = botocore.utils.JSONFileCache
    places: list[tuple[Any, str, Place]] = [
        (botocore.loaders.Loader, "CUSTOMER_DATA_PATH", _at("models")),
        (botocore.tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", _at("sso", "cache")),
        (botocore.credentials.SSOProvider, "_SSO_TOKEN_CACHE_DIR", _at("sso", "cache")),
        (botocore.credentials.BotoProvider, "DEFAULT_CONFIG_FILENAMES", lambda _: []),
        (cache, "CACHE_DIR", _at("boto", "cache")),
        (cache.__init__, "__defaults__", lambda folder: (str(folder / "boto" / "cache"), None)),
    ]
    assumed = sys.modules.get("awscli.customizations.assumerole")
    if assumed is not None:
        places.append((assumed, "CACHE_DIR", _at("cli", "cache")))
    return places


def _at(*parts: str) -> Place:
    return lambda folder: os.path.join(folder, *parts)


def variables(folder: Path) -> dict[str, str]:
    """Return environment variables that redirect the folders for modules imported later and for other processes."""
    values = {"AWS_LOGIN_CACHE_DIRECTORY": str(folder / "login" / "cache")}
    cli = sys.modules.get("awscli")
    if cli is not None and cli.__file__ is not None:
        # The CLI sets this variable only once, when it is imported, and doesn't start without the variable.
        values["AWS_DATA_PATH"] = str(Path(cli.__file__).parent / "data")
    return values
