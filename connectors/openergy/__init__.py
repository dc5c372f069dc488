"""OpenergyVBP takes building data in: files reach a *gate*, an *importer* reads them into series, a
*cleaner* makes clean series of those, an *analysis* computes others. It is a Django REST API whose
long work is done in tasks, and FTP for the files.

In the order to read it; section numbers are those of the platform's wire reference.

Where it is, and how one speaks to it:
  `config`, `ids` (with every record's path), `client`, `problems` (its errors as ours), `following`
  (tasks)
Points:
  `reading`, `newest` (when a series' last point was), `clocks` (the platform has three)
What there is:
  `cursors` (of the tree's pages), `files` (by FTP), `tree`
Functions on records, all from one table:
  `values` (typed texts and their checks), `shapes` (the forms), `resources` (the table), `shown`
  (records as ours), `records` (the verbs)
Functions on what records do:
  `gates`, `generators` (importers, cleaners, analyses), `removing`, `projects`, `account`
Functions on series, and on configurations:
  `exports` (as zips by FTP), `selecting`, `sheets` (xlsx), `workbook` (cleaners in one)
All in one:
  `service`, and `apps` for Django
"""

LABEL = "OpenergyVBP"
SUMMARY = "Openergy's platform: gates, importers, cleaners and analyses of building data."
