// A typed value taken out of a reply.
namespace Udfgen
{
    // One scalar result, or one column of rows, whose path starts at the row.
    internal sealed class Result
    {
        public readonly TypeFacts type;
        public readonly Path path;

        // Whether digits beyond the scale are rounded, not refused.
        public readonly bool round;

        // Reads an entry of the table.
        public Result(Facts facts)
        {
            type = new TypeFacts(facts);
            path = new Path(facts.Pieces("path"));
            round = facts.Flag("round");
        }
    }
}
