"""The plan of every hot statement, on both engines and with any statistics. A package, because bench/plans.py reads it
with more rows.
"""
