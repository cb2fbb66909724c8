"""Data on paper: it is written compactly without being changed, and other text stays as it is."""

from __future__ import annotations

import ast
import json
import re

import pytest

from labs_helpers.course.content.loading import days
from labs_helpers.course.grading.exercise_loading import load
from labs_helpers.course.grading.kinds import Exercise
from labs_helpers.course.shown.handout_code import breaking, closely, closely_in_html, hanging

EXERCISES = [exercise for day in days() for exercise in load(day).values()]
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Read",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListBucket", "s3:GetObjectVersion"],
        },
        {"Sid": "Write", "Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::a/*"},
    ],
}
CLOSE = """{"Version": "2012-10-17",
 "Statement": [
  {"Sid": "Read", "Effect": "Allow",
   "Action": [
    "s3:GetObject", "s3:ListBucket",
    "s3:GetObjectVersion"]},
  {"Sid": "Write", "Effect": "Deny",
   "Action": "s3:PutObject",
   "Resource": "arn:aws:s3:::a/*"}]}"""


def test_short_members_share_a_line_and_closing_brackets_have_none_of_their_own() -> None:
    assert closely(json.dumps(POLICY, indent=2)) == CLOSE


def test_a_name_before_the_data_stays() -> None:
    assert closely('answer = {"a": [1, 2]}') == 'answer = {"a": [1, 2]}'


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)
def test_a_solution_keeps_its_meaning_and_needs_no_more_lines(exercise: Exercise) -> None:
    code = exercise.solution_code()
    close = closely(code)
    assert len(close.splitlines()) <= len(code.splitlines())
    if close != code:
        assert _read(close) == _read(code)


@pytest.mark.parametrize("text", ["day.check()", "{broken", "[1, 2] # a remark", "print([1])", ""])
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert closely(text) == text


def test_blocks_of_html_are_read_and_escaped_again() -> None:
    page = "<p>x</p><pre><code>{\n &quot;a&quot;: &quot;&lt;b&gt;&quot;\n}</code></pre>"
    assert closely_in_html(page) == "<p>x</p><pre><code>{&quot;a&quot;: &quot;&lt;b&gt;&quot;}</code></pre>"


def test_a_long_line_goes_on_further_in_and_breaks_at_its_marks_alone() -> None:
    long = 'client("s3").<span class="n">get_object</span>(Bucket="payroll",Key="2026.csv")'
    page = hanging(f"<pre><span></span>if x:\n    {long}\n    short(1)\n</pre>")
    assert [each[:1] for each in page.split("--in:")[1:]] == ["0", "4", "4"]
    assert '<wbr>.<span class="n">get_object</span>(<wbr>Bucket=<wbr>"payroll",<wbr>Key' in page
    assert "short(1)\n" in page
    assert re.sub(r"<[^>]*>", "", page) == re.sub(r"<[^>]*>", "", f"if x:\n    {long}\n    short(1)\n")


def test_a_long_call_in_a_table_breaks_after_its_marks_and_a_short_one_and_a_block_do_not() -> None:
    page = "<td><code>ec2.modify_instance_metadata_options(InstanceId=…)</code> <code>sts.assume_role</code></td>"
    assert (
        "<code>ec2.<wbr>modify_<wbr>instance_<wbr>metadata_<wbr>options(<wbr>InstanceId=…)</code>"
        in breaking(page)
    )
    assert "<code>sts.assume_role</code>" in breaking(page)
    block = "<pre><code>ec2.modify_instance_metadata_options()</code></pre>"
    assert breaking(block) == block


def test_a_difference_keeps_its_marks() -> None:
    page = '<pre class="json"><ins class="good">+ a</ins>  b\n</pre>'
    assert hanging(page) == page


def _read(code: str) -> object:
    text = code.partition(" = ")[2] if code[:1].isalpha() else code
    try:
        return json.loads(text)
    except ValueError:
        return ast.literal_eval(text)
