"""A small page for people: what the vendors hold and what they were asked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape

from .exchange import Reply
from .people import Customer, Visitor
from .world import World

MOST_ROWS = 200
FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Vendor sandbox</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; margin-bottom: 2rem; }}
th, td {{ text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #8884; }}
caption {{ text-align: left; font-weight: 600; font-size: 1.15rem; padding: .4rem 0; }}
</style>
</head>
<body>
<h1>Vendor sandbox</h1>
<p>Invented people at two emulated vendors. {waiting} accepted acts have not happened yet.</p>
{tables}
</body>
</html>
"""


def show(world: World) -> Reply:
    tables = [
        _table("Bento", ("Address", "Tags", "Unsubscribed", "uuid"), map(_visitor, world.people.visitors)),
        _table("Blueshift", ("Address", "Customer id", "Unsubscribed", "uuid"), map(_customer, world.people.customers)),
        _table("Requests received", ("Vendor", "Act", "Answer", "Count"), _counts(world)),
    ]
    page = FRAME.format(waiting=len(world.effects), tables="\n".join(tables))
    return Reply(200, page.encode("utf-8", "replace"), "text/html; charset=utf-8")


def _visitor(visitor: Visitor) -> Sequence[object]:
    address = visitor.email or "(anonymized)"
    return address, ", ".join(visitor.tags), visitor.unsubscribed_at or "", visitor.uuid


def _customer(customer: Customer) -> Sequence[object]:
    address = customer.email or "(forgotten)"
    return address, customer.customer_id or "", customer.unsubscribed_at or "", customer.uuid


def _counts(world: World) -> Iterable[Sequence[object]]:
    counts = Counter((entry.vendor, entry.action or entry.path, entry.status or "none") for entry in world.journal)
    return [(*key, number) for key, number in sorted(counts.items(), key=str)]


def _table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    rows = list(rows)
    body = [_row(row, "td") for row in rows[:MOST_ROWS]]
    more = f", the first {MOST_ROWS} of {len(rows)}" if len(rows) > MOST_ROWS else f" ({len(rows)})"
    return f"<table><caption>{caption}{more}</caption>{_row(head, 'th')}{''.join(body)}</table>"


def _row(cells: Sequence[object], kind: str) -> str:
    return "<tr>" + "".join(f"<{kind}>{escape(str(cell))}</{kind}>" for cell in cells) + "</tr>"
