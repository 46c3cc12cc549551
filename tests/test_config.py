"""Settings: where they come from, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.config import VARIABLES, Settings
from assistant.libraries import open_library
from index.errors import InvalidOption


def test_the_environment_is_read_and_an_empty_variable_is_none() -> None:
    settings = Settings.from_environment(
        {
            "ASSISTANT_LIBRARY": "~/news",
            "ASSISTANT_LLM": "",
            "ASSISTANT_LLM_KEY": "secret",
            "ASSISTANT_TOP_K": "9",
            "ASSISTANT_LOCK_WAIT": "2.5",
            "ASSISTANT_CHROMA": "http://127.0.0.1:8000",
            "ASSISTANT_EMBEDDING": "some/model",
            "ASSISTANT_CACHE": "/tmp/cache",
        }
    )
    assert settings.library == Path("~/news").expanduser()
    assert (settings.llm, settings.top_k, settings.lock_wait) == ("auto", 9, 2.5)
    assert (settings.chroma, settings.embedding) == ("http://127.0.0.1:8000", "some/model")
    assert settings.cache == Path("/tmp/cache")
    assert "secret" not in repr(settings)


def test_the_defaults_are_the_platforms_folders() -> None:
    settings = Settings.from_environment({})
    assert settings.library.name == settings.cache.name == "article-assistant"


@pytest.mark.parametrize("value", ["many", "0", "51", "nan", "-1"])
def test_a_number_that_is_none_is_refused_by_name(value: str) -> None:
    with pytest.raises(InvalidOption, match="ASSISTANT_TOP_K"):
        Settings.from_environment({"ASSISTANT_TOP_K": value})


def test_an_unknown_chroma_address_is_refused(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path, cache=tmp_path, chroma="host:8000")
    with pytest.raises(InvalidOption, match="host:8000"):
        open_library(tmp_path, settings, None, print)


def test_the_settings_embedding_is_for_new_libraries_alone(tmp_path: Path) -> None:
    settings = Settings(library=tmp_path, cache=tmp_path, embedding="/no/such/model")
    with open_library(tmp_path / "new", settings, None, print) as new:
        assert new.embedder.name == "/no/such/model"
    plain = Settings(library=tmp_path, cache=tmp_path)
    with open_library(tmp_path / "old", plain, None, print) as old:
        old.add(Path(__file__).parents[1] / "assistant" / "samples" / "istanbul-talks.md")
    with open_library(tmp_path / "old", settings, None, print) as old:
        assert old.search("Istanbul")


def test_every_variable_is_read_by_the_code() -> None:
    folder = Path(__file__).parents[1] / "assistant"
    read = "".join((folder / name).read_text("utf-8") for name in ("config.py", "keys.py"))
    for name in VARIABLES:
        assert read.count(f'"{name}"') >= 2, name


def test_what_lets_one_in_to_a_chroma_server_is_read_and_never_shown(tmp_path: Path) -> None:
    certificates = tmp_path / "ca.pem"
    certificates.touch()
    keys = tmp_path / ".env"
    keys.write_text("CHROMA_API_KEY=secret\nCHROMA_TENANT=somebody-elses\n")
    settings = Settings.from_environment(
        {
            "ASSISTANT_CHROMA": "cloud",
            "ASSISTANT_CHROMA_HEADERS": "Authorization: Bearer secret\n\nX-Desk: 7",
            "ASSISTANT_CHROMA_CA": str(certificates),
            "CHROMA_DATABASE": "news",
        },
        keys,
    )
    access = settings.chroma_address.access
    assert access.headers == {"Authorization": "Bearer secret", "X-Desk": "7"}
    assert (access.authority, access.key) == (certificates, "secret")
    assert (access.tenant, access.database) == (None, "news")  # a file may hold keys alone
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ASSISTANT_CHROMA": "cloud"}, "CHROMA_API_KEY"),
        ({"ASSISTANT_CHROMA_HEADERS": "secret"}, "ASSISTANT_CHROMA_HEADERS"),
        ({"ASSISTANT_CHROMA_HEADERS": "A b: secret"}, "header"),
        ({"ASSISTANT_CHROMA_CA": "/no/such.pem"}, "/no/such.pem"),
    ],
)
def test_what_cannot_let_one_in_is_refused_at_once(variables: dict[str, str], named: str) -> None:
    with pytest.raises(InvalidOption, match=named) as caught:
        Settings.from_environment(variables)
    assert "secret" not in str(caught.value)


def test_chromas_own_variables_are_those_that_chromadb_reads() -> None:
    import chromadb

    told = chromadb.CloudClient.__doc__ or ""
    for name in ("CHROMA_TENANT", "CHROMA_DATABASE", "CHROMA_API_KEY"):
        assert name in told


def test_libraries_of_given_articles_stay_on_this_computer(tmp_path: Path) -> None:
    from assistant import Article, Assistant

    settings = Settings(library=tmp_path / "l", cache=tmp_path / "c", chroma="http://127.0.0.1:9")
    with Assistant(articles=Article(title="A", text="A ferry left."), settings=settings) as one:
        answer = one.ask("what left")
    assert not [line for line in answer.notices if "vector index" in line]
