// JSON where it stands: values are pieces of the document's text, so that no digit and no order is lost.
package udfgen;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

// But for require, read and quote, all methods take the text of a value inside a document that Grammar let pass.
final class Json {
    private Json() {
    }

    // Throws Unfit unless a text is one JSON document that nests at most 512 deep.
    static void require(String document) throws Unfit {
        Grammar.parse(document);
    }

    // Returns a small document as LinkedHashMap, ArrayList, String, BigDecimal, Boolean and null. Throws Unfit.
    static Object read(String document) throws Unfit {
        return toObject(Grammar.parse(document));
    }

    // Returns the text of the last member of that name, or null when the value has none or is no object.
    static String member(String value, String name) {
        String found = null;
        if (value.charAt(0) == '{') {
            Children each = new Children(value);
            while (each.next()) {
                if (each.isNamed(name)) {
                    found = each.value();
                }
            }
        }
        return found;
    }

    // Returns the text of the element at an index from 0, or null when the value has none or is no array.
    static String element(String value, int index) {
        if (value.charAt(0) != '[') {
            return null;
        }
        Children each = new Children(value);
        for (int passed = 0; each.next(); passed++) {
            if (passed == index) {
                return each.value();
            }
        }
        return null;
    }

    // Returns the text of the member of that name when it is a string, its quotes and escapes undone; else null.
    static String textMember(String value, String name) {
        String found = member(value, name);
        return found != null && isString(found) ? unquote(found) : null;
    }

    // Tells whether a value is a string.
    static boolean isString(String value) {
        return value.charAt(0) == '"';
    }

    // Returns the text of a JSON string, its quotes and escapes undone. Two escapes that are a surrogate pair are one
    // character, as they are in UTF-16; half of a pair stays what it is.
    static String unquote(String string) {
        int end = string.length() - 1;
        StringBuilder text = new StringBuilder(end);
        for (int at = 1; at < end;) {
            int plain = string.indexOf('\\', at);
            plain = plain < 0 ? end : plain;
            text.append(string, at, plain);
            at = plain < end ? unescape(string, plain + 1, text) : end;
        }
        return text.toString();
    }

    // Appends text as a JSON string, with escapes only for `"`, `\` and U+0000 to U+001F.
    static void quote(String text, StringBuilder json) {
        json.append('"');
        int at = 0;
        while (at < text.length()) {
            int end = Grammar.skipPlain(text, at);
            json.append(text, at, end);
            if (end < text.length()) {
                escape(text.charAt(end), json);
            }
            at = end + 1;
        }
        json.append('"');
    }

    // Returns text as a JSON string.
    static String quote(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2);
        quote(text, json);
        return json.toString();
    }

    // Appends what the escape means whose letter stands at `at`, and returns the position after it.
    private static int unescape(String string, int at, StringBuilder text) {
        char letter = string.charAt(at);
        if (letter == 'u') {
            text.append((char) Integer.parseInt(string.substring(at + 1, at + 5), 16));
            return at + 5;
        }
        int found = "bfnrt".indexOf(letter);
        text.append(found < 0 ? letter : "\b\f\n\r\t".charAt(found));
        return at + 1;
    }

    private static void escape(char character, StringBuilder json) {
        int found = "\"\\\b\f\n\r\t".indexOf(character);
        if (found >= 0) {
            json.append('\\').append("\"\\bfnrt".charAt(found));
            return;
        }
        json.append(character < 16 ? "\\u000" : "\\u00").append(Integer.toHexString(character));
    }

    // The grammar's depth limits the recursion.
    private static Object toObject(String value) {
        switch (value.charAt(0)) {
            case '{':
                return toMap(value);
            case '[':
                return toList(value);
            case '"':
                return unquote(value);
            case 't':
            case 'f':
                return Boolean.valueOf(value);
            case 'n':
                return null;
            default:
                return new BigDecimal(value);
        }
    }

    private static Map<String, Object> toMap(String value) {
        Map<String, Object> map = new LinkedHashMap<String, Object>();
        Children each = new Children(value);
        while (each.next()) {
            map.put(each.name(), toObject(each.value()));
        }
        return map;
    }

    private static List<Object> toList(String value) {
        List<Object> list = new ArrayList<Object>();
        Children each = new Children(value);
        while (each.next()) {
            list.add(toObject(each.value()));
        }
        return list;
    }
}
