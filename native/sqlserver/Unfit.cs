// A value that its type, a constraint or the grammar refuses.
namespace Udfgen
{
    using System;

    // Carries what the value must be, never what it was: `must fit decimal(5,2)`.
    internal sealed class Unfit : Exception
    {
        public readonly string What;

        // Takes what follows the name of the argument or the path of the result.
        public Unfit(string what) : base(what)
        {
            What = what;
        }
    }
}
