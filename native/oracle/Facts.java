// Named facts: the members of a JSON object, with what is left out.
package udfgen;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

// Reads one object of those that Json.read gives.
final class Facts {
    private final Map<?, ?> members;

    // Takes an object that Json.read gave. Throws ClassCastException when it is anything else.
    Facts(Object members) {
        this.members = (Map<?, ?>) members;
    }

    // Returns the facts of a table that the compiler made. Throws IllegalStateException when they cannot be read.
    static Facts read(String table) {
        try {
            return new Facts(Json.read(table));
        } catch (Unfit unfit) {
            throw new IllegalStateException("the table " + unfit.what, unfit);
        }
    }

    // Returns a text, or null when there is none.
    String text(String name) {
        return (String) members.get(name);
    }

    // Returns a whole number, or 0 when there is none.
    int count(String name) {
        BigDecimal found = (BigDecimal) members.get(name);
        return found == null ? 0 : found.intValueExact();
    }

    // Tells whether a fact is there and true.
    boolean flag(String name) {
        return Boolean.TRUE.equals(members.get(name));
    }

    // Tells whether there is a fact of that name.
    boolean has(String name) {
        return members.containsKey(name);
    }

    // Returns the facts under a name.
    Facts facts(String name) {
        return new Facts(members.get(name));
    }

    // Returns the facts of every object in a list, which may be left out.
    Facts[] each(String name) {
        List<?> list = list(name);
        Facts[] facts = new Facts[list.size()];
        for (int at = 0; at < facts.length; at++) {
            facts[at] = new Facts(list.get(at));
        }
        return facts;
    }

    // Returns the names of all facts.
    Set<String> names() {
        Set<String> names = new LinkedHashSet<String>();
        for (Object name : members.keySet()) {
            names.add((String) name);
        }
        return names;
    }

    // Returns the texts of a list, which may be left out.
    String[] texts(String name) {
        return list(name).toArray(new String[0]);
    }

    // Returns a list of texts and indexes, each a String or an Integer.
    Object[] pieces(String name) {
        Object[] pieces = list(name).toArray();
        for (int at = 0; at < pieces.length; at++) {
            if (pieces[at] instanceof BigDecimal) {
                pieces[at] = ((BigDecimal) pieces[at]).intValueExact();
            }
        }
        return pieces;
    }

    private List<?> list(String name) {
        Object found = members.get(name);
        return found == null ? Collections.emptyList() : (List<?>) found;
    }
}
