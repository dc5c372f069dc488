"""A stand-in of the Openergy building-data platform: Django REST bodies, FTP areas, tasks."""
