"""Every form carries a token against forged requests; the API, which knows no cookies, is left out."""

from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()
