"""Reports about policy tests, for people and for CI systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from labs_helpers.course.content.paths import data_path
from labs_helpers.course.policy_tests.runner import TableReport
from labs_helpers.course.shown.counted import counted
from labs_helpers.course.shown.xml_text import printable
from labs_helpers.engine.analysis.containment.comparison import Comparison


def lines(found: Sequence[TableReport]) -> Iterator[str]:
    """Yield a line for each failed request, then a line with the numbers of requests and failures."""
    for report in found:
        for outcome in report.failed:
            yield (
                f"{_named(report.path)}: FAIL {outcome.test}: {outcome.witness}: expected {outcome.expected}, "
                f"got {outcome.decision} ({outcome.reason})"
            )
    requests = sum(len(report.outcomes) for report in found)
    failed = sum(len(report.failed) for report in found)
    yield f"{counted(requests, 'request')}, {failed} failed"


def _named(path: str) -> str:
    """Return a file's path or, for a file of the course, its path in the repository, which is the same everywhere."""
    content = data_path()
    return (
        f"data/{Path(path).relative_to(content).as_posix()}" if Path(path).is_relative_to(content) else path
    )


def comparison_lines(path: str, compared: Sequence[tuple[str, Comparison | None]]) -> Iterator[str]:
    """Yield, for each account, the differences from an earlier table: what is proved, or a request as an example."""
    for account, comparison in compared:
        found = ["only in one of the tables"] if comparison is None else comparison.lines()
        for line in found:
            yield f"{path}: {account}: {line}"


def junit(found: Sequence[TableReport]) -> str:
    """Return the reports as JUnit XML for CI systems: one suite per file, one case per request."""
    from xml.etree import ElementTree

    suites = ElementTree.Element("testsuites")
    for report in found:
        suite = ElementTree.SubElement(
            suites, "testsuite", name=printable(report.path), tests=str(len(report.outcomes)),
            failures=str(len(report.failed)),
        )  # fmt: skip
        for outcome in report.outcomes:
            case = ElementTree.SubElement(
                suite, "testcase", classname=printable(outcome.test), name=printable(outcome.witness)
            )
            if not outcome.passed:
                message = f"expected {outcome.expected}, got {outcome.decision}"
                ElementTree.SubElement(case, "failure", message=message).text = printable(outcome.reason)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
