"""What expressions give, as a table. The results are ODK Web Forms', except where docs/forms.md says otherwise."""

from datetime import UTC, datetime

import pytest

from surveys import engine
from surveys.expressions import ExpressionError, compile_expression
from surveys.expressions.nodes import At
from surveys.form import Form
from surveys.instance import Instance
from tests.surveys.chat import form

FORM = """
| survey  |                  |        |         |                           |                 |
|         | type             | name   | label   | default                   | calculation     |
|         | integer          | age    | Edad    | 34                        |                 |
|         | integer          | blank  | Nada    |                           |                 |
|         | decimal          | dose   | Dosis   | 2.50                      |                 |
|         | text             | name   | Nombre  | Ana María                 |                 |
|         | date             | born   | Nació   | 2024-02-29                |                 |
|         | time             | hour   | Hora    | 06:00:00.000-05:00        |                 |
|         | geopoint         | place  | Lugar   | 4.6 -74.1 2600 5          |                 |
|         | select_one fruit | liked  | Fruta   | m                         |                 |
|         | select_multiple fruit | many | Frutas | m n                      |                 |
|         | begin repeat     | child  | Hijo    |                           |                 |
|         | integer          | years  | Años    |                           |                 |
|         | text             | alias  | Apodo   |                           |                 |
|         | calculate        | own    |         |                           | ${years} * 12   |
|         | end repeat       |        |         |                           |                 |
|         | text             | here   | Aquí    | aquí                      |                 |
| choices |                  |        |         |                           |                 |
|         | list_name        | name   | label   | price                     |                 |
|         | fruit            | m      | Mango   | 3                         |                 |
|         | fruit            | n      | Naranja | 5                         |                 |
|         | fruit            | p      | Papaya  | 5                         |                 |
"""
CHILDREN = (("10", "Uno"), ("", ""), ("30", "Tres"))


@pytest.fixture(scope="module")
def compiled() -> Form:
    return form(FORM)


@pytest.fixture(scope="module")
def instance(compiled: Form) -> Instance:
    now = datetime(2025, 6, 15, 10, 30, tzinfo=UTC)
    filled = Instance(compiled, engine.start(compiled, seed=1, now=now, zone="UTC"))
    child = compiled.by_path["/data/child"].element
    filled.resize(child, (), len(CHILDREN))
    for position, (years, alias) in enumerate(CHILDREN, 1):
        filled.set(compiled.question("years"), At(compiled.question("years").element, (position,)), years)
        filled.set(compiled.question("alias"), At(compiled.question("alias").element, (position,)), alias)
    filled.settle()
    return filled


def evaluated(instance: Instance, expression: str, name: str = "here", positions: tuple[int, ...] = ()) -> str:
    element = instance.form.question(name).element
    return compile_expression(expression, instance.form.scope, element).text(instance, At(element, positions))


