"""The tables that fidesdev works with, named and typed as Fides names and types them.

A foreign key to a table that is not modelled here is left out; its column is there.
"""
