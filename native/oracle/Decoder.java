// The body of a reply becomes a value, or rows.
package udfgen;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

// Reads the replies of one function.
final class Decoder {
    private final Result result;
    private final Table table;

    Decoder(Function function) {
        result = function.result;
        table = function.table;
    }

    // Returns the value as Fit gives it, null for JSON null and for a function that returns nothing. Throws Failure
    // `bad_response`, also when the body is no JSON and nothing of it is wanted.
    Object decode(byte[] body) throws Failure {
        String document = read(body);
        try {
            return result == null ? null : take(result, document);
        } catch (Unfit unfit) {
            throw unfitResult(result.path, unfit);
        }
    }

    // Returns the rows of a function that returns a table, each with a value per column. Throws Failure `bad_response`.
    List<Object[]> rows(String document) throws Failure {
        Children each = new Children(findRows(document));
        List<Object[]> rows = new ArrayList<Object[]>();
        while (each.next()) {
            rows.add(row(each.value(), rows.size()));
        }
        return rows;
    }

    private String findRows(String document) throws Failure {
        try {
            String found = walk(document, table.rows);
            if (found.charAt(0) != '[') {
                throw new Unfit("must be an array");
            }
            return found;
        } catch (Unfit unfit) {
            throw unfitResult(table.rows, unfit);
        }
    }

    private Object[] row(String value, int index) throws Failure {
        Object[] cells = new Object[table.columns.length];
        for (int at = 0; at < cells.length; at++) {
            try {
                cells[at] = take(table.columns[at], value);
            } catch (Unfit unfit) {
                throw unfitResult(table.rows.cell(index, table.columns[at].path), unfit);
            }
        }
        return cells;
    }

    // Returns the result below a value; null for JSON null. Throws Unfit for what is missing or does not fit.
    static Object take(Result result, String value) throws Unfit {
        String found = walk(value, result.path);
        return found.equals("null") ? null : Fit.of(result, found);
    }

    // Returns the text of the value at a path.
    private static String walk(String value, Path path) throws Unfit {
        String found = path.find(value);
        if (found == null) {
            throw new Unfit("is missing");
        }
        return found;
    }

    static Failure unfitResult(Path path, Unfit unfit) {
        return new Failure("bad_response", "result at " + path.show() + ": " + unfit.what);
    }

    // Returns the text of the value that is a whole reply. Throws Failure `bad_response` for what is no JSON.
    static String read(byte[] body) throws Failure {
        String text;
        try {
            // Unlike String's constructor, a new decoder refuses what is malformed.
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException malformed) {
            throw new Failure("bad_response", "reply is not valid UTF-8");
        }
        if (text.isEmpty()) {
            throw new Failure("bad_response", "reply is empty");
        }
        try {
            return Grammar.parse(text);
        } catch (Unfit unfit) {
            throw new Failure("bad_response", "reply " + unfit.what);
        }
    }
}