RESULTS = [
    # Comparison and blanks
    ("${age} = 34", "true"),
    ("${age} = '34'", "true"),
    ("${age} != 34", "false"),
    ("${blank} = ''", "true"),
    ("${blank} > 3", "false"),
    ("${blank} < 3", "false"),
    ("${blank} != 3", "true"),
    ("${blank} + 1", ""),
    ("'10' < '9'", "false"),
    ("${dose} = 2.5", "true"),
    ("true() = 'x'", "true"),
    ("true() > 0", "true"),
    ("${name} = 'Ana María'", "true"),
    ("/data/child/years > 29", "true"),
    ("/data/child/years = 30 and /data/child/years = 10", "true"),
    ("/data/child/years != /data/child/years", "true"),
    # Logic
    ("if(${age} >= 18, 'adulta', 'menor')", "adulta"),
    ("if(${blank}, 'sí', 'no')", "sí"),
    ("if(string(${blank}), 'sí', 'no')", "no"),
    ("1 = 1 or ${age} = 0 and 1 = 2", "true"),
    ("not(${blank} > 3)", "true"),
    ("boolean('false')", "true"),
    ("boolean-from-string('false')", "false"),
    ("coalesce(${blank}, 'otra')", "otra"),
    ("once('nuevo')", "aquí"),
    ("checklist(2, 3, 1 = 1, 1 = 2, 2 = 2)", "true"),
    ("weighted-checklist(5, 9, 1 = 1, 3, 2 = 2, 4)", "true"),
    # Arithmetic and numbers
    ("1 div 3", "0.3333333333333333"),
    ("1 div 0", "Infinity"),
    ("-1 div 0", "-Infinity"),
    ("0 div 0", ""),
    ("7 mod -3", "1"),
    ("-7 mod 3", "-1"),
    ("5 - -2", "7"),
    ("--5", "5"),
    ("2 + 3 * 4 - 1", "13"),
    ("1000000 * 1000000", "1000000000000"),
    ("1 div 1000000", "0.000001"),
    ("1 div 10000000", "1e-7"),
    ("10 * 100000000000000000000", "1e+21"),
    ("round(2.5)", "3"),
    ("round(-2.5)", "-3"),
    ("round(1234, -2)", "1200"),
    ("round(2.345, 2)", "2.35"),
    ("int(-7.9)", "-7"),
    ("floor(-7.1)", "-8"),
    ("ceiling(7.1)", "8"),
    ("abs(-3)", "3"),
    ("pow(2, 10)", "1024"),
    ("sqrt(-1)", ""),
    ("log10(1000)", "3"),
    ("exp10(2)", "100"),
    ("number('12abc')", ""),
    ("number(' 12 ')", "12"),
    ("number('0x1F')", "31"),
    ("number(true())", "1"),
    ("string(1.50)", "1.5"),
    ("max(3, ${age}, 10)", "34"),
    ("min(${dose}, 10)", "2.5"),
    ("max(${age}, ${blank})", ""),
    # Text
    ("concat('a', 1, true())", "a1true"),
    ("concat(/data/child/alias)", "UnoTres"),
    ("join(', ', /data/child/years)", "10, , 30"),
    ("string-length(${name})", "9"),
    ("substr('abcdef', 1, 3)", "bc"),
    ("substr('abcdef', -2)", "ef"),
    ("substring('12345', 2, 3)", "234"),
    ("substring-before('a@b', '@')", "a"),
    ("substring-after('a--b', '--')", "b"),
    ("contains(${name}, 'Mar')", "true"),
    ("starts-with('', '')", "true"),
    ("ends-with('abc', 'c')", "true"),
    ("normalize-space('  a   b ')", "a b"),
    ("translate('bar', 'abc', 'AB')", "BAr"),
    ("regex('0991234567', '^0[0-9]{9}$')", "true"),
    ("regex('xabcx', 'abc')", "true"),
    ("digest('a', 'SHA-1', 'hex')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    ("base64-decode('aG9sYQ==')", "hola"),
    # Dates
    ("${born} + 1", "19783"),
    ("date(${born} + 30)", "2024-03-30"),
    ("${born} < '2024-03-01'", "true"),
    ("${born} = '2024-02-29'", "true"),
    ("today()", "2025-06-15"),
    ("now()", "2025-06-15T10:30:00.000+00:00"),
    ("int((today() - ${born}) div 365.25)", "1"),
    ("format-date(${born}, '%d/%m/%Y %e %n %b %y')", "29/02/2024 29 2 Feb 24"),
    ("format-date(today(), '%a')", "Sun"),
    ("format-date-time(now(), '%H:%M:%S %h %3')", "10:30:00 10 000"),
    ("date('2024-2-9')", "2024-02-09"),
    ("date('ayer')", ""),
    ("date('2024-13-40')", ""),
    ("decimal-date-time('1970-01-02')", "1"),
    ("decimal-time('12:00:00.000+00:00')", "0.5"),
    ("number(${born})", "19782"),
    # Selections
    ("selected(${many}, 'n')", "true"),
    ("selected(${many}, 'p')", "false"),
    ("selected(${blank}, '')", "true"),
    ("count-selected(${many})", "2"),
    ("count-selected(${blank})", "0"),
    ("selected-at(${many}, 1)", "n"),
    ("selected-at(${many}, 9)", ""),
    ("jr:choice-name(${liked}, '${liked}')", "Mango"),
    ("jr:choice-name('p', ' /data/liked ')", "Papaya"),
    # Lists and repeats
    ("instance('fruit')/root/item[name = ${liked}]/price", "3"),
    ("count(instance('fruit')/root/item[price = 5])", "2"),
    ("count(instance('fruit')/root/item[price = '5' and name != 'n'])", "1"),
    ("instance('fruit')/root/item[2]/label", "Naranja"),
    ("pulldata('fruit', 'label', 'name', 'p')", "Papaya"),
    ("count(${child})", "3"),
    ("count-non-empty(/data/child/years)", "2"),
    ("sum(/data/child/years)", ""),
    ("sum(/data/child[years > 0]/years)", "40"),
    ("max(/data/child[years != '']/years)", "30"),
    ("/data/child[position() = 3]/alias", "Tres"),
    ("/data/child[last()]/alias", "Tres"),
    ("position(/data/child[2])", "2"),
    ("indexed-repeat(${alias}, ${child}, 3)", "Tres"),
    ("indexed-repeat(${alias}, ${child}, 9)", ""),
    ("count(${child} | /data/age)", "4"),
    ("count(/data/child[1]/following-sibling::child)", "2"),
    ("count(/data//years)", "3"),
    ("/data/nowhere = ''", "false"),
    # Places
    ("distance('0 0 0 0;0 1 0 0')", "111318.85"),
    ("round(area('0 0;0 1;1 1;1 0;0 0') div 1000000)", "12391"),
    ("geofence('0.5 0.5', '0 0;0 1;1 1;1 0;0 0')", "true"),
    ("selected-at(${place}, 2)", "2600.0"),
]


@pytest.mark.parametrize(("expression", "result"), [pytest.param(*row, id=row[0]) for row in RESULTS])
def test_result(instance: Instance, expression: str, result: str) -> None:
    assert evaluated(instance, expression) == result


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        pytest.param("position(..)", "3", id="the instance that one is in"),
        pytest.param("${years}", "30", id="a name means the question of the same instance"),
        pytest.param("../years", "30", id="and so does a path to it"),
        pytest.param("sum(${years})", "30", id="even in a sum"),
        pytest.param("sum(/data/child[years != '']/years)", "40", id="an absolute path means all"),
        pytest.param("count(${child})", "3", id="the repeat's own name means all its instances"),
        pytest.param("indexed-repeat(${years}, ${child}, position(..) - 2)", "10", id="an instance before"),
        pytest.param("/data/child[position() = position(current()/..)]/alias", "Tres", id="current() in a predicate"),
        pytest.param("${own}", "360", id="a calculation in a repeat"),
    ],
)
def test_result_inside_a_repeat(instance: Instance, expression: str, result: str) -> None:
    assert evaluated(instance, expression, "alias", (3,)) == result


