"""The house rules that a machine can check: who imports whom, what importing costs, module size."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = (
    "torch",
    "chromadb",
    "gradio",
    "llama_index",
    "sentence_transformers",
    "transformers",
    "trafilatura",
    "py3langid",
)
LONGEST = 320  # lines; past 300 one looks for the second reason to change
FILES = (ROOT / "ui.py", *(ROOT / "assistant").rglob("*.py"), *(ROOT / "index").rglob("*.py"))
MODULES = sorted(path.relative_to(ROOT) for path in FILES)
SUBCLASSES = {  # loaded by those alone who have the framework
    "index/retriever.py": "llama_index",
    "assistant/reader/training/batches.py": "torch",
    "assistant/reader/training/model.py": "torch",
    "assistant/reader/training/steps.py": "torch",
    "assistant/reader/training/train.py": "torch",
    "assistant/grounding/training/batches.py": "torch",
    "assistant/grounding/training/model.py": "torch",
    "assistant/grounding/training/train.py": "torch",
}


def imports(module: Path, *, at_import: bool = False) -> Iterator[str]:
    """The modules that one imports, anywhere in it or only when it is itself imported."""
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        if at_import and (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        ):
            continue
        todo += ast.iter_child_nodes(node)


def of(names: Iterator[str], *packages: str) -> set[str]:
    return {name for name in names if name.split(".")[0] in packages}


def below(*packages: str) -> list[Path]:
    return [path for path in MODULES if path.parts[0] in packages]


def test_the_modules_are_found() -> None:
    assert {"ui.py", "assistant", "index"} == {path.parts[0] for path in MODULES}
    assert len(MODULES) > 30


@pytest.mark.parametrize("module", below("index"), ids=str)
def test_index_knows_nothing_of_those_above_it(module: Path) -> None:
    assert of(imports(module), "assistant", "ui", "gradio", "prompts") == set()


@pytest.mark.parametrize("module", below("assistant"), ids=str)
def test_assistant_knows_nothing_of_the_page(module: Path) -> None:
    assert of(imports(module), "ui") == set()
    if module.parts[:2] != ("assistant", "web"):
        assert of(imports(module), "gradio") == set()
        assert not {name for name in imports(module) if name.startswith("assistant.web")}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_nothing_heavy_is_imported_before_it_is_needed(module: Path) -> None:
    early = of(imports(module, at_import=True), *HEAVY)
    if module.name == "ui.py" or "web" in module.parts:
        early -= of(iter(early), "gradio")
    early -= of(iter(early), SUBCLASSES.get(str(module), ""))
    assert early == set()


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_says_what_it_is_for_and_stays_short(module: Path) -> None:
    text = (ROOT / module).read_text(encoding="utf-8")
    doc = ast.get_docstring(ast.parse(text)) or ""
    assert re.fullmatch(r"[A-Z`].{15,}[.:]", (doc.splitlines() or [""])[0])
    assert len(text.splitlines()) <= LONGEST
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import assistant", (*HEAVY, "numpy", "index.library")),
        ("import index", (*HEAVY, "numpy")),
        ("import index.library, index.reading", HEAVY),
        ("import assistant.assistant, assistant.cli", HEAVY),
    ],
)
def test_importing_loads_nothing_heavy(statement: str, absent: tuple[str, ...]) -> None:
    code = f"""
import json, sys, time
begun = time.process_time()
{statement}
print(json.dumps([time.process_time() - begun, sorted(sys.modules)]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
        timeout=60,
    )
    seconds, modules = json.loads(done.stdout)
    assert not set(absent) & set(modules)
    assert seconds < 2
    if statement == "import assistant":
        assert seconds < 0.2


def test_every_public_name_of_the_package_is_there() -> None:
    import assistant

    names = {name: getattr(assistant, name) for name in assistant.__all__}
    assert {"ask", "Answer", "Article", "Assistant", "Library", "AssistantError"} <= names.keys()
    assert all(value is not None for value in names.values())
    with pytest.raises(AttributeError, match="nonsense"):
        assistant.nonsense  # noqa: B018
