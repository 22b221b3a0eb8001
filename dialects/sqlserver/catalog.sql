-- What there is, as the catalog says it: kind, name, definition, body. A definition holds all that drift could change.
{% set binary = "collate Latin1_General_100_BIN2" %}
{% macro typed(each) -%}
type_name({{ each }}.user_type_id),
                    N'(', {{ each }}.max_length, N',', {{ each }}.precision, N',', {{ each }}.scale, N')'
{%- endmacro %}
{# A float is converted with six digits, unless by style 3; that of a date would mean another thing. #}
{% macro shown() -%}
case
                        when sql_variant_property(parameter.default_value, 'BaseType') in (N'real', N'float')
                        then convert(nvarchar(4000), cast(parameter.default_value as float), 3)
                        else convert(nvarchar(4000), parameter.default_value)
                    end
{%- endmacro %}
{% macro columns(id) -%}
(
            select string_agg(
                cast(concat(
                    N'column ' {{ binary }}, col.name, N' ', {{ typed("col") }},
                    case col.is_computed when 1 then N' computed' end
                ) as nvarchar(max)),
                nchar(10)
            ) within group (order by col.column_id)
            from sys.columns as col
            where col.object_id = {{ id }}
        )
{%- endmacro %}
{# What is told as ours: by the assembly, or by a property with the program's name. #}
{% macro marked(id) -%}
left join sys.extended_properties as mark
    on mark.class = 1 and mark.major_id = {{ id }} and mark.minor_id = 0 and mark.name = {{ it.label }}
{%- endmacro %}
{% macro is_marked() -%}
cast(mark.value as nvarchar(128)) {{ binary }} = {{ it.program }}
{%- endmacro %}
{% macro granted(class, id) -%}
isnull(
            (
                select string_agg(
                    cast(concat(
                        case held.state
                            when 'D' then N'denied: ' when 'R' then N'revoked: ' else N'granted: '
                        end {{ binary }},
                        lower(held.permission_name), N' ' + col_name(held.major_id, nullif(held.minor_id, 0)),
                        N' to ', user_name(held.grantee_principal_id),
                        case held.state when 'W' then N' with grant option' end
                    ) as nvarchar(max)),
                    nchar(10)
                ) within group (
                    order by
                        user_name(held.grantee_principal_id) {{ binary }},
                        held.permission_name {{ binary }},
                        held.minor_id, held.state {{ binary }}, held.grantor_principal_id
                )
                from sys.database_permissions as held
                where held.class = {{ class }} and held.major_id = {{ id }}
            ),
            N'granted to nobody'
        )
{%- endmacro %}
select
    case when made.type in ('P', 'PC') then N'procedure' else N'function' end as kind,
    concat({{ it.prefix }}, made.name) {{ binary }} as name,
    concat_ws(
        nchar(10) {{ binary }},
        N'external name ' {{ binary }}
            + assembly.name + N'.' + module.assembly_class + N'.' + module.assembly_method,
        code.definition,
        (
            select string_agg(
                cast(concat(
                    case parameter.parameter_id when 0 then N'returns' else parameter.name end {{ binary }},
                    N' ', {{ typed("parameter") }},
                    case parameter.has_default_value when 1 then concat(N' = ', isnull({{ shown() }}, N'null')) end
                ) as nvarchar(max)),
                nchar(10)
            ) within group (order by parameter.parameter_id)
            from sys.parameters as parameter
            where parameter.object_id = made.object_id and code.object_id is null
        ),
        {{ columns("made.object_id") }},
        case module.null_on_null_input when 1 then N'returns null on null input' end,
        case
            when module.execute_as_principal_id is not null
            then concat(
                N'runs as ' {{ binary }}, isnull(user_name(nullif(module.execute_as_principal_id, -2)), N'owner')
            )
        end,
        concat(N'owner: ' {{ binary }}, user_name(isnull(made.principal_id, place.principal_id))),
        {{ granted(1, "made.object_id") }},
        N'description: ' {{ binary }} + cast(about.value as nvarchar(3750))
    ) as definition,
    cast(null as nvarchar(max)) as body
from sys.objects as made
join sys.schemas as place on place.schema_id = made.schema_id
left join sys.assembly_modules as module on module.object_id = made.object_id
left join sys.assemblies as assembly on assembly.assembly_id = module.assembly_id
left join sys.sql_modules as code on code.object_id = made.object_id
left join sys.extended_properties as about
    on about.class = 1 and about.major_id = made.object_id and about.minor_id = 0 and about.name = N'MS_Description'
{{ marked("made.object_id") }}
where made.schema_id = schema_id({{ it.schema_text }}) and (
    assembly.name {{ binary }} like {{ it.family }}
    or made.type in ('FN', 'IF', 'P') and {{ is_marked() }}
)
union all
select
    N'trigger',
    concat(place.name, N'.', made.name) {{ binary }},
    concat_ws(
        nchar(10) {{ binary }},
        concat(N'on ' {{ binary }}, place.name, N'.', target.name),
        code.definition,
        case made.is_disabled when 1 then N'disabled' end,
        case made.is_not_for_replication when 1 then N'not for replication' end,
        concat(N'owner: ' {{ binary }}, user_name(isnull(target.principal_id, place.principal_id)))
    ),
    null
from sys.triggers as made
join sys.tables as target on target.object_id = made.parent_id
join sys.schemas as place on place.schema_id = target.schema_id
left join sys.sql_modules as code on code.object_id = made.object_id
{{ marked("made.object_id") }}
where {{ is_marked() }}
union all
select
    N'assembly',
    assembly.name {{ binary }},
    concat_ws(
        nchar(10) {{ binary }},
        (
            select string_agg(
                cast(concat(
                    N'file ' {{ binary }}, file_id, N': ', convert(nvarchar(130), hashbytes('SHA2_512', content), 1)
                ) as nvarchar(max)),
                nchar(10)
            ) within group (order by file_id)
            from sys.assembly_files
            where assembly_id = assembly.assembly_id
        ),
        case assembly.permission_set when 1 then N'safe' when 2 then N'external access' else N'unsafe' end,
        concat(N'owner: ' {{ binary }}, user_name(assembly.principal_id)),
        {{ granted(5, "assembly.assembly_id") }}
    ),
    null
from sys.assemblies as assembly
where assembly.name {{ binary }} like {{ it.family }}
union all
select N'schema', {{ it.schema_text }} {{ binary }}, N'' {{ binary }}, null
from sys.schemas
where schema_id = schema_id({{ it.schema_text }})
union all
{% macro kept(name) -%}
{{ name }} {{ binary }},
    concat_ws(
        nchar(10) {{ binary }},
        {{ columns("made.object_id") }},
        (
            select string_agg(
                cast(concat(N'burdened: ' {{ binary }}, on_it.type_desc, N' ', on_it.name) as nvarchar(max)),
                nchar(10)
            ) within group (order by on_it.object_id)
            from sys.objects as on_it
            where on_it.parent_object_id = made.object_id and on_it.type <> 'PK'
        ),
        N'owner: ' {{ binary }} + user_name(made.principal_id),
        {{ granted(1, "made.object_id") }}
    ),
    null
from sys.objects as made
{%- endmacro %}
select N'registry', {{ kept(it.registry_name_text) }}
where made.object_id = object_id({{ it.registry_text }}, N'U')
union all
select N'switch', {{ kept(it.switch_name_text) }}
{{ marked("made.object_id") }}
where made.object_id = object_id({{ it.switch_text }}, N'U')
    and {{ is_marked() }}
