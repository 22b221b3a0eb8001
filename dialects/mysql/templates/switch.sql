-- The stricter of two rows counts, so the new one comes before the old one goes.
lock tables {{ it.switch }} write, {{ it.switch }} as old read;
insert into {{ it.switch }} (binding, mode)
select {{ it.binding_text }}, {{ it.mode_text }} from dual
where not exists (
    select 1 from {{ it.switch }} as old where binding = {{ it.binding_text }} and mode = {{ it.mode_text }}
);
delete from {{ it.switch }} where binding = {{ it.binding_text }} and mode <> {{ it.mode_text }};
unlock tables;
{% include "flush.sql" %}
