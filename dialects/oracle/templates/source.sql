create or replace and resolve java source named {{ it.name }} authid definer as
{{ it.text }}
