"""Signing in: password, second factor, codes, the choice of a post."""

from typing import Final

from web.pages.signin.codes import code_page, redeem_code, show_code
from web.pages.signin.entry import sign_in_form, sign_in_page, sign_out
from web.pages.signin.steps import (
    choose_page,
    enrol,
    enrol_page,
    factor_page,
    lost_authenticator,
    password_page,
    renew_password,
    show,
)

ROUTES: Final = [
    choose_page,
    code_page,
    enrol,
    enrol_page,
    factor_page,
    lost_authenticator,
    password_page,
    redeem_code,
    renew_password,
    show,
    show_code,
    sign_in_form,
    sign_in_page,
    sign_out,
]
