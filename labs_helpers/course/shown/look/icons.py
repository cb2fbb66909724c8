"""The course's icons as inline SVG in the text's color. A word next to each icon has the same meaning."""

from __future__ import annotations

from enum import Enum


class Icon(Enum):
    """The course's icons. Each value is the SVG content for a 24 × 24 view box."""

    PERSON = '<circle cx="12" cy="8" r="4"/><path d="M4 21c0-5 3.5-7.5 8-7.5s8 2.5 8 7.5"/>'
    ROLE = (
        '<circle cx="12" cy="9" r="3.2"/><path d="M6 19c.6-3.2 3-4.8 6-4.8s5.4 1.6 6 4.8"/>'
        '<rect x="2.5" y="2.5" width="19" height="19" rx="4" stroke-dasharray="3.2 2.6"/>'
    )
    ATTACKER = (
        '<path d="M12 2.5c-5 0-7.5 4-7.5 9 0 4 1.5 6 3 7.5l1.5 2.5h6l1.5-2.5c1.5-1.5 3-3.5 3-7.5 0-5-2.5-9-7.5-9z"/>'
        '<path d="M7 11.5c1.5-1.2 3-1.2 4 .2-1 1.2-2.8 1.3-4-.2zM17 11.5c-1.5-1.2-3-1.2-4 .2 1 1.2 2.8 1.3 4-.2z"/>'
    )
    KEY = '<circle cx="7.5" cy="16.5" r="4.5"/><path d="M10.7 13.3 21 3M16 8l3.5 3.5M13 11l2.5 2.5"/>'
    BUCKET = (
        '<ellipse cx="12" cy="5.5" rx="8.5" ry="2.8"/>'
        '<path d="M3.5 5.5 6 19.5c.3 1.2 3 2 6 2s5.7-.8 6-2l2.5-14"/><path d="M4.6 11.5c2 1.6 12.8 1.6 14.8 0"/>'
    )
    TOKEN = '<rect x="2" y="6" width="20" height="12" rx="2.5"/><path d="M9 6v12M15 6v12M4.5 12h2M11 12h2M17.5 12h2"/>'
    ACCOUNT = '<path d="M12 2.5 20.5 7v10L12 21.5 3.5 17V7zM3.5 7l8.5 4.5L20.5 7M12 11.5v10"/>'
    POLICY = '<path d="M5 2.5h10l4.5 4.5v14.5H5zM15 2.5V7h4.5M8.5 11h7M8.5 14.5h7M8.5 18h4"/>'
    GATE = (
        '<path d="M4 21V9.5C4 5 7.5 2.5 12 2.5S20 5 20 9.5V21M2 21h20M9 21V9.5M15 21V9.5M9 9.5c0-3 6-3 6 0"/>'
    )


def icon(which: Icon) -> str:
    """Return an icon in the text's size and color, hidden from screen readers, which read the word next to it."""
    return (
        '<svg class="icon" viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" '
        f'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{which.value}</svg>'
    )
