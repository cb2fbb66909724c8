"""The palette: one color for each verdict, the same in every card, widget, exported page, and on paper.

Allowed, right, and passed are green; denied, wrong, and attacked are red; not asked, not answered, and without effect
are gray. Orange warns, and blue is a remark. Code names a verdict instead of a color, so that no widget can give a
verdict a different color. Parts of a thing, such as the parts of a token, aren't right or wrong: they have the colors
of PARTS, which no verdict has.
"""

from __future__ import annotations

from enum import Enum

# Each color is mixed with the theme's text color, because the light theme's orange and the dark theme's red are too
# faint for an edge (3:1) by themselves. Gray is the text color itself, mixed with the background.
COLORS = """--labs-good: color-mix(in srgb, var(--jp-success-color1, #2e7d32) 75%, var(--labs-text));
  --labs-bad: color-mix(in srgb, var(--jp-error-color1, #c62828) 75%, var(--labs-text));
  --labs-open: color-mix(in srgb, var(--labs-text) 60%, var(--labs-ground));
  --labs-warn: color-mix(in srgb, var(--jp-warn-color1, #b26a00) 75%, var(--labs-text));
  --labs-calm: color-mix(in srgb, var(--jp-info-color1, #0277bd) 75%, var(--labs-text));
  --labs-indigo: color-mix(in srgb, #3f51b5 75%, var(--labs-text));
  --labs-plum: color-mix(in srgb, #8e24aa 75%, var(--labs-text));
  --labs-teal: color-mix(in srgb, #00897b 75%, var(--labs-text));
  --labs-slate: color-mix(in srgb, #607d8b 75%, var(--labs-text));"""
"""The palette's CSS variables, for an element that has `--labs-text` and `--labs-ground`."""

PARTS = ("indigo", "plum", "teal", "slate")
"""The colors that distinguish parts of a picture. They don't stand for verdicts."""
TINTS = ("good", "bad", "open", "warn", "calm", *PARTS)
"""The CSS classes that give an element its tint, in the order of COLORS."""


class Verdict(Enum):
    """A verdict with its sign, its word, and its tint.

    The last four members are the verdicts that AWS uses for a layer.
    """

    YES = ("✓", "allowed", "good")
    NO = ("✗", "denied", "bad")
    NOTE = ("•", "note", "calm")
    WARN = ("⚠", "careful", "warn")
    UNKNOWN = ("…", "not asked", "open")
    MOOT = ("✓", "allows, but already denied", "open")
    ALLOW = ("✓", "allow", "good")
    NO_IMPACT = ("·", "no impact", "open")
    IMPLICIT_DENY = ("✗", "implicit deny", "bad")
    EXPLICIT_DENY = ("✗✗", "explicit deny", "bad")

    @property
    def sign(self) -> str:
        """Return the sign that precedes the word, for people who can't see the colors."""
        return self.value[0]

    @property
    def word(self) -> str:
        """Return the word that a chip shows by default."""
        return self.value[1]

    @property
    def tint(self) -> str:
        """Return the name of the verdict's tint: one of TINTS."""
        return self.value[2]


def classes() -> str:
    """Return the CSS rules of the tints: each sets `--tint` for an element with its class."""
    return " ".join(f".labs .{tint} {{ --tint: var(--labs-{tint}); }}" for tint in TINTS)
