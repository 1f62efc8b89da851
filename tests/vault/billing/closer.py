"""A process that closes a month with a failure point armed: `python -m tests.vault.billing.closer URL FOLDER MONTH`."""

import sys
from pathlib import Path

from tests.vault.billing.books import CLERK, settings_in
from vault.base.database import Database
from vault.billing import closing
from vault.billing.months import Month

if __name__ == "__main__":
    url, folder, month = sys.argv[1:]
    closing.close(Database(url), CLERK, settings_in(Path(folder)), Month.parse(month))
