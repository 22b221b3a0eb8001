// The calls that one routine may make.
namespace Udfgen
{
    using System.Collections.Generic;

    // A function of the spec has one. Of a drop-in name the first argument chooses: a name of a Lambda function, which
    // is looked up as it stands.
    internal sealed class Choices
    {
        // Whose failure it is as long as nothing is chosen.
        public readonly string owner;
        private readonly Function function;
        private readonly Call only;
        private readonly Dictionary<string, Call> calls = new Dictionary<string, Call>();

        // Takes the table's entry of a function or a drop-in name.
        public Choices(Function function)
        {
            this.function = function;
            owner = function.binding == null ? function.name : function.binding.name;
            only = function.binding == null ? null : new Call(function, function.binding);
            foreach (KeyValuePair<string, Binding> each in function.choices)
            {
                calls[each.Key] = new Call(function, each.Value);
            }
        }

        // Returns the call for arguments as SQL Server hands them over. Throws Failure `bad_argument` or `not_found`
        // where the first one chooses none.
        public Call Of(object[] given)
        {
            return only ?? Named((string)Values.Read(function.parameters[0], given[0]));
        }

        private Call Named(string name)
        {
            Call found;
            if (name == null)
            {
                throw Encoder.UnfitArgument(function.parameters[0], "must not be null");
            }
            if (!calls.TryGetValue(name, out found))
            {
                string what = " is not a Lambda function that this database may call";
                throw new Failure("not_found", Refusal.ShowName(name) + what);
            }
            return found;
        }
    }
}
