// A function of the spec, ready to run.
package udfgen;

import java.sql.SQLException;
import java.util.Collections;

// Arguments in, one call of AWS Lambda, a result out.
final class Call {
    private final Function function;
    private final Encoder encoder;
    private final Decoder decoder;

    // Takes the table's entry of a function.
    Call(Function function) {
        this.function = function;
        encoder = new Encoder(function);
        decoder = new Decoder(function);
    }

    // Returns the result as an object of class `form`, or the number of its rows for a table; NULL is null. Throws
    // Failure, SQLException or an unchecked exception.
    Object run(Invoker invoker, Object[] given, Class<?> form) throws Failure, SQLException {
        Object[] arguments = Values.read(function.parameters, given);
        if (function.nullOnNull && hasNull(arguments)) {
            return nothing();
        }
        String context = function.binding.clientContext ? Caller.context() : "";
        Answer answer = invoker.call(function.binding, encoder.encode(arguments), context);
        try {
            return take(answer.body, form);
        } catch (Failure failure) {
            failure.requestId = answer.requestId;
            throw failure;
        }
    }

    // Tells whether NULL stands for a failure: not where the caller made a mistake, or an administrator said no.
    boolean hides(Failure failure) {
        return function.nullOnError && !failure.code.equals("bad_argument") && !failure.code.equals("disabled");
    }

    // Returns what stands for no result: NULL, or the number of no rows.
    Object nothing() {
        return function.table == null ? null : Rows.open(function, Collections.<Object[]>emptyList());
    }

    // Returns the name of the binding, which errors begin with.
    String owner() {
        return function.binding.name;
    }

    private Object take(byte[] body, Class<?> form) throws Failure, SQLException {
        if (function.table != null) {
            return Rows.open(function, decoder.rows(body));
        }
        Object value = decoder.decode(body);
        return value == null ? null : Values.show(value, function.result.type, form);
    }

    private static boolean hasNull(Object[] arguments) {
        for (Object each : arguments) {
            if (each == null) {
                return true;
            }
        }
        return false;
    }
}
