// The rows that an SQL call has in hand: what is sent for them, and what they come to.
package udfgen;

import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

// Filled row by row; then packs of its texts are sent, and their values put into their places.
final class Chunk {
    private static final int NOT_SENT = -1;

    // What is sent, row for row; of equal rows once, where they collapse.
    final List<String> texts = new ArrayList<String>();
    // For each text the number of the first row that it stands for.
    private final List<Long> numbers = new ArrayList<Long>();
    // For each row the place of its text.
    private final List<Integer> places = new ArrayList<Integer>();
    // The places of the texts by themselves; null where each row is sent.
    private final Map<String, Integer> known;
    // For each text what it came to, once there are packs.
    private Object[] values;

    Chunk(boolean collapse) {
        known = collapse ? new HashMap<String, Integer>() : null;
    }

    // Takes in a row that is not sent: its result is NULL.
    void skip() {
        places.add(NOT_SENT);
    }

    // Takes in a row as it is sent, and its number.
    void add(String text, long number) {
        Integer place = known == null ? null : known.get(text);
        if (place == null) {
            place = texts.size();
            texts.add(text);
            numbers.add(number);
            if (known != null) {
                known.put(text, place);
            }
        }
        places.add(place);
    }

    // Returns the packs in which what is in hand is sent, and begins with no values.
    Deque<Pack> packs(Batch batch, Envelope envelope) {
        values = new Object[texts.size()];
        return Pack.all(texts, batch, envelope);
    }

    // Returns the number of the first row that the text at a place stands for.
    long number(int place) {
        return numbers.get(place);
    }

    // Keeps what a pack came to. What is not kept is NULL.
    void put(Pack pack, Object[] found) {
        System.arraycopy(found, 0, values, pack.begin, found.length);
    }

    // Returns a row with its result for every row, in their order.
    List<Object[]> results() {
        List<Object[]> results = new ArrayList<Object[]>(places.size());
        for (Integer place : places) {
            results.add(new Object[] {place == NOT_SENT ? null : values[place]});
        }
        return results;
    }
}
