"""Codes that prove a phone on the public form: counted in the database, sent by the operator's gateway, tried a few times."""

from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog

from core.disclosure.public import count_use
from core.kernel.database import transaction
from core.kernel.errors import Invalid, TooMany, Unavailable, mark
from core.kernel.masking import masked_phone
from core.kernel.scope import Scope
from core.kernel.secrets import plain_phone
from core.kernel.texting import NotSentError, texting
from core.petitions.actions.phones import begin_code, drop_code, phone_key, tell_used_up, try_code, wrong_code
from core.petitions.queries import place_rule
from core.petitions.rules import PetitionSettings
from web.answers import Request
from web.pages.public.petition_forms import client_key

LONGEST_CODE: Final = 12
_HOUR: Final = 3_600
_DAY: Final = 86_400
A_PHONE_DAY: Final = 5
_A_READER_HOUR: Final = 10
_A_COUNTY_HOUR: Final = 300  # what a county pays at most, whatever happens
_NONE: Final = mark("短信验证码暂时发不出去。您写的内容都还在，可以过一会儿再试，或到村（社区）当面说。")
_USED_UP: Final = mark("今天的短信验证码已经发完。您写的内容都还在，请明天早上 8 点以后再来，或到村（社区）当面说。")
_USED_UP_FREE: Final = mark("今天的短信验证码已经发完。您写的内容都还在，可以不留手机号直接提交，或明天早上 8 点以后再来。")
_log = structlog.get_logger(__name__)


async def deliver_code(request: Request, scope: Scope, phone: str, now: datetime) -> str:
    """Send a code and give the number masked. Raises ``Unavailable`` where it cannot be sent, ``TooMany`` beyond the limits."""
    plain = plain_phone(phone)
    if not plain:
        raise Invalid(fields={"phone": mark("请填写 11 位手机号。")})
    gateway = texting(request.app.state.settings)
    if gateway is None:
        raise Unavailable(_NONE)
    await count_use(f"petition:code:reader:{client_key(request)}", seconds=_HOUR, most=_A_READER_HOUR)
    async with transaction(scope):
        made = await begin_code(scope, phone=plain, now=now)
        rule = await place_rule(scope, now=now)
    try:
        await count_use(f"petition:code:{phone_key(plain)}", seconds=_DAY, most=A_PHONE_DAY)
        await count_use(f"petition:code:county:{scope.county}", seconds=_HOUR, most=_A_COUNTY_HOUR)
        await _count_for_the_county(scope, rule, now)
        await gateway.send(made.message)
    except Exception as error:
        async with transaction(scope):
            await drop_code(scope, code=made.id)
        if isinstance(error, NotSentError):
            _log.warning("text_message_not_sent", county=scope.county, why=str(error))
            raise Unavailable(_NONE) from None
        raise
    return masked_phone(plain)


async def _count_for_the_county(scope: Scope, rule: PetitionSettings, now: datetime) -> None:
    """Count one code of the county's day. Raises ``TooMany``; the first time in a day its administrators are told."""
    try:
        await count_use(f"petition:code:day:{scope.county}", seconds=_DAY, most=rule.codes_a_day)
    except TooMany:
        with suppress(TooMany):
            await count_use(f"petition:code:told:{scope.county}", seconds=_DAY, most=1)
            async with transaction(scope):
                await tell_used_up(scope, now=now)
        raise TooMany(_USED_UP_FREE if rule.anonymous else _USED_UP) from None


async def require_code(scope: Scope, phone: str, code: str, now: datetime) -> None:
    """Try a code. The try is counted whatever comes of the form. Raises ``Invalid`` where it does not fit."""
    if not code.strip():
        raise wrong_code(code)
    async with transaction(scope):
        fits = await try_code(scope, phone=phone, code=code, now=now)
    if not fits:
        raise wrong_code(code)
