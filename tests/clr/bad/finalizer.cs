// finalizer: Udfgen.Bad.Finalize

namespace Udfgen
{
    internal sealed class Bad
    {
        ~Bad()
        {
        }
    }
}
