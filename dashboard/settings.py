"""Every setting of Tieline, from the environment; without any, the embedded column of the README:
SQLite, a Redis of our own on a unix socket, files in the data folder."""

from __future__ import annotations

from pathlib import Path

import dj_database_url
import django_stubs_ext

from connectors import registry
from dashboard import env

django_stubs_ext.monkeypatch()  # ModelAdmin[Person] may be written

ROOT = Path(__file__).resolve().parent.parent

# ── where things are kept ────────────────────────────────────────────────────
DATA = Path(
    env.text("TIELINE_DATA", str(ROOT / "var"), "The data folder", shown="`var` beside manage.py")
)
DATABASE_URL = env.text(
    "DATABASE_URL",
    f"sqlite:///{DATA / 'tieline.sqlite3'}",
    "`postgres://user:password@host/name` in production",
    shown="SQLite in the data folder",
)
EMBEDDED = DATABASE_URL.startswith("sqlite:")
DATABASES = {"default": dj_database_url.parse(DATABASE_URL, conn_max_age=600)}
if EMBEDDED:
    (DATA / "static").mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = DATA / "files"
STATIC_ROOT = DATA / "static"
STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ── secrets and who may connect ──────────────────────────────────────────────
SECRET_KEY, *SECRET_KEY_FALLBACKS = env.keys(
    "SECRET_KEY",
    "Signs sessions; at least 32 random characters, older ones behind it while one is replaced",
    file=DATA / "secret.key" if EMBEDDED else None,
)
VAULT_KEYS = env.keys(
    "TIELINE_VAULT_KEY",
    "Seals the platforms' secrets; several while one is replaced (`manage.py vault rotate`), "
    "the newest first. Keep it apart from the backups of the database",
    file=DATA / "vault.key" if EMBEDDED else None,
)
DEBUG = env.flag("TIELINE_DEBUG", "off", "Django's debug pages; never where others can reach it")
ALLOWED_HOSTS = env.words(
    "TIELINE_HOSTS", "localhost 127.0.0.1 [::1]", "The names under which the dashboard is reached"
)
HTTPS = env.flag("TIELINE_HTTPS", "off", "Cookies by HTTPS only, redirect to it, HSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
ALLOW_ADDRESSES = env.addresses(
    "TIELINE_ALLOW_ADDRESSES",
    "`host:port` pairs on private or loopback networks that connections may reach; default: none",
)
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# ── the house ────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "dashboard.accounts",
    "dashboard.activity",
    "dashboard.connections",
    "dashboard.browse",
    "dashboard.files",
    "dashboard.sharing",
    "dashboard.series",
    "dashboard.charts",
    "dashboard.operations",
    "dashboard.exports",
    "dashboard.api",
    "dashboard.demo",
    *registry.packages().values(),
    "connectors.sandbox",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "template_partials",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "dashboard.middleware.LargestUpload",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.middleware.SignInRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dashboard.middleware.TwoShapes",
    "dashboard.middleware.CurrentWorkspace",
    "dashboard.middleware.PlatformErrors",
]
ROOT_URLCONF = "dashboard.urls"
WSGI_APPLICATION = "dashboard.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
AUTH_USER_MODEL = "accounts.Person"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "connections:list"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

# ── the queue ────────────────────────────────────────────────────────────────
REDIS_SOCKET = DATA / "redis.sock"
CELERY_BROKER_URL = env.text(
    "BROKER_URL",
    f"redis+socket://{REDIS_SOCKET}",
    "`redis://host:port/0` or `amqp://user:password@host//` in production",
    shown="our own Redis on a unix socket in the data folder",
)
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Shorter than the default hour, longer than the longest slice (10 minutes): a message that a dead
# worker took comes back, and the database's lease decides whether it still means anything.
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {"visibility_timeout": 1200} if "redis" in CELERY_BROKER_URL else {}
)
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    # A tick that nobody took in time is replaced by the next: what is due is in the database.
    "tick": {
        "task": "dashboard.exports.tasks.tick",
        "schedule": 20.0,
        "options": {"expires": 20},
    },
    "health": {"task": "dashboard.connections.tasks.check_all", "schedule": 600.0},
}

# ── patience ─────────────────────────────────────────────────────────────────
PAGE_SECONDS = env.number("TIELINE_PAGE_SECONDS", "8", "How long a page waits for a platform")
TASK_SECONDS = env.number("TIELINE_TASK_SECONDS", "540", "How long one slice of a task may take")

# ── room ─────────────────────────────────────────────────────────────────────
LARGEST_UPLOAD = 1_000_000 * env.number(
    "TIELINE_UPLOAD_MB", "1000", "How many megabytes one uploaded file may have"
)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
