"""The envelope stepper: each attack is really tried, and the check that rejects it is named."""

from __future__ import annotations

import re

import pytest

from labs_helpers.course.days.day5.envelope import COMMITTING_AND_SIGNED, RawAesKey, encrypt
from labs_helpers.course.days.day5.widgets.envelope_stepper import EnvelopeStepper

AES = RawAesKey("tests", "k1", bytes(32))


@pytest.fixture
def stepper() -> EnvelopeStepper:
    message = encrypt(b"0123456789" * 3, [AES], {"patient": "<b>4711</b>"}, frame_length=8)
    return EnvelopeStepper(message, [AES])


def test_a_message_as_it_was_written_opens(stepper: EnvelopeStepper) -> None:
    assert stepper.refusal is None
    assert "It opens." in stepper._verdict.value
    assert repr(stepper).startswith(f"Envelope of {len(stepper.message)} bytes: it opens")


def test_a_flipped_bit_of_any_field_is_refused_and_undone(stepper: EnvelopeStepper) -> None:
    for field in stepper.fields:
        stepper.choose(field.name)
        stepper.flip()
        assert stepper.refusal is not None, field.name
        assert type(stepper.refusal).__name__ in stepper._verdict.value
        stepper.undo()
        assert stepper.refusal is None


def test_a_changed_field_is_described_as_it_was_before_the_change(stepper: EnvelopeStepper) -> None:
    stepper.choose("version")
    assert "(header, byte 0): 2. " in stepper._verdict.value
    stepper.flip()
    assert "(header, byte 0, before the change): 2. " in stepper._verdict.value


def test_the_check_that_refuses_is_named(stepper: EnvelopeStepper) -> None:
    stepper.choose("frame 2: content")
    stepper.flip()
    assert str(stepper.refusal) == "frame 2 was changed"
    stepper.undo()
    stepper.swap_frames()
    assert "frame 1 is missing or in another place" in repr(stepper)
    stepper.undo()
    stepper.drop_frame()
    assert "missing" in str(stepper.refusal)
    stepper.undo()
    stepper.choose("last frame: mark")
    stepper.cut()
    assert "ends after" in str(stepper.refusal)


def test_frames_that_are_not_there_are_not_swapped() -> None:
    stepper = EnvelopeStepper(encrypt(b"x", [AES]), [AES])
    stepper.swap_frames()
    assert "two complete frames" in stepper._verdict.value
    stepper.drop_frame()
    assert stepper.refusal is None


def test_context_is_shown_as_bytes_and_never_as_markup(stepper: EnvelopeStepper) -> None:
    assert "<b>4711" not in stepper._hex.value + stepper._verdict.value + stepper.html


def test_signed_messages_have_a_footer() -> None:
    stepper = EnvelopeStepper(encrypt(b"x", [AES], suite=COMMITTING_AND_SIGNED), [AES])
    assert stepper.fields[-1].name == "signature"
    stepper.choose("signature")
    stepper.flip()
    assert stepper.refusal is not None


def test_forms_without_a_widget_say_the_same(stepper: EnvelopeStepper) -> None:
    bundle = stepper._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "frame 3: content" in data["text/plain"]
    assert "<caption>The message, field by field</caption>" in data["text/html"]


def test_wrong_input_is_refused(stepper: EnvelopeStepper) -> None:
    with pytest.raises(ValueError, match="no field 'x'"):
        stepper.choose("x")
    with pytest.raises(ValueError, match="too many"):
        EnvelopeStepper(encrypt(bytes(9_000), [AES]), [AES])


def test_every_byte_and_every_part_of_the_picture_answers_to_a_click() -> None:
    """The picture's parts name options of the list of fields, which the keyboard reaches as well."""
    stepper = EnvelopeStepper(encrypt(b"0123456789" * 3, [AES], {"patient": "4711"}, frame_length=8), [AES])
    options = [
        int(each) for each in re.findall(r'data-option="(\d+)"', stepper._hex.value + stepper._picture.value)
    ]
    assert set(range(len(stepper.fields))) <= set(options)
    forms = 2
    assert len(options) == len(stepper.fields) + forms * len({each.part for each in stepper.fields})


def test_the_picture_marks_the_part_that_was_changed() -> None:
    stepper = EnvelopeStepper(encrypt(b"0123456789" * 3, [AES], {"patient": "4711"}, frame_length=8), [AES])
    assert "✗ body" not in stepper.html
    stepper.choose("frame 2: content")
    stepper.flip()
    assert "✗ body" in stepper.html
