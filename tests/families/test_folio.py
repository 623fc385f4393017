import pytest

from families import folio

SERIALS = range(folio.FIRST_SERIAL, folio.LAST_SERIAL, 90_017)


def test_a_folio_is_read_back_however_it_is_typed() -> None:
    for typed in ("10000012", "1000-0012", " 1000 0012 ", "1000.0012", "10 00 00 12"):
        assert folio.read(typed) == folio.issue(1_000_001) == "10000012"


def test_what_is_printed_can_be_typed() -> None:
    assert folio.display("10000012") == "1000-0012"
    assert folio.read(folio.display("10000012")) == "10000012"


def test_every_wrong_digit_is_caught() -> None:
    for serial in SERIALS:
        right = folio.issue(serial)
        for place, digit in enumerate(right):
            for other in set("0123456789") - {digit}:
                assert folio.read(right[:place] + other + right[place + 1 :]) is None


def test_every_swap_of_neighbours_is_caught() -> None:
    for serial in SERIALS:
        right = folio.issue(serial)
        for place in range(7):
            first, second = right[place], right[place + 1]
            if first != second:
                assert folio.read(right[:place] + second + first + right[place + 2 :]) is None


def test_what_is_no_folio_is_none() -> None:
    for typed in (
        "",
        "hola",
        "1000001",
        "100000122",
        "1000001x",
        "٠١٢٣٤٥٦٧",
        "4821-73",
        "\x00" * 8,
        "²0000012",
    ):
        assert folio.read(typed) is None


@pytest.mark.parametrize("serial", [0, 999_999, 10_000_000, -1_000_001])
def test_serials_without_seven_digits_get_no_folio(serial: int) -> None:
    with pytest.raises(ValueError, match="seven digits"):
        folio.issue(serial)
