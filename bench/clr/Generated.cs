// udfgen: the entry point that SQL Server would call, with the types that it would hand over.

using System.Data.SqlTypes;
using System.Diagnostics;

internal sealed class Generated : Loop
{
    protected override object Call(long customer)
    {
        return Udfgen.Functions.score_customer(new SqlInt64(customer), new SqlChars("gold".ToCharArray()));
    }

    public static void Main(string[] arguments)
    {
        Stopwatch watch = Stopwatch.StartNew();
        new Generated().Run(arguments, watch);
    }
}
