// The reply to a pack becomes a result for each of its rows.
package udfgen;

import java.util.ArrayList;
import java.util.List;

// Reads the replies of one batch function.
final class Harvest {
    // How a number of rows is read.
    private static final Result COUNT = new Result(Facts.read("{\"type\":\"bigint\"}"));

    private final Batch batch;
    // Null for a function that returns nothing.
    private final Result result;

    Harvest(Function function) {
        batch = function.batch;
        result = function.result;
    }

    // Returns the results of a pack, none where nothing is returned. Throws Failure, also when a row failed, unless
    // NULL stands for that.
    Object[] read(byte[] body, Chunk chunk, Pack pack) throws Failure {
        String document = Decoder.read(body);
        if (result == null) {
            check(document);
            return new Object[0];
        }
        Object[] found = list(unwrap(document), pack.size()).toArray();
        for (int at = 0; at < found.length; at++) {
            try {
                found[at] = row((String) found[at]);
            } catch (Failure failure) {
                if (!batch.nullOnRowError) {
                    throw failure.inRow(chunk.number(pack.begin + at));
                }
                found[at] = null;
            }
        }
        return found;
    }

    // Reads a reply whose results nobody wants: it may be any JSON, and may say that the batch failed.
    private void check(String document) throws Failure {
        String inner;
        try {
            inner = unwrap(document);
        } catch (Failure noJson) {
            return;
        }
        if (batch.isRedshift) {
            requireSuccess(inner);
        }
    }

    // Returns the document of a reply, and of one that is a string the document in it: handlers return json.dumps.
    private static String unwrap(String document) throws Failure {
        if (!Json.isString(document)) {
            return document;
        }
        String text = Json.unquote(document);
        try {
            if (!Text.isUnicode(text)) {
                throw new Unfit("is not valid JSON");
            }
            return Grammar.parse(text);
        } catch (Unfit unfit) {
            throw new Failure("bad_response", "the text of the reply " + unfit.what);
        }
    }

    // Returns the text of each result of a reply to so many rows.
    private List<String> list(String document, int rows) throws Failure {
        Children each = new Children(batch.isRedshift ? results(document, rows) : requireArray(document));
        List<String> found = new ArrayList<String>();
        while (each.next()) {
            found.add(each.value());
        }
        if (found.size() != rows) {
            String noun = rows == 1 ? " result" : " results";
            throw new Failure("bad_response", "expected " + rows + noun + ", got " + found.size());
        }
        return found;
    }

    // Returns the array of results in Redshift's object.
    private static String results(String document, int rows) throws Failure {
        if (document.charAt(0) != '{') {
            throw unfit("must be an object");
        }
        requireSuccess(document);
        String count = Json.member(document, "num_records");
        if (count != null && !isCount(count, rows)) {
            throw unfit("must be " + rows, "num_records");
        }
        String found = Json.member(document, "results");
        if (found == null) {
            throw unfit("is missing", "results");
        }
        return requireArray(found, "results");
    }

    // Throws Failure `function_error` when Redshift's object says that the batch failed.
    private static void requireSuccess(String document) throws Failure {
        String success = Json.member(document, "success");
        if (success != null && !success.equals("true")) {
            String said = cleanText(document, "error_msg");
            throw new Failure("function_error", said.isEmpty() ? "the batch failed" : said);
        }
    }

    private static boolean isCount(String value, int rows) {
        try {
            return Fit.of(COUNT, value).toString().equals(Integer.toString(rows));
        } catch (Unfit unfit) {
            return false;
        }
    }

    private static String requireArray(String value, String... path) throws Failure {
        if (value.charAt(0) != '[') {
            throw unfit("must be an array", path);
        }
        return value;
    }

    // Returns the value of one result. AWS's own form of an error is the row's error.
    private Object row(String value) throws Failure {
        if (Json.textMember(value, "errorMessage") != null) {
            throw new Failure("function_error", said(value));
        }
        try {
            return Decoder.take(result, value);
        } catch (Unfit unfit) {
            throw Decoder.unfitResult(result.path, unfit);
        }
    }

    private static String said(String error) {
        String type = cleanText(error, "errorType");
        String message = cleanText(error, "errorMessage");
        String both = type + (type.isEmpty() || message.isEmpty() ? "" : ": ") + message;
        return both.isEmpty() ? "the row failed" : both;
    }

    private static String cleanText(String value, String member) {
        String found = Json.textMember(value, member);
        return found == null ? "" : Refusal.clean(found);
    }

    private static Failure unfit(String what, String... path) {
        return Decoder.unfitResult(new Path(path), new Unfit(what));
    }
}
