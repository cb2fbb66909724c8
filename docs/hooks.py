"""MkDocs hooks: generate the pages of the ledger, glossary, commands, and widgets; replace links that leave docs/."""

from __future__ import annotations

import json
import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
_PROMISE = (
    "Each row describes a behavior of AWS that this cloud promises to reproduce, with the evidence: the AWS pages that "
    "document the behavior, what was observed on AWS and when, and how the two differ if they do. Tests verify every "
    "row with the status held. A call that needs something that isn't modeled raises an error that names it."
)
_SUBJECTS = {
    "IAM": "IAM and STS", "AA": "IAM Access Analyzer", "COG": "Cognito", "ORG": "Organizations",
    "SSO": "IAM Identity Center", "KMS": "KMS", "TRL": "CloudTrail", "S3": "S3", "RES": "Resource-based policies",
    "NET": "Instances and networks", "ACC": "Account Management", "GATE": "Every request",
    "EVT": "Events, messages, and functions",
}  # fmt: skip
_LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]+)(#[^)]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are generated from data and code."""
    for name, text in (
        ("ledger.md", ledger()), ("glossary.md", glossary()), ("reference/commands.md", commands()),
        ("reference/widgets.md", widgets()),
    ):  # fmt: skip
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Replace links to files outside docs/, which the site doesn't have, with their paths."""
    folder = posixpath.dirname(page.file.src_uri)

    def named(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", folder, link[2]))
        return link[0] if target.startswith("docs/") else f"{link[1]} (`{target}` in the repository)"

    return _LINK.sub(named, markdown)


def ledger() -> str:
    """Return the page of the fidelity ledger, with one table per subject."""
    rows = json.loads((ROOT / "data" / "ledger.json").read_text(encoding="utf-8"))
    rows = rows["rows"] if isinstance(rows, dict) else rows
    subjects: dict[str, list[str]] = {}
    for row in rows:
        name = f'<span class="row">{row["id"]}</span>'
        line = f"| {name} | {_cell(row['fact'])} | {row['status']} | {_cell(_evidence(row['evidence']))} |"
        subjects.setdefault(_SUBJECTS[row["id"].split("-")[1]], []).append(line)
    lines = [
        "# What is promised", "",
        _PROMISE,
    ]  # fmt: skip
    for subject, shown in subjects.items():
        lines += [
            "",
            f"## {subject}",
            "",
            "| row | behavior | status | evidence |",
            "| --- | --- | --- | --- |",
            *shown,
        ]
    return "\n".join(lines) + "\n"


def _evidence(evidence: dict[str, Any]) -> str:
    """Return numbered links to the pages, dated links to the observations, and how the two differ."""
    pages = [f"[{number}]({url})" for number, url in enumerate(evidence.get("documented", []), 1)]
    seen = [f"[observed {each['date']}]({each['source']})" for each in evidence.get("observed", [])]
    return " ".join([", ".join(pages + seen), evidence.get("differs", "")]).strip()


def glossary() -> str:
    """Return the page of the glossary, in alphabetical order."""
    terms = json.loads((ROOT / "data" / "glossary.json").read_text(encoding="utf-8"))["terms"]
    lines = ["# Glossary", "", "The terms of the course, each with the day that introduces it."]
    for term in sorted(terms, key=lambda each: each["name"].lower()):
        lines += [
            "",
            f"## {term['name']}",
            "",
            f"{term['says']} [AWS's page]({term['page']}), Day {term['day']}.",
        ]
    return "\n".join(lines) + "\n"


def commands() -> str:
    """Return the page of the commands of `python -m labs_helpers`."""
    from labs_helpers.course import commands as found

    rows = [f"| `{name}` | {_linked(_cell(found.about(name)))} |" for name in found.names()]
    lines = ["# The commands", "", "Run `python -m labs_helpers COMMAND`. Each command has `--help`.", ""]
    return "\n".join([*lines, "| command | what it does |", "| --- | --- |", *rows]) + "\n"


def widgets() -> str:
    """Return the page of the widgets: what each widget shows, and how to create it."""
    modules = sorted((ROOT / "labs_helpers" / "widgets").glob("[a-z]*.py"))
    return (
        "\n\n".join(["# The widgets", *(f"::: labs_helpers.widgets.{module.stem}" for module in modules)])
        + "\n"
    )


def _linked(text: str) -> str:
    """Return the text with links to the pages that it names."""
    return re.sub(r"\(docs/([a-z-]+\.md)\)", r"([more](../\1))", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
