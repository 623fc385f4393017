"""One process of a rush: the phones from one ordinal to another accept what they were offered, four at a time.

`python -m tests.bot.rush DATABASE_URL REDIS_URL KEY FIRST LAST NOW`. Killed and started again it delivers the same
messages again, as a provider does that got no answer.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from bell import Bell
from bot.catalogue import Catalogue
from bot.turn import Turn
from db import Database
from encryption import Cipher
from messaging.address import Address, Channel
from messaging.inbox import Inbound
from tests.bot.conftest import SERVICE

AT_ONCE = 4


def number(ordinal: int) -> str:
    """The number of a phone of the rush."""
    return f"+57311{ordinal:07}"


def main(database_url: str, redis_url: str, key: str, first: str, last: str, now: str) -> None:
    """Let the phones say yes."""
    turn = Turn(
        database=Database(database_url, pool_size=AT_ONCE),
        cipher=Cipher(bytes.fromhex(key)),
        texts=Catalogue.read(),
        bell=Bell(redis_url),
        public_url="https://libreta.test",
        code_key=b"a key of the tests",
    )
    moment = datetime.fromisoformat(now)

    def accept(ordinal: int) -> None:
        message = Inbound(f"SM{ordinal:032}", Address(Channel.SMS, number(ordinal)), SERVICE, "1")
        turn.take(message, now=moment)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(accept, range(int(first), int(last) + 1)))


if __name__ == "__main__":
    main(*sys.argv[1:])
