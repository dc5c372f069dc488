"""BEMServer is free software for building energy: campaigns with sites, buildings, storeys, spaces
and zones, and the series that are tied to them. It is a REST API of collections of rows; points
travel as CSV or JSON.

In the order to read it; section numbers are those of the platform's wire reference.

Where it is, and how one speaks to it:
  `config`, `problems` (its errors as ours), `auth`, `ids` (with every collection's path), `rows`
  (the answers' shapes), `pages` (where in a list an answer stands), `collection` (the five verbs of
  any of them), `data` (the entry points of points), `copies` (answers that have not changed),
  `client`, `versions`
What there is:
  `states` (Raw, Clean …), `ahead` (several requests in flight), `tree`, `searching`, `sharing`
Points:
  `columns` (CSV in Arrow), `reading`, `writing`, `buckets` (sums made exact)
Functions on rows, all from one table:
  `fields` (the forms' fields), `resources` (the table), `shelf` (what the verbs do), `families`
  (the verbs), `people`, `notices`, `telling` (about the server)
Functions on points:
  `asking` (parameters), `summing` (buckets as tables), `samples` (uploaded files), `points`,
  `analysing`, `climate`, `csvio` (rows from CSV)
What a server does by itself, in both generations:
  `background`, `cleaned`, `tasks`
All in one:
  `operations`, `service`, and `apps` for Django
"""

LABEL = "BEMServer"
SUMMARY = "Free building-energy management: sites, buildings, zones and their meters."
