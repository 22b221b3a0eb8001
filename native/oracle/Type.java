// A portable type: one of a closed list of kinds, and what it is sized by.
package udfgen;

import java.math.BigDecimal;

// The kinds: boolean, smallint, integer, bigint, decimal, real, double, text, varchar, date, time, timestamp,
// timestamptz, uuid, json, bytes.
final class Type {
    // The most digits that an integer type has.
    static final int INTEGER_DIGITS = 19;

    final String kind;
    // Digits of a decimal, all of them and those after the point.
    final int precision;
    final int scale;
    // Code points of a varchar.
    final int length;

    // Reads the type of a parameter, a result or a column.
    Type(Facts facts) {
        kind = facts.text("type");
        precision = facts.count("precision");
        scale = facts.count("scale");
        length = facts.count("length");
    }

    // Tells whether values are numbers, which are compared by value.
    boolean isNumeric() {
        switch (kind) {
            case "smallint":
            case "integer":
            case "bigint":
            case "decimal":
            case "real":
            case "double":
                return true;
            default:
                return false;
        }
    }

    // Tells whether a whole number, of scale 0, is in the range of smallint, integer or bigint.
    boolean isInRange(BigDecimal whole) {
        int bits = kind.equals("smallint") ? 15 : kind.equals("integer") ? 31 : 63;
        return whole.unscaledValue().bitLength() <= bits;
    }

    // Returns the type as the spec writes it: `decimal(5,2)`, `varchar(20)`, `bigint`.
    String show() {
        switch (kind) {
            case "decimal":
                return kind + '(' + precision + ',' + scale + ')';
            case "varchar":
                return kind + '(' + length + ')';
            default:
                return kind;
        }
    }
}
