"""Exercise 5.5's messages are drawn so that no answer passes or fails by chance."""

from __future__ import annotations

from labs_helpers.course.days.day5 import sealed_cases


def test_what_a_case_adds_is_all_that_an_answer_can_strip(monkeypatch):
    """Nonces that begin with whitespace are drawn first, and 300 messages follow."""
    spaces = [bytes([each]) * 12 for each in sealed_cases._STRIPPED]
    drawn = sealed_cases.os.urandom
    monkeypatch.setattr(
        sealed_cases.os, "urandom", lambda size: spaces.pop() if size == 12 and spaces else drawn(size)
    )
    key = drawn(32)
    for _ in range(300):
        message = sealed_cases._with_firm_ends(key, b"blood type: A", {"ward": "north"})
        assert message == message.strip(b" \t\n\r\x0b\f\0")
    assert not spaces
