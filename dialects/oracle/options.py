"""What `engines: {oracle: …}` may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Schema = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_$#]{0,127}$")]
Grantee = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_$#]{0,127}$")]
Url = Annotated[str, StringConstraints(pattern=r"^http://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$")]


class Options(BaseModel):
    """Oracle: where the functions stand, which release they are for, who the spec's grantees are."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    schema_: Schema | None = Field(
        default=None, alias="schema", description="Schema that owns the functions; default: the spec's name."
    )
    version: Literal[19, 21, 23, 26] = Field(
        default=19, description="Oldest release to install on; from 23 booleans are BOOLEAN, before it NUMBER."
    )
    grantees: dict[str, tuple[Grantee, ...]] = Field(
        default={},
        description="Which users or roles, in upper case, a grantee of the spec means here; default: that name.",
    )
    metadata: Url | None = Field(
        default=None,
        description="http://host:port in place of the addresses that serve container and instance credentials.",
    )
