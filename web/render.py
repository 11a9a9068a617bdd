"""Pages from templates: one Jinja environment a language, the shell's contract, the components as ``ui``.

A page handler builds a ``Shell`` (who is looking, from where, at which menu) and values, and gets a string
back. Nothing here knows HTTP. Templates only show: they see what they were given, a missing name raises,
and text is escaped unless a component made it. docs/front-end.md has a line for each component.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)
from jinja2.nodes import Call, Const, Name, Node, Template
from jinja2.runtime import Macro
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape

from core.tenancy.terms import Words
from web import charts
from web.escaping import PageCode, shown
from web.filters import Formats
from web.manifest import Manifest
from web.texts import LANGUAGES, SOURCE, Texts

HERE = Path(__file__).parent
_PHONE_PLACES = 4
_NOTHING = Markup()
_REMEMBERED = 2_048
_MOST_WORDINGS = 32


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One place. ``count`` is shown unless it is None or 0; ``icon`` is a name of web/assets/icons.json.

    ``count_of`` names a figure that the page asks for after it is shown (web/pages/counts).
    """

    label: str
    url: str
    count: int | None = None
    current: bool = False
    icon: str = "list"
    count_of: str = ""
    paused: bool = False


@dataclass(frozen=True, slots=True)
class MenuSection:
    """Places under one heading in the left menu."""

    title: str
    items: Sequence[MenuItem]


@dataclass(frozen=True, slots=True)
class RegionStep:
    """One level of the path from the province down, by its short name."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Says of a page's plugin that it is paused. ``by_name``, ``reason`` and ``at`` are there for those who may know."""

    plugin: str
    title: str
    by_name: str = ""
    reason: str = ""
    at: datetime | None = None
    may_resume: bool = False


@dataclass(frozen=True, slots=True)
class MembershipChoice:
    """A post that this person may switch to; ``label`` is role · place."""

    id: str
    label: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class ShellUrls:
    """Where the shell's own forms and links go. An empty one is not drawn."""

    home: str = "/"
    notices: str = "/notices"
    membership: str = "/me/membership"
    language: str = "/me/language"
    elder: str = "/me/elder"
    me: str = "/me"
    logout: str = "/logout"
    search: str = ""


@dataclass(frozen=True, slots=True)
class Shell:
    """Everything around a page's own content. All texts are in the reader's language already.

    ``now`` is the one time of the page (with a zone). ``path`` is where the language and elder forms come
    back to. ``role_name`` alone is shown where the place stands beside it, ``membership_label`` (role ·
    place) elsewhere. ``back`` is the address behind "‹" on a phone, where the top bar then shows the title
    instead of the place; at the desk it stands over the page by the name ``back_to``. ``paused`` names the county's
    paused plugins: forms that lead to them are shown, but cannot be sent; ``pause`` says so on their pages. An empty ``person_name`` means nobody is signed in: no menu, no notices.
    """

    title: str
    now: datetime
    csrf_token: str
    language: str = "zh"
    elder: bool = False
    path: str = "/"
    person_name: str = ""
    role_name: str = ""
    membership_label: str = ""
    place_name: str = ""
    region_path: Sequence[RegionStep] = ()
    menu: Sequence[MenuSection] = ()
    bottom: Sequence[MenuItem] = ()
    notice_count: int = 0
    memberships: Sequence[MembershipChoice] = ()
    back: str = ""
    back_to: str = ""
    paused: frozenset[str] = frozenset()
    pause: Pause | None = None
    urls: ShellUrls = field(default_factory=ShellUrls)

    def __post_init__(self) -> None:
        if len(self.bottom) > _PHONE_PLACES:
            raise ValueError(f"a phone's bottom bar has at most {_PHONE_PLACES} places")
        if self.language not in LANGUAGES:
            raise ValueError(f"no such language: {self.language}")

    def titled(self, title: str, *, back: str = "") -> "Shell":
        """Return the same shell under another title."""
        return replace(self, title=title, back=back)


_current: ContextVar[Shell] = ContextVar("shell")
# The fields that the page has drawn so far, by their ids. What is wrong with them stands above them, where their names are
# not known yet: it leaves a place for each name, which is filled when the page is done.
_labels: ContextVar[dict[str, str]] = ContextVar("labels")
_LABEL_OPENS, _LABEL_CLOSES = "\ue000", "\ue001"
_LABEL_OF = re.compile(f"{_LABEL_OPENS}([^{_LABEL_CLOSES}]*){_LABEL_CLOSES}")


