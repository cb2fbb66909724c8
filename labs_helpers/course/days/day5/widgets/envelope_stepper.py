"""The envelope stepper: the name of every byte in a real message, and the effect of changing it.

    EnvelopeStepper(message, [key])       # a message, and the key holders that can open it

Choose a field and read its purpose. Then flip a bit, cut the message, or swap two frames: after each change, the
stepper really tries to open the message and names the check that rejects it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets

from labs_helpers.course.days.day5.envelope import EnvelopeError, decrypt
from labs_helpers.course.days.day5.envelope.anatomy import BODY, FOOTER, HEADER, KEYS, Field, fields
from labs_helpers.course.days.day5.envelope.key_holders import KeyHolder
from labs_helpers.course.days.day5.widgets.envelope_drawing import Part, nested
from labs_helpers.course.shown.mistakes import Mistake, checked
from labs_helpers.course.widgets.visual_language import (
    STYLE,
    LabWidget,
    Verdict,
    box,
    escaped,
    framed,
    table,
    titled_view,
)

MOST_BYTES = 8_192
"""The maximum size of a message in bytes, because longer messages can't be read on screen."""
_TINTS = dict(zip((HEADER, KEYS, BODY, FOOTER), ("indigo", "plum", "teal", "slate"), strict=True))
_SHOWN = 64
"""The number of bytes shown per field."""
_WIDE = {"width": "99%"}
_FIXED = "\u00a0"


