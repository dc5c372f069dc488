"""flowthings.io, offline: its 13 services over HTTP and WebSocket.

In the order to read it.

The filter language:
  `problems` (refusals), `filters.grammar`, `filters.tree`, `filters.parser`, `filters.evaluation`
What is kept:
  `settings`, `elems` (what drops hold), `history` (drops of the world),
  `shelves` (drops of a flow), `sessions` (who listens), `state` (all of it)
A request:
  `rights` (who may what), `members` (what objects may hold), `catalogue` (the services), `envelope`
  (the shape of answers), `asking` (parameters of lists), `call` (what handlers get), `references`
Drops:
  `tracks` (drops that arrive, and go on), `drops`
All other objects:
  `ownership`, `tending` (what comes and goes with them), `services`
Numbers:
  `calendar`, `aggregate`, `statistics`
What is live:
  `frames` (what they ask), `transports` (how they travel)
All in one:
  `seed` (the world), `app` (the addresses), `standin`
"""
