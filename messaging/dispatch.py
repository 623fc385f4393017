"""Sends what waits in the outbox: claim → send → record, in batches, with hundreds of messages under way at
once.

The provider is called outside any transaction. A process that dies between sending and recording leaves rows
under a lease that nobody renews: `reconcile` asks the provider about them, nothing here sends them again.
"""

import asyncio
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from db import Database
from encryption import Cipher
from messaging import claims, policy, receipts
from messaging.address import Address
from messaging.bucket import Bucket
from messaging.claims import Claimed, Deferred, Ended, Sent
from messaging.contacts import HANDLE
from messaging.content import Content
from messaging.gate import Decision, Defer, Policy, Refuse, Send, decide
from messaging.outbox import Route
from messaging.priority import Priority
from messaging.providers.errors import Remedy, SendError
from messaging.providers.transport import Draft, Receipt, Transport

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
STALE = 2.0
"""Seconds after which a claimed message that has not left goes back, so that a stop word always wins."""
CLAIM_MAX = 256
AT_ONCE = 256
"""Requests to the provider at once, by one process on one route."""
UNDER_WAY = 400
"""Messages claimed at once: some wait for a free request, so that none is idle while the next claim is made."""
BULK_SHARE = 0.8
"""Part of them that bulk may take, so that a reply never waits behind a campaign."""
PROBE = 16
"""Messages under way until the provider has answered well once, and again after it has not."""
FAILURES_IN_A_ROW = 8
LULL = 0.05
"""Seconds to wait when nothing can be claimed while something is under way, or the rate is used up."""
FLUSH_SECONDS = 0.1
PAUSE_MAX = 60.0
BACKOFF_FIRST, BACKOFF_MAX = 5.0, 900.0
OPERATOR_PAUSE = timedelta(minutes=5)
LAST_FLUSH_TRIES = 20

Caps = Callable[[Connection, Sequence[int]], Mapping[int, datetime]]
"""Given contact ids, until when each may get no bulk; contacts that may are left out."""


def no_caps(_connection: Connection, _contact_ids: Sequence[int]) -> Mapping[int, datetime]:
    """Nobody has had too much."""
    return {}


@dataclass(frozen=True, slots=True)
class Sender:
    """A transport and the rate it may be used at; without a bucket, at any rate."""

    transport: Transport
    bucket: Bucket | None = None
    templates: Collection[str] = frozenset()
    """Names of the approved templates."""


@dataclass
class Standing:
    """How a route gets on with its provider. It outlives a drain, and so does a pause: the next must not knock again
    before it is over.
    """

    failures: int = 0
    """In a row."""
    pause: float = 0.0
    """Seconds of the last one; the next is twice as long."""
    paused_until: float = 0.0
    """On this process's monotonic clock."""
    told: set[str] = field(default_factory=set)
    """What the operator has read already."""

    def answered(self) -> None:
        """The provider took a message: all is well."""
        self.failures, self.pause = 0, 0.0

    def slow_down(self, retry_after: float | None) -> None:
        """Claim nothing for a while: as long as the provider says, else twice as long as the last time."""
        now = time.monotonic()
        if now >= self.paused_until:
            self.pause = min(PAUSE_MAX, max(0.5, self.pause * 2))
            self.paused_until = now + self.pause
        if retry_after is not None:
            self.paused_until = max(self.paused_until, now + min(retry_after, PAUSE_MAX))


@dataclass(frozen=True)
class Dispatcher:
    """Everything a dispatch job needs. A route without a sender refuses its messages and says so."""

    database: Database
    cipher: Cipher
    senders: Mapping[Route, Sender]
    status_url: Callable[[UUID], str]
    """Where the provider reports what became of the message with this id."""
    policy: Policy | None = None
    """When people may be written to; what the coordination has set (`messaging.policy`) if none is given."""
    caps: Caps = no_caps
    clock: Callable[[], datetime] | None = None
    """The time; PostgreSQL's if none is given."""
    lease: timedelta = LEASE
    standings: Mapping[Route, Standing] = field(default_factory=lambda: {route: Standing() for route in Route})

    def drain(self, seconds: float = 50.0) -> int:
        """Job: send what is due, for at most so many seconds. Returns how many messages were taken by a
        provider.

        Ends early when nothing is due. Whoever runs it rings again if the time was used up.
        """
        return asyncio.run(self._drain(time.monotonic() + seconds))

    async def _drain(self, deadline: float) -> int:
        lanes = [Lane(self, route, deadline) for route in Route]
        done = await asyncio.gather(*(lane.run() for lane in lanes), return_exceptions=True)
        for outcome in done:
            if isinstance(outcome, BaseException):
                raise outcome
        return sum(lane.taken for lane in lanes)


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed message that the gate lets through."""

    claimed: Claimed
    draft: Draft
    claimed_at: float
    """On this process's monotonic clock."""


