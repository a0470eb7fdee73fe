from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from apps.audit import guards, selectors
from apps.audit.selectors import Verdict


class Command(BaseCommand):
    help = "Check every event of the ledger and the guards around it. Exit code 1 and the first bad event if broken."

    def handle(self, **options: object) -> None:
        verdict = selectors.verify()
        self.stdout.write(f"{verdict.events} events checked, head {verdict.head.hex()}")
        problems = [*self._faults(verdict), *self._gaps()]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write("The ledger is whole.")

    def _faults(self, verdict: Verdict) -> list[str]:
        return [f"Event {verdict.fault.seq}: {verdict.fault.reason}"] if verdict.fault else []

    def _gaps(self) -> list[str]:
        missing = guards.missing(connection)
        return [f"The ledger is not guarded: {', '.join(missing)} missing or changed."] if missing else []
