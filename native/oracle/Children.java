// A cursor over the members of a JSON object, or the elements of an array.
package udfgen;

// Takes the text of a value inside a document that Grammar let pass, so it only looks for the ends of values.
final class Children {
    private final String text;
    private int at;
    private int nameBegin;
    private int nameEnd;
    private int begin;
    private int end;

    // Stands before the first child of an object or an array.
    Children(String container) {
        text = container;
    }

    // Moves to the next child, or returns false when there is none.
    boolean next() {
        boolean isFirst = at == 0;
        if (!isFirst && text.charAt(at) != ',') {
            return false;
        }
        at = Grammar.skipBlank(text, at + 1);
        if (isFirst && (text.charAt(at) == ']' || text.charAt(at) == '}')) {
            return false;
        }
        if (text.charAt(0) == '{') {
            nameBegin = at;
            nameEnd = skipString(text, at);
            at = Grammar.skipBlank(text, Grammar.skipBlank(text, nameEnd) + 1);
        }
        begin = at;
        end = skipValue(text, at);
        at = Grammar.skipBlank(text, end);
        return true;
    }

    // Tells whether the current child is a member of that name.
    boolean isNamed(String name) {
        boolean isEscaped = Grammar.skipPlain(text, nameBegin + 1) < nameEnd - 1;
        if (isEscaped) {
            return name().equals(name);
        }
        return nameEnd - nameBegin - 2 == name.length() && text.startsWith(name, nameBegin + 1);
    }

    // Returns the name of the current member, its quotes and escapes undone.
    String name() {
        return Json.unquote(text.substring(nameBegin, nameEnd));
    }

    // Returns the text of the current child.
    String value() {
        return text.substring(begin, end);
    }

    // Returns the position after the string that begins at `at`.
    private static int skipString(String text, int at) {
        int end = Grammar.skipPlain(text, at + 1);
        while (text.charAt(end) != '"') {
            // Past the backslash and the character after it.
            end = Grammar.skipPlain(text, end + 2);
        }
        return end + 1;
    }

    // Returns the position after the container that begins at `at`.
    private static int skipContainer(String text, int at) {
        int depth = 0;
        do {
            char character = text.charAt(at);
            at = character == '"' ? skipString(text, at) : at + 1;
            if (character == '[' || character == '{') {
                depth++;
            } else if (character == ']' || character == '}') {
                depth--;
            }
        } while (depth > 0);
        return at;
    }

    // Returns the position after the value that begins at `at`.
    private static int skipValue(String text, int at) {
        char first = text.charAt(at);
        if (first == '"') {
            return skipString(text, at);
        }
        if (first == '[' || first == '{') {
            return skipContainer(text, at);
        }
        int end = at;
        while (end < text.length() && ",]} \t\n\r".indexOf(text.charAt(end)) < 0) {
            end++;
        }
        return end;
    }
}
