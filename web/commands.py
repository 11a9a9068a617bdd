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
from core.kernel.errors import Filled, Invalid, NotFound
from core.kernel.roles import OWNER
from core.kernel.scope import Scope
from core.kernel.settings import Settings, existing_settings
from core.people.platform import create_operator
from core.tenancy.queries.counties import scope_at
from web.demo.people import demo_accounts
from web.demo.stage import DONE as DEMO_LOADED
from web.supervisor.explained import Explained
from web.texts import Texts

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
        raise CommandError(_refusal(error)) from None
    finally:
        await connection.close()


def _refusal(error: Invalid) -> str:
    """Say in both languages what of an account is not accepted; nothing of it was kept."""
    reasons = list(error.fields.values()) or [error.message]
    english = Texts.load()
    said = " ".join(
        english.get("en", reason.source) % reason.data if isinstance(reason, Filled) else english.get("en", reason)
        for reason in reasons
    )
    return f"没有建立：{''.join(reasons)}\nNot created: {said}"


async def require_demo(settings: Settings) -> None:
    """Raise CommandError, naming the folder, where no demo is running: its accounts would not work."""
    where = settings.folder.root if settings.embedded else "XIANGZHI_DATABASE_URL"
    try:
        connection = await asyncpg.connect(settings.migrator_database_url, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError):
        raise CommandError(
            f"{where} 上的乡治没有运行。请先启动（xiangzhi serve），或用 XIANGZHI_DATA 指定正在用的目录。\n"
            f"Xiangzhi does not run on {where}: start it (xiangzhi serve), or name the folder in use in XIANGZHI_DATA."
        ) from None
    try:
        await connection.execute(f"SET ROLE {OWNER}")
        loaded = await connection.fetchval(DEMO_LOADED)
    finally:
        await connection.close()
    if not loaded:
        raise CommandError(f"{where} 里没有演示数据，也就没有演示账号。\nThere is no demo, and so no demo account, in {where}.")


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
    settings = existing_settings()
    asyncio.run(require_demo(settings))
    typer.echo(f"数据目录 data folder: {settings.folder.root}", err=True)
    typer.echo(accounts_text(settings, as_json=as_json))


@demo.command()
def receipts() -> None:
    """列出演示的群众反映和查询地址。 List the demo's petitions with their receipts."""
    from web.demo.petitions import demo_receipts  # noqa: PLC0415 - brings half the product along, for this command alone

    settings = existing_settings()
    asyncio.run(require_demo(settings))
    for each in demo_receipts(settings):
        typer.echo(f"  {settings.base_url.rstrip('/')}{each['address']}  {each['village']}  {each['title']}")


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
    asyncio.run(make_operator(existing_settings(), login=login, name=name, password=password))
    typer.echo(f"已建立 created: {login}")


async def _run(name: str, region: str, words: list[str]) -> None:
    async for line in run_command(existing_settings(), name, region, words):
        typer.echo(line)
