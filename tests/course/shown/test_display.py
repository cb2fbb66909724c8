"""What becomes of marked words on a page for a learner."""

import html
import json
import re

import pytest

from labs_helpers.course.shown.display import Page, inline


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("it takes an **access token**, once", "it takes an <strong>access token</strong>, once"),
        ("signed in to *your* application", "signed in to <em>your</em> application"),
        ("“*all* of it”", "“<em>all</em> of it”"),
        ("`Principal` is `*`, twice `**`", "<code>Principal</code> is <code>*</code>, twice <code>**</code>"),
    ],
)
def test_marked_words_stand_out(text, html):
    assert inline(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "kms:Create* and kms:Put* and *",
        "on * and on *",
        "arn:aws:s3:::a/*x and arn:aws:s3:::b/y*",
        "s3:*Object and s3:Get*",
        "2*3*4",
    ],
)
def test_asterisks_of_policies_stay(text):
    assert inline(text) == text


def test_stressed_text_is_escaped():
    assert inline("*a<b*, *<b>*") == "<em>a&lt;b</em>, *&lt;b&gt;*"


def test_plain_text_keeps_its_marks():
    assert Page().say("only *which* people").text == "only *which* people"


def test_long_json_is_indented_in_html_only_and_named_by_its_caption():
    line = json.dumps({"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::" + "x" * 60})
    page = Page().code(line, "Alice's policy")
    assert page.text == f"Alice's policy\n    {line}"
    shown = re.sub("<[^>]+>", "", page.html.partition("<code>")[2])
    assert html.unescape(shown).startswith('{\n  "Effect": "Allow",\n  "Action": ["s3:GetObject"],\n')
    assert '<p class="caption">Alice&#x27;s policy</p>' in page.html
    assert page.html.count("<style>") == 1
    assert Page().say("Nothing else").html.count("<style>") == 0


def test_only_pages_of_aws_become_links():
    said = (
        Page()
        .say("See https://docs.aws.amazon.com/IAM/latest/UserGuide/x.html, not https://example.com.")
        .html
    )
    assert said.count("<a ") == 1
    assert 'href="https://docs.aws.amazon.com/IAM/latest/UserGuide/x.html"' in said
