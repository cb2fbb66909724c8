"""What each part of a blueprint is on AWS, a module a subject.

A function makes or changes one part: it gets the company, the part's name, the part as data, and the part as it was
built before (None: it was not). One that ends in `_goes` removes it.
"""
