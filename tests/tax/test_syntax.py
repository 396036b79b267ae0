"""Tax ids as text: the matching key, and verdicts on the form."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.de import vat as german_vat

from billing_customers import places
from billing_customers.tax import syntax
from billing_customers.tax.syntax import SyntaxVerdict, check, compact

COUNTRIES = sorted(places._COUNTRIES)
NASTY_ATOMS = (
    "DE|EL|XI|GB|IL|CHE|MWST|136695976|516179157|0|-|.|/| |+|*|"
    "A|&|Ñ|%s|{}|\0|\ud800|٣|²|½|ß|e|\u0301|\u200d|\u0345|\uff11|\ufdfa"
)
NASTY = st.lists(st.sampled_from(NASTY_ATOMS.split("|")), max_size=12).map("".join)
ANY_COUNTRY = st.sampled_from([None, *COUNTRIES, "", "ZZ", "iban", "a.b", "../x", "\0", "İ"])


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("DE 136 695 976", "DE136695976"),
        ("de136695976", "DE136695976"),
        ("CHE-107.787.577 IVA", "CHE107787577IVA"),
        ("12.345.678/0001-95", "12345678000195"),
        ("51617\u20139157", "516179157"),
        ("51617\u22129157", "516179157"),
        ("\u200e516\u00a0179\t157\n", "516179157"),
        ("\uff24\uff25\uff11\uff13\uff16", "DE136"),
        ("٥١٦١٧٩١٥٧", "516179157"),
        ("ñ&a", "Ñ&A"),
        ("n\u0303", "Ñ"),
        ("-./ ", ""),
        ("", ""),
    ],
)
def test_the_key_has_no_separators_no_case_and_ascii_digits(text, key):
    assert compact(text) == key


def test_text_whose_key_would_be_longer_is_its_own_key():
    assert compact("\ufdfa") == "\ufdfa"


@given(st.one_of(NASTY, st.text(max_size=60)))
def test_a_key_is_its_own_key_and_never_longer_than_its_text(text):
    key = compact(text)

    assert compact(key) == key
    assert len(key) <= len(text)


@pytest.mark.parametrize(
    ("tax_id", "country", "module"),
    [
        ("136695976", "DE", "stdnum.de.vat"),
        ("DE 136.695.976", "de", "stdnum.de.vat"),
        ("023456780", "GR", "stdnum.gr.vat"),
        ("ATU13585627", "AT", "stdnum.at.uid"),
        ("FR 40 303 265 045", "FR", "stdnum.fr.tva"),
        ("IE 6433435F", "IE", "stdnum.ie.vat"),
        ("NL004495445B01", "NL", "stdnum.nl.btw"),
        ("27AAPFU0939F1ZV", "IN", "stdnum.in_.gstin"),
        ("980 7806 84", "GB", "stdnum.gb.vat"),
        ("980780684", "IM", "stdnum.gb.vat"),
        ("51 824 753 556", "AU", "stdnum.au.abn"),
        ("CHE-107.787.577 IVA", "CH", "stdnum.ch.vat"),
        ("CHE-100.155.212", "CH", "stdnum.ch.uid"),
        ("16.727.230/0001-97", "BR", "stdnum.br.cnpj"),
        ("390.533.447-05", "BR", "stdnum.br.cpf"),
        ("00743110157", "IT", "stdnum.it.iva"),
        ("RCCMNL83S18D969H", "IT", "stdnum.it.codicefiscale"),
        ("NO 995 525 828 MVA", "NO", "stdnum.no.mva"),
        ("988 077 917", "NO", "stdnum.no.orgnr"),
        ("4540536920", "TR", "stdnum.tr.vkn"),
        ("17291716060", "TR", "stdnum.tr.tckimlik"),
    ],
)
def test_a_correct_number_of_the_given_country_is_valid(tax_id, country, module):
    assert check(tax_id, country) == SyntaxVerdict(country.upper(), "valid_syntax", module)


@pytest.mark.parametrize(("tax_id", "module"), [("51-617915-7", "stdnum.il.hp"), ("3933742-3", "stdnum.il.idnr")])
def test_israel_takes_company_numbers_and_id_numbers(tax_id, module):
    assert check(tax_id, "IL") == SyntaxVerdict("IL", "valid_syntax", module)


@pytest.mark.parametrize(
    ("tax_id", "country", "module"),
    [
        ("516179150", "IL", "stdnum.il.hp"),
        ("", "IL", "stdnum.il.hp"),
        ("136695978", "DE", "stdnum.de.vat"),
        ("DE136695976", "FR", "stdnum.fr.tva"),
        ("12345678901234567890", "GB", "stdnum.gb.vat"),
        ("\ud800", "DE", "stdnum.de.vat"),
    ],
)
def test_a_wrong_number_of_the_given_country_is_invalid(tax_id, country, module):
    assert check(tax_id, country) == SyntaxVerdict(country, "invalid", module)


@pytest.mark.parametrize(
    ("tax_id", "country"),
    [
        ("DE136695976", "DE"),
        ("de 136 695 976", "DE"),
        ("EL 023456780", "GR"),
        ("GR 023456780", "GR"),
        ("XI 980 7806 84", "XI"),
        ("GB 980 7806 84", "GB"),
        ("ATU13585627", "AT"),
        ("ESB58378431", "ES"),
        ("CY-10259033P", "CY"),
        ("NL004495445B01", "NL"),
        ("IE8D79739I", "IE"),
        ("GBGD499", "GB"),
    ],
)
@pytest.mark.parametrize("given_country", [None, "", "ZZ", "stdnum"])
def test_without_a_known_country_the_prefix_of_the_number_counts(tax_id, country, given_country):
    found = check(tax_id, given_country)

    assert (found.country, found.verdict) == (country, "valid_syntax")


def test_a_prefixed_number_with_a_wrong_check_digit_is_invalid():
    assert check("DE136695978", None) == SyntaxVerdict("DE", "invalid", "stdnum.de.vat")


@pytest.mark.parametrize(
    "tax_id",
    ["516179157", "SECRET", "ATCPM1234F", "SEGM850101AB1", "US12345678", "DE", "", "27AAPFU0939F1ZV", "DE\ud80012"],
)
def test_text_without_country_and_european_prefix_is_unknown(tax_id):
    assert check(tax_id, None) == SyntaxVerdict(None, "unknown")


@pytest.mark.parametrize("country", ["US", "SA", "AQ", "XK"])
def test_a_country_without_a_module_is_unknown(country):
    assert check("123456789", country) == SyntaxVerdict(country, "unknown")


@pytest.mark.parametrize(("country", "owner"), [("GB", "XI"), ("XI", "XI")])
def test_a_northern_irish_number_belongs_to_xi(country, owner):
    assert check("XI980780684", country) == SyntaxVerdict(owner, "valid_syntax", "stdnum.gb.vat")


@pytest.mark.parametrize("country", ["EL", "el", "GR"])
def test_greece_is_reported_by_its_iso_code(country):
    assert check("EL023456780", country) == SyntaxVerdict("GR", "valid_syntax", "stdnum.gr.vat")


@pytest.mark.parametrize(("country", "owner"), [("DE", "DE"), ("US", "US"), ("el", "GR"), ("ZZ", None), (None, None)])
def test_text_over_fifty_characters_is_invalid_unread(country, owner, monkeypatch):
    monkeypatch.setattr(syntax, "compact", lambda _text: pytest.fail("read"))

    assert check("DE136695976".rjust(51), country) == SyntaxVerdict(owner, "invalid")


def test_text_of_fifty_characters_is_read():
    assert check("DE136695976".rjust(50), None).verdict == "valid_syntax"


def test_an_error_inside_a_module_means_invalid(monkeypatch):
    def crash(number):
        raise IndexError(number)

    monkeypatch.setattr(german_vat, "is_valid", crash)

    assert check("DE136695976", "DE") == SyntaxVerdict("DE", "invalid", "stdnum.de.vat")


@given(tax_id=st.one_of(NASTY, st.text(max_size=50)), country=ANY_COUNTRY)
def test_no_text_and_no_country_makes_it_raise(tax_id, country):
    found = check(tax_id, country)

    assert found.verdict in {"valid_syntax", "invalid", "unknown"}
    assert found.country is None or places.is_country(found.country)
    assert bool(found.module) == (found.verdict == "valid_syntax" or (found.verdict == "invalid" and len(tax_id) <= 50))


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_country_has_an_answer_for_a_plain_number(country):
    assert check("123456789", country).country == country


def test_country_modules_are_imported_when_first_needed_only():
    program = (
        "import sys; from billing_customers.tax.syntax import check; before = 'stdnum.de.vat' in sys.modules;"
        "check('DE136695976', None); print(before, 'stdnum.de.vat' in sys.modules, 'stdnum.fr.tva' in sys.modules)"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == ["False", "True", "False"]


def test_modules_are_looked_up_once(monkeypatch):
    check("DE136695976", "DE")
    monkeypatch.setattr(syntax, "get_cc_module", lambda *_args: pytest.fail("looked up again"))

    assert check("DE136695976", "DE").verdict == "valid_syntax"
