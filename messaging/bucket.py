"""How fast a sender may send: a token bucket in Redis that all workers share. One token is one SMS
segment.
"""

import time
from dataclasses import dataclass, field

import structlog
from redis import Redis, RedisError

log = structlog.get_logger()

BURST = 2.0
"""Seconds of saved-up rate that may be spent at once."""
SHARE_ALONE = 0.25
"""Part of the rate a process allows itself while it cannot see what the others spend."""

REFILL = """
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]), tonumber(bucket[2])
if not tokens or now < at then tokens, at = 0, now end
tokens = math.min(burst, tokens + (now - at) * rate)
local granted = math.max(0, math.min(wanted, math.floor(tokens)))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - granted), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], 3600)
return granted
"""
"""Refills by the time that has passed on Redis's clock, then grants what is there.

A bucket that is not known, after FLUSHALL or a restart, starts empty, never full. Tokens may be owed.
"""


@dataclass
class Bucket:
    """The allowance of one sender, `rate` in segments a second."""

    redis: Redis
    sender: str
    rate: float
    _tokens: float = 0.0
    _at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._key = f"bucket:{self.sender}"
        self._refill = self.redis.register_script(REFILL)

    def take(self, wanted: int) -> int:
        """As many tokens as there are, up to `wanted`. Without Redis, a quarter of the rate is allowed from
        memory.
        """
        try:
            return int(self._refill(keys=[self._key], args=[self.rate, self.rate * BURST, wanted]))
        except RedisError as error:
            log.warning("rate kept locally", reason=type(error).__name__)
            return self._take_locally(wanted)

    def settle(self, granted: int, used: int) -> None:
        """Give back what was not used, or owe what was used beyond the grant (messages of several
        segments).
        """
        if granted == used:
            return
        try:
            self._owe(used - granted)
        except RedisError:
            self._tokens -= used - granted

    def _owe(self, tokens: int) -> None:
        if self.redis.exists(self._key):
            self.redis.hincrbyfloat(self._key, "tokens", -tokens)

    def _take_locally(self, wanted: int) -> int:
        now, rate = time.monotonic(), self.rate * SHARE_ALONE
        self._tokens = min(rate * BURST, self._tokens + (now - self._at) * rate)
        self._at = now
        granted = max(0, min(wanted, int(self._tokens)))
        self._tokens -= granted
        return granted
