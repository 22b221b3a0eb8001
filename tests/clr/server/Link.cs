// Links an install.sql with the assembly in an assembly.sql, as SQL Server does when it runs them:
// `Link.exe ASSEMBLY.SQL INSTALL.SQL` prints each routine with its method, or what is wrong, and ends with 2 then.

namespace Udfgen.Tests
{
    using System;
    using System.Collections.Generic;
    using System.Reflection;

    internal static class Link
    {
        private const int Version = 150;

        public static int Main(string[] paths)
        {
            Package package = new Package(new Script(Version, paths[0]));
            List<string> mistakes = package.Mistakes();
            if (mistakes.Count == 0)
            {
                Assembly assembly = package.Load();
                mistakes = package.Misnamed(assembly);
                mistakes.AddRange(Linked(new Script(Version, paths[1]), new Linker(package.Name, assembly)));
            }
            mistakes.ForEach(Console.Error.WriteLine);
            return mistakes.Count == 0 ? 0 : 2;
        }

        private static List<string> Linked(Script script, Linker linker)
        {
            List<string> mistakes = new List<string>();
            List<Routine> routines = Routine.Of(script);
            foreach (Routine routine in routines)
            {
                try
                {
                    MethodInfo method = linker.Link(routine);
                    Console.Out.WriteLine(routine.Name.BaseIdentifier.Value + " = " + method);
                }
                catch (SqlRefused refused)
                {
                    mistakes.Add(script.At(routine.Declared, refused.Message));
                }
            }
            mistakes.AddRange(Wrapped(script, routines));
            return mistakes;
        }

        private static List<string> Wrapped(Script script, List<Routine> routines)
        {
            List<string> mistakes = new List<string>();
            foreach (Wrapper wrapper in Wrapper.Of(script, routines))
            {
                try
                {
                    WrapperRules.Check(wrapper, routines.Find(
                        each => each.Name.BaseIdentifier.Value == wrapper.Called));
                    Console.Out.WriteLine(wrapper.Declared.Name.BaseIdentifier.Value + " = " + wrapper.Called);
                }
                catch (SqlRefused refused)
                {
                    mistakes.Add(script.At(wrapper.Declared.Declared, refused.Message));
                }
            }
            return mistakes;
        }
    }
}
