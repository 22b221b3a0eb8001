// The facts of hosting.txt: what SQL Server's documents say, as data.

namespace Udfgen.Rules
{
    using System.Collections.Generic;
    using System.IO;
    using System.Linq;

    /// <summary>Answers what hosting.txt says: the lines of a kind, by the name that they are about.</summary>
    internal sealed class Hosting
    {
        private readonly ILookup<string, string[]> facts;

        public Hosting(string path)
        {
            facts = File.ReadAllLines(path)
                .Where(line => line != "" && !line.StartsWith("#"))
                .Select(line => line.Split(' '))
                .ToLookup(words => words[0], words => words.Skip(1).ToArray());
        }

        /// <summary>Returns what a kind's line about a name says after it; null where there is none.</summary>
        public string[] About(string kind, string name)
        {
            string[] found = facts[kind].FirstOrDefault(words => words[0] == name);
            return found == null ? null : found.Skip(1).ToArray();
        }

        /// <summary>Tells whether a kind has a line about a name.</summary>
        public bool Has(string kind, string name)
        {
            return About(kind, name) != null;
        }
    }
}
