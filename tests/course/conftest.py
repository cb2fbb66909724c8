"""Fixtures: a day without a cloud. Most checks use only the engine, so most tests don't need a cloud."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from labs_helpers.cloud.core.record import Record
from labs_helpers.course.content.files import read_json
from labs_helpers.course.content.paths import data_path
from labs_helpers.course.grading import ceiling
from labs_helpers.course.learner.progress import Progress
from labs_helpers.course.lesson.day import Day
from labs_helpers.course.situations import described_calls
from labs_helpers.course.situations.identity_clients import Clients


@pytest.fixture(autouse=True)
def _all_the_time_in_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    # Under coverage everything takes longer; how long a search may take is its own test's matter.
    monkeypatch.setattr(ceiling, "SECONDS", 10.0)


class NoCloud:
    """A stand-in for a Cloud, which counts its resets and keeps the calls that were made."""

    home = "111122223333"

    def __init__(self) -> None:
        self.resets = 0
        self.record = Record()
        self.written: dict[str, dict[str, str]] = {}
        self.calls: list[tuple[str, str, str]] = []
        self._parts: dict[type, object] = {}

    def part(self, kind):
        return self._parts.setdefault(kind, kind())

    def reset(self) -> None:
        self.resets += 1

    def profile(self, name, access_key) -> None:
        self.written[name] = access_key

    def profiles(self):
        return list(self.written)

    def keys(self, profile):
        return {"AccessKeyId": self, "SecretAccessKey": self.home if profile == "default" else profile[-12:]}

    def account(self, account_id):
        keys = {"AccessKeyId": self, "SecretAccessKey": account_id}
        return SimpleNamespace(client=lambda service: _Client(keys, service))


class _Client:
    def __init__(self, keys, service) -> None:
        self._where = (keys["AccessKeyId"], keys["SecretAccessKey"], service)
        self.meta = Clients().shared(service, "us-east-1", True).meta

    def __getattr__(self, call):
        cloud, account, service = self._where

        def made(**parameters):
            cloud.calls.append((account, service, call))
            return {"AccessKey": {"AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "secret"}}

        return made


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setattr(
        described_calls, "client_as", lambda cloud, keys, service, region=None: _Client(keys, service)
    )
    return NoCloud()


@pytest.fixture
def day(cloud, tmp_path):
    card = read_json(data_path() / "day2" / "day.json")
    return Day(2, card, cloud, Progress(tmp_path / "progress.json"))
