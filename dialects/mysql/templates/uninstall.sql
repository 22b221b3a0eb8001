--% for line in it.heading
{{ line }}
--% endfor
-- Removes what this spec installs, and nothing else. Then delete the library from the server's plugin folder.

--% for statement in it.drops
{{ statement }};
--% endfor

--% for statement in removal
{{ statement }}
--% endfor
