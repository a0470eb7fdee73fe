from django.core.management.base import BaseCommand

from apps.tickets.selectors.peppers import Made, rows_per_pepper


class Command(BaseCommand):
    help = (
        "Count the digests that each pepper of DIGEST_PEPPERS made, and say whether an older one is still needed. Exit "
        "code 1: some were made by a pepper that is not set, so nobody finds them."
    )

    def handle(self, **options):
        made = rows_per_pepper()
        for row in made:
            self.stdout.write(f"{row.rows:>13,} {row.what}: {row.key_id}, {row.words}")
        self.stdout.write(_conclusion(made))
        if any(not row.is_set for row in made):
            raise SystemExit(1)


def _conclusion(made: list[Made]) -> str:
    older = sum(row.rows for row in made if not row.is_newest)
    if not older:
        return "No row needs an older pepper: those after the first can be taken out of DIGEST_PEPPERS."
    return f"{older:,} rows need an older pepper: keep it in DIGEST_PEPPERS, or these people are found by nobody."
