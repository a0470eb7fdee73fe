"""Drop webhooks of Shopify or Stripe about suppressed people, before they re-create somebody who was erased.

A WSGI middleware of the standard library alone; copy it. Django: wrap what wsgi.py hands out.

    application = SuppressionGuard(application, console="https://console.example", token=os.environ["CONSOLE_TOKEN"])

Wrap the receiver that feeds marketing, not the one that ships orders: suppression never blocks the mail about an order.
Check the vendor's signature first; this class reads whatever it is given. It fails closed: without an answer nobody
passes, and the sender is told 503, after which Shopify and Stripe send the webhook again.
"""

import io
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

NAMES = frozenset({"email", "email_address", "contact_email", "customer_email", "receipt_email"})
BETWEEN = re.compile(r"[\s<>,;:()\[\]\"]+")
ADDRESS = re.compile(r"(?!//)[^@]+@[^@/?#&]+[.。．｡][^@/?#&]+")
LARGEST = 5_000_000
AT_ONCE = 10_000


class Unanswered(Exception):
    """Nobody knows who is suppressed: everybody has to be treated so."""


class SuppressionGuard:
    """Pass a webhook on only where every address in it is clear, under whatever name, and even within a sentence.

    Any other answer is no leave, whether this class knows the word or not.
    """

    def __init__(self, application: Callable, *, console: str, token: str, timeout: float = 5.0) -> None:
        self.application = application
        self.address = f"{console.rstrip('/')}/api/v1/suppression/check"
        self.token = token
        self.timeout = timeout

    def __call__(self, environ: dict, start_response: Callable) -> list[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size > LARGEST:
            return _answer(start_response, "413 Content Too Large")
        body = environ["wsgi.input"].read(size)
        environ["wsgi.input"] = io.BytesIO(body)
        try:
            passes = self._all_clear(sorted(set(_addresses(_read(body)))))
        except (Unanswered, RecursionError):
            return _answer(start_response, "503 Service Unavailable", ("Retry-After", "60"))
        # 200 for what is dropped, too: the sender would otherwise send it again.
        return self.application(environ, start_response) if passes else _answer(start_response, "200 OK")

    def _all_clear(self, addresses: list[str]) -> bool:
        parts = (addresses[start : start + AT_ONCE] for start in range(0, len(addresses), AT_ONCE))
        return all(status == "clear" for part in parts for status in self._ask(part))

    def _ask(self, addresses: list[str]) -> list[str]:
        question = {"identifiers": [{"kind": "email", "value": address[:1000]} for address in addresses]}
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.address, json.dumps(question).encode(), headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                told = [each["status"] for each in json.load(answer)["answers"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Unanswered from error
        if len(told) != len(addresses):
            raise Unanswered
        return told


def _read(body: bytes) -> object:
    try:
        return json.loads(body) if body else None
    except ValueError as error:
        raise Unanswered from error


def _addresses(part: object, *, is_named: bool = False) -> Iterator[str]:
    """Yield what looks like an address, however deep and under any name; below NAMES every string, readable or not."""
    if isinstance(part, str):
        yield from [part] if is_named and part.strip() else _addresses_within(part)
    if isinstance(part, list):
        for each in part:
            yield from _addresses(each, is_named=is_named)
    if isinstance(part, dict):
        for name, each in part.items():
            yield from _addresses_within(name)
            yield from _addresses(each, is_named=name.casefold() in NAMES)


def _addresses_within(text: str) -> Iterator[str]:
    found = map(ADDRESS.match, BETWEEN.split(text) if "@" in text else [])
    return (address[0].rstrip(".!?") for address in found if address)


def _answer(start_response: Callable, status: str, *headers: tuple[str, str]) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", "0"), *headers])
    return [b""]
