"""The league of the companies in a folder: each company and each attack is judged in a separate process.

Learners' files are read as data, and none of them is run as code. If a file is damaged, makes false claims, or takes
too long, the learner who handed it in is defeated.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labs_helpers.course.days.day6.league.attack_log import is_attack
from labs_helpers.course.days.day6.league.company_file import fingerprint, is_company, read_json
from labs_helpers.course.handed_in.child_process import environment
from labs_helpers.course.shown.mistakes import Mistake

SECONDS = 120.0
"""The limit for a company or an attack, in seconds of processor time."""
PATIENCE = 10
"""The limit on elapsed time, as a multiple of the processor time, because other programs might be running."""
ATTACKS = 30
"""The maximum number of attacks that one learner can hand in."""
_RULES = ".rules"
_PROCESSES = 2


@dataclass
class Entrant:
    """A learner's files: the company, the attacks with the fingerprints of their targets, and a folder of alarm rules.

    `company` is None if there is no usable file; `notes` has the reason, and what else is wrong.
    """

    name: str
    company: Path | None = None
    fingerprint: str = ""
    attacks: list[tuple[Path, str]] = field(default_factory=list)
    rules: Path | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class Standing:
    """A learner's standing: the result of the learner's company, and the flags that were taken.

    `lost` has the flags that were taken from the company as (foothold, flag) pairs, and `taken` has the flags that the
    learner took from others, as (learner, foothold, flag) triples.
    """

    entrant: Entrant
    result: dict[str, Any] | None = None
    lost: set[tuple[str, str]] = field(default_factory=set)
    taken: set[tuple[str, str, str]] = field(default_factory=set)


def entrants(folder: Path) -> list[Entrant]:
    """Return what learners handed in, by name: `NAME.json` and `NAME.rules`, or the same in a folder `NAME`.

    Raises `OSError` if the folder can't be read.
    """
    found: dict[str, Entrant] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not (path.is_dir() or path.suffix == ".json"):
            continue
        name = path.name if path.is_dir() and path.suffix != _RULES else path.stem
        entrant = found.setdefault(name, Entrant(name))
        if path.is_dir() and path.suffix == _RULES:
            entrant.rules = path
        elif path.is_dir():
            _add_folder(entrant, path)
        else:
            _add_file(entrant, path)
    for entrant in found.values():
        if entrant.company is None and not entrant.notes:
            entrant.notes.append("there is no company file")
    return [found[name] for name in sorted(found)]


def _add_folder(entrant: Entrant, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.suffix == _RULES:
            entrant.rules = path
        elif path.suffix == ".json":
            _add_file(entrant, path)


def _add_file(entrant: Entrant, path: Path) -> None:
    if not path.is_file():  # reading a pipe or a device might never end
        entrant.notes.append(f"{path.name}: isn't a file")
        return
    try:
        value = read_json(path)
    except (Mistake, OSError) as error:
        entrant.notes.append(str(error))
        return
    if is_attack(value):
        if len(entrant.attacks) < ATTACKS:
            entrant.attacks.append((path, str(value.get("company"))))
        else:
            entrant.notes.append(f"{path.name}: more than {ATTACKS} attacks")
    elif not is_company(value) or not isinstance(value.get("design"), dict):
        entrant.notes.append(f"{path.name}: neither a company file nor an attack file")
    elif entrant.company is not None:
        entrant.notes.append(f"{path.name}: a second company")
    else:
        entrant.company, entrant.fingerprint = path, fingerprint(value["design"])


def judge(found: list[Entrant], told: Callable[[str], None], seconds: float = SECONDS) -> list[Standing]:
    """Judge all companies, and then all attacks on them, two at a time.

    `told` is called with a line after each of them.
    """
    standings = [Standing(entrant) for entrant in found]
    entered = [standing for standing in standings if standing.entrant.company is not None]
    with ThreadPoolExecutor(min(_PROCESSES, os.cpu_count() or 1)) as pool:
        results = pool.map(lambda each: _run(_job(each.entrant), seconds), entered)
        for standing, result in zip(entered, results, strict=True):
            told(_note_result(standing, result))
        duels = list(_duels(standings))
        captures = pool.map(lambda duel: _run(_job(duel.defender.entrant, duel.path), seconds), duels)
        for duel, capture in zip(duels, captures, strict=True):
            told(_note_capture(duel, capture))
    return standings


def _job(entrant: Entrant, attack: Path | None = None) -> dict[str, Any]:
    """Return the job of judging a company, or an attack on it."""
    assert entrant.company is not None
    places = {
        "company": entrant.company,
        "rules": entrant.rules if attack is None else None,
        "attack": attack,
    }
    return {name: str(place.absolute()) if place else None for name, place in places.items()}


def _note_result(standing: Standing, result: dict[str, Any]) -> str:
    """Store a company's result, and return a line about it."""
    name = standing.entrant.name
    if "fault" in result:
        standing.entrant.notes.insert(0, result["fault"])
        return f"{name}: defeated: {result['fault']}"
    standing.result = result
    standing.lost = {(foothold, flag) for foothold, flag in result["taken"]}
    return f"{name}: {result['green']} of {result['probes']} probes are green"


