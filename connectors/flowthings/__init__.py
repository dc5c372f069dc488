"""flowthings.io takes *drops*, small objects with a time, into *flows* that have a path, and does
things with them as they come. It is a REST API whose answers are envelopes, with a language of
filters, and a WebSocket for what is live.

In the order to read it; section numbers are those of the platform's wire reference.

Where it is, and how one speaks to it:
  `config`, `problems` (its errors as ours), `client`
Points:
  `ids`, `elems` (what drops hold, and which of it are series), `filters` (the language), `reading`,
  `buckets` (sums by the platform), `writing`, `live`
What there is:
  `tree`, `searching`, `sharing`
Functions:
  `forms`, `calls` (the verbs of any service), `objects` (of flows, tracks … from one table),
  `drops`, `operations` (the rest, and all together)
All in one:
  `service`, and `apps` for Django
"""

LABEL = "flowthings.io"
SUMMARY = "Flows of timestamped drops, with filters, tracks, live updates and shares."
