"""Code that one day alone needs; a day's data names it, and it is loaded by that name."""
