"""Reaching Chroma in a folder, on a server or in the cloud, and how each of them fails."""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from index.chroma.address import ChromaAccess, ChromaAddress

if TYPE_CHECKING:
    import httpx
    from chromadb.api.collection_configuration import CreateCollectionConfiguration
    from chromadb.api.models.Collection import Collection

_CLOUD = "https://api.trychroma.com"
_CONNECT = 3.0  # seconds until a server has taken a connection
_TIMEOUT = 30.0  # seconds that a server may take for one answer where no question waits
_COSINE = "cosine"
_BY_COSINE: CreateCollectionConfiguration = {"hnsw": {"space": "cosine"}}


class ChromaFailure(Exception):
    """Chroma could not do what it was asked; the collection is of no use until it is mended."""


class ChromaAway(ChromaFailure):
    """A server cannot be reached, does not answer in time, or does not let us do something.

    Nothing is known of the collection then. `again` says whether a second try may help at once.
    """

    def __init__(self, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.again = again


class ChromaMissing(ChromaFailure):
    """There is no collection of that name."""


@contextmanager
def failures() -> Iterator[None]:
    """Turn whatever comes out of Chroma into a ChromaFailure.

    It documents no errors for damaged files: its Python half raises many kinds, its Rust half
    panics, which derives from BaseException.
    """
    try:
        yield
    except ChromaFailure:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        text = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        kind = ChromaMissing if type(error).__name__ == "NotFoundError" else ChromaFailure
        raise _away(error, text) or kind(text) from error


def _away(error: BaseException, text: str) -> ChromaAway | None:
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return ChromaAway("the Chroma server does not answer")
    if isinstance(error, httpx.TransportError):
        return ChromaAway(f"the Chroma server cannot be reached: {text}", again=True)
    return None


class Door(Protocol):
    """What a library needs of a Chroma, wherever that is; anything may raise."""

    def collection(self, name: str) -> Collection:
        """The collection of a name; the error's type is NotFoundError where there is none."""

    def create(self, name: str) -> Collection:
        """A new collection that compares by the cosine, or the one that is there."""

    def drop(self, name: str) -> None:
        """Remove a collection with all that it holds."""

    def close(self) -> None:
        """Let go of files and connections."""


class FolderDoor:
    """Chroma in a folder of this computer."""

    def __init__(self, folder: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        # Not its own `.env` of whatever folder one works in.
        settings = Settings(anonymized_telemetry=False, _env_file=None)  # type: ignore[call-arg]
        self._client = chromadb.PersistentClient(path=_fresh_spelling(folder), settings=settings)

    def collection(self, name: str) -> Collection:
        return self._client.get_collection(name, embedding_function=None)

    def create(self, name: str) -> Collection:
        return self._client.get_or_create_collection(
            name, embedding_function=None, configuration=_BY_COSINE
        )

    def drop(self, name: str) -> None:
        self._client.delete_collection(name)

    def close(self) -> None:
        self._client.close()  # type: ignore[attr-defined]


class ServerDoor:
    """A Chroma server, with bounds on how long it may take.

    chromadb's own client waits for ever, also in its constructor, and cannot be told whom to
    trust; so this stands on the half of it that makes requests, with a connection of ours.
    """

    def __init__(self, address: ChromaAddress) -> None:
        from chromadb.api import ServerAPI
        from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings, System

        cloud = address.place == "cloud"
        parts = urlsplit(_CLOUD if cloud else address.place)
        secure, host = parts.scheme == "https", parts.hostname or ""
        settings = Settings(  # not what its own `.env` says of whatever folder one works in
            anonymized_telemetry=False,
            chroma_api_impl="chromadb.api.fastapi.FastAPI",
            chroma_server_host=f"[{host}]" if ":" in host else host,
            chroma_server_http_port=parts.port or (443 if secure else 80),
            chroma_server_ssl_enabled=secure,
            _env_file=None,  # type: ignore[call-arg]
        )
        self._deadline: float | None = None  # on the monotonic clock
        self._system = System(settings)
        self._server = self._system.instance(ServerAPI)  # type: ignore[type-abstract]
        self._session = self._bounded_session(address)
        self._server._session.close()  # type: ignore[attr-defined]
        self._server._session = self._session  # type: ignore[attr-defined]
        self._tenant = address.access.tenant or DEFAULT_TENANT
        self._database = address.access.database or DEFAULT_DATABASE
        try:
            if cloud and not (address.access.tenant and address.access.database):
                self._take_keys_own(address.access)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let all requests together take no longer."""
        self._deadline = time.monotonic() + seconds
        try:
            yield
        finally:
            self._deadline = None

    def collection(self, name: str) -> Collection:
        found = self._server.get_collection(name, tenant=self._tenant, database=self._database)
        return self._opened(found)

    def create(self, name: str) -> Collection:
        made = self._server.create_collection(
            name,
            configuration=_BY_COSINE,
            get_or_create=True,
            tenant=self._tenant,
            database=self._database,
        )
        return self._opened(made)

    def drop(self, name: str) -> None:
        self._server.delete_collection(name, tenant=self._tenant, database=self._database)

    def version(self) -> str:
        """What the server says of its version."""
        return self._server.get_version()

    def close(self) -> None:
        self._system.stop()
        self._session.close()

    def _opened(self, model: object) -> Collection:
        from chromadb.api.models.Collection import Collection

        opened = Collection(client=self._server, model=model, embedding_function=None)  # type: ignore[arg-type]
        kinds = opened.configuration_json.values()
        spaces = {kind["space"] for kind in kinds if isinstance(kind, dict) and "space" in kind}
        if spaces and spaces != {_COSINE}:
            raise ChromaAway(f"its collection {opened.name} was made without the space `cosine`")
        return opened

    def _take_keys_own(self, access: ChromaAccess) -> None:
        """The tenant and the only database that the key is for, where they are not given."""
        identity = self._server.get_user_identity()
        self._tenant = access.tenant or identity.tenant or self._tenant
        databases = [name for name in identity.databases or () if name != "*"]
        if not access.database:
            if len(databases) != 1:
                raise ChromaAway("the key is for several databases: set CHROMA_DATABASE")
            self._database = databases[0]

    def _bounded_session(self, address: ChromaAddress) -> httpx.Client:
        import httpx

        access = address.access
        trusted = str(access.authority) if access.authority else None
        try:
            context = ssl.create_default_context(cafile=trusted)
        except ssl.SSLError as error:
            raise ChromaAway(f"{trusted} holds no certificates") from error
        headers = {**self._server.get_request_headers(), **access.headers}  # type: ignore[attr-defined]
        if access.key and address.place == "cloud":  # no other server gets to see it
            headers["X-Chroma-Token"] = access.key
        return httpx.Client(
            headers=headers,
            verify=context,
            timeout=httpx.Timeout(_TIMEOUT, connect=_CONNECT),
            event_hooks={"request": [self._hurry], "response": [_refuse]},
        )

    def _hurry(self, request: httpx.Request) -> None:
        if self._deadline is None:
            return
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise ChromaAway("the Chroma server does not answer")
        request.extensions["timeout"] = dict.fromkeys(("connect", "read", "write", "pool"), left)


def _refuse(response: httpx.Response) -> None:
    """Tell apart what says something of the server and what says something of the collection."""
    status = response.status_code
    if status in {401, 403} and _makes(response.request):
        raise ChromaAway("the Chroma server does not let us make a collection")
    if status in {401, 403}:
        raise ChromaAway(f"the Chroma server does not allow it (status {status})")
    if status == 429 or status >= 500:
        raise ChromaAway(f"the Chroma server has trouble (status {status})", again=True)
    told = response.headers.get("Content-Type", "")
    if 300 <= status < 400 or (status >= 400 and "json" not in told):
        raise ChromaAway(f"what answers there is no Chroma server (status {status})")


def _makes(request: httpx.Request) -> bool:
    return request.method == "POST" and request.url.path.endswith("/collections")


def door_to(address: ChromaAddress, folder: Path) -> FolderDoor | ServerDoor:
    """The way in to a Chroma; anything may raise, also later."""
    return FolderDoor(folder) if address.local else ServerDoor(address)


def _fresh_spelling(folder: Path) -> str:
    """The folder's path, spelled as no client of this process has spelled it.

    chromadb hands the same open database to every client of one path, so a second client would
    keep the first one's stale view of what another process has written.
    """
    bits = secrets.randbits(24)
    return str(folder) + "".join("/." if bits >> place & 1 else "/" for place in range(24))
