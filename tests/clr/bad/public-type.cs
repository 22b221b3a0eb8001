// public-type: Udfgen.Bad
// public-type: Udfgen.Functions/Inner

namespace Udfgen
{
    public static class Bad
    {
    }

    public static class Functions
    {
        public enum Inner
        {
            One,
        }
    }

    internal static class Hidden
    {
        public enum Inner
        {
            One,
        }
    }
}
