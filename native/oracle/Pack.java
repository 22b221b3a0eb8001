// The rows of one request, by their places among those to send.
package udfgen;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

// From `begin` up to `end`, which is the place after the last one.
final class Pack {
    final int begin;
    final int end;

    private Pack(int begin, int end) {
        this.begin = begin;
        this.end = end;
    }

    // Returns the packs of rows in their order, each with as many as rows and bytes allow, and one at least.
    static Deque<Pack> all(List<String> rows, Batch batch, Envelope envelope) {
        Deque<Pack> packs = new ArrayDeque<Pack>();
        int begin = 0;
        long bytes = 0;
        for (int at = 0; at < rows.size(); at++) {
            int length = Text.utf8Length(rows.get(at));
            int count = at - begin + 1;
            // A comma stands between two rows.
            long size = bytes + length + count - 1 + envelope.size(count);
            boolean isFull = count > batch.maxRows || size > batch.maxBytes;
            if (isFull && count > 1) {
                packs.add(new Pack(begin, at));
                begin = at;
                bytes = 0;
            }
            bytes += length;
        }
        if (!rows.isEmpty()) {
            packs.add(new Pack(begin, rows.size()));
        }
        return packs;
    }

    // Returns the number of its rows.
    int size() {
        return end - begin;
    }

    // Puts both halves before the packs that follow; the first one has the odd row.
    void split(Deque<Pack> following) {
        int middle = (begin + end + 1) / 2;
        following.addFirst(new Pack(middle, end));
        following.addFirst(new Pack(begin, middle));
    }
}
