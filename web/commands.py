"""What the commands of ``xiangzhi`` do, beyond what the supervisor does for them."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import asyncpg
import typer

from core.contracts.commands import Command
from core.extension.manager import boot
from core.extension.queries import with_plugins
from core.kernel import clock
from core.kernel.database import close_pool, open_pool
from core.kernel.errors import Invalid, NotFound
from core.kernel.scope import Scope
from core.kernel.settings import Settings, get_settings
from core.people.platform import create_operator
from core.tenancy.queries.counties import scope_at
from web.demo.people import demo_accounts
from web.supervisor.explained import Explained

demo = typer.Typer(no_args_is_help=True, help="演示 The demo")
operator = typer.Typer(no_args_is_help=True, help="平台运营人员 Platform operators")


class CommandError(Explained):
    """The command cannot be carried out; the message says in both languages why."""


async def make_operator(settings: Settings, *, login: str, name: str, password: str) -> None:
    """Create the account of a platform operator, the only kind of account that needs no invitation."""
    connection = await asyncpg.connect(settings.migrator_database_url)
    try:
        profile = settings.password_profile
        await create_operator(
            connection, login=login, name=name, password=password, profile=profile, now=clock.now()
        )
    except asyncpg.UniqueViolationError:
        raise CommandError(f"用户名 {login} 已存在。There is an account {login} already.") from None
    except Invalid as error:
        reasons = " ".join([str(error), *map(str, error.fields.values())])
        raise CommandError(f"密码不符合要求。The password is not accepted: {reasons}") from None
    finally:
        await connection.close()


async def run_command(settings: Settings, name: str, region: str, words: Sequence[str]) -> AsyncIterator[str]:
    """Run a command contributed by the core or a plugin for one region, and give the lines it says.

    Raises CommandError for an unknown name or county and where the command's plugin is not on.
    """
    found = boot().named(Command, name)
    if found is None:
        raise CommandError(f"没有命令 {name}。There is no command {name}.")
    await open_pool(settings.database_url, size=4)
    try:
        scope = await with_plugins(await _scope_at(region))
        if found.plugin and scope.plugins.get(found.plugin) != "on":
            raise CommandError(f"{region} 没有启用功能模块 {found.plugin}。The module is not on there.")
        async for line in found.run(scope, words):
            yield line
    finally:
        await close_pool()


async def _scope_at(region: str) -> Scope:
    try:
        return await scope_at(region)
    except NotFound as error:
        raise CommandError(f"{region}：{error}No county was opened there.") from None


def accounts_text(settings: Settings, *, as_json: bool) -> str:
    """Write down the demo accounts, for people as a table that fits a terminal, or as JSON."""
    accounts = demo_accounts(settings)
    if as_json:
        return json.dumps(accounts, ensure_ascii=False, indent=1)
    lines = []
    for each in accounts:
        factor = f"  TOTP {each['totp_secret']}" if each["totp_secret"] else ""
        lines.append(
            f"  {each['login']:<20} {each['password']}  {each['role']}  {each['region']}  {each['name']}{factor}"
        )
    return "\n".join(lines)


def run(name: str, region: str, words: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """对一个地区执行核心或功能模块提供的命令。 Run a command of the core or a module for one region."""
    asyncio.run(_run(name, region, words or []))


@demo.command()
def accounts(*, as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """列出演示账号。 List the demo accounts."""
    typer.echo(accounts_text(get_settings(), as_json=as_json))


@operator.command()
def create(
    login: Annotated[str, typer.Option(prompt="用户名 login")],
    name: Annotated[str, typer.Option(prompt="姓名 name")],
    password: Annotated[
        str,
        typer.Option(
            prompt="密码 password",
            hide_input=True,
            confirmation_prompt=True,
            envvar="XIANGZHI_OPERATOR_PASSWORD",
        ),
    ],
) -> None:
    """新建平台运营账号（先启动服务）。 Make an operator's account, while serving."""
    asyncio.run(make_operator(get_settings(), login=login, name=name, password=password))
    typer.echo(f"已建立 created: {login}")


async def _run(name: str, region: str, words: list[str]) -> None:
    async for line in run_command(get_settings(), name, region, words):
        typer.echo(line)
