"""What `engines: {postgresql: …}` may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Account = Annotated[str, StringConstraints(min_length=1, max_length=63)]


class Options(BaseModel):
    """PostgreSQL: where the functions stand, who owns them, who the spec's grantees are, and how calls travel."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_: Identifier | None = Field(
        default=None, alias="schema", description="Schema of the functions; default: the spec's name."
    )
    owner: Identifier | None = Field(
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
