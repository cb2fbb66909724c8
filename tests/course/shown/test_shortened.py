"""Shortened text: encoded messages and long ARNs, with the full text on demand."""

from __future__ import annotations

from labs_helpers.course.shown.shortened import shortened, whole, without_encoded, without_middle

MESSAGE = "You are not authorized to perform this operation."
ENCODED = f"{MESSAGE} Encoded authorization failure message: {'k3J9' * 60}"
ARN = "arn:aws:s3:::a-bucket-with-a-very-long-name/a/folder/with/a/very/long/name/object.csv"


def test_the_encoded_part_of_a_message_is_left_out_and_is_in_the_whole_message() -> None:
    assert without_encoded(ENCODED) == MESSAGE
    assert "k3J9" * 60 in whole(ENCODED)
    assert whole(MESSAGE) == ""


def test_a_long_arn_is_shortened_and_is_the_title_of_what_is_shown() -> None:
    shown = shortened(f"Mallory reads {ARN} again.")
    assert f'title="{ARN}"' in shown
    assert ">…/with/a/very/long/name/object.csv</span> again." in shown


def test_a_quoted_arn_ends_before_its_quotation_mark() -> None:
    shown = shortened('on resource: "arn:aws:s3:::field-reports/monday.txt" because no')
    assert "field-reports/monday.txt</span>&quot; because" in shown
    assert shown.count("&quot;") == 2


def test_a_long_name_loses_its_middle_because_its_ends_distinguish_it() -> None:
    assert without_middle("prod · reader", 13) == "prod · reader"
    assert without_middle("AWSReservedSSO_Admin_0123456789abcdef", 16) == "AWSReser…9abcdef"
