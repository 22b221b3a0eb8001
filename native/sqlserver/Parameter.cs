// A typed argument of a function, and what is checked of it before anything is sent.
namespace Udfgen
{
    // One entry of the table's parameters.
    internal sealed class Parameter
    {
        public readonly string name;
        public readonly TypeFacts type;
        public readonly Limits limits;

        // Whether NULL is refused.
        public readonly bool required;

        // Whether a number travels as a JSON string.
        public readonly bool asString;

        // Reads an entry of the table.
        public Parameter(Facts facts)
        {
            name = facts.Text("name");
            type = new TypeFacts(facts);
            limits = new Limits(type, facts);
            required = facts.Flag("required");
            asString = facts.Flag("as_string");
        }
    }
}
