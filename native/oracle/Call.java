// A function of the spec, ready to run.
package udfgen;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

// Arguments in, one call of AWS Lambda or one for each page, a result out.
final class Call {
    private final Function function;
    private final Encoder encoder;
    private final Decoder decoder;
    // Null where results are not kept.
    private final Cache cache;

    // Takes the table's entry of a function.
    Call(Function function) {
        this.function = function;
        encoder = new Encoder(function);
        decoder = new Decoder(function);
        cache = function.cache == null ? null : new Cache(function.cache);
    }

    // Returns who errors begin with, as long as no binding is chosen.
    String owner() {
        return function.binding == null ? function.name : function.binding.name;
    }

    // Returns the binding that is reached: see Function.
    Binding choose(Object[] given) throws Failure {
        return function.choose(given);
    }

    // Begins an SQL call with many rows. Throws what Query does.
    Query query(Session session) throws Failure, SQLException {
        return new Query(session, function, encoder);
    }

    // Returns the result as an object of class `form`, or the number of its rows for a table; NULL is null, also in the
    // place of an error where the spec wants that. What the switch says comes before all else, and is not hidden.
    // Throws Failure, or SQLException from the look at the switch.
    Object run(Session session, Binding binding, Object[] given, Class<?> form) throws Failure, SQLException {
        boolean isDryRun = session.modes.isDryRun(binding.name);
        try {
            Object[] arguments = Values.read(function.parameters, given);
            if (function.nullOnNull && Values.hasNull(arguments)) {
                return nothing();
            }
            String[] texts = encoder.encode(arguments);
            if (isDryRun) {
                session.invoker.call(binding.asDryRun(), encoder.fill(texts), context(binding));
                return nothing();
            }
            return answer(session.invoker, binding, texts, form);
        } catch (Throwable thrown) {
            Failure failure = Mishap.of(thrown);
            if (function.nullOnError && !failure.code.equals("bad_argument")) {
                return nothing();
            }
            throw failure;
        }
    }

    private Object answer(Invoker invoker, Binding binding, String[] texts, Class<?> form)
            throws Failure, SQLException {
        if (function.follow != null) {
            return Rows.open(function, pages(invoker, binding, texts));
        }
        String payload = encoder.fill(texts);
        Kept kept = cache == null ? null : cache.find(payload);
        if (kept != null) {
            return show(kept.value, form);
        }
        Answer answer = invoker.call(binding, payload, context(binding));
        try {
            Object value = function.table == null ? decoder.decode(answer.body) : rows(answer.body);
            Object shown = show(value, form);
            if (cache != null) {
                cache.keep(payload, value, answer.body.length);
            }
            return shown;
        } catch (Failure failure) {
            throw answer.blame(failure);
        }
    }

    private Object[][] rows(byte[] body) throws Failure {
        return decoder.rows(Decoder.read(body)).toArray(new Object[0][]);
    }

    private Object show(Object value, Class<?> form) throws Failure, SQLException {
        if (function.table != null) {
            return Rows.open(function, Arrays.asList((Object[][]) value));
        }
        return value == null ? null : Values.show(value, function.result.type, form);
    }

    // Returns the rows of all pages, each got by a call of its own; the deadline of the first is that of all.
    private List<Object[]> pages(Invoker invoker, Binding binding, String[] texts) throws Failure, SQLException {
        Deadline deadline = new Deadline(binding.timeoutMs);
        String context = context(binding);
        List<Object[]> rows = new ArrayList<Object[]>();
        String token = page(invoker.call(binding, encoder.fill(texts), context, deadline), rows);
        for (int count = 1; token != null && mayGoOn(count); count++) {
            texts[function.follow.into] = token;
            token = page(invoker.call(binding, encoder.fill(texts), context, deadline), rows);
        }
        return rows;
    }

    // Adds the rows of a page, and returns the token of the next one; null behind the last.
    private String page(Answer answer, List<Object[]> rows) throws Failure {
        try {
            String document = Decoder.read(answer.body);
            List<Object[]> found = decoder.rows(document);
            rows.addAll(found);
            return function.follow.next(document, found.size());
        } catch (Failure failure) {
            throw answer.blame(failure);
        }
    }

    // Tells whether another page may be asked for after so many. Throws Failure `too_large` when the spec wants that.
    private boolean mayGoOn(int pages) throws Failure {
        Follow follow = function.follow;
        if (pages < follow.maxPages || follow.stopsAtLimit) {
            return pages < follow.maxPages;
        }
        String advice = " pages: raise max_pages, or let it stop there with on_limit: stop";
        throw new Failure("too_large", "more than " + pages + advice);
    }

    // Returns what stands for no result: NULL, or the number of no rows.
    private Object nothing() {
        return function.table == null ? null : Rows.open(function, Collections.<Object[]>emptyList());
    }

    private static String context(Binding binding) throws SQLException {
        return binding.clientContext ? Caller.context() : "";
    }
}