class EnvelopeStepper(LabWidget):
    """A widget that shows an envelope message field by field, and lets a learner attack it.

    `message` is a version 2 message of at most 8,192 bytes, `holders` are the key holders that can open it, and
    `expected` is the encryption context that the reader requires. Raises `ValueError` if the message is too long, and
    `Malformed` if it isn't a valid message. The controls call `choose`, `flip`, `cut`, `swap_frames`, `drop_frame`, and
    `undo`.
    """

    about = "Envelope stepper: an encrypted message byte by byte, and which check finds a change"

    @checked
    def __init__(
        self, message: bytes, holders: Sequence[KeyHolder], expected: Mapping[str, str] | None = None
    ) -> None:
        if len(message) > MOST_BYTES:
            raise Mistake(f"{len(message):,} bytes are too many to show: the maximum is {MOST_BYTES:,}")
        self._original = message
        self._holders, self._expected = holders, expected
        self.fields = fields(message)
        """The fields of the original message."""
        self.message = message
        """The current message."""
        self.done: list[str] = []
        """The changes made so far, in order."""
        self._make_controls()
        self._draw()

    # Actions of the controls

    @checked
    def choose(self, name: str) -> None:
        """Choose a field. Raises `ValueError` for a name that the message does not have."""
        self._field(name)
        self.field.value = name

    def flip(self) -> None:
        """Flip one bit of the chosen field: the last bit of its first byte."""
        at = self._chosen.start
        if at >= len(self.message):
            self._draw()
            return
        changed = bytearray(self.message)
        changed[at] ^= 1
        self._changed(bytes(changed), f"one bit of “{self._chosen.name}” flipped")

    def cut(self) -> None:
        """Cut off the message before the chosen field."""
        self._changed(self.message[: self._chosen.start], f"cut off before “{self._chosen.name}”")

    def swap_frames(self) -> None:
        """Swap the first two frames, including their numbers."""
        one, two = self._frame(1), self._frame(2)
        if one is None or two is None:
            self._say("Swapping needs two complete frames.")
            return
        message = self.message
        parts = (message[: one[0]], message[two[0] : two[1]], message[one[0] : one[1]], message[two[1] :])
        self._changed(b"".join(parts), "the first two frames swapped")

    def drop_frame(self) -> None:
        """Remove the first frame."""
        one = self._frame(1)
        if one is None:
            self._say("There is no complete frame to remove.")
            return
        self._changed(self.message[: one[0]] + self.message[one[1] :], "the first frame removed")

    def undo(self) -> None:
        """Restore the original message."""
        self.message, self.done = self._original, []
        self._draw()

    @property
    def refusal(self) -> EnvelopeError | None:
        """The error that prevents the current message from being opened, or None if it can be opened."""
        try:
            decrypt(self.message, self._holders, self._expected)
        except EnvelopeError as error:
            return error
        return None

    # The display

    @property
    def _chosen(self) -> Field:
        return self._field(self.field.value)

    def _field(self, name: str) -> Field:
        for each in self.fields:
            if each.name == name:
                return each
        raise Mistake(
            f"the message has no field {name!r}; it has {', '.join(each.name for each in self.fields)}"
        )

    def _frame(self, number: int) -> tuple[int, int] | None:
        """Return the start and end of a frame, or None if there is no such frame or the message was cut."""
        own = [each for each in self.fields if each.name.startswith(f"frame {number}: ")]
        return (own[0].start, own[-1].end) if own and len(self.message) == len(self._original) else None

    def _changed(self, message: bytes, what: str) -> None:
        self.message = message
        self.done.append(what)
        self._draw()

    def _make_controls(self) -> None:
        self.field = ipywidgets.Dropdown(
            options=[each.name for each in self.fields],
            description="Field",
            layout={"width": "30em"},
            style={"description_width": "initial"},
        )
        self.buttons = {
            name: ipywidgets.Button(
                description=name,
                button_style="primary" if name == "Flip a bit" else "",
                layout={"width": "auto"},
            )
            for name in ("Flip a bit", "Cut", "Swap frames 1 and 2", "Remove frame 1", "Undo all")
        }
        self.buttons["Undo all"].add_class("labs-held")
        presses = (self.flip, self.cut, self.swap_frames, self.drop_frame, self.undo)
        for button, press in zip(self.buttons.values(), presses, strict=True):
            button.on_click(lambda _, press=press: press())
        self.field.add_class("labs-choice")
        self.field.observe(lambda _: self._draw(), "value")
        self._verdict, self._picture, self._hex = (ipywidgets.HTML(layout=_WIDE) for _ in range(3))
        buttons = ipywidgets.HBox(list(self.buttons.values()), layout={"flex_flow": "row wrap"})
        # The bytes are next to the controls and the picture if both fit, and below them otherwise.
        column = {"flex": "1 1 34em", "min_width": "0"}
        begin = [ipywidgets.HTML(STYLE), self.field, buttons, self._verdict, self._picture]
        both = ipywidgets.HBox(
            [ipywidgets.VBox(each, layout=column) for each in (begin, [self._hex])],
            layout={"flex_flow": "row wrap", "width": "99%", "grid_gap": "0 1.5em"},
        )
        self.view = titled_view(ipywidgets.VBox([both], layout={"width": "100%"}), self.about)

    def _draw(self) -> None:
        field = self._chosen.name
        self.buttons["Flip a bit"].description = f"Flip a bit of {field}"
        self.buttons["Cut"].description = f"Cut before {field}"
        self.buttons["Undo all"].disabled = not self.done
        self._verdict.value = f'<div class="labs">{self._explained()}{self._opened()}</div>'
        self._picture.value = f'<div class="labs">{self._nested()}</div>'
        self._hex.value = f'<div class="labs">{self._bytes()}</div>'

    def _say(self, text: str) -> None:
        self._verdict.value = f'<div class="labs"><p role="status">{escaped(text)}</p>{self._opened()}</div>'

    def _explained(self) -> str:
        chosen = self._chosen
        last = chosen.end - 1
        place = f"byte {last}" if chosen.start == last else f"bytes {chosen.start} to {last}"
        changed = chosen.of(self.message) != chosen.of(self._original)
        then = ", before the change" if changed else ""  # the purpose can name the field's original value
        return (
            f"<p><strong>{escaped(chosen.name)}</strong> ({chosen.part}, {place}{then}): "
            f"{escaped(chosen.purpose)}</p>"
        )

    def _opened(self) -> str:
        done = "; ".join(self.done) or "none"
        refusal = self.refusal
        if refusal is None:
            return box(
                Verdict.YES,
                "It opens.",
                f"Changes: {done}.",
                label="Result of opening the message",
                word="genuine",
            )
        kind = type(refusal).__name__
        return box(
            Verdict.NO,
            f"{kind}: {refusal}.",
            f"Changes: {done}.",
            label="Result of opening the message",
            word="rejected",
        )

    def _bytes(self) -> str:
        cells = "".join(self._piece(each) for each in self.fields)
        own = {each.part for each in self.fields}
        keys = " ".join(
            f'<span class="chip {tint}">{part}</span>' for part, tint in _TINTS.items() if part in own
        )
        return (
            f"<p>{keys} Click a part or a byte to choose its field.</p>"
            '<div class="bytes" tabindex="0" role="group" aria-label="Bytes of the message">'
            f"<code>{cells}</code></div>"
        )

    def _piece(self, field: Field) -> str:
        now, before = field.of(self.message), field.of(self._original)
        shown = _hex(now, before) + (" …" if len(now) > _SHOWN else "") or "(gone)"
        tint, mark = self._state(field.part) if now != before else (_TINTS[field.part], "")
        chosen, start = (" chosen", "<i></i>") if field is self._chosen else ("", "")
        return (
            f'<span class="tinted {tint}{chosen}" title="{escaped(field.name)}" '
            f'data-option="{self.fields.index(field)}" style="cursor:pointer">'
            f"{start}{mark.replace(' ', _FIXED)}{shown}</span> "
        )

    def _state(self, part: str) -> tuple[str, str]:
        """Return the tint and the sign of a changed part: red if the message is rejected."""
        return ("bad", "✗ ") if self.refusal is not None else (_TINTS[part], "⚠ ")

    def _nested(self) -> str:
        """Return the message as a picture."""
        changed = {each.part for each in self.fields if each.of(self.message) != each.of(self._original)}
        parts = []
        for name, tint in _TINTS.items():
            own = [each for each in self.fields if each.part == name]
            if own:
                size = sum(len(each.of(self.message)) for each in own)
                tint, mark = self._state(name) if name in changed else (tint, "")
                lines = f"{mark}{name}", f"{size} bytes"
                parts.append(Part(name, lines, tint, self._chosen.part == name, self.fields.index(own[0])))
        return nested(parts)

    # Forms without a widget

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [
            (each.part, each.name, f"{each.start}–{each.end - 1}", each.of(self.message)[:12].hex(" "))
            for each in self.fields
        ]

    @property
    def html(self) -> str:
        """The message, and the result of opening it, as static HTML."""
        rows = [
            (_chip_of(part), escaped(name), place, f"<code>{shown}</code>")
            for part, name, place, shown in self._rows()
        ]
        return framed(
            self._opened()
            + self._nested()
            + table("The message, field by field", ("Part", "Field", "Bytes", "First bytes"), rows)
        )

    def __repr__(self) -> str:
        refusal = self.refusal
        said = "it opens" if refusal is None else f"rejected ({type(refusal).__name__}: {refusal})"
        lines = [
            f"{part:<9} {name:<24} bytes {place:<11} {shown}" for part, name, place, shown in self._rows()
        ]
        return "\n".join([f"Envelope of {len(self.message)} bytes: {said}", *lines])


def _hex(now: bytes, before: bytes) -> str:
    """Return the first bytes of a field as HTML, with each changed byte underlined."""
    told = [f"{byte:02x}" for byte in now[:_SHOWN]]
    if len(now) == len(before):
        told = [
            f"<u><strong>{each}</strong></u>" if byte != old else each
            for each, byte, old in zip(told, now, before, strict=False)
        ]
    return " ".join(told)


def _chip_of(part: str) -> str:
    """Return a part of a message as a chip, in the tint of its bytes."""
    return f'<span class="chip {_TINTS[part]}">{part}</span>'
