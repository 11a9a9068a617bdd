"""What templates show is escaped exactly as Jinja escapes it."""

import pytest
from jinja2 import Environment
from markupsafe import Markup, escape

from web.escaping import PageCode, shown
from web.render import Renderer


class Word(str):
    """A text that says itself what it is as HTML."""

    __slots__ = ()

    def __html__(self) -> str:
        return f"<b>{escape(str(self))}</b>"


VALUES = [
    "办理中", "", "a & b", "<script>alert(1)</script>", "it's", 'say "yes"', "&lt;", "a > b", "\n<br>\x00",
    Markup("<b>安全</b>"), Word("x<y"), 5, 4.5, None, True, ["<i>"], {"k": "<"},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_shown_is_what_escape_gives(value: object) -> None:
    assert str(shown(value)) == str(escape(value))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize(
    "source",
    [
        "{{ value }}", '<p title="{{ value }}">{{ value|upper }}</p>', "{% macro m(v) %}<i>{{ v }}</i>{% endmacro %}{{ m(value) }}",
        "{% set v %}<u>{{ value }}</u>{% endset %}{{ v }}", "{{ value|safe }}", "{% autoescape false %}{{ value }}{% endautoescape %}",
        "{% for x in [value] %}{{ x ~ '<' }}{% endfor %}",
    ],
)  # fmt: skip
def test_templates_come_out_as_with_jinjas_own_code(source: str, value: object) -> None:
    class Ours(Environment):
        code_generator_class = PageCode
        shown = staticmethod(shown)

    drawn = [made(autoescape=True).from_string(source).render(value=value) for made in (Ours, Environment)]
    assert drawn[0] == drawn[1]


def test_the_pages_use_it() -> None:
    environment = Renderer().environment("zh")
    assert environment.code_generator_class is PageCode
    assert environment.from_string("{{ x }}").render(x="<&'\">") == "&lt;&amp;&#39;&#34;&gt;"
