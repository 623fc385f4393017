"""What must be registered at Twilio before WhatsApp shows it: buttons, lists, and templates that open a conversation.

A few generic contents with variables serve every question. Templates are named by the catalogue of texts; WhatsApp
approves each. The table remembers which content has which ContentSid, and how far its approval is.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson
import requests
import structlog
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from db import Database
from messaging.content import BUTTONS_MAX, LIST_MAX
from messaging.providers.errors import NOT_FOUND, Remedy, SendError, failure
from messaging.providers.registry import NO_APPROVAL_NEEDED, UNSUBMITTED, forget, known, remember
from messaging.providers.template import Template
from messaging.providers.twilio import SILENT, error_code
from settings import TwilioSettings

log = structlog.get_logger()

API = "https://content.twilio.com"
TIMEOUT = 20.0
PAGE = 100


def generic_contents(button: str) -> Iterator[tuple[str, dict[str, Any], dict[str, str]]]:
    """(name, types, example variables) of the contents for buttons and lists; `button` opens a list («Ver»)."""
    for count in range(1, BUTTONS_MAX + 1):
        actions = [{"title": f"{{{{{2 * n}}}}}", "id": f"{{{{{2 * n + 1}}}}}"} for n in range(1, count + 1)]
        types = {"twilio/quick-reply": {"body": "{{1}}", "actions": actions}}
        yield f"buttons-{count}", types, _examples(2 * count + 1)
    for count in range(1, LIST_MAX + 1):
        items = [
            {"item": f"{{{{{3 * n - 1}}}}}", "id": f"{{{{{3 * n}}}}}", "description": f"{{{{{3 * n + 1}}}}}"}
            for n in range(1, count + 1)
        ]
        types = {"twilio/list-picker": {"body": "{{1}}", "button": button, "items": items}}
        yield f"list-{count}", types, _examples(3 * count + 1)


def _examples(count: int) -> dict[str, str]:
    return {str(number): str(number) for number in range(1, count + 1)}


def register(
    database: Database, twilio: TwilioSettings, templates: Iterable[Template], button: str, now: datetime
) -> int:
    """Register what is missing at Twilio, and hand templates in for approval. Returns how many were new.

    May be run again at any time: what Twilio has by that name is used, not made again. Raises SendError.
    """
    api = ContentApi(twilio)
    wanted = [(name, "es", types, examples) for name, types, examples in generic_contents(button)]
    approvals = {template.name: template for template in templates}
    for template in approvals.values():
        wanted.append((template.name, template.language, dict(template.types), dict(template.examples)))
    with database.transaction() as connection:
        ours = {each.name for each in known(connection)}
    missing = [each for each in wanted if each[0] not in ours]
    theirs = api.by_name() if missing else {}
    for name, language, types, examples in missing:
        sid = theirs.get(name) or api.create(name, language, types, examples)
        approval = NO_APPROVAL_NEEDED
        if name in approvals:
            approval = api.handed_in(sid, name, approvals[name].category)
        with database.transaction() as connection:
            remember(connection, name, sid, approval, now)
    return len(missing)


def follow(database: Database, twilio: TwilioSettings, now: datetime) -> dict[str, str]:
    """Ask how the approvals go on. Returns the state of every template. Raises SendError.

    One that Twilio has no more is forgotten, for the next registration to make anew.
    """
    api = ContentApi(twilio)
    with database.transaction() as connection:
        ours = known(connection)
    states = {}
    for each in ours:
        if each.approval == NO_APPROVAL_NEEDED:
            continue
        try:
            states[each.name], rejection = api.approval(each.sid)
        except SendError as error:
            if error.code != NOT_FOUND:
                raise
            log.error("template gone at the provider, register it again", template=each.name)
            with database.transaction() as connection:
                forget(connection, each.name)
        else:
            with database.transaction() as connection:
                remember(connection, each.name, each.sid, states[each.name], now, rejection)
    return states


class ContentApi:
    """The part of Twilio's Content API that we use. Its typed client writes nulls that the API does not describe."""

    def __init__(self, settings: TwilioSettings) -> None:
        http = TwilioHttpClient(timeout=TIMEOUT, logger=SILENT)
        self._client = Client(settings.account_sid, settings.auth_token, http_client=http)
        self._url = f"{settings.api_url or API}/v1/Content"

    def by_name(self) -> dict[str, str]:
        """ContentSid of every content the account has, by its name."""
        found, url = {}, f"{self._url}?PageSize={PAGE}"
        while url:
            page = self._call("GET", url)
            found.update({each["friendly_name"]: each["sid"] for each in page["contents"]})
            url = page["meta"]["next_page_url"]
        return found

    def create(self, name: str, language: str, types: Mapping[str, Any], examples: Mapping[str, str]) -> str:
        """Register a content. Returns its ContentSid."""
        asked = {"friendly_name": name, "language": language, "variables": dict(examples), "types": dict(types)}
        return str(self._call("POST", self._url, asked)["sid"])

    def request_approval(self, sid: str, name: str, category: str) -> str:
        """Hand a template in. Returns its state. WhatsApp wants names of small letters, digits and _."""
        asked = {"name": name.replace("-", "_").lower(), "category": category}
        return str(self._call("POST", f"{self._url}/{sid}/ApprovalRequests/whatsapp", asked)["status"])

    def handed_in(self, sid: str, name: str, category: str) -> str:
        """Hand a template in unless that was done before a kill; returns its state."""
        state, _ = self.approval(sid)
        return self.request_approval(sid, name, category) if state == UNSUBMITTED else state

    def approval(self, sid: str) -> tuple[str, str | None]:
        """State of the approval, and why it was rejected if it was."""
        whatsapp = self._call("GET", f"{self._url}/{sid}/ApprovalRequests")["whatsapp"] or {}
        return whatsapp.get("status") or UNSUBMITTED, whatsapp.get("rejection_reason") or None

    def _call(self, method: str, url: str, asked: Mapping[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        try:
            answer = self._client.request(method, url, data=asked, headers=headers)
        except requests.RequestException as error:
            raise SendError(Remedy.RETRY, None, "the provider cannot be reached") from error
        if answer.status_code >= 300:
            raise failure(answer.status_code, error_code(answer.text))
        return orjson.loads(answer.text)
