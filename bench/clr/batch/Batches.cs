// udfgen: the method that SQL Server would call of a batch function, with the rows as FOR JSON writes them.

using System;
using System.Collections;
using System.Data.SqlTypes;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;

/// <summary>For each line of the function's name and all rows: prints the rows per second.</summary>
internal static class Batches
{
    public static void Main()
    {
        for (string line = Console.In.ReadLine(); line != null; line = Console.In.ReadLine())
        {
            string[] words = line.Split(' ');
            double rate = Rate(words[0], int.Parse(words[1], CultureInfo.InvariantCulture));
            Console.Out.WriteLine(rate.ToString("R", CultureInfo.InvariantCulture));
        }
    }

    private static double Rate(string name, int rows)
    {
        MethodInfo method = typeof(Udfgen.Functions).GetMethod(name);
        MethodInfo fill = typeof(Udfgen.Functions).GetMethod("Fill_" + name);
        Stopwatch watch = Stopwatch.StartNew();
        SqlChars given = new SqlChars(Json(rows).ToCharArray());
        int found = 0;
        foreach (object row in (IEnumerable)method.Invoke(null, new object[] { SqlChars.Null, given, SqlBoolean.False }))
        {
            object[] cells = { row, null, null };
            fill.Invoke(null, cells);
            found += ((SqlDecimal)cells[2]).Value == 87.5m ? 1 : 0;
        }
        if (found != rows)
        {
            throw new InvalidOperationException(found + " results of " + rows);
        }
        return rows / watch.Elapsed.TotalSeconds;
    }

    private static string Json(int rows)
    {
        StringBuilder text = new StringBuilder("[");
        for (int row = 0; row < rows; row++)
        {
            text.Append(row == 0 ? "" : ",").Append("{\"customer_id\":").Append(row).Append(",\"tier\":\"gold\"}");
        }
        return text.Append("]").ToString();
    }
}
