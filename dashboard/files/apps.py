from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "dashboard.files"
    label = "files"
