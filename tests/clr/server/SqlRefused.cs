// What SQL Server itself refuses, before or after the assembly's code runs.

namespace Udfgen.Tests
{
    using System;
    using System.Globalization;

    /// <summary>A message of SQL Server's, by its number; the words are those of sys.messages.</summary>
    internal sealed class SqlRefused : Exception
    {
        internal SqlRefused(int number, string message, params object[] arguments)
            : base("Msg " + number + ": " + string.Format(CultureInfo.InvariantCulture, message, arguments))
        {
        }
    }
}
