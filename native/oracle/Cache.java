// Results that a session keeps for a while, the newest of them only.
package udfgen;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

// What one function returned, by the bodies of its requests. Who calls is the same in all of a session.
final class Cache {
    // Bytes of the largest reply whose result is kept.
    private static final int MAX_REPLY = 65536;

    private final long ttlNanos;
    private final int maxEntries;
    // The least recently used first.
    private final Map<String, Kept> entries = new LinkedHashMap<String, Kept>(16, 0.75f, true);

    // Reads an entry of the table.
    Cache(Facts facts) {
        ttlNanos = facts.count("ttl_ms") * 1000000L;
        maxEntries = facts.count("max_entries");
    }

    // Returns what was kept for a body and is not too old, else null.
    Kept find(String body) {
        Kept found = entries.get(body);
        if (found != null && System.nanoTime() - found.at >= ttlNanos) {
            entries.remove(body);
            return null;
        }
        return found;
    }

    // Keeps a result, null too, that came just now with a reply of so many bytes.
    void keep(String body, Object value, int bytes) {
        if (bytes > MAX_REPLY) {
            return;
        }
        entries.put(body, new Kept(value, System.nanoTime()));
        if (entries.size() > maxEntries) {
            Iterator<String> eldest = entries.keySet().iterator();
            eldest.next();
            eldest.remove();
        }
    }
}
