"""The decisions: what is due, what a pull asks for, which customer:job a payment belongs to, how stored and incoming differ.

Pure functions: records flow in, records flow out. This room knows no database, no XML and no clock.
"""
