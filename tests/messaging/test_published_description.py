"""Our requests, and the local Twilio's answers, against Twilio's published API description.

The description is not part of the project; where it is not at hand, there is nothing here to run.
"""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from jsonschema import Draft202012Validator

from messaging.address import Channel
from messaging.content import Content, Option
from messaging.providers.contents import generic_contents
from messaging.providers.transport import Draft
from messaging.providers.twilio import Account, TwilioTransport
from tests.local_twilio.process import Control, account
from tests.local_twilio.store import ACCOUNT, SMS_FROM
from tests.messaging.conftest import DESCRIPTION

LIST = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ONE = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
SID = "HX" + "0" * 32


def plain(schema: Any) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema: references turned, `nullable` spelled out."""
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    turned = {key: plain(value) for key, value in schema.items() if key not in ("nullable", "x-twilio", "format")}
    if "$ref" in turned:
        return {"$ref": turned["$ref"].replace("#/components/schemas/", "#/$defs/")}
    if schema.get("nullable") and "type" in turned:
        turned["type"] = [turned["type"], "null"]
    return turned


@pytest.fixture(scope="module")
def description() -> Any:
    return json.loads(DESCRIPTION.read_text("utf-8"))


def validator(description: Any, schema: Any) -> Draft202012Validator:
    """Checks against a schema of the description. Fields the description does not have are errors too."""
    definitions = plain(description["components"]["schemas"])
    for definition in definitions.values():
        if "properties" in definition:
            definition["additionalProperties"] = False
    return Draft202012Validator({**plain(schema), "$defs": definitions})


def form_schema(description: Any, path: str) -> Any:
    content = description["paths"][path]["post"]["requestBody"]["content"]
    return {**content["application/x-www-form-urlencoded"]["schema"], "additionalProperties": False}


@pytest.fixture
def asked() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and parameters of every request made."""
    return []


@pytest.fixture
def listener(asked: list[tuple[str, str, dict[str, Any]]]) -> web.Application:
    async def answer(request: web.Request) -> web.Response:
        raw = request.query_string if request.method == "GET" else await request.text()
        parameters = {name: values[0] for name, values in parse_qs(raw).items()}
        asked.append((request.method, request.path, parameters))
        sid = "SM" + "0" * 32
        if request.method == "GET":
            return web.json_response({"messages": [], "next_page_uri": None})
        return web.json_response({"sid": sid, "status": "queued", "num_segments": "1"}, status=201)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    return application


async def ask_everything(application: web.Application) -> None:
    """Every kind of request that we make."""
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings = account(f"http://127.0.0.1:{runner.addresses[0][1]}")
    contents = {"invitation": SID, "buttons-2": SID, "list-4": SID}
    options = tuple(Option(str(n), f"Opción {n}") for n in range(1, 5))
    said = [
        (Channel.SMS, Content("Hola")),
        (Channel.WHATSAPP, Content("Mire", media_url="https://libreta.example.org/1.png")),
        (Channel.WHATSAPP, Content("¿Va?", options=options[:2])),
        (Channel.WHATSAPP, Content("¿Cuál?", options=options)),
        (Channel.WHATSAPP, Content("Hola", template="invitation", variables={"1": "María"})),
    ]
    for channel, content in said:
        to = "+573001234567" if channel is Channel.SMS else "whatsapp:+573001234567"
        async with TwilioTransport(settings, channel, contents) as transport:
            await transport.send(Draft(to, content.text, content, "https://libreta.example.org/s/1", 90_000))
    async with Account(settings) as client:
        since = datetime.now(UTC) - timedelta(days=1)
        await client.sent_to("+573001234567", since)
        await client.received(since)
        await client.redact("SM" + "0" * 32)
    await runner.cleanup()


def test_our_requests_are_as_described(
    description: Any, listener: web.Application, asked: list[tuple[str, str, dict[str, Any]]]
) -> None:
    asyncio.run(ask_everything(listener))

    listed = {parameter["name"] for parameter in description["paths"][LIST]["get"]["parameters"]}
    for method, path, parameters in asked:
        where = path.replace(ACCOUNT, "{AccountSid}")
        if method == "GET":
            assert where == LIST
            assert set(parameters) <= listed
            continue
        where = ONE if "/Messages/" in where else where
        typed = dict(parameters)
        if "ValidityPeriod" in typed:
            typed["ValidityPeriod"] = int(typed["ValidityPeriod"])
            assert 1 <= typed["ValidityPeriod"] <= 36_000
        if "MediaUrl" in typed:
            typed["MediaUrl"] = [typed["MediaUrl"]]
        validator(description, form_schema(description, where)).validate(typed)
        if where == LIST:
            for choice in description["paths"][LIST]["post"]["x-twilio"]["conditional"]:
                names = {"".join(word.capitalize() for word in name.split("_")) for name in choice}
                assert names & set(typed), f"one of {names} is needed"
    assert len(asked) == 9


def test_the_local_twilio_answers_as_described(description: Any, twilio: Control) -> None:
    message = validator(description, description["components"]["schemas"]["api.v2010.account.message"])
    message.validate(twilio.receive(**{"from": "+573001234567", "to": SMS_FROM, "body": "hola"}))

    answers = asyncio.run(answers_of(twilio))
    message.validate(answers["created"])
    message.validate(answers["fetched"])
    page = description["paths"][LIST]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    validator(description, page | {"additionalProperties": False}).validate(answers["list"])
    assert len(answers["list"]["messages"]) == 2


async def answers_of(twilio: Control) -> dict[str, Any]:
    """What the local Twilio answers, as it is on the wire."""
    base = f"/2010-04-01/Accounts/{ACCOUNT}/Messages"
    async with Account(twilio.settings) as client:

        async def call(method: str, path: str, data: dict[str, Any] | None = None) -> Any:
            response = await client.client.request_async(method, twilio.url + path, data=data)
            return json.loads(response.text)

        form = {"To": "+573001234567", "From": SMS_FROM, "Body": "Hola"}
        created = await call("POST", f"{base}.json", form)
        fetched = await call("GET", f"{base}/{created['sid']}.json")
        return {"created": created, "fetched": fetched, "list": await call("GET", f"{base}.json?PageSize=5")}


CONTENTS = DESCRIPTION.with_name("content_v1.json")


@pytest.mark.parametrize(
    ("name", "types", "examples"), [pytest.param(*each, id=each[0]) for each in generic_contents("Ver")]
)
def test_contents_are_as_described(name: str, types: dict[str, Any], examples: dict[str, str]) -> None:
    described = json.loads(CONTENTS.read_text("utf-8"))
    asked = {"friendly_name": name, "language": "es", "variables": examples, "types": types}
    schema = described["components"]["schemas"]["ContentCreateRequest"]
    validator(described, {**schema, "additionalProperties": False}).validate(asked)
