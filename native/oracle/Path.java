// A path into a JSON document: names of members and indexes of elements; no steps are the whole document.
package udfgen;

// Finds the value at its end.
final class Path {
    // Each a String, or an Integer.
    private final Object[] steps;

    // Takes the steps from the outermost in.
    Path(Object[] steps) {
        this.steps = steps;
    }

    // Returns the path of a cell: this one to the rows, the row, the column's own.
    Path cell(int row, Path column) {
        Object[] all = new Object[steps.length + 1 + column.steps.length];
        System.arraycopy(steps, 0, all, 0, steps.length);
        all[steps.length] = row;
        System.arraycopy(column.steps, 0, all, steps.length + 1, column.steps.length);
        return new Path(all);
    }

    // Returns the text of the value at the path below a value, or null. Of members with the same name the last counts.
    String find(String value) {
        String found = value;
        for (int at = 0; at < steps.length && found != null; at++) {
            Object step = steps[at];
            found = step instanceof String ? Json.member(found, (String) step) : Json.element(found, (Integer) step);
        }
        return found;
    }

    // Returns the path as the spec writes it: `$.items[0]['odd name']`.
    String show() {
        StringBuilder shown = new StringBuilder("$");
        for (Object step : steps) {
            if (step instanceof Integer) {
                shown.append('[').append(step).append(']');
            } else if (isPlainName((String) step)) {
                shown.append('.').append(step);
            } else {
                shown.append("['").append(step).append("']");
            }
        }
        return shown.toString();
    }

    private static boolean isPlainName(String name) {
        for (int at = 0; at < name.length(); at++) {
            char character = name.charAt(at);
            boolean isLetter = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
            boolean isDigit = character >= '0' && character <= '9';
            if (!isLetter && character != '_' && (!isDigit || at == 0)) {
                return false;
            }
        }
        return !name.isEmpty();
    }
}
