"""Amazon EC2: the actions its operations need (`table`), the operations that differ from moto's, and views of moto's state.
"""
