// switch-cache: Udfgen.Bad.<>f__switch$map0

namespace Udfgen
{
    internal static class Bad
    {
        public static int Number(string name)
        {
            switch (name)
            {
                case "one": return 1;
                case "two": return 2;
                case "three": return 3;
                case "four": return 4;
                case "five": return 5;
                case "six": return 6;
                case "seven": return 7;
                default: return 0;
            }
        }
    }
}
