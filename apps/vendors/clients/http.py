"""The one module that speaks HTTP. It sends once, follows nothing, and gives up when the time of a request is over."""

import base64
import http.client
import io
import ipaddress
import logging
import re
import ssl
from collections.abc import Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.connection import HTTPConnection, HTTPSConnection

from apps.privacy.failpoints import Failpoint, reach

from .errors import Outcome
from .replies import Reply, seconds_to_wait

ANSWER_LIMIT = 64 * 1024
LOOK_LIMIT = 4 * 1024 * 1024
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 15.0
_CHUNK = 16 * 1024
_REQUEST_IDS = ("x-request-id", "request-id", "x-amzn-requestid", "cf-ray")
_ID = re.compile(r"[\w.:/+=-]{1,128}", re.ASCII)  # no @: an id that echoes an address is none
Query = Mapping[str, str | Sequence[str]]
_TRANSPORT_ERRORS = (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException)


class Wire:
    """One vendor account's connections, handed out in two halves: who holds only the reader can never act.

    `base_url` is the origin alone: paths start at /. Nothing of the environment (proxies, .netrc, CA files) is read.
    Up to `pool` threads may send at once; each request leaves at most once.
    """

    def __init__(
        self,
        base_url: str,
        *,
        username: str,
        password: str,
        user_agent: str,
        timeout: float,
        pool: int,
        ca_file: str | None = None,
    ):
        session = _session(_Basic(username, password), user_agent, pool, ca_file)
        total = urllib3.Timeout(connect=min(CONNECT_SECONDS, timeout), read=timeout, total=timeout)
        line = _Line(_trusted_origin(base_url), session, total)
        self.reader = Reader(line)
        self.writer = Writer(line)
        self.close = session.close


class Reader:
    """The half that reads. It knows one verb, GET, and sends no body."""

    def __init__(self, line: "_Line"):
        self._line = line

    def get(self, path: str, *, query: Query) -> Reply:
        """Read. A success may be as long as LOOK_LIMIT, for one address can have a hundred profiles."""
        return self._line.send("GET", path, LOOK_LIMIT, params=query)


class Writer:
    """The half that acts. It knows one verb, POST."""

    def __init__(self, line: "_Line"):
        self._line = line

    def post(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        query: Query | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
    ) -> Reply:
        """Act, once. The library encodes the form: in a hand-made one the `+` of an address would become a space."""
        return self._line.send("POST", path, ANSWER_LIMIT, headers=headers, params=query, data=form, json=json)


class _Line:
    """What both halves share: the origin, the session, and the time of one request."""

    def __init__(self, origin: str, session: requests.Session, timeout: urllib3.Timeout):
        self._origin = origin
        self._session = session
        self._timeout = timeout

    def send(self, verb: str, path: str, limit: int, **parts: object) -> Reply:
        """Return what came back. A transport error is a reply too: its text holds the URL and must go no further."""
        prepared = self._session.prepare_request(requests.Request(verb, self._origin + path, **parts))
        try:
            with self._session.send(prepared, timeout=self._timeout, stream=True, allow_redirects=False) as response:
                return _reply(response, limit)
        except _NeverLeft as error:
            return Reply(lost=error.outcome)
        except _TRANSPORT_ERRORS:
            return Reply(lost=Outcome.UNKNOWN)


def basic_credentials(username: str, password: str) -> str:
    """Encode a key pair as the Authorization header carries it: whoever hides keys must hide this too."""
    return base64.b64encode(f"{username}:{password}".encode()).decode()


class _NeverLeft(Exception):
    """No connection, so no byte of the request left. Passes through urllib3 and requests: they know neither class."""

    def __init__(self, outcome: Outcome):
        super().__init__(outcome)
        self.outcome = outcome


class _Basic(AuthBase):
    """Put the key on a request when it leaves: neither the session's headers nor a repr hold it."""

    def __init__(self, username: str, password: str):
        self._credentials = basic_credentials(username, password)

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["Authorization"] = f"Basic {self._credentials}"
        return prepared


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """See no redirect: even unfollowed, requests would read the whole body of one, without a limit."""


