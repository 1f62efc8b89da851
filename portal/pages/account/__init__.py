"""Signing in and out, second factor, shared screen, one's own settings, drafts and the page's event stream."""

from portal.pages.account import drafts, mine, notices, screen, second_factor, sign_in
from portal.pages.account.base import bp

__all__ = ["bp", "drafts", "mine", "notices", "screen", "second_factor", "sign_in"]
