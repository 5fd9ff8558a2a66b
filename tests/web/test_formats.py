"""Money, dates and the chart's coordinates, without a site around them."""

from datetime import date
from decimal import Decimal

import pytest
from web.cast import NOW

from qbwc_bridge.records import Line, State, Summary
from qbwc_bridge.summary import Clock
from qbwc_bridge.web.chart import draw
from qbwc_bridge.web.figures import figures
from qbwc_bridge.web.formats import LOCALES, choices, formats

OFFICE = Clock(NOW, "America/Chicago")


@pytest.mark.parametrize(
    ("country", "currency", "money", "day"),
    [
        ("US", "", "$1,234.50", "Mar 3, 2026"),
        ("", "", "$1,234.50", "Mar 3, 2026"),
        ("UK", "", "£1,234.50", "3 Mar 2026"),
        ("AU", "", "$1,234.50", "3 Mar 2026"),
        ("US", "Euro", "€1,234.50", "Mar 3, 2026"),
        ("US", "Cowrie", "1,234.50", "Mar 3, 2026"),
    ],
)
def test_money_and_dates(country: str, currency: str, money: str, day: str) -> None:
    told = formats(country, currency, OFFICE)
    assert (told.money(Decimal("1234.50")), told.day(date(2026, 3, 3))) == (money, day)


@pytest.mark.parametrize(
    ("country", "currency", "locale", "money", "short"),
    [
        ("US", "", "en_NZ", "$1,234.50", "$120K"),
        ("US", "", "en_AU", "$1,234.50", "$120K"),
        ("US", "", "fr_CA", "1\xa0234,50\xa0$", "120\xa0k$"),
        ("CA", "", "fr_CA", "1\xa0234,50\xa0$", "120\xa0k$"),
        ("UK", "", "en_IE", "£1,234.50", "£120K"),
        ("US", "Canadian Dollar", "en_US", "CA$1,234.50", "CA$120K"),  # named: not to be taken for American ones
        ("US", "Euro", "de_DE", "1.234,50\xa0€", "120000\xa0€"),
        ("US", "Cowrie", "de_DE", "1.234,50", "120000"),
    ],
)
def test_a_chosen_locale_writes_the_same_currency(
    country: str, currency: str, locale: str, money: str, short: str
) -> None:
    told = formats(country, currency, OFFICE, locale)
    assert (told.money(Decimal("1234.50")), told.short(Decimal(120000))) == (money, short)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_locale_that_is_offered_can_write(locale: str) -> None:
    told = formats("US", "", OFFICE, locale)
    assert "$" in told.money(Decimal("1234.50"))
    assert "USD" not in told.short(Decimal("1500.00"))
    assert "2026" in told.day(date(2026, 3, 31))
    assert told.mark(date(2026, 3, 3), year=True) != told.mark(date(2026, 3, 3), year=False)


def test_the_choices_are_named_in_english_and_show_themselves() -> None:
    told = dict(choices("CA", OFFICE))
    assert list(told) != sorted(told)  # they are in the order of their names
    assert list(told.values()) == sorted(told.values())
    assert told["fr_CA"] == "French (Canada): 12\xa0345,67\xa0$, 31 mars 2026"
    assert told["en_NZ"] == "English (New Zealand): $12,345.67, 31 Mar 2026"


def summary(*amounts: str, price: str | None = None, days: int = 30) -> Summary:
    lines, running = [], Decimal("0.00")
    for number, amount in enumerate(amounts):
        running += Decimal(amount)
        day = date.fromordinal(date(2026, 1, 1).toordinal() + number * days)
        lines.append(Line("manual", day, Decimal(amount), Decimal(amount), running))
    return Summary(
        company="A", project="P", customer=None, client_payments=False, state=State.OFF, synced_at=None, currency="",
        contract_price=None if price is None else Decimal(price), paid_to_date=running, unapplied=Decimal(0),
        count=len(lines), lines=tuple(lines),
    )  # fmt: skip


@pytest.mark.parametrize("price", [None, "100.00", "900.00"])
@pytest.mark.parametrize("days", [0, 1, 400])
def test_the_line_stays_inside_its_picture(price: str | None, days: int) -> None:
    chart = draw(summary("100.00", "200.00", "300.00", price=price, days=days), formats("US", "", OFFICE))
    assert chart
    for picture in (chart.wide, chart.narrow):
        assert all(
            0 <= mark.x <= picture.width and 0 <= mark.y <= picture.height for mark in (*picture.rows, *picture.dates)
        )
        steps = [
            int(part[1:]) for part in picture.path.replace("H", " H").replace("V", " V").split() if part[0] in "HV"
        ]
        assert max(steps) <= picture.width
        assert len({mark.label for mark in picture.dates}) == len(picture.dates)


def test_no_line_for_less_than_two_payments() -> None:
    assert draw(summary("5.00"), formats("US", "", OFFICE)) is None
    assert draw(summary("0.00", "0.00"), formats("US", "", OFFICE)) is None


def test_figures_round_down_and_never_make_up_a_price() -> None:
    nearly = figures(summary("999.99", price="1000.00"))
    assert (nearly.percent, nearly.remaining, nearly.overpaid) == (99, Decimal("0.01"), None)
    over = figures(summary("1100.00", price="1000.00"))
    assert (over.percent, over.remaining, over.overpaid) == (110, Decimal("0.00"), Decimal("100.00"))
    none = figures(summary())
    assert (none.percent, none.remaining, none.last, none.contract_price) == (None, None, None, None)
