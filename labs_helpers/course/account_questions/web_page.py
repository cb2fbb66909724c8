"""The answers as one HTML page, which contains no scripts and doesn't load anything.

Everything in the page that comes from the files is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape

from labs_helpers.course.account_questions.account_answers import Answer, Finding
from labs_helpers.course.account_questions.sarif import RULES

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1b1f24; }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2rem } table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid #d0d7de; padding: .4rem .6rem; text-align: left; vertical-align: top }
td { overflow-wrap: anywhere } pre { background: #f6f8fa; overflow-x: auto; padding: .8rem }
.error { color: #a40e26; font-weight: 600 } .warning { color: #7d4e00; font-weight: 600 } .note { color: #424a53 }
@media (prefers-color-scheme: dark) {
  body { background: #0d1117; color: #e6edf3 } pre { background: #161b22 } th, td { border-color: #30363d }
  .error { color: #ff7b72 } .warning { color: #e3b341 } .note { color: #b1bac4 }
}
"""
_TITLES = {
    "would": "Would AWS allow this request?", "who-can": "Who can do this?",
    "what-can": "What can this user or role do?",
    "escalations": "Administrators, and who can become one", "public": "Public access", "outside": "Outside access",
    "unused": "Unused roles, credentials, and permissions", "least-privilege": "A least-privilege policy",
    "table": "A table for test-policies",
}  # fmt: skip

Place = Callable[[str], tuple[str, int]]


def web_page(
    counted: str, found: Sequence[Answer], gaps: Iterable[str], mistakes: Iterable[Finding], place_of: Place
) -> str:
    """Return an HTML document with the answers, the findings with their files and lines, and the gaps.

    `counted` is a sentence that states what was read. `place_of` returns the file and line of an ARN, or raises
    `LookupError`.
    """
    parts = [
        "<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        "<title>Answers about an AWS account</title>", f"<style>{_STYLE}</style>", "</head>", "<body>", "<main>",
        "<h1>Answers about an AWS account</h1>", f"<p>{escape(counted)}</p>",
    ]  # fmt: skip
    parts += _listed("Not taken into account", gaps)
    parts += _findings("Names that don't exist", list(mistakes), place_of)
    for answer in found:
        parts.append(f"<section><h2>{escape(_TITLES.get(answer.question, answer.question))}</h2>")
        parts += _findings("Findings", answer.findings, place_of, level=3)
        parts += _listed("Not answered", answer.unanswered, level=3)
        whole = f"<pre>{escape(chr(10).join(answer.lines))}</pre>"
        parts.append(
            f"<details><summary>The whole answer</summary>{whole}</details>" if answer.findings else whole
        )
        parts.append("</section>")
    return "\n".join([*parts, "</main>", "</body>", "</html>"])


def _listed(title: str, sentences: Iterable[str], level: int = 2) -> list[str]:
    items = [f"<li>{escape(each)}</li>" for each in sentences]
    return [f"<h{level}>{title}</h{level}>", "<ul>", *items, "</ul>"] if items else []


def _findings(title: str, findings: Sequence[Finding], place_of: Place, level: int = 2) -> list[str]:
    if not findings:
        return []
    head = "<tr><th>level</th><th>rule</th><th>finding</th><th>file</th></tr>"
    rows = [
        f'<tr><td class="{escape(each.level)}">{escape(each.level)}</td>'
        f'<td title="{escape(RULES.get(each.rule, ""))}">{escape(each.rule)}</td><td>{escape(each.sentence)}</td>'
        f"<td>{escape(_place(each.subject, place_of))}</td></tr>"
        for each in findings
    ]
    return [f"<h{level}>{title}: {len(findings)}</h{level}>", f"<table>{head}", *rows, "</table>"]


def _place(subject: str, place_of: Place) -> str:
    try:
        file, line = place_of(subject)
    except LookupError:
        return ""
    return f"{file}, line {line}"
