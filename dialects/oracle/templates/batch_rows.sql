    type "row" is record ({{ it.fields }});
    type "rows" is table of "row" index by pls_integer;
    "given" "rows";
    "batch" number := {{ it.begin }};
