"""A file box has no platform behind it: people upload CSV, Parquet and Excel files, say how they
are to be read, and their columns are series. All is kept in the door's own store of files.

In the order to read it:

What is kept:
  `zones` (local times as instants), `config`, `ids`, `box` (which files there are)
What a file is to those who read it:
  `descriptions` (what people say of it), `sources` (columns, batch by batch), `texts`, `parquet`,
  `workbooks`
What its columns mean:
  `words` (text as numbers and times), `guessing`, `opening` (a file and
  what is known of it, together)
Its points, sorted once and then read in part:
  `parsing` (rows as points), `shelving` (sorted on disk), `cards` (what is known afterwards),
  `reading`
What people see and do:
  `previewing`, `describing` (the functions), `tree`
All in one:
  `service`, and `apps` for Django
"""

LABEL = "File box"
SUMMARY = "CSV, Parquet and Excel files that you upload; their columns become series."
