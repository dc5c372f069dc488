"""BEMServer, offline: API 0.24, 0.26 and 0.27 over an invented and a real portfolio.

In the order to read it.

What rows are, by declaration:
  `problems` (error bodies), `zonenames`, `units`, `fields` (value types), `table` (how a resource
  is declared), `catalogue` (all of them), `rows` (of one), `store` (of all), `permissions`
A request:
  `query` (query strings), `auth`, `call` (what handlers get), `etags`
What every resource answers:
  `filters`, `checks` (rules across rows), `notify` (notifications of events), `resources`
Points:
  `csvtext`, `buckets` (of local time), `timeseries`
What is beside both:
  `analysis`, `weather`, `notices`, `csvio` (rows from CSV), `services` and `tasks` (what it does by
  itself: before API 0.26, and since)
All in one:
  `seed` (the world), `app` (the routes), `routes` (which of them each version has), `standin`
"""
