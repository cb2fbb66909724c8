"""What makes a widget last: a still picture in HTML and a text that say what it shows, for saved notebooks, for paper
and for pages that run no widgets; a word when its kernel is gone; and keys that JupyterLab leaves to it."""

from __future__ import annotations

from typing import Any, ClassVar

import ipywidgets

from labs_helpers.course.shown.look import escaped
from labs_helpers.course.widgets.design.keys import keys


def kept(view: ipywidgets.Box, about: str) -> ipywidgets.Box:
    """The view under a title, marked as ours: the stylesheet says there that a kernel was restarted, and its keys are
    its own."""
    view.add_class("labs-widget")
    view.children = (ipywidgets.HTML(titled(about)), *view.children, keys())
    return view


def titled(about: str) -> str:
    """A widget's name and, behind a colon, what it shows, told to somebody who was told nothing."""
    name, _, shows = about.partition(":")
    return f'<p style="line-height: 1.45"><strong>{escaped(name)}</strong>:{escaped(shows)}</p>'


class Lasting:
    """A widget that is shown by `view`, told by `html` (its state as a still picture) and `in_words`."""

    view: ipywidgets.Widget
    about: ClassVar[str]

    @property
    def html(self) -> str:
        """A still picture of what it shows."""
        raise NotImplementedError

    @property
    def in_words(self) -> str:
        """The same as text."""
        return repr(self)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = self.view._repr_mimebundle_(**options)
        if isinstance(bundle, dict):
            bundle |= {"text/plain": self.in_words, "text/html": titled(self.about) + self.html}
        return bundle