class Lane:
    """One route within one drain."""

    def __init__(self, dispatcher: Dispatcher, route: Route, deadline: float) -> None:
        self.office = dispatcher
        self.now = dispatcher.clock or dispatcher.database.now
        self.route = route
        self.sender = dispatcher.senders.get(route)
        self.standing = dispatcher.standings[route]
        self.deadline = deadline
        self.taken = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._bulk_under_way = 0
        self._results: list[Sent | Ended | Deferred] = []
        self._care: list[tuple[Claimed, Remedy]] = []
        self._flushing = asyncio.Lock()
        self._freed = asyncio.Event()
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._templates: Collection[str] = frozenset()
        self._width = PROBE
        self._halted = False

    async def run(self) -> None:
        """Claim and send until nothing is due or the time is up, then wait for what is under way and record
        it.
        """
        if self.sender is None:
            await self._refuse_all()
            return
        async with self.sender.transport:
            flusher = asyncio.create_task(self._flush_now_and_then())
            try:
                await self._claim_and_send()
            finally:
                if self._tasks:
                    await asyncio.wait(self._tasks)
                async with self._flushing:  # not in the middle of a flush, whose results would be lost if it failed
                    flusher.cancel()
                await self._flush_last()

    async def _refuse_all(self) -> None:
        refused = 0
        while found := (await asyncio.to_thread(self._claim, CLAIM_MAX))[1]:
            refused += found
        if refused:
            log.error("no sender is set, messages refused", route=self.route.value, messages=refused)

    async def _claim_and_send(self) -> None:
        while time.monotonic() < self.deadline:
            await self._wait_for_room()
            if self.standing.paused_until > self.deadline:
                return
            await asyncio.sleep(max(0.0, self.standing.paused_until - time.monotonic()))
            # What is under way may hold back what is due: only a look taken while nothing was is the last one.
            busy = bool(self._tasks or self._results or self._flushing.locked())
            ready, found = await asyncio.to_thread(self._claim, min(self._width - len(self._tasks), CLAIM_MAX))
            for each in ready:
                self._start(each)
            if found == 0 and not busy:
                return
            if not ready:
                await asyncio.sleep(LULL)

    async def _wait_for_room(self) -> None:
        """Until a batch is worth its statement. Replies are looked for even while bulk has used up its share."""
        self._freed.clear()
        while len(self._tasks) >= self._width:
            await self._freed.wait()
            self._freed.clear()
        if self._tasks and self._room_for_bulk() < self._width // 8:
            with suppress(TimeoutError):
                async with asyncio.timeout(LULL):
                    await self._freed.wait()

    def _room_for_bulk(self) -> int:
        return max(0, int(BULK_SHARE * self._width) - self._bulk_under_way)

    def _done(self, bulk: bool, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._bulk_under_way -= bulk
        if self._room_for_bulk() >= self._width // 8:
            self._freed.set()

    def _start(self, ready: Ready) -> None:
        bulk = ready.claimed.item.priority is Priority.BULK
        self._bulk_under_way += bulk
        task = asyncio.create_task(self._send(ready))
        self._tasks.add(task)
        task.add_done_callback(partial(self._done, bulk))

    # Claiming, in a thread of its own.

    def _claim(self, room: int) -> tuple[list[Ready], int]:
        """Claim, ask the gate and record what it holds back.

        Returns what may be sent, and how many messages were claimed; -1 if the rate allows none now.
        """
        office, bucket = self.office, self.sender.bucket if self.sender else None
        granted = bucket.take(room) if bucket else room
        if granted == 0:
            return [], -1
        for_bulk = min(granted, self._room_for_bulk())
        limits = ((Priority.REPLY, granted), (Priority.REMINDER, granted), (Priority.BULK, for_bulk))
        now = self.now()
        if self.sender is not None:
            self._templates = frozenset(self.sender.templates)  # may be read from PostgreSQL, so not while we hold it
        with office.database.transaction() as connection:
            claimed = claims.claim(connection, self.route, limits, now, office.lease)
            decided = [
                (each, decision) for each, decision in zip(claimed, self._decide(connection, claimed, now), strict=True)
            ]
            self._hold_back(connection, decided)
        claimed_at = time.monotonic()
        ready = [
            Ready(each, self._draft(each, decision, now), claimed_at)
            for each, decision in decided
            if isinstance(decision, Send)
        ]
        if bucket:
            bucket.settle(granted, sum(each.claimed.item.segments for each in ready))
        return ready, len(claimed)

    def _decide(self, connection: Connection, claimed: Sequence[Claimed], now: datetime) -> list[Decision]:
        bulk = [each.contact_id for each in claimed if each.item.priority is Priority.BULK]
        caps = self.office.caps(connection, bulk) if bulk else {}
        hours = self.office.policy or policy.current(connection)
        budgets = claims.budgets(connection, claimed)
        decisions: list[Decision] = []
        for each in claimed:
            budget = budgets.get(each.campaign_id)
            facts = replace(
                each.facts,
                has_sender=self.sender is not None,
                capped_until=caps.get(each.contact_id),
                template_approved=each.content.template in self._templates,
                budget_left=budget.left if budget else None,
                budget_free=budget.free if budget else None,
            )
            decisions.append(decision := decide(facts, each.item, hours, now))
            if budget and isinstance(decision, Send):
                budget.free -= each.item.segments
        return decisions

    def _hold_back(self, connection: Connection, decided: Sequence[tuple[Claimed, Decision]]) -> None:
        refused = [
            Ended(each.message_id, each.token, "refused", decision.reason.value)
            for each, decision in decided
            if isinstance(decision, Refuse)
        ]
        deferred = [
            Deferred(each.message_id, each.token, decision.until, decision.reason.value)
            for each, decision in decided
            if isinstance(decision, Defer)
        ]
        if refused:
            claims.ended(connection, refused)
        if deferred:
            claims.deferred(connection, deferred)

    def _draft(self, claimed: Claimed, decision: Send, now: datetime) -> Draft:
        handle = self.office.cipher.open(claimed.handle, HANDLE)
        return Draft(
            to=str(Address(claimed.item.channel, handle)),
            body=claimed.body,
            content=claimed.content,
            status_url=self.office.status_url(claimed.message_id),
            life=int((decision.until - now).total_seconds()),
        )

    # Sending, in the event loop.

    async def _send(self, ready: Ready) -> None:
        async with self._at_once:
            await self._send_now(ready)

    async def _send_now(self, ready: Ready) -> None:
        claimed = ready.claimed
        if self._halted or time.monotonic() - ready.claimed_at > STALE:
            self._defer(claimed, timedelta(0), None)
            return
        try:
            receipt = await self._deliver(ready.draft)
        except SendError as error:
            self._failed(claimed, error)
        except Exception as error:  # whatever it was, the message may have left
            log.exception("sending broke", message=str(claimed.message_id))
            self._failed(claimed, SendError(Remedy.ASK, None, type(error).__name__))
        else:
            self.taken += 1
            self._width = UNDER_WAY
            self.standing.answered()
            segments = receipt.segments or claimed.item.segments
            self._results.append(
                Sent(claimed.message_id, claimed.campaign_id, receipt.provider_id, receipt.status, segments)
            )

    async def _deliver(self, draft: Draft) -> Receipt:
        """Send a message; where its buttons, list or picture is refused, as the text that says it all."""
        try:
            return await self._transport.send(draft)
        except SendError as error:
            if error.remedy is not Remedy.CONTENT or draft.content.plain or draft.content.template:
                raise
            self._tell(error)
        return await self._transport.send(replace(draft, content=Content(draft.body)))

    def _tell(self, error: SendError) -> None:
        """One line for the operator about each thing that the provider refuses."""
        if error.explanation not in self.standing.told:
            self.standing.told.add(error.explanation)
            log.error("content refused", route=self.route.value, error=str(error))

    @property
    def _transport(self) -> Transport:
        assert self.sender is not None
        return self.sender.transport

    def _failed(self, claimed: Claimed, error: SendError) -> None:
        match error.remedy:
            case Remedy.ASK:
                self._trouble()
                log.warning("fate unknown", message=str(claimed.message_id), error=str(error))
            case Remedy.RETRY | Remedy.SLOW_DOWN:
                if error.remedy is Remedy.SLOW_DOWN or error.retry_after is not None:
                    self._slow_down(error.retry_after)
                else:
                    self._trouble()
                self._defer(claimed, backoff(claimed.attempts, error.retry_after), error.explanation)
            case Remedy.OPERATOR:
                self._halt(error)
                self._defer(claimed, OPERATOR_PAUSE, error.explanation)
            case _:
                if error.remedy is Remedy.CONTENT:
                    self._tell(error)
                self._results.append(Ended(claimed.message_id, claimed.token, "failed", error.explanation, error.code))
                self._care.append((claimed, error.remedy))

    def _defer(self, claimed: Claimed, wait: timedelta, reason: str | None) -> None:
        until = self.now() + wait
        self._results.append(Deferred(claimed.message_id, claimed.token, until, reason))

    def _trouble(self) -> None:
        """One failure among successes is nothing; failures in a row mean that the provider is down."""
        self.standing.failures += 1
        if self.standing.failures >= FAILURES_IN_A_ROW:
            self._slow_down(None)

    def _slow_down(self, retry_after: float | None) -> None:
        self.standing.slow_down(retry_after)
        self._width = PROBE

    def _halt(self, error: SendError) -> None:
        """Send nothing more until a setting may have been put right; one line for the operator."""
        if not self._halted:
            log.error("sending halted", route=self.route.value, error=str(error))
        self._halted = True
        self.standing.paused_until = time.monotonic() + OPERATOR_PAUSE.total_seconds()

    # Recording, in bulk.

    async def _flush_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            if self._results:
                await self._flush()

    async def _flush_last(self) -> None:
        for _ in range(LAST_FLUSH_TRIES):
            if not self._results and not self._flushing.locked():
                return
            await self._flush()
            if self._results:
                await asyncio.sleep(FLUSH_SECONDS * 5)

    async def _flush(self) -> None:
        """Record the results so far; kept for the next time if PostgreSQL does not answer."""
        async with self._flushing:
            results, self._results = self._results, []
            care, self._care = self._care, []
            try:
                await asyncio.to_thread(self._record, results, care)
            except (OperationalError, NoConnectionFree) as error:
                log.warning("results kept", count=len(results), reason=type(error).__name__)
                self._results, self._care = results + self._results, care + self._care
            except DBAPIError:
                await asyncio.to_thread(self._record_one_by_one, results, care)

    def _record_one_by_one(
        self, results: Sequence[Sent | Ended | Deferred], care: Sequence[tuple[Claimed, Remedy]]
    ) -> None:
        """So that one result that cannot be recorded leaves only its own message of unknown fate."""
        for each in results:
            self._record_alone([each], [])
        for one in care:
            self._record_alone([], [one])

    def _record_alone(self, results: Sequence[Sent | Ended | Deferred], care: Sequence[tuple[Claimed, Remedy]]) -> None:
        try:
            self._record(results, care)
        except DBAPIError as error:
            log.error("result lost", reason=type(error.orig).__name__)

    def _record(self, results: Sequence[Sent | Ended | Deferred], care: Sequence[tuple[Claimed, Remedy]]) -> None:
        now = self.now()
        with self.office.database.transaction() as connection:
            if sent := [each for each in results if isinstance(each, Sent)]:
                claims.sent(connection, sent, now)
            if ended := [each for each in results if isinstance(each, Ended)]:
                claims.ended(connection, ended)
            if deferred := [each for each in results if isinstance(each, Deferred)]:
                claims.deferred(connection, deferred)
            for claimed, remedy in care:
                receipts.care_for_recipient(connection, claimed.contact_id, claimed.item.channel, remedy, now)


def backoff(attempts: int, retry_after: float | None) -> timedelta:
    """How long a message waits for its next attempt: doubling, spread at random so that they do not come
    together.
    """
    wait = min(BACKOFF_MAX, BACKOFF_FIRST * 2.0 ** min(attempts - 1, 10)) * random.uniform(0.5, 1.0)
    return timedelta(seconds=max(wait, retry_after or 0.0))
