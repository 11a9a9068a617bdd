"""The command ``xiangzhi``: the composition root of everything that is not a web page."""

import sys

import typer

from core.kernel.settings import SettingsError, get_settings
from web.supervisor.cluster import ClusterError
from web.supervisor.privileges import PrivilegeError
from web.supervisor.serve import ServeError, Supervisor

app = typer.Typer(no_args_is_help=True, add_completion=False, help="乡治 Xiangzhi")
database = typer.Typer(no_args_is_help=True, help="数据库 The database")
app.add_typer(database, name="database")


@app.command()
def serve() -> None:
    """启动全部服务，直到 Ctrl-C。 Start everything, until Ctrl-C."""
    Supervisor(get_settings()).run()


def main() -> None:
    """Run the command; what an operator can mend is said in two languages and without a traceback."""
    try:
        app()
    except (SettingsError, ServeError, ClusterError, PrivilegeError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
