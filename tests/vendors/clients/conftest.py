import pytest

from apps.vendors.accounts import parse_account
from apps.vendors.clients.bento import BentoClient
from apps.vendors.clients.blueshift import BlueshiftClient
from apps.vendors.registry import CLIENTS, connect
from tests.raw_server import RawServer
from tests.sandbox_process import Sandbox

PUBLISHABLE_KEY = "pk_4f1d2c3b"
SECRET_KEY = "sk_9e8d7c6b5a"
API_KEY = "user-key-1a2b3c4d"
DEFAULTS = {name: client.options for name, client in CLIENTS.items()}
SITE = "0f0f0f0f-1111-2222-3333-444444444444"


@pytest.fixture
def serve():
    """Start a RawServer with these turns; stop it after the test."""
    servers = []

    def start(*turns, **options) -> RawServer:
        servers.append(RawServer(*turns, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def keep():
    """Close what a test made with close() when the test is over."""
    kept = []
    yield lambda thing: kept.append(thing) or thing
    for thing in kept:
        thing.close()


@pytest.fixture
def bento(keep):
    def make(url: str, *, timeout: float = 5, pool: int = 4) -> BentoClient:
        return keep(
            BentoClient(
                url,
                publishable_key=PUBLISHABLE_KEY,
                secret_key=SECRET_KEY,
                site_uuid=SITE,
                timeout=timeout,
                pool=pool,
                user_agent="ComplianceConsole/1.0",
            )
        )

    return make


@pytest.fixture
def blueshift(keep):
    def make(url: str, *, timeout: float = 5, pool: int = 4, mode: str = "delete") -> BlueshiftClient:
        return keep(
            BlueshiftClient(
                url, api_key=API_KEY, timeout=timeout, pool=pool, user_agent="ComplianceConsole/1.0", mode=mode
            )
        )

    return make


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """Both vendors, fresh and without anybody."""
    sandbox_process.reset(seeds=False)
    return sandbox_process


@pytest.fixture
def client(sandbox, keep):
    """Connect to a vendor of the sandbox as an account of the environment would."""

    def make(vendor: str, options: str = ""):
        urls = {"bento": sandbox.bento_url, "blueshift": sandbox.blueshift_url}
        return keep(connect(parse_account(vendor, urls[vendor] + options, defaults=DEFAULTS)))

    return make
