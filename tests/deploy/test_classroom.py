"""deploy/jupyterhub on this machine: a class signs in and runs Day 2, learners are kept apart, and a loop disturbs no
one.

A class of two here; `make classroom` runs the same with twelve, each through the whole day.
"""

from __future__ import annotations

import asyncio
import csv
import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse

from deploy.nbgitpuller_link import link, notebook_of
from tests.deploy.hub import DEPLOY, INSTALLED, ROOT, Hub, Kernel, Learner, running_hub

CLASS = int(os.environ.get("LABS_CLASS", "2"))
WHOLE = CLASS > 2
DAY2 = "notebooks/day2_iam.ipynb"
PROGRESS = "aws-security-week-progress.json"
EXERCISE = json.loads((ROOT / "data/day2/exercises/2.1.json").read_text(encoding="utf-8"))
OPEN = "from labs_helpers import open_day\nday = open_day(2)"
CHECK = f"day.check('2.1', {EXERCISE['starter']!r})"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (INSTALLED / "node_modules" / ".bin" / "configurable-http-proxy").exists(),
        reason="needs JupyterHub and its proxy in .judges/hub (make classroom)",
    ),
]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("hub")) as hub:
        yield hub


@pytest.fixture(scope="module")
def learners(hub: Hub) -> list[Learner]:
    """They come all at once."""

    async def come() -> list[Learner]:
        return await asyncio.gather(*(hub.seat(f"learner{number}") for number in range(1, CLASS + 1)))

    return asyncio.run(come())


def answer_of(number: int) -> str:
    """Every second learner solves 2.1; the others leave it as it was."""
    return f"answer = {EXERCISE['solution' if number % 2 else 'starter']!r}"


async def sign_in(hub: Hub, name: str, password: str) -> HTTPResponse:
    page = await AsyncHTTPClient().fetch(f"{hub.url}/hub/login")
    cookies = SimpleCookie("; ".join(each.partition(";")[0] for each in page.headers.get_list("Set-Cookie")))
    sent = "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies.values())
    form = urlencode({"username": name, "password": password, "_xsrf": cookies["_xsrf"].value})
    request = HTTPRequest(
        f"{hub.url}/hub/login", "POST", headers={"Cookie": sent}, body=form, follow_redirects=False
    )
    return await AsyncHTTPClient().fetch(request, raise_error=False)


@pytest.mark.parametrize(
    ("name", "right", "code"),
    [
        ("ada", True, 302),
        ("ada", False, 403),
        ("../ada", True, 403),
        ("ada/../bob", True, 403),
        ("", True, 403),
    ],
)
def test_who_signs_in_knows_the_class_password_and_has_a_name_that_is_a_folder(hub, name, right, code):
    answer = asyncio.run(sign_in(hub, name, hub.password if right else "another password"))
    assert answer.code == code


def test_a_stranger_reaches_no_learners_server(hub, learners):
    async def call() -> HTTPResponse:
        address = f"{hub.url}/user/{learners[0].name}/api/contents/"
        return await AsyncHTTPClient().fetch(address, raise_error=False)

    assert asyncio.run(call()).code == 403


def test_a_class_runs_day_2_and_each_has_a_cloud_and_a_progress_of_ones_own(learners):
    """Each runs the notebook with the others at the same time, makes a user, and asks for a hint of one exercise."""

    async def work(learner: Learner, number: int) -> set[str]:
        run = await learner.run_notebook(DAY2, cells=None if WHOLE else 12)
        assert run.errors == []
        print(f"{learner.name}: {run.seconds:.0f} s, kernel {run.kernel} MB, server {run.server} MB")
        async with learner.kernel(DAY2) as kernel:
            told = [
                await kernel.run(source)
                for source in (
                    OPEN,
                    f"import boto3\nboto3.client('iam').create_user(UserName='{learner.name}')",
                    f"day.hint('2.{number % 9 + 1}')",
                    answer_of(number),
                    "day.check('2.1', answer)",
                    "print(*(user['UserName'] for user in boto3.client('iam').list_users()['Users']))",
                )
            ]
        assert [each.error for each in told if each.error] == []
        return {name for name in told[-1].text.split() if name.startswith("learner")}

    async def all_work() -> list[set[str]]:
        return await asyncio.gather(*(work(learner, number) for number, learner in enumerate(learners, 1)))

    assert asyncio.run(all_work()) == [{learner.name} for learner in learners]
    for number, learner in enumerate(learners, 1):
        kept = json.loads((learner.home / "notebooks" / PROGRESS).read_text(encoding="utf-8"))["exercises"]
        hinted = {id for id, entry in kept.items() if entry["hints"]}
        passed = {id for id, entry in kept.items() if entry["passed"]}
        assert hinted == {f"2.{number % 9 + 1}"}
        assert ("2.1" in passed) == bool(number % 2)


