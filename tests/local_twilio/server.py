"""A server that behaves like the part of Twilio's REST API that we use, and misbehaves on demand.

Follows https://www.twilio.com/docs/messaging/api/message-resource and, for contents, the Content API. Not a simulation
of delivery: what it must get right is what it takes, what it answers, and what it says later that it took.
"""

import asyncio
import json
import random
import time
from base64 import b64encode
from collections import Counter
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

from messaging.twilio_webhook import sign
from tests.local_twilio.faults import Faults
from tests.local_twilio.store import (
    ACCOUNT,
    SERVICE,
    SMS_FROM,
    TOKEN,
    WHATSAPP_FROM,
    Record,
    Store,
    rfc2822,
    shown,
)

AUTHORIZATION = "Basic " + b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
BODY_MAX = 1600
HANG = 3600.0


class Refused(Exception):  # noqa: N818
    """An error answer of the API."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class LocalTwilio:
    """The application: state, routes and faults."""

    def __init__(self) -> None:
        self.store = Store()
        self.faults = Faults()
        self.chance = random.Random(1)
        self.callbacks: set[asyncio.Task[None]] = set()

    def app(self) -> web.Application:
        """The routes of the API, and those by which tests steer and ask."""
        app = web.Application(middlewares=[self.errors])
        app.cleanup_ctx.append(self.client)
        app.add_routes(
            [
                web.post(f"{MESSAGES}.json", self.create),
                web.get(f"{MESSAGES}.json", self.list),
                web.get(MESSAGES + "/{sid}.json", self.fetch),
                web.post(MESSAGES + "/{sid}.json", self.update),
                web.post("/v1/Content", self.create_content),
                web.get("/v1/Content", self.list_contents),
                web.post("/v1/Content/{sid}/ApprovalRequests/whatsapp", self.request_approval),
                web.get("/v1/Content/{sid}/ApprovalRequests", self.fetch_approval),
                web.post("/control/faults", self.set_faults),
                web.post("/control/receive", self.receive),
                web.post("/control/people", self.set_people),
                web.post("/control/approve", self.approve),
                web.get("/control/counts", self.counts),
            ]
        )
        return app

    async def client(self, _app: web.Application) -> Any:
        """The session that callbacks are posted with."""
        async with ClientSession(connector=TCPConnector(limit=64), timeout=ClientTimeout(total=15)) as self.session:
            yield

    @web.middleware
    async def errors(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Check the credentials; answer refusals in Twilio's form."""
        try:
            if not request.path.startswith("/control") and request.headers.get("Authorization") != AUTHORIZATION:
                raise Refused(401, 20003, "Authenticate")
            answer: web.StreamResponse = await handler(request)
        except Refused as refused:
            more = f"https://www.twilio.com/docs/errors/{refused.code}"
            return web.json_response(
                {"code": refused.code, "message": refused.message, "more_info": more, "status": refused.status},
                status=refused.status,
            )
        return answer

    # Messages

    async def create(self, request: web.Request) -> web.StreamResponse:
        """Take a message, or not, and answer, or not."""
        self.store.requests["create"] += 1
        faults, chance = self.faults, self.chance.random
        form = {name: values[-1] for name, values in parse_qs(await request.text(), keep_blank_values=True).items()}
        if chance() < faults.too_many:
            return web.json_response(
                {"code": 20429, "message": "Too Many Requests", "status": 429},
                status=429,
                headers={"Retry-After": str(faults.retry_after)},
            )
        if chance() < faults.unavailable:
            raise Refused(503, 20503, "Service unavailable")
        record = self.take(form)
        fate = chance()
        if (fate := fate - faults.accept_then_hang) < 0:
            await asyncio.sleep(HANG)
        if (fate := fate - faults.accept_then_500) < 0:
            raise Refused(500, 20500, "Internal server error")
        if (fate := fate - faults.hang_up) < 0:
            assert request.transport is not None
            request.transport.abort()
        if faults.latency:
            await asyncio.sleep(faults.latency)
        return web.json_response(shown(record), status=201)

    def take(self, form: dict[str, str]) -> Record:
        """Check a message as Twilio does and keep it. Raises Refused."""
        to, sender = form.get("To", ""), form.get("From") or form.get("MessagingServiceSid", "")
        said = said_in(form, self.store.contents)
        check(to, sender, form, said)
        if to in self.store.opted_out:
            raise Refused(400, 21610, "Attempt to send to unsubscribed recipient")
        if to in self.store.invalid:
            raise Refused(400, 21211, "Invalid 'To' Phone Number")
        record = self.store.add("outbound-api", sender, to, said, service=SERVICE if sender == SERVICE else None)
        if self.faults.callbacks and (url := form.get("StatusCallback")):
            self.report(record, url)
        return record

    def report(self, record: Record, url: str) -> None:
        """Post the callbacks of a message's life: in order or not, some lost, some repeated."""
        faults, chance = self.faults, self.chance.random
        lost = chance() < faults.undelivered
        statuses = ["sent", "undelivered" if lost else "delivered"]
        record.status = statuses[-1]
        record.error_code = faults.undelivered_code if lost else None
        calls = [status for status in statuses if chance() >= faults.callback_lost]
        calls += [status for status in calls if chance() < faults.callback_repeated]
        if faults.callback_shuffled:
            self.chance.shuffle(calls)
        for status in calls:
            task = asyncio.create_task(self.call_back(replace(record, status=status), url))
            self.callbacks.add(task)
            task.add_done_callback(self.callbacks.discard)

    async def call_back(self, record: Record, url: str) -> None:
        """One signed status callback."""
        form = {
            "MessageSid": record.sid,
            "MessageStatus": record.status,
            "AccountSid": ACCOUNT,
            "From": record.from_,
            "To": record.to,
        }
        if record.status == "undelivered" and record.error_code:
            form["ErrorCode"] = str(record.error_code)
        raw = {name.encode(): value.encode() for name, value in form.items()}
        headers = {
            "X-Twilio-Signature": sign(TOKEN, url.partition("#")[0], raw),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        await asyncio.sleep(self.chance.random() * 0.2)
        try:
            async with self.session.post(url, data=urlencode(form), headers=headers) as answer:
                self.store.requests[f"callback {answer.status}"] += 1
        except (ClientError, TimeoutError):
            self.store.requests["callback failed"] += 1

    async def list(self, request: web.Request) -> web.StreamResponse:
        """A page of messages, newest first."""
        self.store.requests["list"] += 1
        size, page = int(request.query.get("PageSize", 50)), int(request.query.get("Page", 0))
        found = self.store.listed(request.query, self.faults.list_lag)
        here = found[page * size : (page + 1) * size]
        more = len(found) > (page + 1) * size
        following = {**request.query, "Page": str(page + 1), "PageToken": f"PA{here[-1].sid}" if here else ""}
        return web.json_response(
            {
                "end": page * size + len(here) - 1,
                "first_page_uri": f"{MESSAGES}.json?{urlencode({**request.query, 'Page': '0'})}",
                "next_page_uri": f"{MESSAGES}.json?{urlencode(following)}" if more else None,
                "page": page,
                "page_size": size,
                "previous_page_uri": None,
                "start": page * size,
                "uri": str(request.rel_url),
                "messages": [shown(record) for record in here],
            }
        )

    def known(self, request: web.Request) -> Record:
        """The message the path names. Raises Refused."""
        record = self.store.by_sid.get(request.match_info["sid"])
        if record is None:
            raise Refused(404, 20404, "The requested resource was not found")
        return record

    async def fetch(self, request: web.Request) -> web.StreamResponse:
        """One message."""
        return web.json_response(shown(self.known(request)))

    async def update(self, request: web.Request) -> web.StreamResponse:
        """Redact a message: an empty Body."""
        record = self.known(request)
        if (await request.post()).get("Body") != "":
            raise Refused(400, 20001, "Only redaction is supported")
        record.body = ""
        return web.json_response(shown(record))

    # Contents

    async def create_content(self, request: web.Request) -> web.StreamResponse:
        """Register a content."""
        sid = f"HX{len(self.store.contents):032x}"
        asked = await request.json()
        date = rfc2822(time.time())
        url = f"https://content.twilio.com/v1/Content/{sid}"
        content = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "date_created": date,
            "date_updated": date,
            "friendly_name": asked.get("friendly_name"),
            "language": asked["language"],
            "variables": asked.get("variables") or {},
            "types": asked["types"],
            "url": url,
            "links": {
                "approval_create": f"{url}/ApprovalRequests/whatsapp",
                "approval_fetch": f"{url}/ApprovalRequests",
            },
        }
        self.store.contents[sid] = {"content": content, "approval": {"status": "unsubmitted"}}
        return web.json_response(content, status=201)

    async def list_contents(self, request: web.Request) -> web.StreamResponse:
        """All contents on one page."""
        contents = [entry["content"] for entry in self.store.contents.values()]
        url = "https://content.twilio.com/v1/Content"
        meta = {"page": 0, "page_size": 50, "first_page_url": url, "previous_page_url": None, "url": url}
        return web.json_response({"contents": contents, "meta": {**meta, "next_page_url": None, "key": "contents"}})

    def approval(self, request: web.Request) -> dict[str, Any]:
        """The state of approval of the content the path names. Raises Refused."""
        entry = self.store.contents.get(request.match_info["sid"])
        if entry is None:
            raise Refused(404, 20404, "The requested resource was not found")
        return dict(entry["approval"])

    async def request_approval(self, request: web.Request) -> web.StreamResponse:
        """Hand a content to WhatsApp for approval."""
        if self.approval(request)["status"] != "unsubmitted":
            raise Refused(400, 20001, "The content has been submitted for approval already")
        asked = await request.json()
        approval = {
            "name": asked["name"],
            "category": asked["category"],
            "content_type": "twilio/text",
            "status": "received",
            "rejection_reason": "",
            "allow_category_change": True,
        }
        self.store.contents[request.match_info["sid"]]["approval"] = approval
        return web.json_response(approval, status=201)

    async def fetch_approval(self, request: web.Request) -> web.StreamResponse:
        """How far the approval is."""
        sid = request.match_info["sid"]
        url = f"https://content.twilio.com/v1/Content/{sid}/ApprovalRequests"
        return web.json_response({"sid": sid, "account_sid": ACCOUNT, "whatsapp": self.approval(request), "url": url})

    # What tests use

    async def set_faults(self, request: web.Request) -> web.StreamResponse:
        """Misbehave as told from now on; what is not told stays."""
        self.faults = Faults(**{**asdict(self.faults), **await request.json()})
        return web.json_response(asdict(self.faults))

    async def set_people(self, request: web.Request) -> web.StreamResponse:
        """Who has opted out at Twilio, and which numbers do not exist."""
        asked = await request.json()
        self.store.opted_out |= set(asked.get("opted_out", ()))
        self.store.invalid |= set(asked.get("invalid", ()))
        return web.json_response({})

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Somebody wrote to us, or a TwiML reply of ours was taken, now or `at` a moment."""
        asked = await request.json()
        created = asked.pop("at", time.time())
        direction = asked.pop("direction", "inbound")
        record = self.store.add(direction, asked["from"], asked["to"], asked["body"], created=created)
        return web.json_response(shown(record))

    async def approve(self, request: web.Request) -> web.StreamResponse:
        """WhatsApp approves (or rejects) every content that waits for it."""
        status = (await request.json())["status"]
        for entry in self.store.contents.values():
            if entry["approval"]["status"] == "received":
                entry["approval"]["status"] = status
        return web.json_response({})

    async def counts(self, _request: web.Request) -> web.StreamResponse:
        """What was taken: how many messages; how many (recipient, text) pairs how many times; texts; requests."""
        deliveries = self.store.deliveries
        return web.json_response(
            {
                "taken": sum(deliveries.values()),
                "times": Counter(deliveries.values()),
                "requests": dict(self.store.requests),
                "bodies": Counter(record.body for record in self.store.messages[:1000]),
                "callbacks_waiting": len(self.callbacks),
            }
        )


def said_in(form: dict[str, str], contents: dict[str, dict[str, Any]]) -> str:
    """The text of a message, a content's variables included. Raises Refused."""
    sid = form.get("ContentSid")
    if sid is None:
        return form.get("Body", "")
    if sid not in contents:
        raise Refused(400, 21655, "The ContentSid is Invalid")
    try:
        variables = json.loads(form.get("ContentVariables", "{}"))
    except json.JSONDecodeError:
        raise Refused(400, 21656, "The ContentVariables Parameter is invalid") from None
    return " | ".join(str(variables[key]) for key in sorted(variables, key=int))


def check(to: str, sender: str, form: dict[str, str], said: str) -> None:
    """What Twilio refuses at once. Raises Refused."""
    if not to:
        raise Refused(400, 21604, "A 'To' phone number is required")
    if not sender:
        raise Refused(400, 21603, "A 'From' phone number is required")
    if to.startswith("whatsapp:"):
        if sender != WHATSAPP_FROM:
            raise Refused(400, 63007, "Could not find a Channel with the specified From address")
    elif sender not in (SMS_FROM, SERVICE):
        raise Refused(400, 21606, "The 'From' phone number is not a valid message-capable number")
    if not (said or "MediaUrl" in form):
        raise Refused(400, 21602, "Message body is required")
    if len(said) > BODY_MAX:
        raise Refused(400, 21617, "The concatenated message body exceeds the 1600 character limit")
    if not 1 <= int(form.get("ValidityPeriod", 1)) <= 36_000:
        raise Refused(400, 21620, "The ValidityPeriod is out of range")


async def serve(port: int) -> None:
    """Listen on 127.0.0.1 and print the address."""
    runner = web.AppRunner(LocalTwilio().app(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    assert runner.addresses
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()
