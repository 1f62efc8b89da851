"""The file of `interface.md`, and what a test changes in it."""

import tomllib
from typing import Any

FILE = """
[provider]
name = "Example Endoscopy Service"
phone = "03-0000-0000"
[[departments]]
code = "repair"
name.ja = "修理"
name.en = "Repair"
about = "故障 修理 部品 scope failure, image noise, broken part"
[[departments]]
code = "accounts"
name.ja = "経理"
name.en = "Accounts"
[[rules]]
when = { subject_or_body = "請求|invoice" }
to = ["accounts"]
[[people]]
login = "repair1"
role = "department"
departments = ["repair"]
password = "a long password"
[[people]]
login = "boss"
role = "admin"
[[facilities]]
code = "f001"
name = "第一クリニック"
capacity = "20GiB"
class = "economy"
[[facilities.people]]
login = "f001-nurse"
role = "staff"
[[facilities.devices]]
login = "f001-capture1"
target = "endoscopy room 1"
[[facilities.contracts]]
target = "endoscopy room 1"
period = "annual"
terms = 1
start = 2026-04-01
timing = "nightly@02:00"
unit = "facility"
kinds = ["still", "clip", "chart", "file"]
patients = { default = "in", except = ["P-9"] }
capacity = "10GiB"
unit_price = 1000
display_tool_cases = 100
"""

LOGINS = ["repair1", "boss", "f001-nurse", "f001-capture1"]


def values() -> dict[str, Any]:
    """A fresh copy of the file's values."""
    return tomllib.loads(FILE)


def many(count: int) -> dict[str, Any]:
    """The file with `count` facilities, each with two people, a device and a contract."""
    said = values()
    said["facilities"] = [
        {
            "code": f"f{number:03}",
            "name": f"第{number}病院",
            "capacity": "5GiB",
            "people": [
                {"login": f"f{number:03}-nurse", "role": "staff"},
                {"login": f"f{number:03}-admin", "role": "facility-admin"},
            ],
            "devices": [{"login": f"f{number:03}-capture1"}],
            "contracts": [{"target": "room", "start": "2026-04-01", "timing": "per-exam", "unit_price": 1000}],
        }
        for number in range(count)
    ]
    return said
