// udfgen: the entry point that SQL Server would call, with the types that it would hand over. NULL is what the switch
// says when no binding is switched.

using System.Data.SqlTypes;
using System.Diagnostics;

internal sealed class Generated : Loop
{
    protected override object Call(long customer)
    {
        SqlChars tier = new SqlChars("gold".ToCharArray());
        return Udfgen.Functions.score_customer(SqlChars.Null, new SqlInt64(customer), tier);
    }

    public static void Main(string[] arguments)
    {
        Stopwatch watch = Stopwatch.StartNew();
        new Generated().Run(arguments, watch);
    }
}
