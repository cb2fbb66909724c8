"""The settings in deploy/, without a hub: a seat's limits, the values for Kubernetes, and the link to the notebooks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from traitlets.config.loader import PyFileConfigLoader

from deploy.nbgitpuller_link import link, notebook_of

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
SEAT = DEPLOY / "jupyterhub" / "seat.sh"
HANDED_IN = [
    "aws-security-week-progress.json",
    "day2_iam.ipynb",
    "day6_governance.ipynb",
    "weekend_the_alarm.ipynb",
]

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no such limits")


def sit_down(
    tmp_path: Path, server: str, seconds: int = 60, megabytes: int = 500
) -> subprocess.CompletedProcess[str]:
    """Run seat.sh with a stand-in for Python: it copies notebooks, then is a server that runs `server`."""
    stand_in = tmp_path / "python"
    stand_in.write_text(
        f"#!/bin/sh\ncase $2 in labs_helpers) echo copied; exit 1;; esac\nexec {sys.executable} -c '{server}'\n",
        encoding="utf-8",
    )
    stand_in.chmod(0o755)
    limits = {"SEAT_SECONDS": str(seconds), "SEAT_MEMORY": str(megabytes * 1_000_000)}
    return subprocess.run(
        ["sh", SEAT, stand_in, "--port=1"], env=os.environ | limits, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip


@needs_linux
def test_a_seat_has_a_server_though_the_notebooks_could_not_be_copied(tmp_path):
    done = sit_down(tmp_path, "print(1)")
    assert done.stdout == "copied\n1\n"
    assert "that are there" in done.stderr


@needs_linux
@pytest.mark.parametrize(
    ("day", "handed_in"),
    [
        ([], HANDED_IN),
        (["2"], HANDED_IN[:2]),
    ],
)
def test_a_class_is_graded_on_every_day_and_the_weekend_or_on_one_day(tmp_path, day, handed_in):
    home = tmp_path / "homes" / "ada" / "notebooks"
    home.mkdir(parents=True)
    for name in (*HANDED_IN, "day2_iam.new.ipynb", "weekend_the_alarm.new.ipynb", "index.ipynb"):
        (home / name).write_text("{}")
    script = DEPLOY / "jupyterhub" / "grade.sh"
    subprocess.run(
        ["sh", script, "true", tmp_path / "homes", tmp_path / "reports", *day], timeout=60, check=True
    )
    assert sorted(path.name for path in (tmp_path / "reports").glob("*/handed-in/ada/*")) == handed_in


@needs_linux
def test_a_seat_that_loops_or_grows_is_ended(tmp_path):
    """The operating system enforces the limits on each process's processor time and memory."""
    assert sit_down(tmp_path, "while True: pass", seconds=1).returncode < 0
    assert "MemoryError" in sit_down(tmp_path, "print(len(bytes(900_000_000)))").stderr


