// A typed value taken out of a reply.
package udfgen;

// One scalar result, or one column of rows, whose path starts at the row.
final class Result {
    final Type type;
    final Path path;
    // Whether digits beyond the scale are rounded, not refused.
    final boolean round;

    // Reads an entry of the table.
    Result(Facts facts) {
        type = new Type(facts);
        path = new Path(facts.pieces("path"));
        round = facts.flag("round");
    }
}
