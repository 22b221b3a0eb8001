// entry-class: Udfgen.Functions

namespace Udfgen
{
    public sealed class Functions
    {
        private Functions()
        {
        }
    }
}
