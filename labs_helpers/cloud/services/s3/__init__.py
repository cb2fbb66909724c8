"""Amazon S3: the actions its operations require (`table`), the operations that differ from moto's, and views on moto.
"""
