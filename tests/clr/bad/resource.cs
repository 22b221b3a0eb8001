// resource: resource.cs
// options: -resource:resource.cs

namespace Udfgen
{
    internal static class Bad
    {
    }
}
