"""What becomes of marked words on a page for a learner."""

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
