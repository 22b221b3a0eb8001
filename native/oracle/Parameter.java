// A typed argument of a function, and what is checked of it before anything is sent.
package udfgen;

// One entry of the table's parameters.
final class Parameter {
    final String name;
    final Type type;
    final Limits limits;
    // Whether NULL is refused.
    final boolean required;
    // Whether a number travels as a JSON string.
    final boolean asString;

    // Reads an entry of the table.
    Parameter(Facts facts) {
        name = facts.text("name");
        type = new Type(facts);
        limits = new Limits(type, facts);
        required = facts.flag("required");
        asString = facts.flag("as_string");
    }
}
