"""The question types of XLSForm: how each may be written, and what becomes of it in a conversation.

Spellings are pyxform's (https://xlsform.org/en/#question-types), older ones included.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SELECTS = frozenset({"select_one", "select_multiple", "rank"})
MEDIA = frozenset({"image", "audio", "video", "file"})
# Nobody is asked these; they hold something computed, preset or known.
SILENT = frozenset(
    {
        "calculate",
        "hidden",
        "start",
        "end",
        "today",
        "deviceid",
        "phonenumber",
        "username",
        "email",
        "subscriberid",
        "simserial",
        "unknown_property",
        "audit",
        "instanceID",
        "start-geopoint",
        "background-geopoint",
        "background-audio",
    }
)
# The data type that values are held to (XForms bind type).
DATA_TYPES: Mapping[str, str] = {
    "integer": "int",
    "decimal": "decimal",
    "range": "int",
    "date": "date",
    "time": "time",
    "dateTime": "dateTime",
    "geopoint": "geopoint",
    "geotrace": "geotrace",
    "geoshape": "geoshape",
    "barcode": "barcode",
    "start": "dateTime",
    "end": "dateTime",
    "today": "date",
    "start-geopoint": "geopoint",
    "background-geopoint": "geopoint",
    "background-audio": "binary",
    "osm": "binary",
    "audit": "binary",
    **dict.fromkeys(MEDIA, "binary"),
}

_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "string", "q string", "add text prompt"),
    "integer": ("integer", "int", "q int", "add integer prompt"),
    "decimal": ("decimal", "q decimal", "add decimal prompt"),
    "date": ("date", "q date", "add date prompt"),
    "time": ("time",),
    "dateTime": (
        "datetime",
        "date time",
        "q date time",
        "q datetime",
        "add date time prompt",
        "add datetime prompt",
    ),
    "geopoint": ("geopoint", "gps", "location", "q geopoint", "q location", "add location prompt"),
    "image": ("image", "photo", "q image", "q picture", "add image prompt", "add photo prompt"),
    "audio": ("audio", "q audio", "add audio prompt"),
    "video": ("video", "q video", "add video prompt"),
    "file": ("file", "add file prompt"),
    "barcode": ("barcode", "q barcode", "add barcode prompt"),
    "acknowledge": ("acknowledge", "trigger", "q acknowledge", "add acknowledge prompt"),
    "note": ("note", "q note", "add note prompt"),
    "range": ("range",),
    "calculate": ("calculate", "q calculate", "add calculate prompt"),
    "hidden": ("hidden",),
    "start": ("start", "start time", "get start time"),
    "end": ("end", "end time", "get end time"),
    "today": ("today", "get today"),
    "deviceid": ("deviceid", "device id", "imei", "get device id"),
    "phonenumber": ("phonenumber", "get phone number"),
    "username": ("username",),
    "email": ("email",),
    "subscriberid": ("subscriberid", "subscriber id", "get subscriber id"),
    "simserial": ("simserial", "sim id", "get sim id"),
    "unknown_property": (
        "uri:subscriberid",
        "uri:phonenumber",
        "uri:simserial",
        "uri:deviceid",
        "uri:username",
        "uri:email",
    ),
    "audit": ("audit",),
}
_TYPES = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}
# Types that bring a constraint and perhaps a hint of their own.
CONSTRAINED: Mapping[str, tuple[str, str, str]] = {
    "percentage": ("integer", "0 <= . and . <= 100", ""),
    "number of days in last month": ("integer", "0 <= . and . <= 31", "Enter a number 0-31."),
    "number of days in last six months": ("integer", "0 <= . and . <= 183", "Enter a number 0-183."),
    "number of days in last year": ("integer", "0 <= . and . <= 365", "Enter a number 0-365."),
    "phone number": ("text", r"regex(., '^\d*$')", "Enter numbers only."),
}
# XLSForm knows these; a conversation cannot ask them.
UNSUPPORTED = frozenset(
    {
        "geotrace",
        "geoshape",
        "q geotrace",
        "q geoshape",
        "osm",
        "start-geopoint",
        "background-audio",
        "background-geopoint",
    }
)
EXTERNAL_TABLES = frozenset({"csv-external", "xml-external"})

_SELECT = re.compile(
    r"(?P<command>add select one prompt using|add select multiple prompt using|select all that apply from"
    r"|select one from file|select multiple from file|select_one_from_file|select_multiple_from_file"
    r"|select_one_external|select one external|select one from|select multiple from|select one using"
    r"|select multiple using|select1|select_one|select one|select_multiple|select multiple|select all that apply|rank)"
    r"\s+(?P<list>\$\{[^}]+\}|\S+)(?:\s+(?P<other>or specify other|or_other|or other))?",
    re.IGNORECASE,
)
_BEGIN = re.compile(
    r"(?P<edge>begin|end)[\s_](?P<control>looped group|lgroup|group|repeat|loop)(?:\s+(?:over\s+)?(?P<list>\S+))?",
    re.IGNORECASE,
)
_OSM = re.compile(r"osm(\s+\S+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Written:
    """What a cell of the type column says. ``list`` is the list, file or ``${repeat}`` of a select, or of a loop."""

    kind: Literal["question", "begin", "end", "table", "setting", "unsupported", "unknown"]
    name: str
    list: str = ""
    other: bool = False
    external: bool = False


def read_type(text: str) -> Written:
    """The meaning of a cell of the type column."""
    written = " ".join(text.split())
    lower = written.lower()
    if match := _BEGIN.fullmatch(written):
        control = match["control"].lower()
        name = {"group": "group", "loop": "loop"}.get(control, "repeat")
        return Written("begin" if match["edge"].lower() == "begin" else "end", name, match["list"] or "")
    if match := _SELECT.fullmatch(written):
        command = match["command"].lower()
        many = "multiple" in command or "all that apply" in command
        name = "rank" if command == "rank" else "select_multiple" if many else "select_one"
        return Written("question", name, match["list"], match["other"] is not None, "external" in command)
    if lower in _TYPES:
        return Written("question", _TYPES[lower])
    if lower in CONSTRAINED:
        return Written("question", lower)
    if lower in EXTERNAL_TABLES:
        return Written("table", lower)
    if lower in UNSUPPORTED or _OSM.fullmatch(lower):
        return Written("unsupported", lower)
    if lower in ("set form title", "set_form_title", "set form id", "set_form_id", "form_title", "form_id"):
        return Written("setting", "title" if "title" in lower else "id")
    return Written("unknown", written)
