"""The people and companies of the demo: the same ones each time, and none of them real."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from stdnum import luhn
from stdnum.iso7064 import mod_11_10

SEED = 20_260_401
YEAR = timedelta(days=365)

# Hebrew, and how it is written in an e-mail address.
HEBREW_FIRST = {
    "נועה": "noa", "תמר": "tamar", "יעל": "yael", "איתי": "itay", "דניאל": "daniel", "עומר": "omer", "שירה": "shira",
    "אורי": "uri", "מאיה": "maya", "רון": "ron", "הילה": "hila", "יונתן": "yonatan", "מיכל": "michal", "גיא": "guy",
}  # fmt: skip
HEBREW_LAST = {
    "כהן": "cohen", "לוי": "levi", "מזרחי": "mizrahi", "פרץ": "peretz", "ביטון": "biton", "דהן": "dahan",
    "אברהם": "avraham", "פרידמן": "friedman", "אזולאי": "azulay", "גבאי": "gabay", "שפירא": "shapira", "ברק": "barak",
}  # fmt: skip
HEBREW_COMPANIES = {
    "סטודיו אלון בע״מ": "alon-studio", "מאפיית הגליל": "galil-bakery", "כרמל מערכות בע״מ": "carmel-systems",
    "ענבר דיגיטל": "inbar-digital", "יקב הרי יהודה": "judean-winery", "גן הפקאן": "pecan-garden",
    "נגב אנרגיה בע״מ": "negev-energy", "ספרי תמוז": "tammuz-books", "קפה נמל": "namal-coffee",
}  # fmt: skip
ISRAELI_PLACES = (
    ("רחוב הרצל", "תל אביב-יפו", "6688312"), ("רחוב יפו", "ירושלים", "9434101"), ("שדרות הנשיא", "חיפה", "3463804"),
    ("רחוב ויצמן", "רחובות", "7628001"), ("דרך מצדה", "באר שבע", "8457201"), ("רחוב סוקולוב", "הרצליה", "4649001"),
)  # fmt: skip

FIRST = ("Olivia", "Liam", "Emma", "Noah", "Ava", "Ethan", "Mia", "Lucas", "Grace", "Owen", "Zoë", "Renée", "Hannah")
LAST = ("Carter", "Nguyen", "O'Brien", "Garcia", "Patel", "Müller", "Rossi", "Johansson", "Kim", "Baker", "Dubois")
COMPANIES = (
    "Harbor Coffee Roasters", "Bluebird Analytics", "Cedar & Pine Design", "Lakeside Dental Group", "Kite Robotics",
    "Maple Street Books", "Summit Freight Lines", "Violet Hour Events", "Quarry Stone Works", "Fern Valley Foods",
)  # fmt: skip
AMERICAN_PLACES = (
    ("Congress Avenue", "Austin", "TX", "78701"), ("Pike Street", "Seattle", "WA", "98101"),
    ("Valencia Street", "San Francisco", "CA", "94110"), ("Atlantic Avenue", "Brooklyn", "NY", "11201"),
)  # fmt: skip
EUROPEAN_PLACES = (
    ("Torstraße", "Berlin", "10119", "DE", "EUR", "+49 30 901820"),
    ("High Street", "Bristol", "BS1 2AW", "GB", "GBP", "+44 117 496 0"),
    ("Rue de la République", "Lyon", "69002", "FR", "EUR", "+33 4 72 00 0"),
)

SOURCES = ("newsletter", "partner", "search", "trade fair", "word of mouth")
PLANS = ("starter", "team", "business")


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """What happens to one customer. ``age`` is how long before now it was made; the other moments lie in between."""

    public_id: str
    attributes: dict[str, Any]
    age: timedelta
    contacts: list[dict[str, Any]] = field(default_factory=list)
    later: dict[str, Any] = field(default_factory=dict)
    is_deleted: bool = False


def demo_customers(count: int) -> Iterator[DemoCustomer]:
    """``count`` customers, the oldest first; the same ones in each run."""
    chance = random.Random(SEED)  # noqa: S311 - lifelike, not secret
    makers = (_israeli_person, _israeli_company, _american_person, _american_company, _european_company)
    for number in range(count):
        attributes = chance.choices(makers, weights=(6, 3, 4, 3, 2))[0](chance)
        attributes["metadata"] = {"user_id": 4_000 + number, "plan": chance.choice(PLANS)}
        if chance.random() < 0.3:
            attributes["metadata"]["utm"] = {"source": chance.choice(SOURCES), "paid": chance.random() < 0.5}
        yield DemoCustomer(
            public_id=_public_id(chance, number),
            attributes=attributes,
            age=YEAR * (count - number - chance.random()) / count,
            contacts=_contacts(chance, attributes),
            later=_later(chance, attributes),
            is_deleted=chance.random() < 0.04,
        )


def _public_id(chance: random.Random, number: int) -> str:
    """Most have an id as the server makes it, some one that the caller chose."""
    if chance.random() < 0.25:
        return f"acct-{1000 + number}"
    return "cus_" + "".join(chance.choices(string.ascii_letters + string.digits, k=12))


def _israeli_person(chance: random.Random) -> dict[str, Any]:
    (first, latin_first), (last, latin_last) = _pick(chance, HEBREW_FIRST), _pick(chance, HEBREW_LAST)
    return {
        "name": f"{first} {last}",
        "email": f"{latin_first}.{latin_last}{chance.randrange(100)}@example.com",
        "phone": _israeli_mobile(chance),
        "locale": "he",
        "preferred_currency_code": "ILS",
        "customer_type": "residential",
        "billing_address": _israeli_address(chance) if chance.random() < 0.5 else None,
    }


def _israeli_company(chance: random.Random) -> dict[str, Any]:
    company, latin = _pick(chance, HEBREW_COMPANIES)
    first, last = _pick(chance, HEBREW_FIRST)[0], _pick(chance, HEBREW_LAST)[0]
    number = f"51{chance.randrange(10**6):06d}"
    return {
        "name": company,
        "first_name": first,
        "last_name": last,
        "company": company,
        "email": f"billing@{latin}.example",
        "phone": f"03-{chance.randrange(5_000_000, 9_999_999)}",
        "locale": "he",
        "tax_id": number + luhn.calc_check_digit(number),
        "preferred_currency_code": "ILS",
        "customer_type": "business",
        "billing_address": {**_israeli_address(chance), "company": company},
        "net_term_days": chance.choice((0, 30, 60)),
        "custom_fields": {"cf_segment": "smb", "cf_seats": chance.randrange(2, 60)},
    }


def _american_person(chance: random.Random) -> dict[str, Any]:
    first, last = chance.choice(FIRST), chance.choice(LAST)
    return {
        "first_name": first,
        "last_name": last,
        "email": f"{_ascii(first)}.{_ascii(last)}{chance.randrange(100)}@example.org",
        "phone": _american_phone(chance),
        "locale": "en-US",
        "preferred_currency_code": "USD",
        "billing_address": _american_address(chance, first, last) if chance.random() < 0.6 else None,
        "custom_fields": {"cf_newsletter": chance.random() < 0.5},
    }


def _american_company(chance: random.Random) -> dict[str, Any]:
    company, person = chance.choice(COMPANIES), _american_person(chance)
    exempt = {"taxability": "exempt", "entity_code": "e", "exempt_number": f"TX-{chance.randrange(10_000)}"}
    return {
        **person,
        "company": company,
        "email": f"accounts{chance.randrange(100)}@{_ascii(company)}.example",
        "tax_id": f"{chance.randrange(20, 27)}-{chance.randrange(10**7):07d}" if chance.random() < 0.7 else None,
        "customer_type": "business",
        "auto_collection": chance.choice(("on", "on", "off")),
        "offline_payment_method": chance.choice((None, "check", "ach_credit")),
        "custom_fields": {
            "cf_segment": chance.choice(("smb", "enterprise")),
            "cf_account_manager": chance.choice(FIRST),
        },
        **(exempt if chance.random() < 0.2 else {}),
    }


def _european_company(chance: random.Random) -> dict[str, Any]:
    street, city, code, country, currency, phone = chance.choice(EUROPEAN_PLACES)
    company, first, last = chance.choice(COMPANIES), chance.choice(FIRST), chance.choice(LAST)
    digits = f"{chance.randrange(10**7, 10**8)}"
    # One in eight is mistyped, as in life: its status is "invalid".
    check = "x" if chance.random() < 0.125 else mod_11_10.calc_check_digit(digits)
    return {
        "first_name": first,
        "last_name": last,
        "company": f"{company} {city}",
        "email": f"{_ascii(first)}@{_ascii(company)}.example",
        "phone": f"{phone}{chance.randrange(100, 999)}",
        "tax_id": f"DE{digits}{check}" if country == "DE" else None,
        "preferred_currency_code": currency,
        "customer_type": "business",
        "billing_address": {
            "line1": f"{street} {chance.randrange(1, 120)}",
            "city": city,
            "zip": code,
            "country": country,
        },
        "invoice_notes": "Please quote the order number.",
    }


def _contacts(chance: random.Random, attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Up to three people of a company's bookkeeping."""
    if not attributes.get("company"):
        return []
    domain = str(attributes["email"]).partition("@")[2]
    return [
        {
            "id": f"contact_{number}",
            "first_name": first,
            "last_name": chance.choice(LAST),
            "email": f"{_ascii(first)}@{domain}",
            "label": chance.choice(("Bookkeeping", "Owner", "IT")),
            "enabled": chance.random() < 0.9,
            "send_billing_email": True,
            "send_account_email": chance.random() < 0.5,
        }
        for number, first in enumerate(chance.sample(FIRST, chance.choice((0, 1, 1, 2, 3))), 1)
    ]


