"""What was said in one turn, as one message for one channel. Pure.

Every message works as plain text: options are numbered below the question. Where WhatsApp can show them as buttons
or a list they go along as options too.
"""

from collections.abc import Iterable, Sequence

from bot.dialogues.machine import Option, Say
from messaging import content
from messaging.address import Channel
from messaging.content import Content
from messaging.encoding import fold_for_sms

PARAGRAPH = "\n\n"


def render(said: Sequence[Say], channel: Channel) -> Content:
    """One message out of all that a turn says. `said` is not empty.

    On SMS paragraphs are parted by a single line break, and what GSM-7 lacks is folded.
    """
    texts = [_with_numbers(say) for say in said]
    media = next((say.media for say in said if say.media), None)
    if channel is Channel.SMS:
        return Content(fold_for_sms("\n".join(texts)))
    text = PARAGRAPH.join(texts)
    options = said[-1].options
    if not _fit(options):
        return Content(text, media_url=media)
    prompt = PARAGRAPH.join([*texts[:-1], said[-1].text])
    if len(prompt) > content.WHATSAPP_BODY_MAX:
        return Content(text, media_url=media)
    return Content(
        text,
        prompt=prompt,
        options=tuple(content.Option(option.id, option.title) for option in options),
        media_url=media,
    )


def _with_numbers(say: Say) -> str:
    return "\n".join([say.text, *numbered(say.options)])


def numbered(options: Iterable[Option]) -> list[str]:
    """«1 Sí», «2 No»: a line per option. A label that starts with its number («5 Muy bueno») is not numbered twice."""
    lines = []
    for number, option in enumerate(options, start=1):
        titled = option.title.startswith((f"{number} ", f"{number}. ", f"{number}: ", f"{number} - "))
        lines.append(option.title if titled else f"{number} {option.title}")
    return lines


def _fit(options: Sequence[Option]) -> bool:
    """Whether WhatsApp can show these as buttons or as a list without cutting a title."""
    longest = max((len(option.title) for option in options), default=0)
    if len(options) <= content.BUTTONS_MAX:
        return bool(options) and longest <= content.TITLE_MAX
    return len(options) <= content.LIST_MAX and longest <= content.ITEM_MAX
