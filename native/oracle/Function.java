// A wrapper: typed arguments in, one payload out, one typed result back.
package udfgen;

// The table's entry of one function.
final class Function {
    final String name;
    final Binding binding;
    final Parameter[] parameters;
    final Payload payload;
    // At most one of these is there; without both the function returns nothing.
    final Result result;
    final Table table;
    // Whether a NULL argument is answered with NULL, without a call.
    final boolean nullOnNull;
    // Whether NULL stands for an error.
    final boolean nullOnError;

    private Function(Facts facts) {
        name = facts.text("name");
        binding = new Binding(facts.facts("binding"));
        Facts[] each = facts.each("parameters");
        parameters = new Parameter[each.length];
        for (int at = 0; at < each.length; at++) {
            parameters[at] = new Parameter(each[at]);
        }
        payload = new Payload(facts.pieces("payload"));
        Facts returns = facts.facts("returns");
        String kind = returns.text("kind");
        result = kind.equals("scalar") ? new Result(returns) : null;
        table = kind.equals("table") ? new Table(returns) : null;
        nullOnNull = facts.flag("null_on_null");
        nullOnError = facts.flag("null_on_error");
    }

    // Reads what the compiler wrote. Throws IllegalStateException when it is no JSON.
    static Function read(String json) {
        return new Function(Facts.read(json));
    }
}
