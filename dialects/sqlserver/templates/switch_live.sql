delete from {{ it.switch }} where binding = {{ it.binding }};
