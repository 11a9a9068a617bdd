"""Pages with several forms: what was sent is drawn again in the form it came from, and in no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Kept:
    """What one form of a page was sent with, and what is wrong with it.

    ``sent`` names the form. Templates ask for each field by form and name; its element's id is ``<form>-<name>``, so that
    the summary's links lead to it.
    """

    sent: str = ""
    form: Mapping[str, Sequence[str]] = field(default_factory=dict)
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def value(self, form: str, name: str, default: Any = None) -> Any:
        """Give what stood in a field, or the default where its form was not the one that was sent."""
        if form != self.sent:
            return default
        values = self.form.get(name) or ("",)
        return values[0]

    def wrong(self, form: str, name: str) -> str | None:
        """Give a field's message."""
        return self.fields.get(name) if form == self.sent else None

    def opens(self, form: str) -> bool:
        """Tell whether the folded form is shown open."""
        return bool(self.sent) and form == self.sent

    @property
    def errors(self) -> dict[str, Any]:
        """Give the summary on top of the page, with links to the fields by their ids."""
        told = {f"{self.sent}-{name}" if self.sent else name: text for name, text in self.fields.items()}
        return {"summary": self.summary, "fields": told}
