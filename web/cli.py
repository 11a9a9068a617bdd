"""The command ``xiangzhi``: the composition root of everything that is not a web page."""

import asyncio
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from core.kernel.embedded import DATABASE, LOGIN_ROLES
from core.kernel.logs import configure, log_uncaught
from core.kernel.roles import APP, MIGRATOR, RELAY, prepare_database, role_url
from core.kernel.settings import SettingsError, existing_settings, get_settings, log_format, told_settings
from web.supervisor import backup as backups
from web.supervisor import doctor as doctors
from web.supervisor.explained import Explained
from web.supervisor.migrate import migrate as run_migrations
from web.supervisor.serve import Supervisor, refuse_taken_port

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="乡治 Xiangzhi")
database = typer.Typer(
    no_args_is_help=True, help="数据库（外部数据库模式）。 The database, where it is your own."
)
app.add_typer(database, name="database")


@app.command()
def serve() -> None:
    """启动全部服务，直到 Ctrl-C。 Start everything, until Ctrl-C."""
    refuse_taken_port(told_settings())
    Supervisor(get_settings()).run()


@app.command()
def backup(file: Path) -> None:
    """把数据库、文件和密钥备份到一个文件。 Write database, uploads and secret key into one file."""
    backups.backup(existing_settings(), file)
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


async def _examined() -> bool:
    fine = True
    async for finding in doctors.examine(existing_settings()):
        print(("✓ " if finding.fine else "✗ ") + finding.text)
        fine = fine and finding.fine
    return fine


def add_commands() -> None:
    """Add the commands that load the whole product; without them `serve` starts sooner."""
    from web import chain_commands, commands, person_commands, screen_command  # noqa: PLC0415 - the reason stands above

    app.command()(commands.run)
    app.command()(chain_commands.verify)
    app.command()(screen_command.screen)
    app.add_typer(commands.demo, name="demo")
    app.add_typer(commands.operator, name="operator")
    app.add_typer(person_commands.person, name="person")


def main() -> None:
    """Run the command; what an operator can mend ends with status 2. Log lines do not mix with the command's answer."""
    configure(log_format(), stream=sys.stderr)
    if sys.argv[1:2] != ["serve"]:
        add_commands()
    try:
        app()
    except (Explained, SettingsError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except Exception:  # typer put its own hook in place of the one that logs
        sys.excepthook = log_uncaught
        raise


if __name__ == "__main__":
    main()
