"""AveniECA, offline: its REST server and the Kafka broker behind it, over the world's twins.

In the order to read it. Section numbers in this package are those of the protocol reference.

What a twin is:
  `settings`, `problems` (error bodies), `times`, `rows` (of a sequence), `twin` (states, rows, what
  was written), `twins`, `aggregates` (twins of twins), `feeds` (what they see of the world)
A request:
  `auth`, `fields` (JSON by declaration), `call` (what handlers get),
  `tables` (of all that is no twin)
What is answered, a path each:
  `texts` (states in words), `ess`, `sequence`, `document`, `embedding`, `retrieval`, `response`,
  `cortex` (predictions)
The broker:
  `broker.wire` (primitives), `broker.crc`, `broker.batches`, `ingest` (signals become states),
  `broker.topics`, `broker.protocol`, `broker.server`
All in one:
  `seed` (the world as twins), `app` (the routes), `standin`
"""
