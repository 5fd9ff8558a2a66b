"""Money, dates and moments in the reader's habits.

In: the company's country, the currency QuickBooks names and a clock. Out: text. It never knows what a number stands for.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_currency, format_compact_decimal, format_currency, format_decimal

from qbwc_bridge.summary import Clock

HABITS = {"US": ("en_US", "USD"), "CA": ("en_CA", "CAD"), "UK": ("en_GB", "GBP"), "AU": ("en_AU", "AUD")}
"""QuickBooks' country code → locale and currency. Anything else reads as American."""


@dataclass(frozen=True, slots=True)
class Formats:
    """``currency`` is an ISO code, or "" when amounts are in a currency we have no sign for."""

    locale: str
    currency: str
    clock: Clock

    def money(self, amount: Decimal) -> str:
        """ "$12,000.00"; without a sign when the currency is not known to us."""
        if not self.currency:
            return format_decimal(amount, format="#,##0.00", locale=self.locale)
        return format_currency(amount, self.currency, locale=self.locale)

    def count(self, number: int) -> str:
        """ "2,000"."""
        return format_decimal(number, locale=self.locale)

    def short(self, amount: Decimal) -> str:
        """ "$120K", for the axis of a chart."""
        if not self.currency:
            return format_compact_decimal(amount, locale=self.locale, fraction_digits=1)
        return format_compact_currency(amount, self.currency, locale=self.locale, fraction_digits=1).replace(".0", "")

    def day(self, day: date) -> str:
        """ "Mar 3, 2026" in America, "3 Mar 2026" in Britain."""
        return format_date(day, "medium", locale=self.locale)

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


def formats(country: str, currency: str, clock: Clock) -> Formats:
    """``currency`` is QuickBooks' name for it, such as "Canadian Dollar", or "" in a single-currency file."""
    locale, home = HABITS.get(country, HABITS["US"])
    return Formats(locale, iso_code(currency) if currency else home, clock)


@cache
def iso_code(name: str) -> str:
    """The ISO code of a currency QuickBooks names in English; "" when we do not know it."""
    wanted = name.casefold()
    names = Locale("en").currencies
    return next((code for code, known in names.items() if wanted in (known.casefold(), code.casefold())), "")
