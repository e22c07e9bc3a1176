"""The configuration of the site: ``sphinx-build -W -b dirhtml docs build/site``."""

from collections.abc import Iterable, Iterator
from enum import Enum
from importlib.metadata import version as installed_version

import attrs
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from mdm_osupdate.messages import Key, Message

project = "mdm-osupdate"
author = "The mdm-osupdate authors"
copyright = author
version = release = installed_version("mdm-osupdate")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["examples", "page"]

myst_heading_anchors = 4

autodoc_default_options = {"members": True, "imported-members": True, "show-inheritance": True}
autodoc_member_order = "groupwise"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_extra_path = ["../build/page"]  # made by docs/build.sh, as is the next
html_static_path = ["../build/diagrams"]
html_js_files = [("diagrams.js", {"type": "module"})]
html_theme = "furo"
html_title = "mdm-osupdate"
html_copy_source = False
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Add to each message class the table of its keys."""
    app.add_lexer("mermaid", TextLexer)  # a script of the site draws these blocks
    app.connect("autodoc-process-docstring", _add_keys)


def _add_keys(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    if isinstance(thing, type) and issubclass(thing, Message):
        keys = [f.metadata["schema"] for f in attrs.fields(thing) if "schema" in f.metadata]
        lines += _table(sorted(keys, key=lambda key: not key.required)) if keys else ()


def _table(keys: Iterable[Key]) -> Iterator[str]:
    yield from ("", ".. list-table::", "   :header-rows: 1", "")
    yield from _row("attribute", "key", "value")
    for key in keys:
        kind = f", :class:`{key.kind.__name__}`" if issubclass(key.kind, Enum | Message) else ""
        required = ", required" if key.required else ""
        yield from _row(f"``{key.attribute}``", key.name, f"{key.expected}{kind}{required}")
    yield ""


def _row(*cells: str) -> Iterator[str]:
    for bullet, cell in zip(("   * -", "     -", "     -"), cells, strict=True):
        yield f"{bullet} {cell}"
