"""The Avista Digital Exchange, offline: GraphQL over HTTP, the object store behind signed
addresses, and AppSync's WebSocket.

In the order to read it.

What is kept:
  `objects` (bytes), `hub` (who listens), `state` (all of it)
A request:
  `resolvers` (how a field finds its function), `wording` (validation errors), `tokens`,
  `documents` (parsed), `engine` (run), `gate` (who may come in), `access` (who may do what)
People and what they share:
  `users`, `collaboratives`, `memberships`
Data stores:
  `storage`, `folders`, `bucket` (the object store's HTTP side)
Values, as one store of records:
  `values` (typed), `records`, `series` (where they are held), `columns` (block by block), `ranges`
  (of time, paged), `exports` (the files)
Time-series databases, and their SQL:
  `databases`, `queries`, `timestream.nodes`, `timestream.parse`, `timestream.meaning`,
  `timestream.plan`, `timestream.grouping`, `timestream.run`, `timestream.resolvers`, `publishing`
Devices and captures:
  `models` (and hubs), `iot` (endpoints), `groups`, `iotdata`, `capture`
What is live:
  `realtime` (the frames), `live` (new readings as the clock brings them)
All in one:
  `seed`, `seed_series` (the world), `app` (the HTTP side), `standin`
"""
