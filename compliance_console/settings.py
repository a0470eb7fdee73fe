"""Wiring, read from the environment and .env. docs/configuration.md tells what each variable does."""

from hashlib import sha256
from pathlib import Path

from compliance_console.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment(BASE_DIR)
ENV_FILE = env.file

# Django
DEBUG = env.switch("DEBUG", "off")
HTTPS = env.switch("HTTPS", "on")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")
SECRET_KEY = env.secret("SECRET_KEY", length=50)

INSTALLED_APPS = [
    "apps.console.apps.ConsoleAdminConfig",
    "apps.console.apps.PeopleConfig",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_q",
    "apps.privacy",
    "apps.jobs",
    "apps.audit",
    "apps.vendors",
    "apps.suppression",
    "apps.tickets",
    "apps.reports",
    "apps.api",
    "apps.console",
    "apps.sandbox",
]

MIDDLEWARE = [
    "apps.console.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.api.middleware.StraightToApi",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.console.middleware.BusyDatabase",
]

ROOT_URLCONF = "compliance_console.urls"
WSGI_APPLICATION = "compliance_console.wsgi.application"

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
            ],
        },
    },
]

# Where things are kept
VAR_DIR = env.folder("VAR_DIR", "var")
DATABASES = {"default": env.database("DATABASE_URL", VAR_DIR / "console.sqlite3")}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Writers queue up front instead of failing half-way; what is committed outlives a power cut, since a request may
    # leave right after it; erased rows are overwritten, not only unlinked.
    DATABASES["default"] |= {
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
            ),
        },
        # A file, since threads that share an in-memory database get errors that no timeout can wait out.
        "TEST": {"NAME": VAR_DIR / "test.sqlite3"},
    }
else:
    # Everybody waits for the lock of the ledger: a process that froze, or a host that is gone, holds it for a minute.
    DATABASES["default"]["OPTIONS"] = {
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "options": (
            "-c idle_in_transaction_session_timeout=60s"
            " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
        ),
    } | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis("REDIS_URL")
# Consoles that share a Redis differ in SECRET_KEY, which signs their messages: none takes another's.
QUEUE = f"console-{sha256(f'queue {SECRET_KEY}'.encode()).hexdigest()[:12]}" if REDIS_URL else "console"
# Without Redis each process caches for itself: whatever must be seen by all of them is a row in the database.
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": QUEUE,
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 3},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
}

Q_CLUSTER = {
    "name": QUEUE,
    "workers": 2,
    "queue_limit": 2,
    "bulk": 1,
    "poll": 0.5,
    "guard_cycle": 0.5,
    "timeout": 180,
    "retry": 600,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 0,
    "catch_up": False,
    "recycle": 500,
    "max_rss": 300000,
    "cache": "default",
} | ({"broker_class": "apps.jobs.doorbell.RedisOrDatabase"} if REDIS_URL else {"orm": "default"})

# Who comes in
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 15}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True

# Transport. Behind a proxy, gunicorn decides whose X-Forwarded-Proto counts (--forwarded-allow-ips), not Django.
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = ["^healthz$"]  # a load balancer asks from inside, and learns nothing
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_PERMISSIONS = 0o600
# Uploaded lists of people never lie in clear on a disk, not even in /tmp: they stay in memory, larger ones are dropped.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 21 * 1024 * 1024

# Words, times and files
LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = ["compliance_console.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.zone("TIME_ZONE", "UTC")
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = VAR_DIR / "files"
vars().update(env.email("EMAIL_URL"))

DEFAULT_EXCEPTION_REPORTER_FILTER = "apps.console.logs.SecretsFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "apps.console.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "django-q": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}

# Compliance Console
VAULT_KEYS = env.text("VAULT_KEYS")
DIGEST_PEPPERS = env.text("DIGEST_PEPPERS")
CHECKPOINT_KEY = env.text("CHECKPOINT_KEY")
VENDOR_SECRET_URLS = env.by_prefix("VENDOR_")
COOLING_OFF = env.duration("COOLING_OFF", "0")
APPROVAL_DAYS = env.whole_number("APPROVAL_DAYS", "30")
COMMAND_APPROVAL = env.switch("COMMAND_APPROVAL", "on")
IDENTITY_DAYS = env.whole_number("IDENTITY_DAYS", "30")
SNAPSHOT_GATE = env.choice("SNAPSHOT_GATE", "send", "approval")
SNAPSHOT_MAX_AGE = env.duration("SNAPSHOT_MAX_AGE", "24h")
SNAPSHOT_DAYS = env.whole_number("SNAPSHOT_DAYS", "30")
ANCHOR_FILE = env.file_path("ANCHOR_FILE", VAR_DIR / "anchor.json")
FILE_DAYS = env.whole_number("FILE_DAYS", "7")
DEFAULT_LIST = env.text("DEFAULT_LIST", "erased")
DEFAULT_REGIME = env.text("DEFAULT_REGIME", "gdpr")
OTHER_REGIME_DAYS = env.whole_number("OTHER_REGIME_DAYS", "30")
HANDOVER_THIRD_PARTIES = env.switch("HANDOVER_THIRD_PARTIES", "off")
DEMO_PASSWORD = env.text("DEMO_PASSWORD")
FAILPOINT = env.trap("FAILPOINT")

CONFIGURATION_PROBLEMS = env.problems
