"""Try an account with a harmless read."""

from dataclasses import dataclass

from .accounts import Account
from .clients.errors import Outcome, VendorError
from .registry import connect

_SENTENCES = {
    Outcome.KEY_REFUSED: "the key is refused. Check the keys, the site and the region in the environment.",
    Outcome.UNREACHED: "no connection. Check the host name and the network.",
    Outcome.TLS_FAILED: "the certificate cannot be trusted. Nothing was sent.",
    Outcome.REDIRECTED: "answers with a redirect. Check the address of this account.",
    Outcome.WRONG_ADDRESS: "there is no such API at this address. Check the host of this account.",
    Outcome.BUSY: "answers, but is busy now.",
}


@dataclass(frozen=True)
class Probe:
    account: str
    works: bool
    sentence: str


def probe(account: Account) -> Probe:
    """Look for somebody who cannot exist; the sentence names the vendor's answer and never a key."""
    client = connect(account)
    try:
        client.check()
    except VendorError as error:
        status = f" (HTTP {error.http_status})" if error.http_status else ""
        sentence = _SENTENCES.get(error.outcome, "gave an answer that its page does not describe.")
        return Probe(account.name, error.outcome == Outcome.BUSY, sentence + status)
    finally:
        client.close()
    return Probe(account.name, works=True, sentence="the key works.")