def test_one_who_loops_disturbs_nobody(learners):
    """The first learner's code loops forever; the duration of the other learners' checks is compared with before."""
    looping, *others = learners

    async def seconds(kernels: list[Kernel]) -> float:
        taken = []
        for kernel in kernels * (1 if WHOLE else 4):
            began = time.monotonic()
            await kernel.run(CHECK)
            taken.append(time.monotonic() - began)
        return statistics.median(taken)

    async def open_day(learner: Learner) -> Kernel:
        kernel = await learner.open_kernel(DAY2)
        await kernel.run(OPEN)
        await kernel.run(CHECK)
        return kernel

    async def compare() -> tuple[float, float]:
        async with looping.kernel(DAY2) as loop:
            kernels = await asyncio.gather(*(open_day(each) for each in others))
            before = await seconds(kernels)
            forever = asyncio.create_task(loop.run("while True: pass"))
            await asyncio.sleep(1)
            during = await seconds(kernels)
            assert not forever.done()
            await looping.api("POST", f"kernels/{loop.id}/interrupt")
            assert (await forever).error.startswith("KeyboardInterrupt")
            assert (await loop.run("print('again')")).text == "again\n"
        return before, during

    before, during = asyncio.run(compare())
    print(f"a check of the others': {before:.2f} s before, {during:.2f} s while one loops")
    assert during < 2 * before + 1


def test_the_teacher_grades_what_lies_in_the_homes(hub, learners, tmp_path):
    """The teacher's command doesn't read files that a learner linked to."""

    async def save(learner: Learner, number: int) -> None:
        sources = [f"# {learner.name}", OPEN, f"{answer_of(number)}\nday.check('2.1', answer)"]
        cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
        cells = [cell | {"id": f"c{place}", "source": source} for place, source in enumerate(sources)]
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        await learner.api("PUT", f"contents/{DAY2}", {"type": "notebook", "content": notebook})

    async def all_save() -> None:
        await asyncio.gather(*(save(learner, number) for number, learner in enumerate(learners, 1)))

    asyncio.run(all_save())
    (tmp_path / "secret.ipynb").write_text("{}", encoding="utf-8")
    (learners[0].home / "notebooks" / "day2_link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    done = subprocess.run(
        ["sh", DEPLOY / "grade.sh", INSTALLED / "bin" / "python", hub.homes, tmp_path / "reports", "2"],
        capture_output=True, text=True, check=True, timeout=900,
    )  # fmt: skip
    (report,) = (tmp_path / "reports").iterdir()
    with open(report / "grades.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["exercise"] == "2.1"]
    assert {row["learner"]: row["result"] for row in rows} == {
        learner.name: "passed" if number % 2 else "not yet" for number, learner in enumerate(learners, 1)
    }
    assert {row["how"] for row in rows} == {"graded again"}
    assert "learner1: " in done.stdout
    assert not list(report.rglob("*link*"))


def test_a_link_brings_the_notebooks_of_a_repository(hub, learners, tmp_path):
    """What nbgitpuller's page asks for when a learner follows the link; it opens the notebook afterward."""
    origin = tmp_path / "aws-security-week"
    shutil.copytree(ROOT / "notebooks", origin / "notebooks", ignore=shutil.ignore_patterns(".*"))
    git = ["git", "-C", origin, "-c", "user.name=T", "-c", "user.email=t@example.org"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "Notebooks"]):
        subprocess.run([*git, *command], check=True)
    asked = parse_qs(urlsplit(link(hub.url, f"file://{origin}", notebook_of(2))).query)

    async def follow() -> HTTPResponse:
        sent = {name: asked[name][0] for name in ("repo", "branch", "targetpath")}
        return await hub.ask("GET", f"/user/{learners[0].name}/git-pull/api?{urlencode(sent)}")

    assert '"phase": "finished"' in asyncio.run(follow()).body.decode()
    opened = asked["urlpath"][0].removeprefix("lab/tree/")
    assert (learners[0].home / opened).read_bytes() == (ROOT / DAY2).read_bytes()


def test_a_server_that_nobody_uses_is_ended_and_the_files_stay(hub, learners):
    """The hub's own service does this after an hour; here, the same program does it after a second."""
    culler = subprocess.Popen(
        [INSTALLED / "bin" / "python", "-m", "jupyterhub_idle_culler", "--timeout=1", "--cull-every=1"],
        env=os.environ | {"JUPYTERHUB_API_URL": f"{hub.url}/hub/api", "JUPYTERHUB_API_TOKEN": hub.token},
    )
    try:
        end = time.monotonic() + 60
        while asyncio.run(hub.seated()) and time.monotonic() < end:
            time.sleep(0.5)
    finally:
        culler.terminate()
        culler.wait(10)
    assert asyncio.run(hub.seated()) == set()
    assert all((learner.home / "notebooks" / PROGRESS).exists() for learner in learners)
