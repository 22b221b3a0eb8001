{% for line in it.heading %}
// {{ line }}
{% endfor %}

namespace Udfgen
{
    using System;
    using System.Collections;
    using System.Data.SqlTypes;
    using Microsoft.SqlServer.Server;

    // What this install may reach, and the functions that may reach it: no argument can add to it.
    internal static class Table
    {
        internal static readonly Gateway Lambda = new Gateway({{ it.facts }});
{% for each in it.entries %}

        // {{ each.origin }}
        internal const string {{ each.facts_name }} = {{ each.facts }};

        internal static readonly {{ each.type }} {{ each.name }} = new {{ each.type }}(Lambda, {{ each.facts_name }});
{% endfor %}
    }

    // What CREATE FUNCTION and CREATE PROCEDURE name.
    public static class Functions
    {
{% for each in it.methods %}
{% for line in each.comment %}
        // {{ line }}
{% endfor %}
{% for line in each.attributes %}
        {{ line }}
{% endfor %}
        public static {{ each.returns }} {{ each.name }}({{ each.parameters }})
        {
{% for line in each.body %}
            {{ line }}
{% endfor %}
        }
{% if not loop.last %}

{% endif %}
{% endfor %}
    }
}
