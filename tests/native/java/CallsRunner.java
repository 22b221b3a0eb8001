// Lets a test see the Java core call out: one request a line in, one answer a line out, both JSON.
//
//   {"op": "call", "program": {...}, "function": {...}, "body": "...", "context": "...", "rest_ms": 5000}
//   {"op": "run", "program": {...}, "function": {...}, "arguments": ["text", {"number": "1"}, null], "mode": "off"}
//   {"op": "batch", ..., "rows": [["text", null], ...], "caller": {...}}       {"op": "calls", ..., "calls": [{...}, ...]}
//   {"op": "look", "program": {...}, "rest_ms": 5000, "times": 1, "timeout_ms": 3000}
//   {"op": "sign", "function": {...}, "region": "...", "endpoint": "...", "keys": [...], "time": 0, "body": "..."}
//   {"op": "read", "pieces": ["hex", ...], "reset": false}      {"op": "url", "text": "..."}
//   {"op": "clock", "text": "..."}                              {"op": "speed", "call": {...}, "calls": 1000}
//
// A failure is {"error": "[udfgen unavailable]: ..."}. Calls with the same program share one Invoker, as in a session,
// and requests for the same region and endpoint one Signer.
package udfgen;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

final class CallsRunner {
    private static final Map<String, Invoker> INVOKERS = new HashMap<String, Invoker>();
    private static final Map<String, Signer> SIGNERS = new HashMap<String, Signer>();

