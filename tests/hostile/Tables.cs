// Prints the tables of many generated Functions.cs, each moved into a namespace S0, S1, … of its own: a line for each,
// of words between tabs. `text NAME HEX` is a constant in UTF-16, `method NAME COUNT` an entry point with the number of
// its parameters.

namespace Udfgen.Tests
{
    using System;
    using System.Collections.Generic;
    using System.Globalization;
    using System.Reflection;
    using System.Text;

    public static class Tables
    {
        private const BindingFlags All =
            BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
                | BindingFlags.DeclaredOnly;

        public static int Main(string[] arguments)
        {
            for (int number = 0; number < int.Parse(arguments[0], CultureInfo.InvariantCulture); number++)
            {
                Console.Out.WriteLine(Described("Udfgen.S" + number.ToString(CultureInfo.InvariantCulture)));
            }
            return 0;
        }

        private static string Described(string place)
        {
            Assembly own = typeof(Tables).Assembly;
            Type table = own.GetType(place + ".Table", true);
            List<string> words = new List<string>();
            object gateway = table.GetField("Lambda", All).GetValue(null);
            words.Add(Word("json", (string)gateway.GetType().GetField("json", All).GetValue(gateway)));
            foreach (FieldInfo field in table.GetFields(All))
            {
                if (field.IsLiteral)
                {
                    words.Add(Word(field.Name, (string)field.GetRawConstantValue()));
                }
            }
            foreach (MethodInfo method in own.GetType(place + ".Functions", true).GetMethods(All))
            {
                words.Add("method " + method.Name + " " + method.GetParameters().Length);
            }
            return string.Join("\t", words.ToArray());
        }

        private static string Word(string name, string text)
        {
            string digits = BitConverter.ToString(Encoding.Unicode.GetBytes(text)).Replace("-", "");
            return "text " + name + " " + digits;
        }
    }
}
