"""A hostile host: whatever the package does not pin for itself goes wrong here.

``DATABASE_URL`` selects the database; without it the tests use SQLite in a temporary file.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import dj_database_url

_FOLDER = Path(tempfile.gettempdir())
# A file of its own for each process, since xdist's workers and several checkouts run side by side.
_SQLITE_TEST_FILE = _FOLDER / f"billing-customers-{os.getpid()}.sqlite3"


def _database() -> dict[str, Any]:
    """The database of ``DATABASE_URL`` with the options that this package documents for its engine."""
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{_FOLDER / 'billing-customers.sqlite3'}"
    database: dict[str, Any] = dict(dj_database_url.parse(url))
    options = database.setdefault("OPTIONS", {})
    match database["ENGINE"]:
        case "django.db.backends.sqlite3":
            options |= {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            }
            # In memory, threads would share one connection and no lock would ever be contended.
            database["TEST"] = {"NAME": str(_SQLITE_TEST_FILE)}
        case "django.db.backends.mysql":
            options |= {"charset": "utf8mb4"}
            database["TEST"] = {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_unicode_ci"}
    return database


DATABASES = {"default": _database()}

SECRET_KEY = "not a secret: the tests only"
DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
ROOT_URLCONF = "tests.urls"
STATIC_URL = "static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "hostapp.HostUser"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

USE_TZ = True
TIME_ZONE = "America/Chicago"
USE_I18N = True
LANGUAGE_CODE = "he"
USE_THOUSAND_SEPARATOR = True

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "rest_framework",
    "billing_customers",
    "tests.hostapp",
]

# The models of the host's that refer to customers have neighbours in the tests of neighbours alone.
SILENCED_SYSTEM_CHECKS = ["billing_customers.W004"]

MIDDLEWARE = [
    "billing_customers.dialects.middleware.BillingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Each line breaks a view that leaves the policy to the host.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.MultiPartParser"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.AnonRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"anon": "1/day"},
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 1,
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    "ALLOWED_VERSIONS": ["host"],
    "DEFAULT_VERSION": "host",
    "EXCEPTION_HANDLER": "tests.hostapp.errors.refuse",
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": "%d.%m.%Y",
    "URL_FORMAT_OVERRIDE": "format",
}
