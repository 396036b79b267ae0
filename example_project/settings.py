"""Settings of the example project.

Variables of the environment change it: ``DATABASE_URL``, ``DJANGO_DEBUG`` (1 unless it is 0), ``DJANGO_SECRET_KEY``,
and ``BILLING_ALLOW_PRIVATE_WEBHOOKS`` (1 lets webhooks go to this machine and its network, over plain HTTP too). It
answers to names of this machine only.
"""

import os
import sys
from pathlib import Path
from typing import Any

import dj_database_url

from billing_customers.neighbors import ModelNeighbor

FOLDER = Path(__file__).resolve().parent

DEBUG = os.environ.get("DJANGO_DEBUG", "1") != "0"
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY") or "not a secret: whoever deploys this sets DJANGO_SECRET_KEY"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", ".localhost"]

# What each engine needs to serve writers side by side.
_OPTIONS: dict[str, dict[str, Any]] = {
    "django.db.backends.sqlite3": {
        # Readers do not wait for the writer (WAL), and writers queue instead of failing as "locked" (IMMEDIATE).
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
    },
    "django.db.backends.mysql": {"charset": "utf8mb4"},
}


def _database(url: str) -> dict[str, Any]:
    # Persistent connections: a new one for each request costs more than half of the throughput. But runserver makes a
    # thread for each request, and each would keep one.
    age = 0 if "runserver" in sys.argv else 600
    database: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=age, conn_health_checks=True))
    database["OPTIONS"] = {**database.get("OPTIONS", {}), **_OPTIONS.get(database["ENGINE"], {})}
    return database


DATABASES = {"default": _database(os.environ.get("DATABASE_URL") or f"sqlite:///{FOLDER / 'db.sqlite3'}")}

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "billing_customers",
    "example_project.shop",
]

MIDDLEWARE = [
    "billing_customers.dialects.middleware.BillingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    # Serves the admin's static files from any server, with DEBUG and without.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "example_project.urls"
WSGI_APPLICATION = "example_project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [FOLDER / "templates"],
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

BILLING_CUSTOMERS = {
    # The shop's own subscriptions keep their customers from being deleted, as the built-in ones do.
    "NEIGHBORS": [
        ModelNeighbor(
            "shop.Subscription",
            kind="subscription",
            label="magazines",
            status_field="state",
            status_map={"running": "active", "trial": "trialing", "unpaid": "past_due", "ended": "canceled"},
            pii=["recipient"],
        )
    ],
    "WEBHOOK_ALLOW_PRIVATE_NETWORKS": os.environ.get("BILLING_ALLOW_PRIVATE_WEBHOOKS", "0") == "1",
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGES = [("en", "English"), ("he", "עברית")]
TIME_ZONE = "UTC"
STATIC_URL = "static/"
# Straight from the apps' folders: no collectstatic before the first start.
WHITENOISE_USE_FINDERS = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "billing_customers.request_id.RequestIdFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {request_id} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "billing_customers": {"level": "INFO"},
        # It writes paths, in which ids stand. The lines of billing_customers tell of the same requests without them.
        "django.request": {"level": "ERROR"},
    },
}
