"""OpenergyVBP, offline: Django REST bodies, FTP areas, and tasks that go by the clock.

In the order to read it.

Times and steps:
  `settings`, `moments`, `clocks`, `freqs`, `crontabs`, `cleaning` (raw series to clean ones)
A request:
  `problems` (error bodies), `bodies`, `call` (what handlers get), `auth`
Posted scripts, in a process of their own:
  `runner` (inside of it), `scripts` (outside)
What records are, by declaration:
  `fields` (kinds of value), `table` (how a resource is declared), `cleaning_fields`, `tasks` (their
  states go by the clock), `shown` (what answers add), `catalogue` (all resources)
What every resource answers:
  `lists` (one page), `actions` (beside the five verbs), `resources`
Files:
  `homes` (the areas), `ftp`, `gates`
Series:
  `ends`, `reading`, `outputs` (of cleaners), `asking` and `select`
What makes series:
  `orders` (run, clear, reset), `csvfiles`, `importers`, `frames` (an analysis' inputs), `analyses`,
  `cleaners`, `links` (what is made together), `schedule`
Exports:
  `exportfields` (asked), `columns`, `exports`
All in one:
  `names`, `people`, `showcase`, `seed` (the world), `app` (the HTTP side), `standin`
"""
