"""Log lines that machines read and that name nobody: addresses and credentials are struck out, error texts left out."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime

from django.views.debug import SafeExceptionReporterFilter

ADDRESS = re.compile(r"[^\s\"'<>(),;:=/]+(?:@|%40)[^\s\"'<>(),;:/]+\w", re.IGNORECASE)
CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+(?=@)")
AUTHORIZATION = re.compile(r"\b(Basic|Bearer)\s+[\w+/=.~-]+", re.IGNORECASE)


class JsonFormatter(logging.Formatter):
    """One JSON object per line. An exception gives its class and where it was raised; its text may quote a person."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if record.exc_info and record.exc_info[1]:
            line |= _describe(record.exc_info[1])
        return json.dumps(line)


class SecretsFilter(SafeExceptionReporterFilter):
    """Hide the console's own secrets from Django's error page too, whichever setting or variable carries them."""

    hidden_settings = re.compile(
        SafeExceptionReporterFilter.hidden_settings.pattern + "|VENDOR|VAULT|PEPPER|DATABASE|REDIS|URL|EMAIL_HOST",
        re.IGNORECASE,
    )


def redact(text: str) -> str:
    """Strike out e-mail addresses, passwords in web addresses and Authorization values."""
    text = CREDENTIALS.sub("…", text)
    text = AUTHORIZATION.sub(r"\1 …", text)
    return ADDRESS.sub("…@…", text)


def _describe(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__qualname__,
        "raised_in": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }
