"""What `engines: {postgresql: …}` may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

RESERVED = ("public", "none")
"""Words that the grammar takes for everybody and nobody, also in double quotes."""


def _own(name: str) -> str:
    """Refuse the names that PostgreSQL keeps for itself: nobody can make a role or a schema of such a name."""
    if name in RESERVED or name.startswith("pg_"):
        raise ValueError(f'"{name}" is PostgreSQL\'s own: choose another name')
    return name


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Owner = Annotated[Identifier, AfterValidator(_own)]
Account = Annotated[str, StringConstraints(min_length=1, max_length=63)]


class Options(BaseModel):
    """PostgreSQL: where the functions stand, who owns them, who the spec's grantees are, and how calls travel."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_: Identifier | None = Field(
        default=None, alias="schema", description="Schema of the functions; default: the spec's name."
    )
    owner: Owner | None = Field(
        default=None, description="NOLOGIN role that owns the functions; default: udfgen_<name>."
    )
    tables: Account = Field(
        default="public", description="Schema of the triggers' tables where the spec names none; default: public."
    )
    roles: dict[str, tuple[Account, ...]] = Field(
        default={}, description="Which roles a grantee of the spec means here; default: the role of that name."
    )
    transport: Literal["native", "boto3"] = Field(
        default="native", description="native: the built-in client. boto3: the AWS SDK, slower, for unusual networks."
    )
