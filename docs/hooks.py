"""What MkDocs makes of docs/: ledger, glossary, commands and widgets as pages, and links out of docs/ as plain text."""

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
    "One row for each behaviour of AWS that this cloud promises, with the page that documents it. A row that is held "
    "has tests that name it; what is not modelled is refused by name."
)
_SUBJECTS = {
    "IAM": "IAM and STS", "AA": "IAM Access Analyzer", "COG": "Cognito", "ORG": "Organizations",
    "SSO": "IAM Identity Center", "KMS": "KMS", "TRL": "CloudTrail", "S3": "S3", "RES": "Policies of resources",
    "NET": "Instances and networks", "ACC": "Account Management", "GATE": "Every request",
    "EVT": "Events, messages and functions",
}  # fmt: skip
_LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)#]+)(#[^)]*)?\)")


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made from data."""
    for name, text in (
        ("ledger.md", ledger()), ("glossary.md", glossary()), ("reference/commands.md", commands()),
        ("reference/widgets.md", widgets()),
    ):  # fmt: skip
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Name the files outside of docs/ instead of linking to what the site does not have."""
    folder = posixpath.dirname(page.file.src_uri)

    def named(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join("docs", folder, link[2]))
        return link[0] if target.startswith("docs/") else f"{link[1]} (`{target}` in the repository)"

    return _LINK.sub(named, markdown)


def ledger() -> str:
    """The fidelity ledger, a table a subject."""
    rows = json.loads((ROOT / "data" / "ledger.json").read_text(encoding="utf-8"))
    rows = rows["rows"] if isinstance(rows, dict) else rows
    subjects: dict[str, list[str]] = {}
    for row in rows:
        pages = ", ".join(f"[{number}]({url})" for number, url in enumerate(row["source"], 1))
        name = f'<span class="row">{row["id"]}</span>'
        line = f"| {name} | {_cell(row['fact'])} | {row['status']} | {pages} |"
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
            "| row | behaviour | state | pages |",
            "| --- | --- | --- | --- |",
            *shown,
        ]
    return "\n".join(lines) + "\n"


def glossary() -> str:
    """The course's words, in the order of the alphabet."""
    terms = json.loads((ROOT / "data" / "glossary.json").read_text(encoding="utf-8"))["terms"]
    lines = ["# Glossary", "", "The course's words, and the day that brings each."]
    for term in sorted(terms, key=lambda each: each["name"].lower()):
        lines += [
            "",
            f"## {term['name']}",
            "",
            f"{term['says']} [AWS's page]({term['page']}), day {term['day']}.",
        ]
    return "\n".join(lines) + "\n"


def commands() -> str:
    """What `python -m labs_helpers` can do."""
    from labs_helpers.course import commands as found

    rows = [f"| `{name}` | {_linked(_cell(found.about(name)))} |" for name in found.names()]
    lines = ["# The commands", "", "`python -m labs_helpers COMMAND`; each takes `--help`.", ""]
    return "\n".join([*lines, "| command | what it does |", "| --- | --- |", *rows]) + "\n"


def widgets() -> str:
    """Each widget's module: what it shows, and how it is made."""
    modules = sorted((ROOT / "labs_helpers" / "widgets").glob("[a-z]*.py"))
    return (
        "\n\n".join(["# The widgets", *(f"::: labs_helpers.widgets.{module.stem}" for module in modules)])
        + "\n"
    )


def _linked(text: str) -> str:
    """With the pages that it names as links."""
    return re.sub(r"\(docs/([a-z-]+\.md)\)", r"([more](../\1))", text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
