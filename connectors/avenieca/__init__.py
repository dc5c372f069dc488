"""AveniECA learns how things behave and predicts what comes: each *twin* has *states* (vectors,
which the platform calls ESS), and a *sequence* that says which state occurred when. A server is
spoken to by REST, and by the Kafka broker behind it for what is live.

In the order to read it; section numbers are those of the platform's wire reference.

Where it is, and how one speaks to it:
  `ids` (of twins and series), `config`, `rows` (the answers' shapes), `problems` (its errors as
  ours), `auth` (sessions), `arrays` (endless lists, piece by piece), `client`
What there is:
  `layout` (which number of a state is which series), `columns` (times and values in Arrow),
  `tree`
Points:
  `reading`, `acts.models` (what is stored, as forms), `writing`
What is live, over Kafka:
  `signals` (the messages), `crc`, `batches`, `kafka` (the client, over the two before it),
  `listening`
Functions:
  `acts.base` (parameters and their checks), `acts.kept` (the verbs of all that is kept),
  `acts.states`, `acts.texts`, `predicting` (predictions as points), `acts.cortex`, `acts.sending`,
  `operations` (all of them together)
All in one:
  `service`, and `apps` for Django
"""

LABEL = "AveniECA"
SUMMARY = "Digital twins: their states as series, search by vector, and predictions."
