"""The configuration of the site: ``sphinx-build -W -b dirhtml docs build/site``."""

import re
from collections.abc import Iterable, Iterator
from enum import Enum
from importlib.metadata import version as installed_version

import attrs
from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

from mdm_osupdate.messages import Key, Message

_SITE = "https://mdm-osupdate.github.io/mdm-osupdate/"

project = "mdm-osupdate"
author = "The mdm-osupdate authors"
copyright = author
version = release = installed_version("mdm-osupdate")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["examples", "page", "static", "templates"]

myst_heading_anchors = 4
smartquotes_action = "qe"  # -- begins an option

autodoc_default_options = {"members": True}
autodoc_member_order = "groupwise"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 140

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_line_continuation_character = "\\"

html_extra_path = ["../build/page"]  # made by docs/build.sh, as is the next
html_static_path = ["static", "../build/diagrams"]
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "check.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_css_files = ["site.css"]
html_js_files = [("diagrams.js", {"type": "module"}), ("site.js", {"type": "module"})]
html_theme = "furo"
html_title = "mdm-osupdate"
html_copy_source = False
html_show_copyright = False


def setup(app: Sphinx) -> None:
    """Complete what autodoc says about classes."""
    app.add_lexer("mermaid", TextLexer)  # a script of the site draws these blocks
    app.connect("autodoc-skip-member", _keep_values)
    app.connect("autodoc-process-signature", _show_defaults)
    app.connect("autodoc-process-docstring", _add_keys_and_bases)
    app.connect("doctree-read", _use_dashes)
    app.connect("doctree-resolved", _stay_on_the_site)


def _use_dashes(app: Sphinx, doctree: nodes.document) -> None:
    """Write dashes between parameters and their descriptions, where Sphinx has hyphens."""
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" \N{EN DASH} "))


def _stay_on_the_site(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """Make links to the page that checks relative. In the sources, they must work on GitHub."""
    for link in doctree.findall(nodes.reference):
        if link.get("refuri", "").startswith(_SITE):
            top = app.builder.get_relative_uri(name, "index")
            link["refuri"] = top + link["refuri"].removeprefix(_SITE)


def _keep_values(
    app: Sphinx, what: str, name: str, thing: object, skip: bool, options: object
) -> bool | None:
    """Keep the members of enumerations, which need no docstring."""
    return False if isinstance(thing, Enum) else None


def _show_defaults(
    app: Sphinx, what: str, name: str, thing: object, options: object, shown: str, returned: str
) -> tuple[str, str] | None:
    """Show the defaults of an attrs class, and not how its constructor finds them."""
    if not (shown and isinstance(thing, type) and attrs.has(thing)):
        return None
    defaults = {field.name: repr(field.default) for field in attrs.fields(thing)}
    shown = re.sub(r"attr_dict\['(\w+)'\]\.default", lambda name: defaults[name[1]], shown)
    return shown.replace("NOTHING", "..."), returned


def _add_keys_and_bases(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    if not isinstance(thing, type):
        return
    if bases := [f":class:`{base.__name__}`" for base in _public_bases(thing)]:
        lines += ["", f"A subclass of {' and '.join(bases)}.", ""]
    if issubclass(thing, Message):
        keys = [f.metadata["schema"] for f in attrs.fields(thing) if "schema" in f.metadata]
        lines += _table(sorted(keys, key=lambda key: not key.required)) if keys else ()


def _public_bases(thing: type) -> Iterator[type]:
    """Yield the bases that say something about an exception or a message."""
    for base in thing.__bases__:
        if base.__name__.startswith("_"):
            yield from _public_bases(base)
        elif issubclass(base, Exception | Message):
            yield base


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
