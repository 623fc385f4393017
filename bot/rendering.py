"""What was said in one turn, as one message for one channel. Pure.

Every message works as plain text: options are numbered below the question. Where WhatsApp can show them as buttons
or a list they go along as options too, and the question of a form stands in bold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.dialogues.machine import Option, Prompt, Say
from messaging import content
from messaging.address import Channel
from messaging.content import Content
from messaging.encoding import fold_for_sms, segments

PARAGRAPH = "\n\n"
BOLD = "*"
EXTRAS: tuple[tuple[str, ...], ...] = (("progress", "tip"), ("tip",), ())
"""What a prompt says besides its question, from all of it to nothing."""


def render(said: Sequence[Say], channel: Channel) -> Content:
    """One message out of all that a turn says. `said` is not empty.

    On SMS paragraphs are parted by a single line break, what GSM-7 lacks is folded, and extras that would start
    another SMS are left out.
    """
    media = next((say.media for say in said if say.media), None)
    if channel is Channel.SMS:
        return Content(_within_limit(_shortest(said)))
    emphasised = [_emphasised(say) for say in said]
    text = _within_limit(PARAGRAPH.join(_with_options(say) for say in emphasised))
    options = said[-1].options
    if media or not _fit(said[-1]):
        return Content(text, media_url=media)
    prompt = PARAGRAPH.join([*map(_with_options, emphasised[:-1]), _without_options(emphasised[-1])])
    if len(prompt) > content.WHATSAPP_BODY_MAX:
        return Content(text, media_url=media)
    return Content(
        text,
        prompt=prompt,
        options=tuple(content.Option(option.id, option.title) for option in options),
    )


def numbered(options: Iterable[Option]) -> list[str]:
    """A line per option: «1 Sí», «2 No»."""
    return [option.numbered(place) for place, option in enumerate(options, start=1)]


def _shortest(said: Sequence[Say]) -> str:
    """The fullest text among those that take the fewest SMS."""
    texts = (fold_for_sms("\n".join(_with_options(say, extras) for say in said)) for extras in EXTRAS)
    return min(texts, key=lambda text: segments(text).count)


def _within_limit(text: str) -> str:
    """What can be sent at all: the end, where the options are. Only a form that repeats long answers gets so far."""
    return text if len(text) <= content.TEXT_MAX else f"...{text[3 - content.TEXT_MAX :]}"


def _with_options(say: Say, extras: Sequence[str] = EXTRAS[0]) -> str:
    return _lines(say, extras, numbered(say.options))


def _without_options(say: Say) -> str:
    return _lines(say, EXTRAS[0], [])


def _lines(say: Say, extras: Sequence[str], options: Sequence[str]) -> str:
    if not isinstance(say, Prompt):
        return "\n".join([say.text, *options])
    asked = f"{say.progress} {say.text}" if say.progress and "progress" in extras else say.text
    tip = say.tip if "tip" in extras else ""
    return "\n".join(filter(None, [asked, tip, *options, say.more]))


def _emphasised(say: Say) -> Say:
    """A form's question in bold, each of its lines on its own as WhatsApp wants it."""
    if not isinstance(say, Prompt):
        return say
    lines = (line.strip() for line in say.text.splitlines())
    return replace(say, text="\n".join(f"{BOLD}{line}{BOLD}" if line and BOLD not in line else line for line in lines))


def _fit(say: Say) -> bool:
    """Whether WhatsApp can show a message's options as buttons or as a list, without cutting a title."""
    if not say.options or (isinstance(say, Prompt) and not say.tappable):
        return False
    titles = {option.title for option in say.options}
    buttons = len(say.options) <= content.BUTTONS_MAX
    return (
        len(say.options) <= content.LIST_MAX
        and len(titles) == len(say.options)
        and all(0 < len(title) <= (content.TITLE_MAX if buttons else content.ITEM_MAX) for title in titles)
        and all(len(option.id) <= content.ID_MAX for option in say.options)
    )
