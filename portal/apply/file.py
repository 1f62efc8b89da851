"""What FILE may say: every name it does not know is an error that says where."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from portal.apply import sizes

Size = Annotated[int, BeforeValidator(sizes.parse)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Language = Literal["ja", "en"]


class Part(BaseModel):
    """A table of FILE."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Provider(Part):
    name: Text
    phone: str = ""
    hours: str = ""


class Names(Part):
    """A department's name in both languages; one stands in for the other."""

    ja: Text
    en: Text


class Department(Part):
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    name: Names
    about: str = ""


class Rule(Part):
    """`when` is the router's to understand."""

    when: dict[str, Any]
    to: Annotated[list[Text], Field(min_length=1)]


class Person(Part):
    """Somebody who signs in; `pin` reopens a shared screen."""

    login: Text
    name: str = ""
    password: Text | None = None
    pin: str | None = None
    language: Language | None = None


class ProviderPerson(Person):
    role: Literal["department", "analyst", "billing", "admin"]
    departments: list[Text] = []


class FacilityPerson(Person):
    role: Literal["staff", "facility-admin"]


class Device(Part):
    login: Text
    target: Text | None = None


class PatientsOf(Part):
    default: Literal["in", "out"] = "in"
    except_: list[Text] = Field([], alias="except")


class Contract(Part):
    target: Text
    period: Literal["annual", "monthly"] | None = None
    terms: int | None = None
    start: Annotated[date, Field(strict=False)]
    timing: Text
    unit: Literal["facility", "patient", "exam"] = "facility"
    kinds: list[Literal["still", "clip", "chart", "file"]] = ["still", "clip", "chart", "file"]
    patients: PatientsOf = PatientsOf()
    capacity: Size | None = None
    unit_price: int
    display_tool_cases: int = 100
    retention: dict[Literal["still", "clip", "chart", "file"], int] = {}
    encrypted_discs: bool = False


class Facility(Part):
    code: Text
    name: Text
    capacity: Size
    service_class: Literal["economy", "deluxe"] = Field("economy", alias="class")
    zone: str = "Asia/Tokyo"
    people: list[FacilityPerson] = []
    devices: list[Device] = []
    contracts: list[Contract] = []

    def values(self) -> dict[str, Any]:
        """What vault.tenancy.facilities takes, the code apart."""
        return {
            "name": self.name,
            "capacity": self.capacity,
            "service_class": self.service_class,
            "zone": self.zone,
        }


class File(Part):
    """The whole of FILE."""

    provider: Provider | None = None
    departments: list[Department] = []
    rules: list[Rule] = []
    people: list[ProviderPerson] = []
    facilities: list[Facility] = []
