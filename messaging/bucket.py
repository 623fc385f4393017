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
SECONDS_ALONE = 1.0
"""How long Redis is left alone after it failed."""
SHARE_ALONE = 0.25
"""Part of the rate a process allows itself while it cannot see what the others spend."""

REFILL = """
local rate, burst, wanted, owed = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]), tonumber(bucket[2])
if not tokens or now < at then tokens, at = 0, now end
tokens = math.min(burst, tokens + (now - at) * rate - owed)
local granted = math.max(0, math.min(wanted, math.floor(tokens)))
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - granted), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], 3600)
return granted
"""
"""Refills by the time that has passed on Redis's clock, settles the last grant, then grants what is there.

A bucket that is not known, after FLUSHALL or a restart, starts empty, never full. Tokens may be owed.
"""


@dataclass
class Bucket:
    """The allowance of one sender, `rate` in segments a second."""

    redis: Redis
    sender: str
    rate: float
    _owed: int = 0
    """Tokens used beyond the last grants; negative if some were left over."""
    _alone_until: float = 0.0
    _tokens: float = 0.0
    _at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._refill = self.redis.register_script(REFILL)

    def take(self, wanted: int) -> int:
        """As many tokens as there are, up to `wanted`. Without Redis, a quarter of the rate is allowed from memory."""
        now = time.monotonic()
        if now >= self._alone_until:
            try:
                return self._take_shared(wanted)
            except RedisError as error:
                log.warning("rate kept alone", reason=type(error).__name__)
                self._alone_until = now + SECONDS_ALONE
        return self._take_alone(wanted, now)

    def settle(self, granted: int, used: int) -> None:
        """Say what was used of a grant: the rest goes back, and more (messages of several segments) is owed."""
        self._owed += used - granted

    def _take_shared(self, wanted: int) -> int:
        arguments = [self.rate, self.rate * BURST, wanted, self._owed]
        granted = int(self._refill(keys=[f"bucket:{self.sender}"], args=arguments))
        self._owed = 0
        return granted

    def _take_alone(self, wanted: int, now: float) -> int:
        rate = self.rate * SHARE_ALONE
        self._tokens = min(rate * BURST, self._tokens + (now - self._at) * rate) - self._owed
        self._at, self._owed = now, 0
        granted = max(0, min(wanted, int(self._tokens)))
        self._tokens -= granted
        return granted
