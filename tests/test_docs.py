"""The documentation: examples run, generated pages are current, links are valid."""

import doctest
import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _spec is not None
assert _spec.loader is not None
generate = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)

each_page = pytest.mark.parametrize(
    "page", generate.written_pages(), ids=lambda path: path.relative_to(ROOT).as_posix()
)


@each_page
def test_python_examples(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [*sys.path])  # an example adds to it
    parser = doctest.DocTestParser()
    blocks = re.findall(r"```pycon\n(.*?)```", page.read_text(), re.DOTALL)
    example = parser.get_doctest("\n".join(blocks), {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    assert runner.run(example, out=said.append).failed == 0, "".join(said)


@each_page
def test_console_examples(page: Path) -> None:
    text = page.read_text()
    assert generate.with_real_output(text) == text


def test_the_reference_of_the_command_line() -> None:
    page = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    assert generate.with_commands(page) == page
    described = re.findall(r"<!-- command: (.*) -->", page)
    assert sorted(described) == sorted(ctx.command_path for ctx in generate.commands())


@pytest.mark.parametrize("name", generate.PAGES)
def test_generated_pages_are_current(name: str) -> None:
    assert (ROOT / name).read_text() == generate.PAGES[name]()


def test_the_picture_is_current() -> None:
    def words(svg: str) -> str:
        return " ".join(re.sub(r"<[^>]*>|&#160;", " ", svg).split())  # however rich draws them

    drawn = words(generate.picture())
    assert "expected an integer" in drawn
    assert words((ROOT / "docs" / "check.svg").read_text()) == drawn


def anchors(page: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    prose = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    names: list[str] = []
    for heading in re.findall(r"^#+ +(.*)$", prose, re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        again = names.count(name)
        names += [name, f"{name}-{again}"] if again else [name]
    return {*names}


def test_github_anchors() -> None:
    page = "# The `flow`\n## One, two\n```sh\n# none\n```\n### One two\n## snake_case: x-y\n"
    assert anchors(page) == {"the-flow", "one-two", "one-two-1", "snake_case-x-y"}


@pytest.mark.parametrize(
    "page",
    [ROOT / "CHANGELOG.md", *generate.all_pages()],
    ids=lambda path: path.name,
)
def test_links(page: Path) -> None:
    for path, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", page.read_text()):
        if "://" not in path:
            target = page.parent / path if path else page
            assert target.exists(), path
            assert not anchor or anchor in anchors(target.read_text()), f"{path}#{anchor}"


def test_the_version_is_the_same_everywhere() -> None:
    def found(pattern: str, *path: str) -> list[str]:
        return re.findall(pattern, ROOT.joinpath(*path).read_text(), re.MULTILINE)

    version = found(r'^version = "(.*)"', "pyproject.toml")
    assert found(r"^## \[(\d.*?)\]", "CHANGELOG.md")[:1] == version
    assert found(r"rev: v(.*)", "docs", "how-to", "pre-commit.md") == version
    assert found(r"mdm-osupdate@v(.*)", "docs", "how-to", "github-actions.md") == version * 2
