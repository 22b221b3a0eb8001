-- The settings that the statements below depend on: a client's own may differ. An error ends it all.
set ansi_nulls, ansi_padding, ansi_warnings, arithabort, concat_null_yields_null, quoted_identifier on;
set numeric_roundabort off;
set nocount, xact_abort on;
