"""The schema's history, up and down, for both engines.

`HEAD` is the revision of this code. Code of an older release goes on serving on a newer schema while
`schema_compatibility.oldest_code` is not beyond its own revision. So a migration after which older code fails (it
drops, renames or narrows something that older code uses) ends with

    UPDATE schema_compatibility SET oldest_code = '<its own revision>'

and its `downgrade` sets back what was there before. Additions need nothing. Releases that are to be installed without
downtime take two steps: first code that needs the old form no more, then, with the next release, the migration.
"""

HEAD = "0014"