def _later(chance: random.Random, attributes: dict[str, Any]) -> dict[str, Any]:
    """What a third of them change some day."""
    if chance.random() < 0.66:
        return {}
    return chance.choice(
        (
            {"phone": (_israeli_mobile if attributes.get("locale") == "he" else _american_phone)(chance)},
            {"metadata": {**attributes["metadata"], "plan": "business"}},
            {"invoice_notes": "Send invoices on the first of the month."},
        )
    )


def _israeli_mobile(chance: random.Random) -> str:
    """The same network, written in five ways."""
    network, first, second = chance.choice("0234578"), chance.randrange(200, 999), chance.randrange(10_000)
    way = chance.choice(("05{}-{}-{:04d}", "05{}{}{:04d}", "+972 5{}-{}-{:04d}", "+9725{}{}{:04d}", "(05{}) {} {:04d}"))
    return way.format(network, first, second)


def _american_phone(chance: random.Random) -> str:
    area, line = chance.choice((415, 512, 206, 718)), chance.randrange(100, 200)
    return chance.choice(("+1 ({}) 555-0{}", "+1{}5550{}", "({}) 555-0{}", "{}.555.0{}")).format(area, line)


def _israeli_address(chance: random.Random) -> dict[str, Any]:
    street, city, code = chance.choice(ISRAELI_PLACES)
    return {"line1": f"{street} {chance.randrange(1, 140)}", "city": city, "zip": code, "country": "IL"}


def _american_address(chance: random.Random, first: str, last: str) -> dict[str, Any]:
    street, city, state, code = chance.choice(AMERICAN_PLACES)
    line = f"{chance.randrange(1, 2_000)} {street}"
    parts = {"first_name": first, "last_name": last, "line1": line, "city": city}
    return {**parts, "state_code": state, "zip": code, "country": "US"}


def _pick(chance: random.Random, table: dict[str, str]) -> tuple[str, str]:
    return chance.choice(list(table.items()))


def _ascii(name: str) -> str:
    """What of a name can stand in an e-mail address."""
    plain = name.lower().translate(str.maketrans("ëéüö", "eeuo"))
    return "".join(char for char in plain if char in string.ascii_lowercase)
