"""The builders of a blueprint's parts, one module per subject.

A function creates or changes one part: it gets the company, the part's name, the part as data, and the part as it was
built before (None if it wasn't). One whose name begins with `remove_` removes it.
"""
