"""The command ``xiangzhi``: the composition root of everything that is not a web page."""

import asyncio
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from core.kernel.embedded import DATABASE, LOGIN_ROLES
from core.kernel.roles import APP, MIGRATOR, RELAY, prepare_database, role_url
from core.kernel.settings import SettingsError, get_settings
from web import commands, person_commands
from web.supervisor import backup as backups
from web.supervisor import doctor as doctors
from web.supervisor.explained import Explained
from web.supervisor.migrate import migrate as run_migrations
from web.supervisor.serve import Supervisor

app = typer.Typer(no_args_is_help=True, add_completion=False, help="乡治 Xiangzhi")
database = typer.Typer(
    no_args_is_help=True, help="数据库（外部数据库模式）。 The database, where it is your own."
)
demo = typer.Typer(no_args_is_help=True, help="演示 The demo")
operator = typer.Typer(no_args_is_help=True, help="平台运营人员 Platform operators")
app.add_typer(database, name="database")
app.add_typer(person_commands.person, name="person")
app.add_typer(demo, name="demo")
app.add_typer(operator, name="operator")


@app.command()
def serve() -> None:
    """启动全部服务，直到 Ctrl-C。 Start everything, until Ctrl-C."""
    Supervisor(get_settings()).run()


@app.command()
def backup(file: Path) -> None:
    """把数据库、文件和密钥备份到一个文件。 Write database, uploads and secret key into one file."""
    backups.backup(get_settings(), file)
    print(f"备份完成 backed up: {file} ({file.stat().st_size / 1024**2:.1f} MiB)")


@app.command()
def restore(
    file: Path,
    *,
    force: Annotated[bool, typer.Option("--force", help="替换已有数据 replace data that is there")] = False,
) -> None:
    """从备份恢复；须先停止服务。 Bring a backup back; stop serving first."""
    kept = backups.restore(get_settings(), file, force=force)
    print(f"恢复完成 restored: {get_settings().folder.root}")
    if kept:
        print(f"原数据保留在 the old data is kept in: {kept}")


@app.command()
def doctor() -> None:
    """检查部署是否正常。 Check a deployment."""
    if not asyncio.run(_examined()):
        sys.exit(1)


@app.command()
def run(name: str, region: str, words: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """对一个地区执行核心或插件提供的命令。 Run a command of the core or a plugin for one region."""
    asyncio.run(_run(name, region, words or []))


@demo.command()
def accounts(*, as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """列出演示账号。 List the demo accounts."""
    print(commands.accounts_text(get_settings(), as_json=as_json))


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
    asyncio.run(commands.make_operator(get_settings(), login=login, name=name, password=password))
    print(f"已建立 created: {login}")


@database.command()
def prepare(admin_url: Annotated[str, typer.Option(help="管理员连接 DSN of an administrator")]) -> None:
    """在您的 PostgreSQL 上建立角色和数据库，并打印连接设置。 Make roles and database, print the settings."""
    passwords = {role: secrets.token_hex(24) for role in LOGIN_ROLES}
    asyncio.run(prepare_database(admin_url, DATABASE, passwords))
    for name, role in (("", APP), ("RELAY_", RELAY), ("MIGRATOR_", MIGRATOR)):
        print(f"XIANGZHI_{name}DATABASE_URL={role_url(admin_url, DATABASE, role, passwords[role])}")
    print(f"XIANGZHI_SECRET_KEY={secrets.token_hex(32)}")


@database.command()
def migrate() -> None:
    """升级表结构。 Bring the tables up to date."""
    asyncio.run(run_migrations(get_settings()))


async def _run(name: str, region: str, words: list[str]) -> None:
    async for line in commands.run_command(get_settings(), name, region, words):
        print(line, flush=True)


async def _examined() -> bool:
    fine = True
    async for finding in doctors.examine(get_settings()):
        print(("✓ " if finding.fine else "✗ ") + finding.text)
        fine = fine and finding.fine
    return fine


def main() -> None:
    """Run the command; what an operator can mend ends with status 2."""
    try:
        app()
    except (Explained, SettingsError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
