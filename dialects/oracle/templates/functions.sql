create or replace and resolve java source named {{ it.name }} authid definer as
// What this install may reach, and the functions that may reach it: no argument can add to it.
// Core {{ it.core }}
package {{ it.package }};

{% for each in it.imports %}
import {{ each }};
{% endfor %}

public final class Functions {
    private static final String UDFGEN_PROGRAM =
        {{ it.facts }};
{% for each in it.entries %}

    private static final String {{ each.constant }} =
        {{ each.facts }};
{% for method in each.methods %}

    public static {{ method.returns }} {{ method.name }}({{ method.parameters }}) throws SQLException {
        {{ method.body }}
    }
{% endfor %}
{% endfor %}
{% for each in it.methods %}

    public static {{ each.returns }} {{ each.name }}({{ each.parameters }}) throws SQLException {
        {{ each.body }}
    }
{% endfor %}
}
