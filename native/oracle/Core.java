// What the generated entry points call.
package udfgen;

import java.math.BigDecimal;
import java.sql.Blob;
import java.sql.Clob;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.HashMap;
import java.util.Map;

// `program` and `function` are the JSON of the generated class, read once in a session; statics live as long as a
// session, and a session is one thread. `arguments` are what a call spec hands over: BigDecimal, Boolean, String, Clob,
// Blob, Timestamp, or null. Every method throws SQLException with `[udfgen <code>]` in its text, and nothing else.
final class Core {
    private static final Map<String, Session> SESSIONS = new HashMap<String, Session>();
    private static final Map<String, Call> CALLS = new HashMap<String, Call>();

    // Whose failure it is when the JSON itself cannot be read.
    private static final String UNKNOWN = "udfgen";

    private Core() {
    }

    // Calls a function whose result is a number.
    static BigDecimal number(String program, String function, Object[] arguments) throws SQLException {
        return (BigDecimal) run(program, function, arguments, BigDecimal.class);
    }

    // Calls a function whose result is a text that fits VARCHAR2.
    static String string(String program, String function, Object[] arguments) throws SQLException {
        return (String) run(program, function, arguments, String.class);
    }

    // Calls a function whose result is a text of any length.
    static Clob clob(String program, String function, Object[] arguments) throws SQLException {
        return (Clob) run(program, function, arguments, Clob.class);
    }

    // Calls a function whose result is bytes.
    static Blob blob(String program, String function, Object[] arguments) throws SQLException {
        return (Blob) run(program, function, arguments, Blob.class);
    }

    // Calls a function whose result is a date, a timestamp or a timestamptz.
    static Timestamp timestamp(String program, String function, Object[] arguments) throws SQLException {
        return (Timestamp) run(program, function, arguments, Timestamp.class);
    }

    // Calls a function whose result is a boolean, where the database has that type.
    static Boolean bool(String program, String function, Object[] arguments) throws SQLException {
        return (Boolean) run(program, function, arguments, Boolean.class);
    }

    // Calls a function that returns nothing.
    static void run(String program, String function, Object[] arguments) throws SQLException {
        run(program, function, arguments, Void.class);
    }

    // Calls a function that returns a table, and returns the number under which Rows keeps the rows.
    static BigDecimal open(String program, String function, Object[] arguments) throws SQLException {
        return (BigDecimal) run(program, function, arguments, BigDecimal.class);
    }

    // Begins a call of a batch function, and returns the number under which Queries keeps it.
    static BigDecimal begin(String program, String function) throws SQLException {
        String owner = UNKNOWN;
        try {
            Call call = call(function);
            owner = call.owner();
            return Queries.open(call.query(session(program)));
        } catch (Throwable thrown) {
            throw new SQLException(Mishap.of(thrown).describe(owner));
        }
    }

    // Answers what an installer asks: see Probe. `functions` are the JSON of all functions of the program.
    static Clob probe(String program, String[] functions, String what) throws SQLException {
        String owner = UNKNOWN;
        try {
            Program table = Program.read(program);
            owner = table.name;
            return Values.clob(Probe.answer(table, functions, what, session(program).invoker));
        } catch (Throwable thrown) {
            throw new SQLException(Mishap.of(thrown).describe(owner));
        }
    }

    private static Object run(String program, String function, Object[] arguments, Class<?> form)
            throws SQLException {
        String owner = UNKNOWN;
        try {
            Call call = call(function);
            owner = call.owner();
            Binding binding = call.choose(arguments);
            owner = binding.name;
            return call.run(session(program), binding, arguments, form);
        } catch (Throwable thrown) {
            throw new SQLException(Mishap.of(thrown).describe(owner));
        }
    }

    private static Call call(String function) {
        Call known = CALLS.get(function);
        if (known == null) {
            known = new Call(Function.read(function));
            CALLS.put(function, known);
        }
        return known;
    }

    private static Session session(String program) throws Failure {
        Session known = SESSIONS.get(program);
        if (known == null) {
            known = Session.of(Program.read(program));
            SESSIONS.put(program, known);
        }
        return known;
    }
}
