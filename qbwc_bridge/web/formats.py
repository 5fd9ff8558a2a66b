"""Money, dates and moments in the reader's habits.

In: the company's country or chosen locale, the currency QuickBooks names and a clock. Out: text. It never knows what a number
stands for. A locale says how a number is written, never which currency it is in.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    get_currency_symbol,
    get_decimal_symbol,
)

from qbwc_bridge.summary import Clock

HABITS = {"US": ("en_US", "USD"), "CA": ("en_CA", "CAD"), "UK": ("en_GB", "GBP"), "AU": ("en_AU", "AUD")}
"""QuickBooks' country code → locale and currency. Anything else reads as American."""

LOCALES = (
    "da_DK", "de_AT", "de_CH", "de_DE", "en_AU", "en_CA", "en_GB", "en_IE", "en_IN", "en_NZ", "en_PH", "en_SG", "en_US",
    "en_ZA", "es_ES", "es_MX", "es_US", "fi_FI", "fr_BE", "fr_CA", "fr_CH", "fr_FR", "it_IT", "nb_NO", "nl_BE", "nl_NL",
    "pl_PL", "pt_BR", "pt_PT", "sv_SE",
)  # fmt: skip
"""What a company can choose instead of following the country of its QuickBooks file."""


@dataclass(frozen=True, slots=True)
class Formats:
    """``currency`` is an ISO code, or "" when amounts are in a currency we have no sign for. ``sign`` is what a file's only
    currency is called at home ("$", not "US$"); "" leaves the word to the locale."""

    locale: str
    currency: str
    clock: Clock
    sign: str = ""

    def money(self, amount: Decimal) -> str:
        """ "$12,000.00"; without a sign when the currency is not known to us."""
        if not self.currency:
            return format_decimal(amount, format="#,##0.00", locale=self.locale)
        return self._signed(_money(amount, self.currency, self.locale))

    def count(self, number: int) -> str:
        """ "2,000"."""
        return format_decimal(number, locale=self.locale)

    def short(self, amount: Decimal) -> str:
        """ "$120K", for the axis of a chart."""
        if not self.currency:
            return format_compact_decimal(amount, locale=self.locale, fraction_digits=1)
        nought = f"{get_decimal_symbol(self.locale)}0"
        text = format_compact_currency(amount, self.currency, locale=self.locale, fraction_digits=1)
        return self._signed(text.replace(nought, ""))

    def _signed(self, text: str) -> str:
        return text.replace(get_currency_symbol(self.currency, self.locale), self.sign) if self.sign else text

    def day(self, day: date) -> str:
        """ "Mar 3, 2026" in America, "3 Mar 2026" in Britain."""
        return _day(day, self.locale)

    def mark(self, day: date, *, year: bool) -> str:
        """A date short enough for a chart: "Mar 2026" or "Mar 3"."""
        return format_skeleton("yMMM" if year else "MMMd", day, locale=self.locale)

    def last_day(self, instant: datetime) -> str:
        """The day that ends with this instant, in the company's time zone."""
        return self.day((self.clock.local(instant) - timedelta(seconds=1)).date())

    def change(self, amount: Decimal) -> str:
        """ "+$500.00", "−$2,000.00", "$0.00"."""
        sign = "+" if amount > 0 else "−" if amount < 0 else ""
        return f"{sign}{self.money(abs(amount))}"

    def second(self, instant: datetime) -> str:
        """ "3:04:12 pm", the time of day alone."""
        local = self.clock.local(instant)
        return f"{local.hour % 12 or 12}:{local:%M:%S} {'am' if local.hour < 12 else 'pm'}"

    def moment(self, instant: datetime) -> str:
        """ "today 3:04 pm", in the company's time zone."""
        return self.clock.say(instant)


def formats(country: str, currency: str, clock: Clock, locale: str = "") -> Formats:
    """``currency`` is QuickBooks' name for it, such as "Canadian Dollar", or "" in a single-currency file. ``locale`` "" is
    that of the country."""
    usual, home = HABITS.get(country, HABITS["US"])
    if currency:
        return Formats(locale or usual, iso_code(currency), clock)
    return Formats(locale or usual, home, clock, get_currency_symbol(home, usual))


def choices(country: str, clock: Clock) -> list[tuple[str, str]]:
    """(locale, its name with a sample amount and date), by name."""
    named = {str(Locale.parse(locale).get_display_name("en")): locale for locale in LOCALES}
    return [(named[name], f"{name}: {sample(formats(country, '', clock, named[name]))}") for name in sorted(named)]


def sample(told: Formats) -> str:
    """An amount and a date."""
    return f"{told.money(Decimal('12345.67'))}, {told.day(date(2026, 3, 31))}"


# A page says the same amounts and days again each time it is opened, and Babel takes its time over each.


@lru_cache(maxsize=20_000)
def _money(amount: Decimal, currency: str, locale: str) -> str:
    return format_currency(amount, currency, locale=locale)


@lru_cache(maxsize=20_000)
def _day(day: date, locale: str) -> str:
    return format_date(day, "medium", locale=locale)


@cache
def iso_code(name: str) -> str:
    """The ISO code of a currency QuickBooks names in English; "" when we do not know it."""
    wanted = name.casefold()
    names = Locale("en").currencies
    return next((code for code, known in names.items() if wanted in (known.casefold(), code.casefold())), "")
