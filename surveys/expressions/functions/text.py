"""Text: putting together, cutting, searching, patterns, digests."""

import base64
import binascii
import hashlib
import math
import uuid as uuids
from functools import lru_cache

import regex as regexes

from surveys.expressions.context import Context
from surveys.expressions.errors import EvaluationError
from surveys.expressions.functions.arguments import (
    MAXIMUM_TEXT,
    Arguments,
    integer_of,
    number_of,
    own,
    text_of,
)
from surveys.expressions.values import Value, texts, to_text, words

REGEX_SECONDS = 0.05


def string(context: Context, arguments: Arguments) -> Value:
    return to_text(own(context, arguments), context.world)


def concat(context: Context, arguments: Arguments) -> Value:
    return "".join(text for argument in arguments for text in texts(argument(context), context.world))[:MAXIMUM_TEXT]


def join(context: Context, arguments: Arguments) -> Value:
    parts = [text for argument in arguments[1:] for text in texts(argument(context), context.world)]
    return text_of(context, arguments).join(parts)[:MAXIMUM_TEXT]


def contains(context: Context, arguments: Arguments) -> Value:
    return text_of(context, arguments, 1) in text_of(context, arguments)


def starts_with(context: Context, arguments: Arguments) -> Value:
    return text_of(context, arguments).startswith(text_of(context, arguments, 1))


def ends_with(context: Context, arguments: Arguments) -> Value:
    return text_of(context, arguments).endswith(text_of(context, arguments, 1))


def string_length(context: Context, arguments: Arguments) -> Value:
    return float(len(to_text(own(context, arguments), context.world)))


def normalize_space(context: Context, arguments: Arguments) -> Value:
    return " ".join(words(to_text(own(context, arguments), context.world)))


def substr(context: Context, arguments: Arguments) -> Value:
    text = text_of(context, arguments)
    start = integer_of(context, arguments, 1) or 0
    end = integer_of(context, arguments, 2) if len(arguments) > 2 else len(text)
    size = len(text)
    bounds = [min(max(0, size + at if at < 0 else at), size) for at in (start, end or 0)]
    return text[bounds[0] : bounds[1]]


def substring(context: Context, arguments: Arguments) -> Value:
    """XPath's: positions from 1, and a length."""
    text = text_of(context, arguments)
    start = number_of(context, arguments, 1)
    length = number_of(context, arguments, 2) if len(arguments) > 2 else math.inf
    if start != start or length != length or start == math.inf:
        return ""
    first = -math.inf if start == -math.inf else math.floor(start + 0.5)
    last = first + (length if length == math.inf else math.floor(length + 0.5))
    return "".join(letter for at, letter in enumerate(text, 1) if first <= at < last)


def substring_before(context: Context, arguments: Arguments) -> Value:
    before, found, _ = text_of(context, arguments).partition(text_of(context, arguments, 1) or "\0")
    return before if found else ""


def substring_after(context: Context, arguments: Arguments) -> Value:
    needle = text_of(context, arguments, 1)
    text = text_of(context, arguments)
    return text.partition(needle)[2] if needle else text


def translate(context: Context, arguments: Arguments) -> Value:
    source, target = text_of(context, arguments, 1), text_of(context, arguments, 2)
    table: dict[int, str] = {}
    for index, letter in enumerate(source):
        table.setdefault(ord(letter), target[index] if index < len(target) else "")
    return text_of(context, arguments).translate(table)


def regex(context: Context, arguments: Arguments) -> Value:
    """Searches: the pattern says itself with ``^`` and ``$`` when the whole must match, as in Web Forms."""
    pattern = text_of(context, arguments, 1)
    if context.world.is_given_up(pattern):
        raise EvaluationError("the pattern takes too long")
    try:
        return compiled_pattern(pattern).search(text_of(context, arguments), timeout=REGEX_SECONDS) is not None
    except TimeoutError as slow:
        context.world.give_up(pattern)
        raise EvaluationError("the pattern takes too long") from slow
    except regexes.error as wrong:
        raise EvaluationError(f"the pattern cannot be read: {wrong}") from wrong


@lru_cache(maxsize=512)
def compiled_pattern(pattern: str) -> "regexes.Pattern[str]":
    """A form's pattern. Written for ECMAScript, where ``\\d`` and ``\\w`` are ASCII. Raises ``regex.error``."""
    return regexes.compile(pattern, regexes.ASCII)


def digest(context: Context, arguments: Arguments) -> Value:
    algorithm = text_of(context, arguments, 1)
    encoding = text_of(context, arguments, 2) if len(arguments) > 2 else "base64"
    if algorithm not in ("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512") or encoding not in (
        "base64",
        "hex",
    ):
        raise EvaluationError(f"digest() does not know {algorithm} or {encoding}")
    sum_ = hashlib.new(algorithm.replace("-", "").lower(), text_of(context, arguments).encode(), usedforsecurity=False)
    return sum_.hexdigest() if encoding == "hex" else base64.b64encode(sum_.digest()).decode()


def base64_decode(context: Context, arguments: Arguments) -> Value:
    try:
        return base64.b64decode(text_of(context, arguments)).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def uuid(context: Context, arguments: Arguments) -> Value:
    draw = context.world.random
    text = ""
    length = int(number_of(context, arguments)) if arguments else 36
    while len(text) < min(length, 1_000):
        bits = int(draw() * 2**53) << 75 | int(draw() * 2**53) << 22 | int(draw() * 2**22)
        text += str(uuids.UUID(int=bits, version=4))
    return text[:length]
