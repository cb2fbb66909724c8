"""The base class for widgets with static HTML and text, for saved notebooks, for paper, and for other pages.

A stylesheet shows a notice if a widget's kernel is gone, and JupyterLab doesn't handle key presses in a widget.
"""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets

from labs_helpers.course.shown.look import escaped
from labs_helpers.course.shown.look.keyboard import keys


def titled_view(view: ipywidgets.Box, about: str) -> ipywidgets.Box:
    """Return a view with a title above it, marked as one of the course's views.

    The stylesheet uses the mark to show that the kernel was restarted, and the keyboard script uses it to keep key
    presses in the view.
    """
    view.add_class("labs-widget")
    view.children = (ipywidgets.HTML(titled(about)), *view.children, keys())
    return view


def titled(about: str) -> str:
    """Return a widget's title as HTML, from text that begins with the widget's name and a colon."""
    name, _, shows = about.partition(":")
    return (
        f'<p style="line-height: 1.45; margin: .3em 0"><strong>{escaped(name)}</strong>:{escaped(shows)}</p>'
    )


class LabWidget:
    """A widget that is displayed with `view`. Its state is available as static HTML (`html`) and text (`in_words`)."""

    view: ipywidgets.Widget
    about: ClassVar[str]

    @property
    def html(self) -> str:
        """The current state as static HTML."""
        raise NotImplementedError

    @property
    def in_words(self) -> str:
        """The current state as text."""
        return repr(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = self.view._repr_mimebundle_(**options)
        if isinstance(bundle, dict):
            bundle |= {"text/plain": self.in_words, "text/html": titled(self.about) + self.html}
        return bundle
