"""Writes docs/detections.md: which attacks public rules see, which they miss, and when they raise false alarms.

`make detections` runs this. It plays all packs, and needs SigmaHQ's rules in the folder that LABS_VECTORS names.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from labs_helpers.cloud import Cloud
from labs_helpers.course.attacks.nights import FIRST, OFFICE, OURS, PARTNERS
from labs_helpers.course.attacks.packs import load_pack, pack_names
from labs_helpers.course.attacks.playing import WORK, Scenario, play
from labs_helpers.course.attacks.scoring import Score, score
from labs_helpers.engine.detection import Rule
from tests.detections.rules import UNREACHABLE, metric_filters, sigma
from tests.detections.silent import why
from tests.engine.detection.sigma_vectors import FOLDER

PAGE = Path(__file__).resolve().parents[2] / "docs" / "detections.md"
_MANY = 8
"""A rule that sees more attacks than this is about a kind of caller, such as the root user."""
_HEAD = """# What public detection rules see

Which attacks do public CloudTrail rules detect, which forms of these attacks do they miss, and which legitimate calls
trigger an alarm? This page answers these questions for [SigmaHQ's](https://github.com/SigmaHQ/sigma) {rules} rules
about CloudTrail and the {filters} metric filters of the CIS AWS Foundations Benchmark, in
[Security Hub's version](https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html).

`make detections` generates the page. It plays {packs} attacks in {forms} forms, and {benign} legitimate cases that look
like the attacks, as real calls in the simulated cloud. The callers are a user, a role session, the root user, and a
federated user. Each rule is then run on the resulting records. The table at the end also shows each attack's name in
[Stratus Red Team](https://stratus-red-team.cloud), if it has one. To run your own rules on the same attacks, see
[Alarms](alarms.md).

The metric filters' patterns were compared with the source of AWS's guide
([June 2023](https://github.com/awsdocs/aws-security-hub-user-guide/blob/main/doc_source/cloudwatch-controls.md)). They
are the same, except that the patterns used here for CloudWatch.4 and CloudWatch.13 also name the service.

The rules are quoted here by title, ID, and author, under the
[Detection Rule License 1.1](https://github.com/SigmaHQ/Detection-Rule-License). Their detection logic isn't part of
this project.

## Which calls are legitimate

This project decides which calls are legitimate, and the false alarms depend on that decision. All calls take place at
an imaginary company, Larkspur, which has these rules:

- The accounts {ours} belong to the company. It shares
  resources with two partners, {partners}, and with no one else.
- The office's network is {office}. The shop is public on port 443, and its preview on port 8443.
- Employees rotate their own access keys and change their own passwords. The pipeline deploys functions.
- A call that only reads is legitimate, unless its caller reads many secrets, Windows passwords, or the user data of
  many instances. A call that gives less access than before, or that adds to what a trail records, is legitimate as
  well.

Calls come from the office and from elsewhere, and from the same users as the attacks, so neither the caller nor the
address distinguishes attacks from legitimate calls. The forms are also this project's choice. A rule that misses a form
isn't necessarily wrong: its authors might want only the form that attackers use most.
"""
_HOW = """
A rule *sees* a form if it raises an alarm no matter which caller uses the form. If it sees at least one form of an
attack, the forms that it doesn't see are listed under *misses*. Semicolons separate the forms of an attack.

For a rule about a kind of caller, such as the root user or any role session, the tables show numbers instead of names.
These numbers include the calls of an ordinary workday,
and each legitimate case once for each of its callers.
"""
_SILENT = """
The other {count} rules don't raise an alarm for any attack or legitimate call. For most of these rules, the attacks
can't show whether the rule works.
"""


def page(cloud: Cloud) -> str:
    """Return the page. Plays all packs in the cloud."""
    scenarios = play(cloud, [*pack_names(), WORK], FIRST)
    public, filters = sigma(), metric_filters()
    scores = {name: score(rule, scenarios) for name, rule in {**public, **filters}.items()}
    return "\n".join(_lines(scenarios, public, filters, scores)) + "\n"


def _lines(
    scenarios: Sequence[Scenario],
    public: Mapping[str, Rule],
    filters: Mapping[str, Rule],
    scores: Mapping[str, Score],
) -> Iterator[str]:
    packs = [load_pack(name) for name in pack_names()]
    yield _HEAD.format(
        rules=len(public),
        filters=len(filters),
        packs=len(packs),
        forms=sum(len(pack.forms) for pack in packs),
        benign=sum(len(pack.benign) for pack in packs),
        ours=f"{', '.join(OURS[:-1])}, and {OURS[-1]}",
        partners=" and ".join(PARTNERS),
        office=OFFICE,
    )
    yield "## Totals"
    yield ""
    yield "| rules | forms seen by at least one | attacks with no form seen | rules with false alarms |"
    yield "| --- | --: | --: | --: |"
    for title, rules in (("SigmaHQ", public), ("CIS metric filters", filters)):
        yield _sums(title, [scores[name] for name in rules], scenarios)
    yield from ["", "## SigmaHQ's rules", _HOW]
    yield "| rule | author | sees | misses | false alarms |"
    yield "| --- | --- | --- | --- | --- |"
    yield from _rows(public, scores, _quoted)
    silent = [name for name in public if _is_silent(scores[name])]
    yield _SILENT.format(count=len(silent))
    yield "| rule | author | why it raises no alarm |"
    yield "| --- | --- | --- |"
    called = {record["eventName"] for scenario in scenarios for record in scenario.trail}
    for name in silent:
        yield f"| {_quoted(public[name])} | {why(name, public[name].text, called)} |"
    yield from ["", "## The CIS metric filters", ""]
    yield "| filter | sees | misses | false alarms |"
    yield "| --- | --- | --- | --- |"
    yield from _rows(filters, scores, lambda rule: rule.title)
    yield from _unreachable(public)
    yield from _by_attack(scores, scenarios, public, filters)


def _quoted(rule: Rule) -> str:
    author = rule.about["author"].replace("|", "\\|")
    return f"{rule.title} (`{rule.about['id']}`) | `{author}`"


def _sums(title: str, scores: Sequence[Score], scenarios: Sequence[Scenario]) -> str:
    forms = {(each.pack, each.name) for each in scenarios if each.kind == "attack"}
    seen = {form for each in scores for form in _seen(each)}
    blind = len({pack for pack, _ in forms}) - len({pack for pack, _ in seen})
    crying = sum(bool(each.false_alarms) for each in scores)
    return f"| {title} | {len(seen)} of {len(forms)} | {blind} | {crying} of {len(scores)} |"


def _seen(scored: Score) -> list[tuple[str, str]]:
    """Return the forms that a rule sees whoever makes the calls, unless the rule is about a kind of caller."""
    if len({each.pack for each in scored.seen}) > _MANY:
        return []
    missed = {(each.pack, each.name) for each in scored.missed}
    return [
        form for form in dict.fromkeys((each.pack, each.name) for each in scored.seen) if form not in missed
    ]


def _is_silent(scored: Score) -> bool:
    return not scored.seen and not scored.false_alarms


def _rows(rules: Mapping[str, Rule], scores: Mapping[str, Score], title) -> Iterator[str]:
    for name, rule in rules.items():
        scored = scores[name]
        if _is_silent(scored):
            continue
        touched = dict.fromkeys(each.pack for each in scored.seen)
        seen = _grouped(_seen(scored))
        missed = _grouped(
            dict.fromkeys((each.pack, each.name) for each in scored.missed if each.pack in touched)
        )
        alarms = "; ".join(dict.fromkeys(each.scenario.name for each in scored.false_alarms)) or "–"
        if len(touched) > _MANY:
            seen, missed = f"forms of {len(touched)} attacks, depending on the caller", "–"
            alarms = f"{len(scored.false_alarms)} of {scored.legitimate} cases"
        yield f"| {title(rule)} | {seen or '–'} | {missed or '–'} | {alarms} |".replace("\n", " ")


def _grouped(forms) -> str:
    """Return forms as text, with all forms of an attack together."""
    by_pack: dict[str, list[str]] = {}
    for pack, form in forms:
        by_pack.setdefault(pack, []).append(form)
    return ", ".join(
        f"**{pack}**" + ("" if len(names) == len(load_pack(pack).forms) else f" ({'; '.join(names)})")
        for pack, names in by_pack.items()
    )


def _unreachable(public: Mapping[str, Rule]) -> Iterator[str]:
    yield from ["", "## For the rules' authors to check", ""]
    yield (
        "These rules compare a field with a value that no CloudTrail record contains, as far as AWS's documentation "
        "shows."
    )
    yield ""
    for name, reason in UNREACHABLE.items():
        rule = public[name]
        yield f"- {rule.title} (`{rule.about['id']}`, by `{rule.about['author']}`): {reason}"


def _by_attack(
    scores: Mapping[str, Score],
    scenarios: Sequence[Scenario],
    public: Mapping[str, Rule],
    filters: Mapping[str, Rule],
) -> Iterator[str]:
    """The attacks, and how many rules see all of their forms."""
    yield from ["", "## By attack", ""]
    yield "Rules about a kind of caller (the root user, or any role session) are left out, both here and in the totals."
    yield ""
    yield "| attack | ATT&CK | Stratus Red Team | forms | forms seen by SigmaHQ's rules | by the CIS filters |"
    yield "| --- | --- | --- | --: | --: | --: |"
    seen = {
        label: {form for name in rules for form in _seen(scores[name])}
        for label, rules in (("sigma", public), ("cis", filters))
    }
    for name in pack_names():
        pack = load_pack(name)
        counts = [sum(form[0] == name for form in seen[label]) for label in ("sigma", "cis")]
        stratus = f"`{pack.stratus}`" if pack.stratus else "–"
        yield (
            f"| **{name}**: {pack.title} | {pack.technique} | {stratus} | {len(pack.forms)} | "
            f"{counts[0]} | {counts[1]} |"
        )


def main() -> int:
    """Write the page. Returns 1 if there are no rules."""
    if not FOLDER.is_dir():
        print(
            "LABS_VECTORS must name a folder with sigma in it: rules/cloud/aws/cloudtrail of github.com/SigmaHQ/sigma"
        )
        return 1
    with Cloud(seed=1) as cloud:
        PAGE.write_text(page(cloud), encoding="utf-8", newline="\n")
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