class _TranslateConstants(NodeTransformer):
    """Turns ``_("常量")`` into its translation while the template is compiled: a page pays nothing."""

    def __init__(self, translate: partial[str]) -> None:
        self.translate = translate

    def visit_Call(self, node: Call) -> Node:  # noqa: N802 (the visitor's naming)
        self.generic_visit(node)
        named = isinstance(node.node, Name) and node.node.name == "_"
        plain = len(node.args) == 1 and not node.kwargs and isinstance(node.args[0], Const)
        if named and plain:
            return Const(self.translate(node.args[0].value), lineno=node.lineno)  # type: ignore[attr-defined]
        return node


class _PageEnvironment(Environment):
    """Translates constant texts at compile time; everything else is Jinja's."""

    constants: _TranslateConstants
    code_generator_class = PageCode
    shown = staticmethod(shown)

    def _parse(self, source: str, name: str | None, filename: str | None) -> Template:
        tree: Template = self.constants.visit(super()._parse(source, name, filename))
        return tree


def attributes(values: Mapping[str, Any]) -> Markup:
    """HTML attributes from options: ``hx_get`` becomes ``hx-get``, True a bare name, False and None nothing.

    Raises ValueError on style and on inline handlers: the content security policy would drop them silently.
    """
    if not values:  # by far the most calls, once for each card of a list
        return _NOTHING
    parts = []
    for key, value in values.items():
        name = key.rstrip("_").replace("_", "-")
        if name == "style" or name.startswith(("on", "hx-on")) or not name.replace("-", "").isalnum():
            raise ValueError(f"attribute {name!r} is not allowed: no inline style or script")
        if value is True:
            parts.append(f" {name}")
        elif value is not None and value is not False:
            parts.append(f' {name}="{escape(value)}"')
    return Markup("".join(parts))  # noqa: S704 (names are checked, values escaped)


def rich(text: str, **values: object) -> Markup:
    """Make figures stand out: ``rich(_("将派给 %(n)s 个村"), n=18)``. Text and values are escaped."""
    strong = {key: Markup("<strong>{}</strong>").format(value) for key, value in values.items()}
    return escape(text) % strong


def fill(text: str, values: Mapping[str, object]) -> Markup:
    """Like ``rich`` for the sentences that scripts fill too: their places are written ``{name}``."""
    filled = str(escape(text))
    for name, value in values.items():
        filled = filled.replace("{" + name + "}", str(Markup("<strong>{}</strong>").format(value)))
    return Markup(filled)  # noqa: S704 (text and values are escaped)