@dataclass(frozen=True, slots=True)
class _Duel:
    """An attack in the league: who attacks whom, and the attack file."""

    attacker: Standing
    defender: Standing
    path: Path


def _duels(standings: list[Standing]) -> Iterator[_Duel]:
    """Yield a duel for each attack on another company in the league."""
    for attacker in standings:
        for path, target in attacker.entrant.attacks:
            defenders = [
                each
                for each in standings
                if each.result and each.entrant.fingerprint == target and each is not attacker
            ]
            if not defenders:
                attacker.entrant.notes.append(f"{path.name}: {_why_no_duel(standings, attacker, target)}")
            for defender in defenders:
                yield _Duel(attacker, defender, path)


def _why_no_duel(standings: list[Standing], attacker: Standing, target: str) -> str:
    """Return why an attack on a company with this fingerprint isn't replayed."""
    if any(each.entrant.fingerprint == target and each is not attacker for each in standings):
        return "the company that it attacks is defeated"
    return "doesn't attack another company in this league"


def _note_capture(duel: _Duel, capture: dict[str, Any]) -> str:
    """Store what an attack took, and return a line about it."""
    attacker, defender = duel.attacker.entrant.name, duel.defender.entrant.name
    if "fault" in capture:
        duel.attacker.entrant.notes.append(f"{duel.path.name}: {capture['fault']}")
        return f"{attacker} attacks {defender}: {capture['fault']}"
    for flag in capture["taken"]:
        duel.attacker.taken.add((defender, capture["foothold"], flag))
        duel.defender.lost.add((capture["foothold"], flag))
    return f"{attacker} attacks {defender}: flags taken: {len(capture['taken'])}"


def _run(job: dict[str, Any], seconds: float) -> dict[str, Any]:
    """Return the result of a job, or its fault. `seconds` is the limit of its processor time."""
    command = [sys.executable, "-m", "labs_helpers.course.handed_in.league_process"]
    try:
        with tempfile.TemporaryDirectory(prefix="labs-league-") as folder:
            done = subprocess.run(
                command, input=json.dumps({**job, "seconds": seconds}), encoding="utf-8", errors="replace",
                capture_output=True, timeout=seconds * PATIENCE, cwd=folder, env=environment(Path(folder)), check=False,
            )  # fmt: skip
        result: Any = json.loads(done.stdout.strip().splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"fault": f"took more than {seconds * PATIENCE:.0f} seconds"}
    except (IndexError, ValueError):
        if done.returncode == -getattr(signal, "SIGXCPU", 0):
            return {"fault": f"took more than {seconds:.0f} seconds of processor time"}
        return {"fault": f"ended its process with exit code {done.returncode}"}
    return result if isinstance(result, dict) else {"fault": "wrote an invalid result"}
