"""The vendors this console knows. Adding one touches its client, one line here, its sandbox, its tests and its page."""

from .accounts import Account
from .clients.bento import BentoClient
from .clients.blueshift import BlueshiftClient
from .clients.client import VendorClient

CLIENTS: dict[str, type[VendorClient]] = {
    "bento": BentoClient,
    "blueshift": BlueshiftClient,
}


def client_class(vendor: str) -> type[VendorClient]:
    """Return the client class of a vendor; raises KeyError for a vendor this release does not know."""
    return CLIENTS[vendor]


def connect(account: Account) -> VendorClient:
    """Open a client with a keep-alive session of its own; the caller closes it."""
    return CLIENTS[account.vendor].connect(account)
