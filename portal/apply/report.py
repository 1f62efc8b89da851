"""What one `kura apply` brought about."""

from dataclasses import dataclass, field


@dataclass
class ApplyReport:
    """
    `changes` and `kept` are lines for people. `links` maps a login to the secret of its one-time sign-in link, `tokens`
    to its new API token: both are shown once.
    """

    changes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def changed(self, what: str, name: str, fields: list[str] | tuple[str, ...] = ()) -> None:
        """Note a change; without fields the thing is new."""
        self.changes.append(f"{what} {name}: {', '.join(fields) if fields else 'new'}")

    def keep(self, what: str, name: str, why: str = "not in the file") -> None:
        """Note something that stays as it is."""
        self.kept.append(f"{what} {name}: {why}")
