"""What makes a widget last: a still picture in HTML and a text that say what it shows, for saved notebooks, for paper
and for pages that run no widgets; a word when its kernel is gone; and keys that JupyterLab leaves to it."""

from __future__ import annotations

from typing import Any

import ipywidgets

from labs_helpers.widgets.design.keys import keys


def kept(view: ipywidgets.Box) -> ipywidgets.Box:
    """The view, marked as ours: the stylesheet says there that a kernel was restarted, and its keys are its own."""
    view.add_class("labs-widget")
    view.children = (*view.children, keys())
    return view


class Lasting:
    """A widget that is shown by `view`, told by `html` (its state as a still picture) and `in_words`."""

    view: ipywidgets.Widget

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
            bundle |= {"text/plain": self.in_words, "text/html": self.html}
        return bundle
