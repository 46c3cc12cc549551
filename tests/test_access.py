"""Who may reach the page: names and origins, logins and tokens, every route, and every upload."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_kit import BEARER, FERRY, LOGINS, assistant_of, logins
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from test_browser import ROOT, environment, free_port, served

from assistant.addresses import LOOPBACK, Reach, reach_of
from assistant.logins import Logins, read_logins
from assistant.web import doors, limits, sessions
from assistant.web.limits import Limits
from assistant.web.serving import Guard
from index.errors import InvalidOption, ServeError

BASE = "http://127.0.0.1:7860"


# The file of logins


def held(folder: Path, text: str = LOGINS) -> Logins:
    path = logins(folder)
    path.write_text(text)
    return read_logins(path)


def test_people_have_passwords_and_programs_tokens(tmp_path: Path) -> None:
    known = held(tmp_path)
    assert known.admits("anna", "a sentence of Anna's")
    assert not known.admits("anna", "a sentence of Ben's")
    assert not known.admits("anna", "")
    assert not known.admits("desk", "")
    assert not known.admits("desk", "desk-0123456789-0123456789")
    assert not known.admits("nobody", "")
    assert known.holder("anna-0123456789-0123456789") == "anna"
    assert known.holder("desk-0123456789-0123456789") == "desk"
    assert known.holder("anna-0123456789") is None
    assert known.holder("") is None
    assert not re.search("sentence|0123", repr(known))


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = logins(tmp_path)
    path.chmod(mode)
    with pytest.raises(InvalidOption) as caught:
        read_logins(path)
    assert caught.value.hint == f"Close it to them: chmod 600 {path}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names nobody"),
        ("anna:secret", "cannot be read"),
        ("anna = 'a password'", "is not a password, a token or both"),
        ("[anna]\nemail = 'x'", "is not a password, a token or both"),
        ("[anna]\npassword = 'hidden'", "password of 'anna' in .* fewer than 8"),
        ("[anna]\ntoken = 'hiddenhidden'", "token of 'anna' in .* fewer than 20"),
        ("[anna]\ntoken = 12345678901234567890", "token of 'anna' in .* fewer than 20"),
        ("['']\npassword = 'hidden words'", "'' in .* is not a name"),
        (LOGINS.replace("desk-", "anna-"), "the same name or the same token"),
    ],
)
def test_a_file_of_another_kind_is_told_without_its_secrets(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(InvalidOption, match=message) as caught:
        held(tmp_path, text)
    assert "hidden" not in str(caught.value)
    assert "0123456789" not in str(caught.value)


def test_guesses_of_a_password_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_PAUSE", 0.1)
    known = held(tmp_path)

    async def guess(names: str, words: str, times: int) -> float:
        door, began = sessions.Door(known), time.perf_counter()
        told = await asyncio.gather(*(door.admits(names, words) for _ in range(times)))
        assert told == [words.endswith("Anna's")] * times
        return time.perf_counter() - began

    assert asyncio.run(guess("anna", "a sentence of Ben's", 4)) > 0.39
    assert asyncio.run(guess("a stranger", "a sentence of Ben's", 4)) > 0.39
    assert asyncio.run(guess("anna", "a sentence of Anna's", 4)) < 0.1


# Options


def test_others_are_let_in_on_purpose_only(tmp_path: Path) -> None:
    path = logins(tmp_path)
    for host, names in (("0.0.0.0", ()), ("127.0.0.1", ("newsdesk.example",))):
        with pytest.raises(InvalidOption, match="other computers") as caught:
            reach_of(host, 7861, names=names)
        assert "--auth FILE" in caught.value.hint
        assert reach_of(host, 7861, names=names, no_auth=True).logins is None
        assert reach_of(host, 7861, names=names, auth=path).logins is not None
    with pytest.raises(InvalidOption, match="both"):
        reach_of("127.0.0.1", 7861, auth=path, no_auth=True)
    with pytest.raises(InvalidOption, match="not the name of a computer"):
        reach_of("127.0.0.1", 7861, names=["http://newsdesk.example/"], no_auth=True)
    with pytest.raises(ServeError, match=r"not an address of this computer|cannot be used"):
        reach_of("203.0.113.7", 7861, no_auth=True)


def test_the_page_answers_to_the_names_that_it_was_given() -> None:
    own = reach_of("127.0.0.1", 7861)
    assert own.url == "http://127.0.0.1:7861/"
    assert all(own.answers_to(name) for name in LOOPBACK)
    assert not any(map(own.answers_to, ("192.0.2.1", "newsdesk.example", "", "127.0.0.1.x")))
    shared = reach_of("0.0.0.0", 7861, names=["Newsdesk.example"], no_auth=True)
    assert shared.url == "http://newsdesk.example:7861/"
    assert all(map(shared.answers_to, ("192.0.2.1", "NEWSDESK.example.", "localhost", "fe80::1")))
    assert not any(map(shared.answers_to, ("evil.example", "192.0.2.1.evil.example", "")))


def test_a_page_that_others_reach_without_a_login_warns(tmp_path: Path) -> None:
    port = free_port()
    options = ["--no-browser", "--host", "0.0.0.0", "--no-auth", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "serve", *options],
        cwd=ROOT,
        env=environment(tmp_path / "library"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout
        said = process.stdout.readline()
        for host, status in (("192.0.2.1", 200), ("evil.example", 403)):
            reply = httpx.get(f"http://127.0.0.1:{port}/v1/models", headers={"Host": host})
            assert reply.status_code == status
        process.send_signal(signal.SIGTERM)
        warned = process.communicate(timeout=30)[1]
    assert f"http://127.0.0.1:{port}/" in said
    assert warned.startswith("warning: no login is asked for")


# Names and origins


def guarded(reach: Reach | None = None) -> TestClient:
    """A page of one line behind the guard."""

    async def here(request: Request) -> Response:
        return PlainTextResponse(f"{request.method} {len(await request.body())}")

    every = [Route("/{path:path}", here, methods=["GET", "POST", "OPTIONS"])]
    return TestClient(Guard(Limits(Starlette(routes=every)), reach or Reach()), base_url=BASE)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": BASE}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "[::1]:7860", "Origin": "http://[::1]:7860"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "127.0.0.1@evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "null"}, 403),
        ({"X-Forwarded-Host": "evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
        ({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, 403),
    ],
)
def test_what_was_meant_for_another_page_is_refused(headers: dict[str, str], status: int) -> None:
    assert guarded().get("/", headers=headers).status_code == status
    if status == 403:
        asked = {**headers, "Access-Control-Request-Method": "POST"}
        assert guarded().options("/", headers=asked).status_code == 403


def test_a_form_of_another_site_is_refused_even_where_it_navigates() -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert guarded().post("/logout", headers=headers).status_code == 403


def test_a_proxy_in_front_may_keep_the_name_that_was_asked_for() -> None:
    reach = Reach(names=("newsdesk.example", *LOOPBACK), others=True)
    headers = {"X-Forwarded-Host": "newsdesk.example", "Origin": "https://newsdesk.example"}
    assert guarded(reach).get("/", headers=headers).status_code == 200
    headers["Origin"] = "https://evil.example"
    assert guarded(reach).get("/", headers=headers).status_code == 403


def test_every_answer_says_what_the_browser_may_do() -> None:
    for reply in (guarded().get("/"), guarded().get("/", headers={"Host": "evil.example"})):
        policy = reply.headers["content-security-policy"]
        for part in ("img-src 'self' data: blob:", "connect-src 'self'", "frame-ancestors 'none'"):
            assert part in policy
        assert reply.headers["cross-origin-resource-policy"] == "same-origin"


# Every route


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("access")


@pytest.fixture(scope="module")
def closed(folder: Path) -> Iterator[str]:
    """A page that asks for a login, over a library that holds an article."""
    with assistant_of(folder, FERRY):
        pass
    with served(folder / "library", "--auth", str(logins(folder))) as address:
        yield address


@pytest.fixture(scope="module")
def page(folder: Path, closed: str) -> Iterator[str]:
    """The page of the same library without a login."""
    with served(folder / "library") as address:
        yield address


ROUTES = """
import json, sys
from pathlib import Path
from starlette.routing import Mount
import ui
from assistant.addresses import Reach
from assistant.assistant import Assistant
from assistant.config import Settings
from assistant.web.launching import application
from assistant.web.room import Room

