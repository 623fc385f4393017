"""`python -m local start|stop|status [postgres|redis]`: the servers by hand. `keep` is for ourselves."""

import argparse
import os
import sys
from pathlib import Path

from local import keeper
from local.environment import SERVERS, var_folder
from local.server import Server, ServerError

KINDS = {kind.name: kind for kind in SERVERS.values()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bin/servers", description="PostgreSQL and Redis of the service's own")
    commands = parser.add_subparsers(dest="command", required=True)
    for command, explanation in {
        "start": "start them; they end by themselves some seconds after their last user",
        "stop": "stop them, whoever uses them",
        "status": "say which run",
    }.items():
        sub = commands.add_parser(command, help=explanation)
        sub.add_argument("names", nargs="*", metavar="NAME", help="postgres, redis (default: both)")
    keep = commands.add_parser("keep")
    keep.add_argument("name", choices=KINDS)
    keep.add_argument("lock", type=int)
    keep.add_argument("var", type=Path)
    keep.add_argument("--throwaway", action="store_true")
    arguments = parser.parse_args()
    try:
        if arguments.command == "keep":
            server = KINDS[arguments.name](arguments.var, throwaway=arguments.throwaway)
            keeper.keep(server, arguments.lock)
        else:
            for name in arguments.names or KINDS:
                if name not in KINDS:
                    parser.error(f"no server named {name}: postgres or redis")
                by_hand(arguments.command, KINDS[name](var_folder(os.environ)))
    except ServerError as error:
        sys.exit(str(error))


def by_hand(command: str, server: Server) -> None:
    match command:
        case "start":
            keeper.use([server])
        case "stop":
            keeper.stop(server)
    print(f"{server.name}: {'running' if keeper.keeper_of(server) else 'stopped'}")


if __name__ == "__main__":
    main()
