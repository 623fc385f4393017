"""What is wrong with a workbook: where, what was found and what to do, in Spanish and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. ``row`` is the row as the spreadsheet program counts it, 0 where it is the whole sheet or file."""

    code: str
    sheet: str = ""
    row: int = 0
    found: str = ""
    severity: Severity = "error"
    column: str = ""

    def text(self, language: str = "es") -> str:
        """What was found and what to do, in one sentence or two. Unknown languages get Spanish."""
        spanish, english = TEXTS[self.code]
        return (english if language.startswith("en") else spanish).format(found=self.found)

    def line(self, language: str = "es") -> str:
        """The problem with its place, as a line of a report."""
        place = " ".join(part for part in (self.sheet, self._row(language), self.column) if part)
        kind = _KINDS[self.severity][1 if language.startswith("en") else 0]
        return f"{place}: {kind}: {self.text(language)}" if place else f"{kind}: {self.text(language)}"

    def _row(self, language: str) -> str:
        if not self.row:
            return ""
        return f"row {self.row}" if language.startswith("en") else f"fila {self.row}"


_KINDS: Mapping[Severity, tuple[str, str]] = {"error": ("error", "error"), "warning": ("aviso", "warning")}


def has_errors(problems: "list[Problem]") -> bool:
    return any(problem.severity == "error" for problem in problems)


