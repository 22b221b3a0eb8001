// The grammar of JSON (https://www.rfc-editor.org/rfc/rfc8259): whether a text is a document.
package udfgen;

// Reads text from left to right, and throws Unfit at the first character that is out of place. It does not recurse: the
// containers around a value stand in a text of their own. Whether strings are valid Unicode is not looked at.
final class Grammar {
    // Arrays and objects may nest this deep; `[]` is 1 deep.
    private static final int MAX_DEPTH = 512;

    private final String text;
    private int at;
    // What closes the containers around `at`, the innermost last.
    private final StringBuilder open = new StringBuilder();

    private Grammar(String text) {
        this.text = text;
    }

    // Returns the text of the one value in a document, without white space around it. Throws Unfit.
    static String parse(String document) throws Unfit {
        return new Grammar(document).document();
    }

    // Tells whether text is exactly a JSON number.
    static boolean isNumber(String text) {
        try {
            Grammar checker = new Grammar(text);
            checker.number();
            return checker.isDone();
        } catch (Unfit unfit) {
            return false;
        }
    }

    // Returns the first position at or after `at` where no white space stands.
    static int skipBlank(String text, int at) {
        while (at < text.length() && isBlank(text.charAt(at))) {
            at++;
        }
        return at;
    }

    // Returns the first position at or after `at` of what cannot stand in a string as it is: `"`, `\`, a control.
    static int skipPlain(String text, int at) {
        while (at < text.length() && isPlain(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isBlank(char character) {
        return character == ' ' || character == '\n' || character == '\r' || character == '\t';
    }

    private static boolean isPlain(char character) {
        return character >= ' ' && character != '"' && character != '\\';
    }

    private static boolean isDigit(char character) {
        return character >= '0' && character <= '9';
    }

    private static boolean isHex(char character) {
        return isDigit(character) || (character >= 'a' && character <= 'f') || (character >= 'A' && character <= 'F');
    }

    private static Unfit refusal() {
        return new Unfit("is not valid JSON");
    }

    private String document() throws Unfit {
        blank();
        int begin = at;
        do {
            while (enter()) {
                // The first child of what was opened comes next.
            }
        } while (leave());
        if (!isDone()) {
            throw refusal();
        }
        while (isBlank(text.charAt(at - 1))) {
            at--;
        }
        return text.substring(begin, at);
    }

    private boolean isDone() {
        return at == text.length();
    }

    // Reads the beginning of a value; true when that opened a container that has a child.
    private boolean enter() throws Unfit {
        blank();
        boolean isObject = take('{');
        if (!isObject && !take('[')) {
            scalar();
            return false;
        }
        open(isObject ? '}' : ']');
        blank();
        if (peek() == innermost()) {
            return false;
        }
        if (isObject) {
            memberName();
        }
        return true;
    }

    // Reads what follows a value: the ends of containers, then a comma; true when another value comes next.
    private boolean leave() throws Unfit {
        blank();
        while (open.length() > 0 && !take(',')) {
            expect(innermost());
            open.setLength(open.length() - 1);
            blank();
        }
        if (open.length() > 0 && innermost() == '}') {
            memberName();
        }
        return open.length() > 0;
    }

    // Returns what closes the container that `at` stands in.
    private char innermost() {
        return open.charAt(open.length() - 1);
    }

    private void open(char closing) throws Unfit {
        if (open.length() == MAX_DEPTH) {
            throw new Unfit("is nested deeper than " + MAX_DEPTH + " levels");
        }
        open.append(closing);
    }

    private void memberName() throws Unfit {
        blank();
        string();
        blank();
        expect(':');
    }

    private void scalar() throws Unfit {
        switch (peek()) {
            case '"':
                string();
                break;
            case 't':
                literal("true");
                break;
            case 'f':
                literal("false");
                break;
            case 'n':
                literal("null");
                break;
            default:
                number();
        }
    }

    private void string() throws Unfit {
        expect('"');
        at = skipPlain(text, at);
        while (take('\\')) {
            escape();
            at = skipPlain(text, at);
        }
        expect('"');
    }

    // Reads what follows a backslash.
    private void escape() throws Unfit {
        if (!take('u')) {
            if ("\"\\/bfnrt".indexOf(peek()) < 0) {
                throw refusal();
            }
            at++;
            return;
        }
        for (int end = at + 4; at < end; at++) {
            if (!isHex(peek())) {
                throw refusal();
            }
        }
    }

    private void number() throws Unfit {
        take('-');
        if (!take('0')) {
            digits();
        }
        if (take('.')) {
            digits();
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            digits();
        }
    }

    private void digits() throws Unfit {
        if (!isDigit(peek())) {
            throw refusal();
        }
        while (isDigit(peek())) {
            at++;
        }
    }

    private void literal(String word) throws Unfit {
        if (!text.startsWith(word, at)) {
            throw refusal();
        }
        at += word.length();
    }

    private void blank() {
        at = skipBlank(text, at);
    }

    // The end looks like U+0000, which no rule of the grammar takes.
    private char peek() {
        return isDone() ? '\0' : text.charAt(at);
    }

    private boolean take(char wanted) {
        boolean found = peek() == wanted;
        at += found ? 1 : 0;
        return found;
    }

    private void expect(char wanted) throws Unfit {
        if (!take(wanted)) {
            throw refusal();
        }
    }
}
