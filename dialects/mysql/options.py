"""What `engines: {mysql: …}` may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
# 32 characters: https://dev.mysql.com/doc/refman/8.4/en/user-names.html
Owner = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Account = Annotated[str, StringConstraints(min_length=1, max_length=288)]


class Options(BaseModel):
    """MySQL and MariaDB: where the routines stand, who owns them, who the spec's grantees are."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    database: Identifier | None = Field(default=None, description="Database of the routines; default: the spec's name.")
    private: Identifier | None = Field(
        default=None, description="Database of what nobody else may read; default: udfgen_<name>."
    )
    owner: Owner | None = Field(
        default=None, description="Locked account, at localhost, that owns the routines; default: udfgen_<name>."
    )
    tables: Name | None = Field(
        default=None,
        description="Database of the triggers' tables where the spec names none; default: that of the routines.",
    )
    token_table: bool = Field(
        default=False, description="true: routines show a token, for a server that does not say whose rights count."
    )
    accounts: dict[str, tuple[Account, ...]] = Field(
        default={},
        description="Which accounts, as user@host, a grantee of the spec means here; default: grantee@%. "
        "A role of MariaDB has no host: role@.",
    )
