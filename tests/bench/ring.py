"""Measure what a ring costs on the engine of the environment:

    ENV_FILE=tests/test.env DATABASE_URL=… REDIS_URL=… python -m tests.bench.ring [RINGS]

The variants take turns, so that whatever else the machine does strikes all of them; compare their ratios.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compliance_console.settings")
django.setup()

from django.conf import settings  # noqa: E402 - models need a started Django
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django_q.conf import Conf  # noqa: E402
from django_q.models import OrmQ  # noqa: E402

from apps.jobs.services import ring  # noqa: E402

ROUNDS = 5
BROKER = Conf.BROKER_CLASS


def main(rings: int) -> None:
    call_command("migrate", verbosity=0)
    seconds = dict.fromkeys(VARIANTS, 0.0)
    for _ in range(ROUNDS):
        for name, variant in VARIANTS.items():
            with variant():
                started = time.perf_counter()
                for number in range(rings // ROUNDS):
                    ring("django.utils.text.slugify", number)
                seconds[name] += time.perf_counter() - started
    for name, spent in seconds.items():
        sys.stdout.write(f"{name:40} {rings / spent:8,.0f} rings/s {1000 * spent / rings:8.2f} ms\n")
    OrmQ.objects.all().delete()


@contextmanager
def as_it_is() -> Iterator[None]:
    yield


@contextmanager
def new_connections() -> Iterator[None]:
    connection.settings_dict["CONN_MAX_AGE"] = 0
    connection.close()
    yield
    connection.settings_dict["CONN_MAX_AGE"] = 60
    connection.close()


@contextmanager
def stock_broker() -> Iterator[None]:
    Conf.BROKER_CLASS, Conf.REDIS = None, settings.REDIS_URL
    yield
    Conf.BROKER_CLASS = BROKER


VARIANTS = {"as configured": as_it_is} | (
    {"django-q2's own Redis broker": stock_broker} if settings.REDIS_URL else {"CONN_MAX_AGE=0": new_connections}
)

if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
