// A set of rows taken out of a reply.
namespace Udfgen
{
    // Rows are an array in the reply; every column is a value of each.
    internal sealed class TableFacts
    {
        public readonly Path rows;
        public readonly Result[] columns;

        // Reads an entry of the table.
        public TableFacts(Facts facts)
        {
            rows = new Path(facts.Pieces("rows"));
            Facts[] each = facts.Each("columns");
            columns = new Result[each.Length];
            for (int at = 0; at < each.Length; at++)
            {
                columns[at] = new Result(each[at]);
            }
        }
    }
}
