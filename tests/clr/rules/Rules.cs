// Checks an assembly against the rules of SQL Server's hosting, without loading it.
//
// mono Rules.exe FOLDER HOSTING ASSEMBLY: FOLDER has the reference assemblies of .NET Framework, HOSTING is
// hosting.txt.
// Prints `rule: place: what` for each finding and ends with 1 when there is one; without arguments, the rules' names.

namespace Udfgen.Rules
{
    using System;
    using System.Collections.Generic;
    using System.Linq;
    using Mono.Cecil;

    internal static class Rules
    {
        public static int Main(string[] arguments)
        {
            var lines = arguments.Length == 3
                ? Check(arguments[2], new Hosting(arguments[1]), arguments[0]).Select(each => each.ToString())
                : Enum.GetValues(typeof(Rule)).Cast<Rule>().Select(Finding.Name);
            string[] printed = lines.Distinct().ToArray();
            Array.ForEach(printed, Console.WriteLine);
            return arguments.Length == 3 && printed.Length > 0 ? 1 : 0;
        }

        private static IEnumerable<Finding> Check(string path, Hosting hosting, string folder)
        {
            var framework = new Framework(folder, hosting);
            var entries = new EntryRules(hosting);
            var parameters = new ReaderParameters { AssemblyResolver = framework };
            var assembly = AssemblyDefinition.ReadAssembly(path, parameters);
            var types = assembly.MainModule.GetTypes().ToArray();
            return new AssemblyRules(hosting).Check(assembly)
                .Concat(types.SelectMany(TypeRules.Check))
                .Concat(types.SelectMany(each => each.Methods).SelectMany(CodeRules.Check))
                .Concat(types.SelectMany(Use.In).SelectMany(framework.Check))
                .Concat(types.SelectMany(framework.CheckInheritance))
                .Concat(types.SelectMany(entries.Check));
        }
    }
}
