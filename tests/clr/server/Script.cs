// A T-SQL script read by Microsoft's own parser: https://github.com/microsoft/SqlScriptDOM

namespace Udfgen.Tests
{
    using System;
    using System.Collections.Generic;
    using System.Globalization;
    using System.IO;
    using System.Text;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    /// <summary>A script's batches, as the GO lines part them, and what is no T-SQL in it.</summary>
    internal sealed class Script
    {
        private readonly string name;
        private readonly TSqlFragment tree;
        private readonly IList<ParseError> errors;

        /// <summary>Reads a file by the grammar of a version of SQL Server: 110 is 2012, 150 is 2019.</summary>
        internal Script(int version, string path)
        {
            name = Path.GetFileName(path);
            using (StreamReader text = new StreamReader(path, new UTF8Encoding(false, true)))
            {
                tree = For(version).Parse(text, out errors);
            }
        }

        /// <summary>The whole tree; null where nothing could be read.</summary>
        internal TSqlFragment Tree
        {
            get { return tree; }
        }

        /// <summary>The batches; none where the text is no script.</summary>
        internal IList<TSqlBatch> Batches
        {
            get { return tree is TSqlScript ? ((TSqlScript)tree).Batches : new TSqlBatch[0]; }
        }

        /// <summary>Returns each mistake as `file:line:column: error number: what is wrong`.</summary>
        internal List<string> Errors()
        {
            List<string> found = new List<string>();
            foreach (ParseError each in errors)
            {
                string message = "error " + each.Number + ": " + each.Message;
                found.Add(At(each.Line, each.Column) + message.Replace("\r", " ").Replace("\n", " "));
            }
            return found;
        }

        /// <summary>Returns a message with the place of a fragment before it.</summary>
        internal string At(TSqlFragment fragment, string message)
        {
            return At(fragment.StartLine, fragment.StartColumn) + message;
        }

        private string At(int line, int column)
        {
            return string.Format(CultureInfo.InvariantCulture, "{0}:{1}:{2}: ", name, line, column);
        }

        private static TSqlParser For(int version)
        {
            Type parser = typeof(TSqlParser).Assembly.GetType(
                "Microsoft.SqlServer.TransactSql.ScriptDom.TSql" + version + "Parser", true);
            return (TSqlParser)Activator.CreateInstance(parser, new object[] { true });
        }
    }
}
