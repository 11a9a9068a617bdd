"""A decision with two outcomes (放行, 确认): read from its form, done and told of, or the page again with what was written."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from core.api import Invalid, Scope
from web.api import Answer, Form, Request, deed, first, form_of


@dataclass(frozen=True, slots=True)
class Decision:
    """The words of its two outcomes as the form sends them, with what is told of each; and what asks for one of them."""

    asked: str
    yes: str
    told_yes: str
    no: str
    told_no: str


async def decided(
    request: Request, scope: Scope, decision: Decision, act: Callable[[bool, Form], Awaitable[None]], *,
    again: Callable[..., Awaitable[Answer]], onward: str,
) -> Answer:  # fmt: skip
    """Let ``act`` do what was decided and lead ``onward``; as ``deed`` does, ``again`` draws the page where that cannot be."""
    outcome = first(await form_of(request), "outcome")

    async def run(form: Form) -> None:
        if outcome not in {decision.yes, decision.no}:
            raise Invalid(fields={"outcome": decision.asked})
        await act(outcome == decision.yes, form)

    told = decision.told_yes if outcome == decision.yes else decision.told_no
    return await deed(request, scope, run, again=again, name="decide", onward=onward, told=told)