    private CallsRunner() {
    }

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(answer(line));
        }
    }

    private static String answer(String job) throws Exception {
        switch (Json.textMember(job, "op")) {
            case "call":
                return call(job);
            case "run":
                return run(job);
            case "batch":
                return batch(job);
            case "calls":
                return calls(job);
            case "look":
                return look(job);
            case "sign":
                return sign(job);
            case "read":
                return read(job);
            case "url":
                return url(job);
            case "clock":
                return clock(Json.textMember(job, "text"));
            case "speed":
                return speed(job);
            default:
                throw new IllegalArgumentException(job);
        }
    }

    // Calls as Call does: encoded body in, decoded result out.
    private static String call(String job) throws Exception {
        Function function = Function.read(Json.member(job, "function"));
        long begin = System.nanoTime();
        String outcome;
        try {
            Answer answer = invoker(job).call(function.binding, text(job, "body"), text(job, "context"));
            outcome = decode(function, answer);
        } catch (Exception thrown) {
            outcome = error(function.binding.name, thrown);
        }
        return "{" + outcome + ",\"ms\":" + (System.nanoTime() - begin) / 1e6 + "}";
    }

    // Calls as Core does; what the look at the switch would find of `score` is given.
    private static String run(String job) throws Exception {
        Function function = Function.read(Json.member(job, "function"));
        return run(function, new Call(function), session(job), ValuesRunner.toArguments(job));
    }

    private static String run(Function function, Call call, Session session, Object[] arguments) {
        String owner = call.owner();
        try {
            Binding binding = call.choose(arguments);
            owner = binding.name;
            return "{" + shown(function, call.run(session, binding, arguments, Object.class)) + "}";
        } catch (Exception thrown) {
            return "{" + error(owner, thrown) + "}";
        }
    }

    // Makes several calls in one session, each after its `wait_ms`.
    private static String calls(String job) throws Exception {
        Function function = Function.read(Json.member(job, "function"));
        Call call = new Call(function);
        Session session = session(job);
        StringBuilder shown = new StringBuilder();
        Children each = new Children(Json.member(job, "calls"));
        while (each.next()) {
            String wait = Json.member(each.value(), "wait_ms");
            Thread.sleep(wait == null ? 0 : Long.parseLong(wait));
            shown.append(shown.length() == 0 ? "" : ",");
            shown.append(run(function, call, session, ValuesRunner.toArguments(each.value())));
        }
        return "[" + shown + "]";
    }

    // Calls a batch function with rows that are all in hand.
    private static String batch(String job) throws Exception {
        Function function = Function.read(Json.member(job, "function"));
        Caller.known = "{\"custom\":" + Json.member(job, "caller") + "}";
        try {
            Query query = new Call(function).query(session(job));
            Children each = new Children(Json.member(job, "rows"));
            while (each.next()) {
                query.add(ValuesRunner.toArguments("{\"arguments\":" + each.value() + "}"));
            }
            StringBuilder results = new StringBuilder();
            for (Object[] row : query.run()) {
                results.append(results.length() == 0 ? "" : ",").append(text(row[0]));
            }
            return "{\"results\":[" + results + "]}";
        } catch (Exception thrown) {
            return "{" + error(function.binding.name, thrown) + "}";
        }
    }

    private static Session session(String job) throws Failure {
        return new Session(invoker(job), switched(Json.textMember(job, "mode")));
    }

    private static Modes switched(final String mode) {
        return new Modes("") {
            @Override
            Map<String, String> look() {
                return mode == null ? Collections.<String, String>emptyMap() : Collections.singletonMap("score", mode);
            }
        };
    }

    // Shows a result, or the rows of a number.
    private static String shown(Function function, Object found) throws SQLException {
        if (function.table == null) {
            return "\"result\":" + text(found);
        }
        StringBuilder rows = new StringBuilder();
        while (Rows.next((BigDecimal) found).signum() > 0) {
            StringBuilder cells = new StringBuilder();
            for (int at = 0; at < function.table.columns.length; at++) {
                cells.append(at == 0 ? "" : ",").append(text(Rows.cell((BigDecimal) found, at, Object.class)));
            }
            rows.append(rows.length() == 0 ? "[" : ",[").append(cells).append(']');
        }
        return "\"rows\":[" + rows + "]";
    }

    private static String text(Object value) {
        return value == null ? "null" : Json.quote(value.toString());
    }

    private static String decode(Function function, Answer answer) throws Failure {
        try {
            Object found = new Decoder(function).decode(answer.body);
            return "\"result\":" + (found == null ? "null" : Json.quote((String) found));
        } catch (Failure failure) {
            throw answer.blame(failure);
        }
    }

    private static String error(String owner, Exception thrown) {
        return "\"error\":" + Json.quote(Mishap.of(thrown).describe(owner));
    }

    private static Invoker invoker(String job) throws Failure {
        String json = Json.member(job, "program");
        Invoker found = INVOKERS.get(json);
        if (found == null) {
            Program program = Program.read(json);
            String rest = Json.member(job, "rest_ms");
            found = rest == null ? new Invoker(program)
                : new Invoker(program, new Credentials(program, Long.parseLong(rest)));
            INVOKERS.put(json, found);
        }
        return found;
    }

    // Shows what successive looks at the credentials give.
    private static String look(String job) {
        Credentials credentials =
            new Credentials(Program.read(Json.member(job, "program")), Long.parseLong(Json.member(job, "rest_ms")));
        StringBuilder seen = new StringBuilder();
        for (int time = Integer.parseInt(Json.member(job, "times")); time > 0; time--) {
            seen.append(seen.length() == 0 ? "{" : ",{").append(look(credentials)).append('}');
        }
        return "[" + seen + "]";
    }

    private static String look(Credentials credentials) {
        try {
            Keys keys = credentials.current(new Deadline(3000));
            return "\"source\":" + Json.quote(keys.source) + ",\"key\":" + Json.quote(keys.accessKey) + ",\"token\":"
                + Json.quote(keys.token);
        } catch (Exception thrown) {
            return error("score", thrown);
        }
    }

    private static String sign(String job) throws Exception {
        List<?> given = (List<?>) Json.read(Json.member(job, "keys"));
        Keys keys = new Keys("test", (String) given.get(0), (String) given.get(1), (String) given.get(2), 0);
        Binding binding = Function.read(Json.member(job, "function")).binding;
        byte[] body = text(job, "body").getBytes(StandardCharsets.UTF_8);
        long time = Long.parseLong(Json.member(job, "time"));
        byte[] request = signer(job).sign(binding, body, text(job, "context"), keys, time, false);
        return Json.quote(new String(request, StandardCharsets.UTF_8));
    }

    private static Signer signer(String job) throws Failure {
        String place = text(job, "region") + ' ' + text(job, "endpoint");
        Signer found = SIGNERS.get(place);
        if (found == null) {
            found = new Signer(text(job, "region"), new Url(text(job, "endpoint")));
            SIGNERS.put(place, found);
        }
        return found;
    }

    // Reads a reply from a stream that comes in pieces.
    private static String read(String job) throws Exception {
        List<?> pieces = (List<?>) Json.read(Json.member(job, "pieces"));
        ReplyReader reader = new ReplyReader(new PiecesStream(pieces, "true".equals(Json.member(job, "reset"))));
        try {
            if (!reader.begin()) {
                return "{\"error\":\"nothing\"}";
            }
            Reply reply = reader.read();
            return "{\"status\":" + reply.status + ",\"headers\":" + headers(job, reply) + ",\"body\":"
                + Json.quote(Sha256.hex(reply.body)) + ",\"kept\":" + reply.isKept + "}";
        } catch (Failure failure) {
            return "{" + error("read", failure) + "}";
        } catch (IOException reset) {
            return "{\"error\":\"reset\"}";
        }
    }

    private static String headers(String job, Reply reply) throws Unfit {
        StringBuilder shown = new StringBuilder();
        for (Object each : (List<?>) Json.read(Json.member(job, "headers"))) {
            String name = (String) each;
            if (reply.has(name)) {
                shown.append(shown.length() == 0 ? "" : ",").append(Json.quote(name)).append(':');
                shown.append(Json.quote(reply.header(name)));
            }
        }
        return "{" + shown + "}";
    }

    private static String url(String job) {
        try {
            Url url = new Url(text(job, "text"));
            return "[" + Json.quote(url.host) + "," + Json.quote(url.authority) + "," + Json.quote(url.path) + "]";
        } catch (Failure failure) {
            return "{" + error("url", failure) + "}";
        }
    }

    // Shows the seconds of a time, and the time of those seconds; null for what is no time.
    private static String clock(String text) {
        try {
            long seconds = Utc.read(text);
            return "[" + seconds + "," + Json.quote(Utc.show(seconds)) + "]";
        } catch (Unfit unfit) {
            return "null";
        }
    }

    // Shows the microseconds per call of a loop over one connection, nothing decoded.
    private static String speed(String job) throws Exception {
        String call = Json.member(job, "call");
        Binding binding = Function.read(Json.member(call, "function")).binding;
        Invoker invoker = invoker(call);
        int calls = new BigDecimal(Json.member(job, "calls")).intValueExact();
        String body = text(call, "body");
        for (int warm = 0; warm < calls; warm++) {
            invoker.call(binding, body, "");
        }
        long begin = System.nanoTime();
        for (int count = 0; count < calls; count++) {
            invoker.call(binding, body, "");
        }
        return "" + (System.nanoTime() - begin) / 1e3 / calls;
    }

    private static String text(String job, String name) {
        String found = Json.textMember(job, name);
        return found == null ? "" : found;
    }
}
