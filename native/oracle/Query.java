// One SQL call of a batch function: rows in, a result for each out.
package udfgen;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

// Rows come in chunks, as many as SQL has in hand at a time: each is checked as it comes, and sent by `run`.
final class Query {
    final Function function;
    private final Session session;
    private final Batch batch;
    private final Encoder encoder;
    private final Harvest harvest;
    private final Envelope envelope;
    private Chunk chunk;
    private long rows;
    // Whether a dry run has asked: it does so once.
    private boolean isAsked;

    // Begins one. Throws Failure `disabled` when the binding is off, which counts without a row too.
    Query(Session session, Function function, Encoder encoder) throws Failure, SQLException {
        this.session = session;
        this.function = function;
        this.encoder = encoder;
        batch = function.batch;
        harvest = new Harvest(function);
        session.modes.isDryRun(function.binding.name);
        session.queries++;
        envelope = Envelope.of(batch, session.queries);
        chunk = new Chunk(batch.collapse);
    }

    // Takes in a row. Throws Failure, with its number, for an argument that is not fit to be sent.
    void add(Object[] given) throws Failure, SQLException {
        rows++;
        if (batch.nullOnNull && Values.hasNull(given)) {
            chunk.skip();
            return;
        }
        try {
            chunk.add(encoder.fill(encoder.encode(Values.read(function.parameters, given))), rows);
        } catch (Failure failure) {
            throw failure.inRow(rows);
        }
    }

    // Sends the rows that came since the last time, and returns a row with its result for each. Throws Failure, or
    // SQLException from the look at the switch.
    List<Object[]> run() throws Failure, SQLException {
        Chunk sent = chunk;
        chunk = new Chunk(batch.collapse);
        Deque<Pack> packs = sent.packs(batch, envelope);
        while (!packs.isEmpty()) {
            Pack pack = packs.removeFirst();
            Binding binding = choose();
            boolean isQuestion = binding.invoke.equals("dry_run");
            if (isQuestion) {
                packs.clear();
            }
            if (!isQuestion || !isAsked) {
                isAsked |= isQuestion;
                send(binding, sent, pack, packs);
            }
        }
        return function.result == null ? new ArrayList<Object[]>() : sent.results();
    }

    // Returns the binding as the next request reaches it. Throws Failure `disabled`, which nothing hides.
    private Binding choose() throws Failure, SQLException {
        Binding binding = function.binding;
        return session.modes.isDryRun(binding.name) ? binding.asDryRun() : binding;
    }

    private void send(Binding binding, Chunk sent, Pack pack, Deque<Pack> following) throws Failure {
        try {
            String context = binding.clientContext ? Caller.context() : "";
            String body = envelope.wrap(sent.texts.subList(pack.begin, pack.end));
            take(binding, session.invoker.call(binding, body, context), sent, pack);
        } catch (Throwable thrown) {
            absorb(Mishap.of(thrown), binding, sent, pack, following);
        }
    }

    private void take(Binding binding, Answer answer, Chunk sent, Pack pack) throws Failure {
        try {
            if (binding.invoke.equals("sync")) {
                sent.put(pack, harvest.read(answer.body, sent, pack));
            } else {
                Decoder.read(answer.body);
            }
        } catch (Failure failure) {
            throw answer.blame(failure);
        }
    }

    // Splits a pack that is too large for AWS, leaves its rows NULL where the spec wants that, or throws the failure.
    private void absorb(Failure failure, Binding binding, Chunk sent, Pack pack, Deque<Pack> following) throws Failure {
        boolean isTooLarge = failure.code.equals("too_large") && binding == function.binding;
        if (isTooLarge && pack.size() > 1) {
            pack.split(following);
            return;
        }
        if (!function.nullOnError || failure.code.equals("bad_argument")) {
            throw isTooLarge ? failure.inRow(sent.number(pack.begin)) : failure;
        }
    }
}
