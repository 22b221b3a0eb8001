"""What `engines: {sqlserver: …}` may say."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Schema = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
# A parenthesis behind a $ would be a variable of sqlcmd, which no quoting hides.
Grantee = Annotated[str, StringConstraints(pattern=r"^[!-'*-~]([ -'*-~]{0,126}[!-'*-~])?$")]
Url = Annotated[str, StringConstraints(pattern=r"^http://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$")]


class Options(BaseModel):
    """SQL Server: where the functions stand, who the spec's grantees are."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_: Schema | None = Field(
        default=None, alias="schema", description="Schema of the functions; default: the spec's name."
    )
    tables: Schema = Field(default="dbo", description="Schema of the tables that triggers name without one.")
    grantees: dict[str, tuple[Grantee, ...]] = Field(
        default={},
        description="Which users or roles of the database a grantee of the spec means here; default: that name.",
    )
    metadata: Url | None = Field(
        default=None,
        description="http://host:port in place of the addresses that serve container and instance credentials.",
    )
