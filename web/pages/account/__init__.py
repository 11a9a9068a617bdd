"""One's own account: sessions, password, user name, language, large print, posts."""

from typing import Final

from web.pages.account.login import change_own_login, own_login_page
from web.pages.account.me import (
    change_own_password,
    end_one,
    end_others,
    me_page,
    own_password_page,
    switch_elder,
    switch_language,
    switch_post,
)

ROUTES: Final = [
    change_own_login,
    own_login_page,
    change_own_password,
    end_one,
    end_others,
    me_page,
    own_password_page,
    switch_elder,
    switch_language,
    switch_post,
]