def _combine(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    return {**first, **second}


def _remembering() -> Callable[[Macro, Hashable], Markup]:
    """Make ``once(macro, value)``: what a component draws of this value, kept for the next page that shows the same.

    For components that read nothing but their one value, which is compared whole: the menu of a set of rights, the path of
    a place. What is kept is a function of what the page was given, so no page can show another's.
    """

    @lru_cache(_REMEMBERED)
    def once(macro: Macro, value: Hashable) -> Markup:
        return Markup(macro(value))  # noqa: S704 (a component escapes what it was given)

    return once


def _shown_at() -> datetime | None:
    """Give the time of the page that is drawn now."""
    shell = _current.get(None)
    return None if shell is None else shell.now


def _csrf_field() -> Markup:
    token = escape(_current.get().csrf_token)
    return Markup(f'<input type="hidden" name="csrf_token" value="{token}">')  # noqa: S704 (the token is escaped)


def _stopped(action: str) -> bool:
    """Tell whether an address belongs to a plugin that is paused here, so that what is sent there would be refused."""
    shell = _current.get(None)
    paused = shell.paused if shell is not None else ()
    return bool(paused) and action.lstrip("/").split("/", 1)[0].split("?", 1)[0] in paused


def _labelled(id_: str, label: str) -> str:
    """Note by which name a field is drawn."""
    labels = _labels.get(None)
    if labels is not None:
        labels[id_] = label
    return ""


def _label_of(id_: str) -> str:
    """Leave a place for the name of a field that may be drawn later."""
    return f"{_LABEL_OPENS}{id_}{_LABEL_CLOSES}"


def _with_labels(page: str, labels: Mapping[str, str], colon: str) -> str:
    """Fill the places: with the name and a colon, or with nothing where no such field was drawn."""
    if _LABEL_OPENS not in page:
        return page
    return _LABEL_OF.sub(lambda found: str(escape(labels[found[1]])) + colon if found[1] in labels else "", page)


class Renderer:
    """Both languages' environments, made once at start. Give plugin templates as name → folder.

    A plugin's template is asked for as ``<plugin>/page.html`` and cannot shadow ours.
    """

    def __init__(
        self,
        *,
        texts: Texts | None = None,
        manifest: Manifest | None = None,
        plugin_templates: Mapping[str, Path] | None = None,
        extra_loader: BaseLoader | None = None,
    ) -> None:
        self.texts = texts or Texts.load()
        self.manifest = manifest or Manifest.load()
        loaders: list[BaseLoader] = [
            FileSystemLoader(HERE / "templates"),
            PrefixLoader({"components": FileSystemLoader(HERE / "components")}),
            PrefixLoader({name: FileSystemLoader(path) for name, path in (plugin_templates or {}).items()}),
        ]
        self._loader = ChoiceLoader([*loaders, extra_loader] if extra_loader else loaders)
        self._environments = {language: self._environment(language, self._loader) for language in LANGUAGES}
        self._in_words: dict[Words, Renderer] = {}

    def in_words(self, words: Words) -> "Renderer":
        """Give the renderer that says things in a county's words. It is made once; the oldest goes when there are many."""
        if not words:
            return self
        if words not in self._in_words:
            if len(self._in_words) >= _MOST_WORDINGS:
                self._in_words.pop(next(iter(self._in_words)))
            made = copy(self)
            made.texts = self.texts.worded(words)
            made._environments = {**self._environments, SOURCE: made._environment(SOURCE, self._loader)}  # noqa: SLF001
            self._in_words[words] = made
        return self._in_words[words]

    def page(self, shell: Shell, template: str, values: Mapping[str, Any] | None = None) -> str:
        """Render a whole page; ``shell`` and ``now`` are there for the template beside the values."""
        token, drawn = _current.set(shell), _labels.set({})
        try:
            chosen = self._environments[shell.language].get_template(template)
            page = chosen.render({"shell": shell, "now": shell.now, **(values or {})})
            return _with_labels(page, _labels.get(), self.texts.get(shell.language, "："))
        finally:
            _labels.reset(drawn)
            _current.reset(token)

    def fragment(self, shell: Shell, template: str, values: Mapping[str, Any] | None = None) -> str:
        """Render a part of a page for htmx. By custom its file begins with ``_`` and the page includes it."""
        if not template.rsplit("/", 1)[-1].startswith("_"):
            raise ValueError(f"a fragment's file begins with an underscore: {template}")
        return self.page(shell, template, values)

    def environment(self, language: str) -> Environment:
        """For tests and for tools that look at all templates."""
        return self._environments[language]

    def _environment(self, language: str, loader: BaseLoader) -> Environment:
        environment = _PageEnvironment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.constants = _TranslateConstants(partial(self.texts.get, language))
        formats = Formats(language, _shown_at)
        environment.filters.update(formats.all(), attributes=attributes, combine=_combine)
        icons = {name: self._icon(name) for name in self.manifest.icons}
        environment.globals.update(
            _=partial(self._say, language),
            _n=partial(self._count, language),
            rich=rich,
            fill=fill,
            asset=self.manifest.url,
            csrf_field=_csrf_field,
            stopped=_stopped,
            labelled=_labelled,
            label_of=_label_of,
            once=_remembering(),
            html_language=LANGUAGES[language],
            icon=icons.__getitem__,
            flow_layout=charts.flow_layout,
            bar_layout=charts.bar_layout,
        )
        environment.globals["ui"] = self._components(environment)
        return environment

    def _say(self, language: str, text: str, /, **values: object) -> str:
        found = self.texts.get(language, text)
        return found % values if values else found

    def _count(self, language: str, text: str, number: float, /, **values: object) -> str:
        return self.texts.count(language, text, number) % {"n": number, **values}

    def _icon(self, name: str) -> Markup:
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(
            self.manifest.url("icons.svg"), name
        )

    @staticmethod
    def _components(environment: Environment) -> SimpleNamespace:
        """Collect the public macros of web/components/*/*.html: ``ui.name`` in every template."""
        ui = SimpleNamespace()
        environment.globals["ui"] = ui
        for file in sorted((HERE / "components").glob("*/*.html")):
            module = environment.get_template(f"components/{file.parent.name}/{file.name}").module
            for name, macro in vars(module).items():
                if isinstance(macro, Macro) and not name.startswith("_"):
                    if hasattr(ui, name):
                        raise ValueError(f"two components are called {name}")
                    setattr(ui, name, macro)
        return ui
