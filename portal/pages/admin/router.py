"""The router's pages: try a sentence; the rules, to read."""

from flask import render_template
from flask.typing import ResponseReturnValue

from portal import transactions
from portal.errors import field_errors
from portal.guards import own_transactions, requires
from portal.pages import trial
from portal.pages.admin.base import bp
from portal.pages.thread import Names
from routing.router import queries
from vault.base.errors import Invalid
from vault.base.scope import Role


@bp.get("/router")
@requires(Role.ADMIN)
@own_transactions
def router() -> ResponseReturnValue:
    """What it is made from."""
    return _page(None)


@bp.post("/router")
@requires(Role.ADMIN)
@own_transactions
def router_try() -> ResponseReturnValue:
    """Where the sentence would go; nothing is filed."""
    try:
        return _page(trial.asked())
    except Invalid as problem:
        return _page(None, field_errors(problem)), 422


@bp.get("/rules")
@requires(Role.ADMIN)
def rules() -> ResponseReturnValue:
    """Tried in this order before what is learned."""
    session = transactions.session()
    names = Names.read(session)
    return render_template(
        "admin/rules.html",
        rules=[
            {
                "when": [{"field": field, "pattern": str(pattern)} for field, pattern in rule.conditions.items()],
                "to": [names.of_code(code) for code in rule.departments],
            }
            for rule in queries.rules(session)
        ],
    )


def _page(text: str | None, errors: dict[str, str] | None = None) -> str:
    with transactions.database().read() as session:
        model = queries.active(session)
        return render_template(
            "admin/router.html",
            trial=trial.decide(session, text) if text else None,
            examples=trial.EXAMPLES,
            model={
                "trained_at": model.created_at if model else None,
                "requests": model.report.get("examples", 0) if model else 0,
                "words": trial.knows(session),
            },
            errors=errors or {},
        )