@pytest.mark.parametrize(
    ("expression", "code", "position"),
    [
        pytest.param("${age} >", "unfinished", 8, id="nothing after the sign"),
        pytest.param("selected(${liked}, 'm'", "unfinished", 22, id="a bracket that is not closed"),
        pytest.param("${age} = 'x", "unexpected", 9, id="a quote that is not closed"),
        pytest.param("${age} ${blank}", "unexpected", 7, id="two names side by side"),
        pytest.param("${age} y ${blank}", "operator_expected", 7, id="a word that is no operator"),
        pytest.param("${nadie} = 1", "reference", 0, id="a question that is not there"),
        pytest.param("1 + foo(2)", "function", 4, id="a function that is not there"),
        pytest.param("if(1, 2)", "arguments", 0, id="an argument too few"),
        pytest.param("regex(., '(a')", "pattern", 0, id="a pattern that is none"),
        pytest.param("instance('x')/root/item", "table", 0, id="a list that is not there"),
        pytest.param("${last-saved#age}", "last_saved", 0, id="the answers of the last time"),
        pytest.param("(" * 100 + "1" + ")" * 100, "too_deep", 60, id="a hundred brackets"),
        pytest.param("1" + "+1" * 10_000, "too_long", 20_000, id="longer than any form needs"),
    ],
)
def test_an_expression_that_cannot_be_read_says_where(
    instance: Instance, expression: str, code: str, position: int
) -> None:
    with pytest.raises(ExpressionError) as raised:
        evaluated(instance, expression)
    assert (raised.value.code, raised.value.position) == (code, position)


def test_a_pattern_that_would_take_for_ever_is_given_up(instance: Instance) -> None:
    element = instance.form.question("here").element
    expression = compile_expression("regex('" + "a" * 60 + "b', '^(a|aa|a?)+$')", instance.form.scope, element)
    with pytest.raises(ValueError, match="takes too long"):
        expression.boolean(instance, At(element, ()))


def test_what_an_expression_reads_is_known() -> None:
    compiled = form(FORM)
    element = compiled.question("own").element
    expression = compile_expression("${years} + ${age} + sum(/data/child/years)", compiled.scope, element)
    reads = {(read.element.name, read.shared) for read in expression.reads}
    assert reads == {("years", 1), ("years", 0), ("age", 0)}
    assert not expression.constant
    assert compile_expression("1 + 1 = 2", compiled.scope, element).constant