def _session(auth: _Basic, user_agent: str, pool: int, ca_file: str | None) -> _Session:
    session = _Session()
    session.trust_env = False
    session.auth = auth
    session.verify = ca_file or True
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"User-Agent": user_agent, "Accept": "application/json", "Accept-Encoding": "identity"})
    session.mount("https://", _Adapter(pool_connections=1, pool_maxsize=pool, max_retries=0))
    session.mount("http://", _Adapter(pool_connections=1, pool_maxsize=pool, max_retries=0))
    return session


def _trusted_origin(base_url: str) -> str:
    """Refuse plain HTTP to anything but this machine: the key and the address would travel in clear."""
    url = urlsplit(base_url)
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.hostname or "")):
        raise ValueError("A vendor is reached over https; plain http is for this machine alone.")
    return base_url.rstrip("/")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reply(response: requests.Response, limit: int) -> Reply:
    success = 200 <= response.status_code < 300
    body, whole = _read(response, limit if success else ANSWER_LIMIT)
    headers = response.headers
    return Reply(
        status=response.status_code,
        body=body,
        whole=whole,
        content_type=headers.get("content-type", ""),
        request_id=next((headers[name] for name in _REQUEST_IDS if _ID.fullmatch(headers.get(name, ""))), ""),
        retry_after=seconds_to_wait(headers.get("retry-after", ""), headers.get("date", "")),
    )


def _read(response: requests.Response, limit: int) -> tuple[bytes, bool]:
    """Return the decoded body up to `limit`, and whether that is all of it."""
    body = bytearray()
    try:
        while len(body) <= limit:
            chunk = response.raw.read(_CHUNK, decode_content=True)
            if not chunk:
                return bytes(body), True
            body += chunk
    except _TRANSPORT_ERRORS:
        return bytes(body), False
    return bytes(body[:limit]), False


class _TimedReader(io.RawIOBase):
    """Read with what is left of the whole request's time: a socket's own timeout starts anew with every byte."""

    def __init__(self, sock, raw: io.RawIOBase):
        super().__init__()
        self._sock = sock
        self._raw = raw
        self._ends = monotonic() + sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        left = self._ends - monotonic()
        if left <= 0:
            raise TimeoutError("The time of this request is over.")
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """Ends trickled headers and bodies. urllib3 hands over the socket with the rest of the total as its timeout."""

    def __init__(self, sock, *args, **kwargs):
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_TimedReader(sock, self.fp.detach()))


class _Careful:
    """What both kinds of connection add: a proof that nothing left, a total time, and no stale sockets."""

    response_class = _TimedResponse
    _used_at = 0.0

    def connect(self) -> None:
        """Name, address and handshake share one connect timeout; every failure in here never left."""
        ends = monotonic() + self.timeout
        try:
            super().connect()
        except (OSError, urllib3.exceptions.HTTPError) as error:
            raise _NeverLeft(_connect_outcome(error)) from None
        if monotonic() > ends:
            self.close()
            raise _NeverLeft(Outcome.UNREACHED)

    def endheaders(self, *args, **kwargs) -> None:
        super().endheaders(*args, **kwargs)
        reach(Failpoint.HEADERS_SENT)

    def getresponse(self):
        reach(Failpoint.BODY_SENT)
        self._used_at = monotonic()
        response = super().getresponse()
        reach(Failpoint.STATUS_READ)
        return response

    @property
    def is_connected(self) -> bool:
        """Count a socket idle for 15 s as gone: the vendor may have closed it, and a send into it ends as unknown."""
        return monotonic() - self._used_at < IDLE_SECONDS and super().is_connected


def _connect_outcome(error: Exception) -> Outcome:
    """A handshake that was cut is a broken line; one that was answered wrongly is a wrong or false address."""
    is_cut = isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError)
    is_tls = isinstance(error, ssl.SSLError | urllib3.exceptions.SSLError)
    return Outcome.TLS_FAILED if is_tls and not is_cut else Outcome.UNREACHED


class _PlainConnection(_Careful, HTTPConnection):
    pass


class _TlsConnection(_Careful, HTTPSConnection):
    pass


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **kwargs) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def _drop(record: logging.LogRecord) -> bool:
    return False


for _name in ("urllib3.connection", "urllib3.connectionpool"):  # they log URLs, and a look's URL holds the address
    logging.getLogger(_name).addFilter(_drop)
