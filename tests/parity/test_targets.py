"""Where scenarios may run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labs_helpers.cloud import Cloud
from tests.parity import __main__ as command
from tests.parity import targets

ROOT = Path(__file__).resolve().parents[2]


def test_tests_do_not_reach_aws() -> None:
    with pytest.raises(targets.Unreachable, match="tests don't reach AWS"):
        targets.aws("default")


def test_nothing_is_recorded_beside_a_cloud() -> None:
    for made in (lambda: targets.aws("default"), lambda: targets.endpoint("http://127.0.0.1:1/")):
        with Cloud(), pytest.raises(targets.Unreachable, match="a cloud runs in this process"):
            made()


@pytest.mark.parametrize(
    "url", ["https://sts.amazonaws.com", "http://192.0.2.1:5000", "http://localhost.example.com"]
)
def test_an_endpoint_is_on_this_machine(url) -> None:
    with pytest.raises(targets.Unreachable, match="isn't on this machine"):
        targets.endpoint(url)


def _aws(tmp_path: Path, config: str, **environment: str) -> str:
    """Return the result of `targets.aws` in a process without pytest, whose profile is `mine`."""
    (tmp_path / "config").write_text(config, encoding="utf-8")
    code = "from tests.parity import targets\ntry: targets.aws('mine')\nexcept targets.Unreachable as no: print(no)"
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_"))}
    env = plain | {"AWS_CONFIG_FILE": str(tmp_path / "config"), "PYTHONPATH": str(ROOT)} | environment
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, encoding="utf-8", check=True, timeout=60
    )
    return done.stdout


def test_another_endpoint_is_not_taken_for_aws(tmp_path) -> None:
    assert "leads to another endpoint" in _aws(
        tmp_path, "[profile mine]\nendpoint_url = http://127.0.0.1:1\n"
    )
    assert "AWS_ENDPOINT_URL_S3 leads" in _aws(
        tmp_path, "[profile mine]\n", AWS_ENDPOINT_URL_S3="http://127.0.0.1:1"
    )


def test_recording_names_its_profile_and_asks(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.main(["record"]) == 2
    told = capsys.readouterr()
    assert "name the profile" in told.err
    assert re.search(r"scenarios of 15 services in us-east-1", told.out)
    assert re.search(r"\d+ iam.create_user\n", told.out)
    assert "Estimate: at most 0." in told.out
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert command.main(["record", "--endpoint", "http://127.0.0.1:1"]) == 2
    assert list(tmp_path.iterdir()) == []


def test_without_a_recording_nothing_is_compared(capsys) -> None:
    assert command.main(["compare", "no-such-file.json"]) == 2
    assert "make one with record" in capsys.readouterr().err


def test_the_wheel_has_nothing_of_it() -> None:
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'only-include = ["labs_helpers", "data", "notebooks", "docs"]' in settings
    found = [
        path
        for path in (ROOT / "labs_helpers").rglob("*.py")
        if "tests.parity" in path.read_text(encoding="utf-8")
    ]
    assert found == []
