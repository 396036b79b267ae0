"""An ordinary host with both dialects and the baseline, on a PostgreSQL database of its own."""

import os

import dj_database_url

DATABASE = os.environ.get("BENCH_DATABASE", "billing_customers_bench")

DATABASES = {"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "NAME": DATABASE, "CONN_MAX_AGE": None}}
SECRET_KEY = "not a secret: the benchmarks only"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.benchmarks.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "billing_customers",
    "tests.benchmarks.baseline",
]

# As `startproject` writes them, and ours first. Both sides pass through all of them.
MIDDLEWARE = [
    "billing_customers.dialects.middleware.BillingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
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

# For the baseline alone: our views pin their own.
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": []}

# The receivers of the benchmarks are on this machine.
BILLING_CUSTOMERS = {
    "WEBHOOK_ALLOW_PRIVATE_NETWORKS": True,
    "WEBHOOK_MAX_IN_FLIGHT": int(os.environ.get("BENCH_MAX_IN_FLIGHT", "5")),
}
SILENCED_SYSTEM_CHECKS = ["billing_customers.W003"]
