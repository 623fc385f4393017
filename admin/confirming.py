"""A second look before something that cannot be taken back: the same form once more, with what will happen."""

from flask import render_template, request

from admin.language import gettext

FIELD = "confirmado"
ALREADY_SENT = frozenset({"csrf_token", FIELD})


def confirmed() -> bool:
    """Whether the person has said yes to what this form does."""
    return request.form.get(FIELD) == "si"


def ask(question: str, consequences: str, button: str, back: str) -> str:
    """The page that asks: everything that was sent goes along, to the same address.

    `question` is short («¿Cerrar la ronda?»), `consequences` says what will happen to whom, `button` repeats the
    verb, `back` is the address of the page that the person came from.
    """
    return render_template(
        "confirm.html",
        title=question,
        text=consequences,
        button=button,
        back=back,
        address=request.full_path.rstrip("?"),
        fields=[(name, value) for name, value in request.form.items(multi=True) if name not in ALREADY_SENT],
        field=FIELD,
        leave=gettext("No, volver"),
    )
