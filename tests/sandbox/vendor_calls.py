"""Speak to the sandbox as a stranger would: standard library only, nothing of the console's clients."""

import json
from base64 import b64encode
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any, Self
from urllib.parse import unquote, urlencode, urlsplit

from tests.sandbox_process import Sandbox

AGENT = "SandboxTests/1.0"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Caller:
    """One keep-alive connection with the credentials of a printed account."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.site = parts.path.strip("/")
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        self.headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}", "User-Agent": AGENT}
        self.connection = HTTPConnection(parts.hostname, parts.port, timeout=5)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.connection.close()

    def call(self, method: str, path: str, body: str | bytes | None = None, **headers: str | None) -> Answer:
        """Send one request; a header given as None is left out, `User_Agent` stands for User-Agent."""
        changes = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in {**self.headers, **changes}.items() if value is not None}
        self.connection.request(method, path, body, sent)
        response = self.connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())

    def post_json(self, path: str, payload: Any) -> Answer:
        return self.call("POST", path, json.dumps(payload), Content_Type=JSON)


class BentoCaller(Caller):
    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.bento_url)

    def delete(self, email: str, **headers: str | None) -> Answer:
        form = urlencode({"site_uuid": self.site, "data_deletion_request[email]": email})
        return self.call("POST", "/api/v1/data_deletion_requests", form, Content_Type=FORM, **headers)

    def find(self, **names: str) -> Answer:
        return self.get("fetch/subscribers", **names)

    def get(self, endpoint: str, **query: Any) -> Answer:
        return self.call("GET", f"/api/v1/{endpoint}?{urlencode({'site_uuid': self.site, **query}, doseq=True)}")

    def post(self, endpoint: str, **payload: Any) -> Answer:
        return self.post_json(f"/api/v1/{endpoint}?site_uuid={self.site}", payload)

    def command(self, command: str, email: str, query: Any = None) -> Answer:
        return self.post("fetch/commands", command=[{"command": command, "email": email, "query": query}])

    def attributes(self, **names: str) -> dict[str, Any]:
        return self.find(**names).json["data"]["attributes"]


class BlueshiftCaller(Caller):
    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox.blueshift_url)

    def delete(self, *, query: str = "", **body: Any) -> Answer:
        return self.post_json(f"/api/v1/customers/delete{query}", body)

    def forget(self, **body: Any) -> Answer:
        return self.post_json("/api/v1/customers/forget", body)

    def unforget(self, **body: Any) -> Answer:
        return self.post_json("/api/v1/customers/unforget", body)

    def search(self, email: str) -> Answer:
        return self.call("GET", f"/api/v1/customers?{urlencode({'email': email})}")

    def users(self, email: str) -> list[dict[str, Any]]:
        return self.search(email).json["users"]
