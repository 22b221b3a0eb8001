--% for line in it.heading
{{ line }}
--% endfor
-- Not one transaction: DDL commits by itself here. Routines are closed until the grants at the end; repeat it as you like.

--% for section in sections
{{ section.heading }}{{ section.sql | replace("--\t", "") }}
--% endfor
