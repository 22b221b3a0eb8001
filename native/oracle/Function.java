// A wrapper: typed arguments in, one payload out, one typed result back.
package udfgen;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

// The table's entry of one function.
final class Function {
    private static final int MAX_NAME = 200;

    final String name;
    // What it reaches; null where the first argument names one of the choices.
    final Binding binding;
    private final Map<String, Binding> choices = new LinkedHashMap<String, Binding>();
    final Parameter[] parameters;
    final Payload payload;
    // At most one of these is there; without both the function returns nothing.
    final Result result;
    final Table table;
    // How further pages of a table are asked for; null where there is one page.
    final Follow follow;
    // How rows travel; null where a call has one row.
    final Batch batch;
    // How long results are kept; null where they are not.
    final Facts cache;
    // Whether a NULL argument is answered with NULL, without a call.
    final boolean nullOnNull;
    // Whether NULL stands for an error.
    final boolean nullOnError;

    private Function(Facts facts) {
        name = facts.text("name");
        binding = facts.has("binding") ? new Binding(facts.facts("binding")) : null;
        if (binding == null) {
            Facts named = facts.facts("choices");
            for (String spelling : named.names()) {
                choices.put(spelling, new Binding(named.facts(spelling)));
            }
        }
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
        follow = facts.has("follow") ? new Follow(facts.facts("follow")) : null;
        batch = facts.has("batch") ? new Batch(facts.facts("batch")) : null;
        cache = facts.has("cache") ? facts.facts("cache") : null;
        nullOnNull = facts.flag("null_on_null");
        nullOnError = facts.flag("null_on_error");
    }

    // Reads what the compiler wrote. Throws IllegalStateException when it is no JSON.
    static Function read(String json) {
        return new Function(Facts.read(json));
    }

    // Returns what SQL steps through in a set of rows: the columns of a table, or the one result of a batch.
    Result[] columns() {
        return table == null ? new Result[] {result} : table.columns;
    }

    // Returns the bindings that it may reach.
    Collection<Binding> bindings() {
        return binding == null ? choices.values() : Collections.singleton(binding);
    }

    // Returns the binding that a call with these arguments reaches: of choices the one that the first argument names,
    // to the letter. Throws Failure `bad_argument` or `not_found`.
    Binding choose(Object[] given) throws Failure {
        if (binding != null) {
            return binding;
        }
        String name = (String) given[0];
        if (name == null || name.isEmpty()) {
            throw new Failure("bad_argument", "argument \"" + parameters[0].name + "\": must not be null");
        }
        Binding found = choices.get(name);
        if (found == null) {
            String shown = Refusal.first(Refusal.clean(name), MAX_NAME);
            throw new Failure("not_found", '"' + shown + "\" is not a Lambda function that this database may call");
        }
        return found;
    }
}
