"""Point the tests at tests/test.env and a folder of their own: a plugin that loads before Django reads its settings."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from tests.places import clear_places, own_secret

FOLDER = Path(tempfile.mkdtemp(prefix="console-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
(FOLDER / "static").mkdir()

os.environ["ENV_FILE"] = "tests/test.env"
os.environ["VAR_DIR"] = str(FOLDER)
# The queue on Redis is named after it, so that runs which share a server take nothing from each other.
os.environ["SECRET_KEY"] = own_secret()
# Playwright keeps an event loop in the thread of the tests, where the ORM would refuse to work.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# Accounts of the person who runs the tests must never be reached by them.
for name in [name for name in os.environ if name.startswith("VENDOR_")]:
    del os.environ[name]

# The live server of the tests serves files under their own names and knows no hashed ones.
PLAIN_FILES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@pytest.fixture(scope="session", autouse=True)
def plain_static_files() -> Iterator[None]:
    with override_settings(STORAGES=PLAIN_FILES):
        yield


def pytest_sessionfinish() -> None:
    clear_places()
    shutil.rmtree(FOLDER, ignore_errors=True)
