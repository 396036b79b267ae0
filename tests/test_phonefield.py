"""The E.164 column: plain text, and the same whatever the host's settings are."""

from collections.abc import Iterator
from typing import Any

import phonenumbers
import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.test.utils import isolate_apps
from phonenumber_field.modelfields import PhoneNumberField

from billing_customers.phonefield import E164Field

NOT_VALID = "+972501234567"

with isolate_apps():

    class Line(models.Model):
        id = models.IntegerField(primary_key=True)
        phone_e164 = E164Field()

        class Meta:
            app_label = "phonefield"
            db_table = "phonefield_line"

        def __str__(self):
            return str(self.phone_e164)


LINES: Any = Line._default_manager
FIELD: Any = Line._meta.get_field("phone_e164")


@pytest.fixture
def table(db: None) -> Iterator[None]:
    """A temporary table: unlike a plain one it may be created inside a transaction on every database."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE phonefield_line (id integer PRIMARY KEY, phone_e164 varchar(20) NULL)")
        yield
        cursor.execute("DROP TABLE phonefield_line")


@pytest.fixture
def hostile_settings(settings):
    settings.PHONENUMBER_DB_FORMAT = "NATIONAL"
    settings.PHONENUMBER_DEFAULT_FORMAT = "RFC3966"
    settings.PHONENUMBER_DEFAULT_REGION = "nowhere"


@pytest.fixture
def no_parsing(monkeypatch):
    monkeypatch.setattr(phonenumbers, "parse", lambda *_args, **_options: pytest.fail("parsed"))


def test_it_is_a_phone_number_field():
    assert issubclass(E164Field, PhoneNumberField)


@pytest.mark.usefixtures("no_parsing")
@pytest.mark.parametrize("value", [NOT_VALID, "+972549876543", "not a number", None])
def test_assignment_keeps_the_very_value(value):
    line = Line(phone_e164=value)

    assert line.phone_e164 is value


@pytest.mark.usefixtures("table", "hostile_settings", "no_parsing")
@pytest.mark.parametrize("value", [NOT_VALID, "+972549876543", None])
def test_a_stored_number_comes_back_as_plain_text_without_parsing(value):
    Line(id=1, phone_e164=value).save(force_insert=True)

    loaded = LINES.get(id=1).phone_e164

    assert (type(loaded), loaded) == (type(value), value)


@pytest.mark.usefixtures("table")
def test_blank_text_is_stored_as_null():
    Line(id=1, phone_e164="").save(force_insert=True)

    assert LINES.values_list("phone_e164", flat=True).get() is None


@pytest.mark.usefixtures("table")
def test_a_parsed_number_is_stored_as_e164():
    Line(id=1, phone_e164=phonenumbers.parse("054-987-6543", "IL")).save(force_insert=True)

    assert LINES.values_list("phone_e164", flat=True).get() == "+972549876543"


@pytest.mark.usefixtures("table")
def test_a_deferred_number_is_loaded_on_first_use():
    Line(id=1, phone_e164=NOT_VALID).save(force_insert=True)

    assert LINES.defer("phone_e164").get().phone_e164 == NOT_VALID


@pytest.mark.usefixtures("table", "hostile_settings", "no_parsing")
@pytest.mark.parametrize(
    "lookup",
    [
        {"phone_e164": NOT_VALID},
        {"phone_e164__in": [NOT_VALID, "+15417543010"]},
        {"phone_e164__startswith": "+97250"},
        {"phone_e164__endswith": "4567"},
        {"phone_e164__isnull": False},
    ],
)
def test_a_query_compares_text(lookup):
    Line(id=1, phone_e164=NOT_VALID).save(force_insert=True)
    Line(id=2, phone_e164=None).save(force_insert=True)

    assert [line.id for line in LINES.filter(**lookup)] == [1]


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("blank", ["", None])
def test_a_query_for_blank_finds_what_has_no_number(blank):
    Line(id=1, phone_e164=None).save(force_insert=True)
    Line(id=2, phone_e164=NOT_VALID).save(force_insert=True)

    assert [line.id for line in LINES.filter(phone_e164=blank)] == [1]


@pytest.mark.usefixtures("hostile_settings")
def test_a_host_setting_of_the_library_breaks_no_system_check():
    assert FIELD.check() == []


@pytest.mark.usefixtures("hostile_settings")
def test_a_migration_names_this_class_and_nothing_that_depends_on_settings():
    assert MigrationWriter.serialize(E164Field(blank=True))[0] == (
        "billing_customers.phonefield.E164Field(blank=True, max_length=20, null=True)"
    )


@pytest.mark.parametrize("options", [{}, {"null": False}, {"max_length": 32, "db_index": True}])
def test_a_field_rebuilt_from_a_migration_is_the_same(options):
    _, path, args, kwargs = E164Field(**options).deconstruct()

    assert path == "billing_customers.phonefield.E164Field"
    assert E164Field(*args, **kwargs).deconstruct()[1:] == (path, args, kwargs)
    assert options.items() <= kwargs.items()


def test_its_column_is_a_varchar_of_twenty():
    assert (FIELD.max_length, FIELD.null, FIELD.get_internal_type()) == (20, True, "CharField")


@pytest.mark.usefixtures("hostile_settings", "no_parsing")
def test_validation_accepts_a_number_that_is_possible_but_not_valid():
    assert E164Field(blank=True).clean(NOT_VALID, None) == NOT_VALID


@pytest.mark.parametrize(
    "text", ["0549876543", "+", "+0549876543", "+972 54 987 6543", "+9725\n", "+٩٧٢", "972549876543", "+" + "9" * 20]
)
def test_validation_refuses_text_that_is_not_e164(text):
    with pytest.raises(ValidationError):
        E164Field().clean(text, None)


@pytest.mark.usefixtures("hostile_settings")
def test_its_form_field_is_plain_text_and_clears_to_null():
    field = E164Field(blank=True).formfield()

    assert type(field) is forms.CharField
    assert field.clean(NOT_VALID) == NOT_VALID
    assert field.clean(" ") is None
