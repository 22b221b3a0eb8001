// A set of rows taken out of a reply.
package udfgen;

// Rows are an array in the reply; every column is a value of each.
final class Table {
    final Path rows;
    final Result[] columns;

    // Reads an entry of the table.
    Table(Facts facts) {
        rows = new Path(facts.pieces("rows"));
        Facts[] each = facts.each("columns");
        columns = new Result[each.length];
        for (int at = 0; at < each.length; at++) {
            columns[at] = new Result(each[at]);
        }
    }
}
