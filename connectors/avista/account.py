"""Who the token belongs to, and the tokens of an account (sections 1.2, 2.1 and 2.7)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, SecretStr

from connectors.avista import ids, shown
from connectors.avista.client import Client, Row, rows, words
from connectors.avista.config import AvistaConfig
from connectors.avista.moments import iso, millis
from connectors.avista.problems import LIMITED
from connectors.avista.tree import Tree, is_capture
from connectors.contract import Account, Acts, NodeId
from connectors.errors import BadAnswer, ConfigInvalid, Forbidden, Rejected
from connectors.operations import Record, Table, operation

FULL = "USER_FULL_ACCESS"
WHOSE = "This token is of one endpoint or capture only. Say which one it is."

Token = Annotated[NodeId, Field(title="Token", description="Which one, by its id.")]


def check(client: Client, tree: Tree, config: AvistaConfig) -> Account:
    """Signed in as whom. Raises AuthFailed, and ConfigInvalid for a token that is a device's."""
    if config.scope:
        return _limited(tree, config)
    try:
        me = user(client)
    except Forbidden as barred:
        limited = barred.message == LIMITED
        if not limited:
            raise
    else:
        return Account(
            id=f"{config.place}#{words(me, 'userId')}",
            label=_label(me),
            facts={**_facts(me), **_tokens(client)},
        )
    raise ConfigInvalid(WHOSE, {"scope": WHOSE})


def user(client: Client) -> Row:
    """The account. Raises BadAnswer when the platform does not say whose it is."""
    found = client.one("user_getUserSession").get("user")
    if not isinstance(found, dict):
        raise BadAnswer("The platform signed us in, and then did not say who we are.")
    return found


def _limited(tree: Tree, config: AvistaConfig) -> Account:
    """The account of an endpoint or a capture is the thing itself."""
    found = tree.capture(config.scope) if is_capture(config.scope) else tree.endpoint(config.scope)
    name = found.get("displayName") or found.get("name") or config.scope
    return Account(
        id=f"{config.place}#{config.scope}",
        label=str(name),
        facts={"Rights": "one data capture" if is_capture(config.scope) else "one IoT endpoint"},
    )


def _label(me: Row) -> str:
    name, email = full_name(me), me.get("email") or ""
    return f"{name} ({email})" if name and email else name or str(email or me.get("userId"))


def full_name(user: Row) -> str:
    """First and last name, as far as they are told."""
    return " ".join(str(user[part]) for part in ("firstName", "lastName") if user.get(part))


def _facts(me: Row) -> dict[str, str]:
    held = me.get("organization")
    facts = {"Organization": held.get("name") if isinstance(held, dict) else None}
    facts["Roles"] = ", ".join(str(role) for role in me.get("userRoles") or ())
    return {label: str(told) for label, told in facts.items() if told}


def _tokens(client: Client) -> dict[str, str]:
    """When the account's tokens end. The platform does not say which of them is the one in use."""
    now = iso(millis(datetime.now(UTC)))
    found: list[Row] = []
    with suppress(Forbidden, Rejected, BadAnswer):
        found = rows(client.call("user_listAuthenticationTokens"))
    ends = sorted(
        f"{row.get('name')} until {str(row.get('dateExpires'))[:10]}"
        for row in found
        if str(row.get("dateExpires") or "") > now and row.get("tokenType") in (FULL, None)
    )
    return {"Tokens": ", ".join(ends)} if ends else {}


class AccountOperations(Acts):
    """Mixed into the service, which has the client."""

    _client: Client

    @operation(name="account.get", label="Who am I", danger="reads",
               help="The account with its organization and roles.")  # fmt: skip
    def get_account(self) -> Record:
        return Record(fields=user(self._client))

    @operation(
        name="tokens.list",
        label="Tokens",
        danger="reads",
        help="The account's tokens with their types and ends; never their text.",
    )
    def list_tokens(self) -> Table:
        columns = ("tokenId", "name", "tokenType", "scope", "dateCreated", "dateExpires")
        return shown.table("token", self._client.many("user_listAuthenticationTokens"), columns)

    @operation(
        name="tokens.create",
        label="New token",
        danger="writes",
        help="Makes a token with all rights of the account. Its text is told once.",
    )
    def create_token(
        self,
        name: Annotated[str, Field(title="Name", description="What it is for.", min_length=1)],
        days: Annotated[
            int, Field(title="Days", description="How long it holds.", ge=1, le=36_500)
        ],
    ) -> Record:
        made = self._client.one(
            "user_createAuthenticationToken", name=name, daysBeforeExpiration=days
        )
        return told(made)

    @operation(name="tokens.delete", label="Delete a token", danger="destroys",
               help="Whoever has its text is signed out at once.")  # fmt: skip
    def delete_token(self, token: Token) -> Record:
        key = ids.key(token, "token")
        return Record(fields=self._client.one("user_deleteAuthenticationToken", tokenId=key))


def told(row: Row) -> Record:
    """A token whose text is shown to whoever asked, and kept nowhere."""
    text = row.get("tokenValue")
    secret = SecretStr(text) if isinstance(text, str) else None
    return shown.record("token", row, tokenValue=secret)