def paths(routes, before=""):
    for route in routes:
        path = before + getattr(route, "path", "")
        if hasattr(route, "original_router"):
            yield from paths(route.original_router.routes, before)
        elif isinstance(route, Mount):
            yield "GET", path
            yield from paths(route.routes, path)
        else:
            methods = getattr(route, "methods", None) or ("GET", "POST")
            yield from ((method, path) for method in methods)

folder = Path(sys.argv[1])
with Assistant(library=folder, settings=Settings(library=folder, cache=folder)) as assistant:
    room = Room(assistant, samples=False)
    guard = application(ui.page(room), room, Reach())
    print(json.dumps(sorted(set(paths(guard.app.app.routes)))))
"""


def all_paths(folder: Path) -> set[tuple[str, str]]:
    """Every method and path of the page, filled in; a page built here would not be closed."""
    done = subprocess.run(
        [sys.executable, "-c", ROUTES, str(folder / "none")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    return {(method, re.sub(r"\{[^}]*\}", "x", path) or "/") for method, path in found}


@pytest.mark.slow
def test_no_route_answers_without_a_session_or_a_token(closed: str, folder: Path) -> None:
    found = all_paths(folder)
    assert {("GET", "/config"), ("POST", "/v1/chat/completions"), ("GET", "/monitoring")} <= found
    assert {("GET", "/gradio_api/mcp/sse"), ("POST", "/gradio_api/upload")} <= found
    assert len(found) > 80
    open_ones = set()
    with httpx.Client(base_url=closed) as client:
        for method, path in sorted(found):
            reply = client.request(method, path)
            expected = 401 if doors.answered(path) else 404
            if doors.open_to_all(path):
                open_ones.add(path)
                assert FERRY.title not in reply.text
                assert "Marisol" not in reply.text
            else:
                assert (method, path, reply.status_code) == (method, path, expected)
    assert open_ones == {
        "/", "/assets/x", "/favicon.ico", "/login", "/login/", "/robots.txt", "/static/x",
        "/svelte/x", "/theme.css",
    }  # fmt: skip


def test_what_is_refused_answers_those_who_are_let_in(closed: str) -> None:
    with httpx.Client(base_url=closed, headers=BEARER) as client:
        assert client.get("/v1/models").status_code == 200
        assert client.get("/config").json()["username"] == "anna"
        assert client.get("/gradio_api/user").json() == "anna"
    with httpx.Client(base_url=closed) as client:
        sent = {"username": "anna", "password": "a sentence of Anna's"}
        assert client.post("/login", data=sent).status_code == 200
        assert client.get("/v1/models").status_code == 200
        assert client.get("/gradio_api/user").json() == "anna"
        assert client.get("/v1/models", headers={"Authorization": "Bearer x"}).status_code == 401
        client.get("/logout")
        assert client.get("/v1/models").status_code == 401
    with httpx.Client(base_url=closed, headers=BEARER) as client:  # a token outlives signing out
        assert client.get("/gradio_api/user").json() == "anna"


@pytest.mark.parametrize("path", ["/monitoring", "/monitoring/summary", "/openapi.json", "/docs",
                                  "/gradio_api/openapi.json", "/gradio_api/runs",
                                  "/gradio_api/component_server", "/gradio_api/proxy=http://x",
                                  "/gradio_api/token", "/nothing"])  # fmt: skip
def test_what_the_page_does_not_need_is_not_there(page: str, path: str) -> None:
    with httpx.Client(base_url=page) as client:
        assert {client.get(path).status_code, client.post(path).status_code} == {404}


# Uploads and files


@contextmanager
def opened(page: str) -> Iterator[httpx.Client]:
    """A client that has opened the page."""
    with httpx.Client(base_url=page, timeout=60) as client:
        client.get("/")
        yield client


def upload(client: httpx.Client, *files: tuple[str, bytes]) -> httpx.Response:
    return client.post("/gradio_api/upload", files=[("files", file) for file in files])


def announced(page: str, size: int, cookies: str) -> int:
    """The status of an upload that only says how large it is going to be."""
    url = httpx.URL(page)
    with closing(http.client.HTTPConnection(url.host, url.port, timeout=20)) as connection:
        connection.putrequest("POST", "/gradio_api/upload")
        connection.putheader("Content-Length", str(size))
        connection.putheader("Cookie", cookies)
        connection.endheaders()
        return connection.getresponse().status


def test_an_upload_comes_from_an_open_page(page: str, closed: str) -> None:
    with httpx.Client(base_url=page) as client:
        assert upload(client, ("a.txt", b"words")).status_code == 403
        client.cookies.set(f"page-{httpx.URL(page).port}", "guessed")
        assert upload(client, ("a.txt", b"words")).status_code == 403
    with opened(page) as client:
        (kept,) = upload(client, ("a.txt", b"words")).json()
    assert Path(kept).read_bytes() == b"words"
    with opened(closed) as client:
        assert upload(client, ("a.txt", b"words")).status_code == 401


def test_files_of_other_kinds_arrive_by_name_only(page: str) -> None:
    hostile = ("../../../evil.txt", b"outside")
    with opened(page) as client:
        sent = [("run.exe", b"MZ" * 9), ("a.txt", b"words"), hostile, ("b.md", b"# x\r\n--y\r\n")]
        kept = [Path(path) for path in upload(client, *sent).json()]
    assert [path.name for path in kept] == ["run.exe", "a.txt", "evil.txt", "b.md"]
    assert [path.read_bytes() for path in kept] == [b"", b"words", b"outside", b"# x\r\n--y\r\n"]
    assert len({path.parents[1] for path in kept}) == 1


def test_uploads_are_limited_in_size_and_number(page: str) -> None:
    with opened(page) as client:
        large = ("a.txt", b"x" * 21_100_000)
        assert upload(client, large).status_code == 413
        many = [(f"{number}.txt", b"") for number in range(limits.FILES + 1)]
        refused = upload(client, *many)
        assert (refused.status_code, refused.text) == (
            400,
            "More than 500 files at once. Add them in parts.",
        )
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        assert announced(page, 400_000_001, cookies) == 413
        odd = {"Content-Type": "multipart/form-data; boundary=x"}
        assert client.post("/gradio_api/upload", content=b"?", headers=odd).status_code == 400
        assert client.post("/gradio_api/upload", content=b"?").status_code == 400


def test_a_body_is_stopped_where_it_passes_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_OTHER", 1000)
    with guarded() as client:
        assert client.post("/gradio_api/queue/join", content=b"x" * 1000).text == "POST 1000"
        pieces = iter([b"x" * 600, b"x" * 600])
        assert client.post("/gradio_api/queue/join", content=b"x" * 1001).status_code == 413
        assert client.post("/gradio_api/queue/join", content=pieces).status_code == 413


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "../../../../etc/passwd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd",
     "..%2f..%2f..%2fetc%2fpasswd", "http://127.0.0.1:1/x", "file:///etc/passwd"],
)  # fmt: skip
def test_files_of_this_computer_are_not_served(page: str, path: str) -> None:
    with httpx.Client(base_url=page, headers=BEARER) as client:
        for address in (f"gradio_api/file={path}", f"static/{path}", f"assets/{path}"):
            raw = httpx.URL(page).copy_with(raw_path=f"/{address}".encode())
            reply = client.get(raw)
            assert 400 <= reply.status_code < 500, (address, reply.status_code)
            assert "root:" not in reply.text


def test_the_library_itself_is_not_served(page: str, folder: Path) -> None:
    for file in (folder / "library").iterdir():
        assert httpx.get(f"{page}gradio_api/file={file}").status_code in {403, 404}


names = st.text(st.characters(codec="utf-8", exclude_characters='"\r\n\\/'), max_size=12)


@given(
    files=st.lists(
        st.tuples(names, st.sampled_from([".txt", ".exe"]), st.binary(max_size=200)),
        min_size=1,
        max_size=5,
    ),
    cuts=st.lists(st.integers(1, 60), min_size=1, max_size=40),
)
def test_a_sifted_upload_is_the_upload_without_what_is_not_read(
    files: list[tuple[str, str, bytes]], cuts: list[int]
) -> None:
    sent = [("files", (f"a{name}{suffix}", data)) for name, suffix, data in files]
    request = httpx.Request("POST", BASE, files=sent)
    body = request.read()
    kind = request.headers["content-type"].encode()
    scope: Any = {"type": "http", "headers": [(b"content-type", kind)]}
    pieces = []
    while body:
        size = cuts[len(pieces) % len(cuts)]
        pieces.append({"type": "http.request", "body": body[:size], "more_body": size < len(body)})
        body = body[size:]
    incoming = iter(pieces)

    async def receive() -> Any:
        return next(incoming)

    async def parsed() -> list[tuple[str, bytes]]:
        scope.update(method="POST", path=doors.UPLOAD, query_string=b"")
        async with Request(scope, limits.sift_of(scope, receive)).form() as form:
            uploads: list[Any] = [one for _, one in form.multi_items()]
            return [(one.filename, await one.read()) for one in uploads]

    told = asyncio.run(parsed())
    assert [data for _, data in told] == [
        data if suffix == ".txt" else b"" for _, suffix, data in files
    ]
    assert len({name for name, _ in told}) == len({name + suffix for name, suffix, _ in files})