# Code → what was found and what to do, in Spanish and in English.
TEXTS: Mapping[str, tuple[str, str]] = {
    # The file
    "file_format": (
        "El archivo no es un libro de Excel que se pueda leer ({found}). Guárdelo de nuevo como .xlsx.",
        "The file is not a readable Excel workbook ({found}). Save it again as .xlsx.",
    ),
    "file_size": (
        "El archivo es demasiado grande ({found}). Quite imágenes y hojas que no son del formulario.",
        "The file is too large ({found}). Remove images and sheets that are not part of the form.",
    ),
    "file_bomb": (
        "El archivo se expande demasiado al abrirlo ({found}) y no se abrió. Guárdelo de nuevo desde Excel.",
        "The file expands too much when opened ({found}) and was not opened. Save it again from Excel.",
    ),
    "file_macros": (
        "El libro trae macros. Guárdelo como .xlsx, sin macros.",
        "The workbook carries macros. Save it as .xlsx, without macros.",
    ),
    "file_encrypted": (
        "El libro tiene contraseña. Guárdelo sin contraseña.",
        "The workbook has a password. Save it without one.",
    ),
    "file_links": (
        "El libro trae enlaces a otros archivos ({found}). Péguelos como valores y rompa los enlaces.",
        "The workbook links to other files ({found}). Paste them as values and break the links.",
    ),
    "rows_limit": (
        "La hoja tiene más de {found} filas. Divida el formulario o pase la lista a un archivo CSV.",
        "The sheet has more than {found} rows. Split the form or move the list to a CSV file.",
    ),
    "attachment_unreadable": (
        "El archivo adjunto {found} no es un CSV en UTF-8 que se pueda leer.",
        "The attached file {found} is not a readable CSV in UTF-8.",
    ),
    # Sheets and columns
    "no_survey": (
        "No hay una hoja llamada «survey» (hojas: {found}). Cámbiele el nombre a la hoja de las preguntas.",
        "There is no sheet called “survey” (sheets: {found}). Rename the sheet with the questions.",
    ),
    "no_questions": (
        "La hoja no tiene ninguna pregunta.",
        "The sheet has no question.",
    ),
    "missing_column": (
        "Falta la columna «{found}».",
        "The column “{found}” is missing.",
    ),
    "duplicate_column": (
        "La columna «{found}» está dos veces. Deje una.",
        "The column “{found}” is there twice. Keep one.",
    ),
    "unknown_column": (
        "La columna «{found}» no es de XLSForm y se guarda tal cual. ¿Está bien escrita?",
        "The column “{found}” is not XLSForm's and is kept as it is. Is it spelled right?",
    ),
    "sheet_name": (
        "La hoja «{found}» no es de XLSForm y no se lee. ¿Está bien escrito su nombre?",
        "The sheet “{found}” is not XLSForm's and is not read. Is its name spelled right?",
    ),
    # Rows
    "no_type": (
        "La fila no dice de qué tipo es la pregunta «{found}». Llene la columna type.",
        "The row does not say the type of question “{found}”. Fill in the type column.",
    ),
    "unknown_type": (
        "El tipo «{found}» no existe. Vea en la guía los tipos que se pueden usar.",
        "There is no type “{found}”. See the guide for the types that can be used.",
    ),
    "unsupported_type": (
        "«{found}» no se puede preguntar en un mensaje. Quite la fila, o escriba «yes» en una columna «optional».",
        "“{found}” cannot be asked in a message. Remove the row, or write “yes” in a column “optional” to skip it.",
    ),
    "skipped_type": (
        "«{found}» no se puede preguntar en un mensaje: se salta.",
        "“{found}” cannot be asked in a message: it is skipped.",
    ),
    "unsupported_column": (
        "«{found}» no funciona en un mensaje y no se tiene en cuenta.",
        "“{found}” does not work in a message and is ignored.",
    ),
    "unsupported_entities": (
        "Las entidades (hoja «entities») no se pueden usar aquí. Quite la hoja.",
        "Entities (sheet “entities”) cannot be used here. Remove the sheet.",
    ),
    "no_name": (
        "La pregunta no tiene nombre. Llene la columna name.",
        "The question has no name. Fill in the name column.",
    ),
    "bad_name": (
        "«{found}» no sirve de nombre: use letras sin espacios, cifras y _, empezando por letra.",
        "“{found}” cannot be a name: use letters without spaces, digits and _, starting with a letter.",
    ),
    "duplicate_name": (
        "El nombre «{found}» ya se usó en el mismo grupo. Dele otro.",
        "The name “{found}” is already used in the same group. Give it another one.",
    ),
    "no_end": (
        "«{found}» se abre y no se cierra. Agregue su «end».",
        "“{found}” is opened and not closed. Add its “end”.",
    ),
    "bad_end": (
        "Este «{found}» no cierra nada que esté abierto.",
        "This “{found}” closes nothing that is open.",
    ),
    "too_deep": (
        "Hay más de {found} grupos unos dentro de otros. Quite algunos.",
        "There are more than {found} groups one inside another. Remove some.",
    ),
    "no_label": (
        "«{found}» no tiene texto (label): la persona no sabría qué se le pregunta.",
        "“{found}” has no label: the person would not know what is asked.",
    ),
    "no_calculation": (
        "El cálculo «{found}» no dice qué calcular. Llene la columna calculation.",
        "The calculate “{found}” does not say what to calculate. Fill in the calculation column.",
    ),
    "bad_parameters": (
        "Los parámetros «{found}» no se entienden. Escríbalos como nombre=valor separados por espacios.",
        "The parameters “{found}” cannot be understood. Write name=value separated by spaces.",
    ),
    "row_without_type": (
        "La fila no tiene tipo, nombre ni texto y no se lee.",
        "The row has no type, name or label and is not read.",
    ),
    "disabled_row": (
        "La fila está desactivada (columna disabled) y no se lee.",
        "The row is disabled (column disabled) and is not read.",
    ),
    # Choices
    "no_list": (
        "La lista «{found}» no está en la hoja choices.",
        "The list “{found}” is not in the choices sheet.",
    ),
    "no_file": (
        "El archivo «{found}» no viene adjunto. Adjúntelo con el formulario.",
        "The file “{found}” is not attached. Attach it with the form.",
    ),
    "no_choice_name": (
        "La opción de la lista «{found}» no tiene nombre (name).",
        "The choice of list “{found}” has no name.",
    ),
    "no_choice_list": (
        "La opción «{found}» no dice de qué lista es (list_name).",
        "The choice “{found}” does not say which list it belongs to (list_name).",
    ),
    "no_choice_label": (
        "La opción «{found}» no tiene texto (label): se mostrará su nombre.",
        "The choice “{found}” has no label: its name will be shown.",
    ),
    "duplicate_choice": (
        "La opción «{found}» está dos veces en la lista. Deje una.",
        "The choice “{found}” is twice in the list. Keep one.",
    ),
    "choice_space": (
        "El nombre de opción «{found}» tiene espacios, y la pregunta admite varias. Quite los espacios.",
        "The choice name “{found}” has spaces and the question takes several. Remove the spaces.",
    ),
    "other_with_filter": (
        "«or_other» no se puede usar con choice_filter en «{found}». Agregue la opción «otro» a la lista.",
        "“or_other” cannot be used with choice_filter in “{found}”. Add the choice “other” to the list.",
    ),
    # Expressions
    "expression_unexpected": (
        "En la expresión sobra o falta algo en {found}. Revise paréntesis, comas, comillas y operadores.",
        "Something in the expression is too much or missing at {found}. Look at brackets, commas and quotes.",
    ),
    "expression_function": (
        "No hay una función «{found}».",
        "There is no function “{found}”.",
    ),
    "expression_arguments": (
        "La función «{found}» tiene más o menos valores entre paréntesis de los que debe.",
        "The function “{found}” has more or fewer values in its brackets than it should.",
    ),
    "expression_choice_name": (
        "La segunda parte de «{found}» debe ir entre comillas: jr:choice-name(${{x}}, '${{x}}').",
        "The second part of “{found}” goes in quotes: jr:choice-name(${{x}}, '${{x}}').",
    ),
    "expression_table": (
        "No hay ninguna lista ni archivo adjunto llamado «{found}».",
        "There is no list or attached file called “{found}”.",
    ),
    "expression_pattern": (
        "El patrón de regex() no se entiende: {found}.",
        "The pattern of regex() cannot be understood: {found}.",
    ),
    "expression_last_saved": (
        "${{last-saved#{found}}} no se puede usar aquí: cada persona responde una vez.",
        "${{last-saved#{found}}} cannot be used here: each person answers once.",
    ),
    "expression_size": (
        "La expresión es demasiado larga o tiene demasiados paréntesis: {found}. Divídala en varios cálculos.",
        "The expression is too long or too deep: {found}. Split it into several calculations.",
    ),
    "unknown_reference": (
        "{found} no es el nombre de ninguna pregunta.",
        "{found} is not the name of any question.",
    ),
    "ambiguous_reference": (
        "{found} es el nombre de varias preguntas. Dé a cada una un nombre propio.",
        "{found} is the name of several questions. Give each a name of its own.",
    ),
    "unknown_path": (
        "La ruta «{found}» no lleva a ninguna pregunta: siempre estará en blanco.",
        "The path “{found}” leads to no question: it will always be blank.",
    ),
    "circular": (
        "Los cálculos se persiguen en círculo: {found}.",
        "The calculations go round in a circle: {found}.",
    ),
    "constant_condition": (
        "La condición «{found}» da siempre lo mismo: esta parte se pregunta siempre o nunca.",
        "The condition “{found}” is always the same: this part is asked always or never.",
    ),
    "constant_false": (
        "La condición «{found}» nunca se cumple: nadie podrá ver o pasar esta parte.",
        "The condition “{found}” is never met: nobody can see or pass this part.",
    ),
    "looks_ahead": (
        "La condición depende de «{found}», que se pregunta después. Ponga antes esa pregunta.",
        "The condition hangs on “{found}”, which is asked later. Move that question before.",
    ),
    # What hurts in a chat
    "long_label": (
        "El texto ocupa {found} mensajes de SMS. Acórtelo a 3 o menos.",
        "The text takes {found} SMS. Shorten it to 3 or fewer.",
    ),
    "many_choices": (
        "La pregunta tiene {found} opciones: más de 10 cuestan leerse en un mensaje.",
        "The question has {found} choices: more than 10 are hard to read in a message.",
    ),
    "missing_translation": (
        "Falta el texto en {found}.",
        "The text in {found} is missing.",
    ),
    "constraint_without_message": (
        "«{found}» tiene una condición sin mensaje (constraint_message): ¿qué debe corregir la persona?",
        "“{found}” has a constraint without a message (constraint_message): what should the person correct?",
    ),
    "stop_word_choice": (
        "La opción «{found}» se confunde con una palabra para salir o volver. Cambie el texto.",
        "The choice “{found}” is also a word to leave or come back. Change the text.",
    ),
    "read_only_asked": (
        "«{found}» es de solo lectura: se muestra y no se pregunta.",
        "“{found}” is read-only: it is shown and not asked.",
    ),
    "media_question": (
        "«{found}» pide un archivo, que por SMS no puede llegar.",
        "“{found}” asks for a file, which cannot come by SMS.",
    ),
    "no_default_language": (
        "El idioma por defecto «{found}» no tiene textos en el formulario.",
        "The default language “{found}” has no texts in the form.",
    ),
}
