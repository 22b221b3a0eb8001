// What `udfgen switch` said of the bindings.
namespace Udfgen
{
    using System;
    using System.Data.SqlTypes;

    // The caller's T-SQL reads the table and hands it over as text: a line `<binding> <mode>` for each binding that is
    // not live. It reads by ownership chaining, which this code could not: SQL Server asks what the caller may do
    // (https://learn.microsoft.com/en-us/previous-versions/sql/sql-server-2005/ms345105(v=sql.90)).
    internal sealed class Switch
    {
        private const string DryRun = "dry_run";

        private readonly string[] lines;

        // Takes the text; NULL stands for no line.
        public Switch(SqlChars modes)
        {
            bool isEmpty = modes == null || modes.IsNull;
            lines = isEmpty ? new string[0] : new string(modes.Value).Split('\n');
        }

        // Tells whether a call is to be a dry run. Throws Failure `disabled` for any other mode: what is not understood
        // is off.
        public bool IsDry(string binding)
        {
            string mode = Find(binding + " ");
            if (mode != null && mode != DryRun)
            {
                throw new Failure("disabled", "it is switched off: udfgen switch turns it on again");
            }
            return mode != null;
        }

        // Returns what follows the beginning of a line, or null.
        private string Find(string beginning)
        {
            foreach (string line in lines)
            {
                if (line.StartsWith(beginning, StringComparison.Ordinal))
                {
                    return line.Substring(beginning.Length);
                }
            }
            return null;
        }
    }
}
