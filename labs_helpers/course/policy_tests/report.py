"""The outcome of policy tests, for people and for CI systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labs_helpers.course.policy_tests.runner import Report


def lines(found: Sequence[Report]) -> Iterator[str]:
    """A line for each failure with its witness, and one that counts."""
    for report in found:
        for outcome in report.failed:
            yield (
                f"{report.path}: FAIL {outcome.test}: {outcome.witness}: expected {outcome.expected}, "
                f"got {outcome.decision} ({outcome.reason})"
            )
    asked = sum(len(report.outcomes) for report in found)
    failed = sum(len(report.failed) for report in found)
    yield f"{asked} requests, {failed} failed"


def junit(found: Sequence[Report]) -> str:
    """The reports as JUnit XML, which CI systems read: a suite a file, a case a request."""
    from xml.etree import ElementTree

    suites = ElementTree.Element("testsuites")
    for report in found:
        suite = ElementTree.SubElement(
            suites, "testsuite", name=_xml(report.path), tests=str(len(report.outcomes)),
            failures=str(len(report.failed)),
        )  # fmt: skip
        for outcome in report.outcomes:
            case = ElementTree.SubElement(
                suite, "testcase", classname=_xml(outcome.test), name=_xml(outcome.witness)
            )
            if not outcome.passed:
                message = f"expected {outcome.expected}, got {outcome.decision}"
                ElementTree.SubElement(case, "failure", message=message).text = _xml(outcome.reason)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    """Text without the characters that XML has no way to write."""
    return "".join(
        char if char in "\t\n" or (char >= " " and char.isprintable()) else "\ufffd" for char in text
    )
