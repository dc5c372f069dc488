"""The Avista Digital Exchange keeps files in data stores, series in time-series databases and
values of devices, and shares them in collaboratives. It is one GraphQL endpoint (AWS AppSync),
addresses that it signs for bytes, and a WebSocket for what is live.

In the order to read it; section numbers are those of the platform's wire reference.

Where it is, and how one speaks to it:
  `config`, `fields` (every root field that is asked), `documents` (requests made of them),
  `problems` (its errors as ours), `client`, `realtime` (the WebSocket)
What there is:
  `ids`, `moments` (its ways to write times), `latest` (assets and telemetry with newest values),
  `files`, `tree`, `sharing`
Points, which come as export files:
  `exports` (ordered, awaited), `columns` (their CSV in Arrow), `reading`, `writing`, `listening`
Functions, by what they are about:
  `shown` (rows as records and tables), `account`, `stores`, `timestream` (SQL), `records` (what is
  published), `databases`, `devices`, `captures`, `collaboratives`, `operations` (all together)
All in one:
  `service`, and `apps` for Django
"""

LABEL = "Avista Digital Exchange"
SUMMARY = "Data stores, time-series databases and IoT devices, shared in collaboratives."
