"""Everything that can be configured, from the environment alone. docs/configuration.md lists every variable."""

import logging
from pathlib import Path

import structlog

from socialcrm import mail, services
from socialcrm.environment import flag, listed, number, text

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = services.var_folder()

DEBUG = flag("DEBUG", False)
SITE_URL = text("SITE_URL", "")
SECRET_KEY = text("SECRET_KEY", "") or services.secret(VAR_DIR, "secret_key")
# The machine itself is always allowed: health checks come from there.
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *listed("ALLOWED_HOSTS", "*" if DEBUG else "")]
CSRF_TRUSTED_ORIGINS = listed("CSRF_TRUSTED_ORIGINS", SITE_URL)
# Behind a proxy that speaks TLS; only then are cookies marked secure.
HTTPS = flag("HTTPS", SITE_URL.startswith("https://"))

INSTALLED_APPS = [
    "people",
    "connectors",
    "contacts",
    "routing",
    "inbox",
    "bench",
    "socialcrm",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_structlog",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "socialcrm.compression.CompressionMiddleware",
    "socialcrm.headers.SecurityHeadersMiddleware",
    "socialcrm.shortcut.ShortcutMiddleware",
    "socialcrm.login.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "inbox.preferences.PreferencesMiddleware",
    "inbox.live.PlaceMiddleware",
    "socialcrm.login.EveryPageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "socialcrm.urls"
WSGI_APPLICATION = "socialcrm.wsgi.application"
ASGI_APPLICATION = "socialcrm.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "socialcrm.context.shell",
            ],
        },
    },
]

# Unset: the embedded PostgreSQL and Valkey below var/ (see socialcrm/services.py).
DATABASE_URL = text("DATABASE_URL", "") or services.database_url(VAR_DIR)
REDIS_URL = text("REDIS_URL", "") or services.redis_url(VAR_DIR)

DATABASES = {
    "default": services.database_settings(DATABASE_URL)
    | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "DISABLE_SERVER_SIDE_CURSORS": True},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
    }
}

AUTH_USER_MODEL = "people.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["people.backend.Backend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "socialcrm.login.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "join": "20/m/ip"}
MFA_ADAPTER = "socialcrm.second_factor.Adapter"
MFA_FORMS = {"activate_totp": "socialcrm.second_factor.SetUpForm"}
# A telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
SESSION_ENGINE = "people.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = flag("SSL_REDIRECT", HTTPS)
# An orchestrator's health check speaks plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
TRUST_PROXY = flag("TRUST_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = int(TRUST_PROXY)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = text("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_FINDERS = [
    "socialcrm.stylesheet.StylesheetFinder",
    "socialcrm.scripts.ScriptFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "socialcrm.scripts.HashedStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# Credentials of channels: "id:base64 key of 32 bytes", newest first, comma-separated. Not SECRET_KEY, so that one can
# be changed without the other.
CREDENTIAL_KEYS = listed("CREDENTIAL_KEYS", "") or [services.credential_key(VAR_DIR)]
# By which erased people are known again, and by nothing else. Losing it means that the next pull may bring them back.
ERASURE_KEY = text("ERASURE_KEY", "") or services.secret(VAR_DIR, "erasure_key")
# Networks in CIDR notation that outgoing connections may reach although they are not public.
OUTBOUND_ALLOW = listed("OUTBOUND_ALLOW", "")

# The name of the company, as the frame of every page shows it; empty: what an admin says under Settings, Company.
WORKSPACE_NAME = text("WORKSPACE_NAME", "")

# By what e-mails to colleagues leave. Unset: none do, and links are handed over by hand.
EMAIL_URL = text("EMAIL_URL", "")
EMAIL_BACKEND, EMAIL = mail.settings_of(EMAIL_URL)
EMAIL_HOST, EMAIL_PORT = EMAIL["host"], EMAIL["port"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = EMAIL["user"], EMAIL["password"]
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL["starttls"], EMAIL["tls"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("EMAIL_FROM", "") or EMAIL["from"]

# Seconds in which a reply can be taken back before it leaves.
UNDO_SECONDS = number("UNDO_SECONDS", 10)
# Seconds between two arrivals of the sample workspace.
SAMPLE_TRICKLE_SECONDS = number("SAMPLE_TRICKLE_SECONDS", 20)

CELERY_BROKER_URL = text("CELERY_BROKER_URL", "") or services.broker_url(REDIS_URL)

LOG_LEVEL = text("LOG_LEVEL", "INFO")
LOG_FORMAT = text("LOG_FORMAT", "console")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "structured": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.processors.JSONRenderer()
            if LOG_FORMAT == "json"
            else structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            ),
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso"),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django_structlog": {"level": "WARNING"},
        "tweepy": {"level": "ERROR"},
        # Both log full URLs with their query at DEBUG.
        "urllib3": {"level": "WARNING"},
    },
}
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)

# Django's own line about a refused or failed request is enough.
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = DJANGO_STRUCTLOG_STATUS_5XX_LOG_LEVEL = logging.INFO
