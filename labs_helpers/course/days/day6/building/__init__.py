"""The builders of the parts of a blueprint, one module per subject.

Each function creates or changes one part. Its arguments are the company, the part's name, the part as data, and the
part as it was built before (None if it wasn't). Functions whose names begin with `remove_` remove the part.
"""
