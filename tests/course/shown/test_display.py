"""How marked words are displayed on a page for a learner."""

import html
import json
import re

import pytest

from labs_helpers.course.shown.display import Page, break_long_words, inline


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


def test_a_short_name_a_time_and_a_sign_with_its_words_stay_on_one_line_of_a_cell() -> None:
    together = ["eu-central-1", "✗ succeeded", "✗ got in", "2028-04-13T05:42:55Z"]
    page = Page().table(("a",), [(cell,) for cell in (*together, "key policy", "a" * 15)])
    assert re.findall("nowrap[^>]*>([^<]*)<", page.html) == together


def test_options_have_their_letters_and_no_bullets() -> None:
    page = Page().options({"a": "Yes.", "b": "No."})
    assert page.text == "  a) Yes.\n  b) No."
    assert "list-style: none" in page.html


def test_a_long_word_breaks_after_a_colon_or_a_slash_but_not_within_a_time() -> None:
    said = break_long_words("arn:aws:s3:::clinic/4711.json 2028-04-13T05:42:55Z")
    assert said == "arn:<wbr>aws:<wbr>s3:::<wbr>clinic/<wbr>4711.json 2028-04-13T05:42:55Z"


def test_the_name_of_a_log_file_breaks_after_an_underscore_and_that_of_a_call_doesnt() -> None:
    said = break_long_words(
        "111122223333_CloudTrail_us-east-1_20280107T2041Z_8vq0.json.gz kms.get_key_rotation_status"
    )
    file = "111122223333_<wbr>CloudTrail_us-east-1_<wbr>20280107T2041Z_<wbr>8vq0.json.gz"
    assert said == f"{file} kms.get_key_rotation_status"