def test_the_settings_for_a_class_that_is_strangers_go_on_top_of_ours(tmp_path, monkeypatch):
    """The page's own file (docs/classroom.md), read as JupyterHub reads it."""
    page = (DEPLOY.parent / "docs" / "classroom.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "ours.py").write_text(block.replace('"deploy/', f'"{DEPLOY}/'), encoding="utf-8")
    monkeypatch.setenv("LABS_HUB", str(tmp_path / "class"))
    monkeypatch.setenv("LABS_HUB_PASSWORD", "a password")
    settings = PyFileConfigLoader("ours.py", path=str(tmp_path)).load_config()
    assert settings.JupyterHub.spawner_class == "systemd"
    assert settings.Authenticator.allow_all is False
    assert settings.Spawner.cmd[:2] == ["sh", str(SEAT)]


def values() -> dict[str, Any]:
    return yaml.safe_load((DEPLOY / "zero-to-jupyterhub" / "values.yaml").read_text(encoding="utf-8"))


def names(tree: Any, at: str = "") -> set[str]:
    """The paths of the settings that are no table themselves."""
    if not isinstance(tree, dict):
        return {at}
    return {path for name, below in tree.items() for path in names(below, f"{at}.{name}" if at else name)}


def test_the_values_are_those_of_the_chart():
    """https://z2jh.jupyter.org/en/stable/resources/reference.html; a name that it does not know is refused by Helm."""
    assert names(values()) == {
        "cull.enabled",
        "cull.every",
        "cull.timeout",
        "hub.concurrentSpawnLimit",
        "hub.config.Authenticator.allow_all",
        "hub.config.JupyterHub.authenticator_class",
        "scheduling.podPriority.enabled",
        "scheduling.userPlaceholder.enabled",
        "scheduling.userPlaceholder.replicas",
        "scheduling.userScheduler.enabled",
        "singleuser.cloudMetadata.blockWithIptables",
        "singleuser.cpu.guarantee",
        "singleuser.cpu.limit",
        "singleuser.defaultUrl",
        "singleuser.image.name",
        "singleuser.image.tag",
        "singleuser.lifecycleHooks.postStart.exec.command",
        "singleuser.memory.guarantee",
        "singleuser.memory.limit",
        "singleuser.networkPolicy.egressAllowRules.cloudMetadataServer",
        "singleuser.networkPolicy.egressAllowRules.nonPrivateIPs",
        "singleuser.networkPolicy.egressAllowRules.privateIPs",
        "singleuser.networkPolicy.enabled",
        "singleuser.startTimeout",
        "singleuser.storage.static.pvcName",
        "singleuser.storage.static.subPath",
        "singleuser.storage.type",
    }


def test_learners_on_kubernetes_reach_no_network_and_no_metadata_of_the_cloud_beneath():
    settings = values()["singleuser"]
    assert settings["networkPolicy"]["enabled"]
    assert not any(settings["networkPolicy"]["egressAllowRules"].values())
    assert settings["cloudMetadata"]["blockWithIptables"]


def test_the_job_that_grades_reads_the_learners_volume_and_has_no_network():
    job, policy = yaml.safe_load_all(
        (DEPLOY / "zero-to-jupyterhub" / "grade.yaml").read_text(encoding="utf-8")
    )
    pod = job["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    image = values()["singleuser"]["image"]
    storage = values()["singleuser"]["storage"]["static"]
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert container["image"] == f"{image['name']}:{image['tag']}"
    assert volumes["learners"]["persistentVolumeClaim"]["claimName"] == storage["pvcName"]
    assert mounts["learners"]["readOnly"]
    assert container["command"][3] == f"{mounts['learners']['mountPath']}/{Path(storage['subPath']).parent}"
    assert policy["spec"]["podSelector"]["matchLabels"] == pod["metadata"]["labels"]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & policy["spec"].keys()


@pytest.mark.parametrize(
    "repository", ["https://git.example.org/c/labs.git", "https://git.example.org/c/labs.git/"]
)
def test_the_link_names_repository_branch_and_notebook(repository):
    asked = urlsplit(link("https://hub.example.org/", repository, notebook_of(2), "autumn"))
    assert (asked.netloc, asked.path) == ("hub.example.org", "/hub/user-redirect/git-pull")
    assert parse_qs(asked.query) == {
        "repo": ["https://git.example.org/c/labs.git"],
        "branch": ["autumn"],
        "targetpath": ["labs"],
        "urlpath": ["lab/tree/labs/notebooks/day2_iam.ipynb"],
    }


def test_the_proxy_is_pinned_with_all_it_brings_and_names_no_host():
    lock = (DEPLOY / "jupyterhub" / "package-lock.json").read_text(encoding="utf-8")
    assert '"configurable-http-proxy": "5.3.0"' in lock
    assert "resolved" not in lock


def test_the_page_s_processor_time_of_a_day_is_the_most_of_its_table():
    page = (DEPLOY.parent / "docs" / "classroom.md").read_text(encoding="utf-8")
    days = re.findall(r"^\d \| \d+ MB \| \d+ MB \| (\d+) s$", page, re.MULTILINE)
    assert len(days) == 6
    assert f"(a day needs at most {max(map(int, days))} s)" in page
