"""A day without a cloud: checks ask the engine only, so most tests need none."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from labs_helpers.core.content import data_path
from labs_helpers.course.day import Day
from labs_helpers.course.files import read_json
from labs_helpers.course.progress import Progress


@pytest.fixture(autouse=True)
def _no_file_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # `make test` sends the notebooks' progress elsewhere; these tests say where it goes themselves.
    monkeypatch.delenv("LABS_PROGRESS", raising=False)


class NoCloud:
    """Stands where a Cloud would; remembers how often it was reset."""

    home = "111122223333"
    clock = "the lab clock"

    def __init__(self) -> None:
        self.resets = 0
        self.profiles: dict[str, dict[str, str]] = {}
        self.calls: list[tuple[str, str, str]] = []

    def reset(self) -> None:
        self.resets += 1

    def profile(self, name, access_key) -> None:
        self.profiles[name] = access_key

    def account(self, account_id):
        return _Session(self, account_id)


class _Session:
    def __init__(self, cloud, account) -> None:
        self.cloud, self.account_id = cloud, account

    def client(self, service):
        return _Client(self.cloud, self.account_id, service)


class _Client:
    meta = SimpleNamespace(region_name="us-east-1")

    def __init__(self, cloud, account, service) -> None:
        self._where = (cloud, account, service)

    def __getattr__(self, call):
        cloud, account, service = self._where

        def made(**parameters):
            cloud.calls.append((account, service, call))
            return {"AccessKey": {"AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "secret"}}

        return made


@pytest.fixture
def cloud():
    return NoCloud()


@pytest.fixture
def day(cloud, tmp_path):
    card = read_json(data_path() / "days" / "day2.json")
    return Day(2, card, cloud, Progress(tmp_path / "progress.json"))
