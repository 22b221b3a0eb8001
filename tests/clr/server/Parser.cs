// Parses T-SQL files: `Parser.exe check VERSION FILE...` prints what is wrong and ends with 1 when something is;
// `Parser.exe trees VERSION FILE...` prints what each file is made of, one line of JSON per file.

namespace Udfgen.Tests
{
    using System;
    using System.Collections.Generic;
    using System.Globalization;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    internal static class Parser
    {
        public static int Main(string[] arguments)
        {
            int version = int.Parse(arguments[1], CultureInfo.InvariantCulture);
            int mistakes = 0;
            for (int index = 2; index < arguments.Length; index++)
            {
                Script script = new Script(version, arguments[index]);
                List<string> errors = script.Errors();
                mistakes += errors.Count;
                Console.Out.Write(arguments[0] == "trees" ? Described(script) : Lines(errors));
            }
            return mistakes == 0 ? 0 : 1;
        }

        private static string Lines(List<string> errors)
        {
            return errors.Count == 0 ? "" : string.Join("\n", errors.ToArray()) + "\n";
        }

        /// <summary>Tells a script's errors, the statements of each batch, constants of text, names, what would clash.
        /// </summary>
        private static string Described(Script script)
        {
            Contents contents = new Contents();
            Collations collations = new Collations();
            if (script.Tree != null)
            {
                script.Tree.Accept(contents);
                script.Tree.Accept(collations);
            }
            Dictionary<string, object> facts = new Dictionary<string, object>();
            facts["errors"] = script.Errors();
            facts["batches"] = Shapes(script);
            facts["texts"] = contents.Texts;
            facts["executed"] = contents.Statements;
            facts["names"] = contents.Names;
            facts["collations"] = collations.Found;
            facts["shapes"] = Trees(script);
            return Lines(new List<string> { JsonLine.Write(facts) });
        }

        private static List<object> Shapes(Script script)
        {
            List<object> shapes = new List<object>();
            foreach (TSqlBatch batch in script.Batches)
            {
                Statements statements = new Statements();
                batch.Accept(statements);
                shapes.Add(statements.Kinds);
            }
            return shapes;
        }

        /// <summary>Returns a hash of each batch's whole tree, in which one text is like another.</summary>
        private static List<object> Trees(Script script)
        {
            List<object> trees = new List<object>();
            foreach (TSqlBatch batch in script.Batches)
            {
                Shape shape = new Shape();
                batch.Accept(shape);
                trees.Add(shape.Hash());
            }
            return trees;
        }

        /// <summary>Collects the kinds of all statements, nested ones too, in their order.</summary>
        private sealed class Statements : TSqlFragmentVisitor
        {
            internal readonly List<string> Kinds = new List<string>();

            public override void Visit(TSqlStatement statement)
            {
                Kinds.Add(statement.GetType().Name);
            }
        }

        /// <summary>Collects identifiers, constants of text, and texts that are executed.</summary>
        private sealed class Contents : TSqlFragmentVisitor
        {
            internal readonly List<string> Texts = new List<string>();
            internal readonly List<string> Statements = new List<string>();
            internal readonly List<string> Names = new List<string>();

            public override void Visit(ScalarExpression expression)
            {
                string text = Constant.Text(expression);
                if (text != null)
                {
                    Texts.Add(text);
                }
            }

            // The type that bytes are cast to is no name of the script's.
            public override void ExplicitVisit(CastCall cast)
            {
                string text = Constant.Text(cast);
                if (text == null)
                {
                    base.ExplicitVisit(cast);
                    return;
                }
                Texts.Add(text);
            }

            public override void Visit(ProcedureParameter parameter)
            {
                if (parameter.Value is BinaryLiteral)
                {
                    Texts.Add(Constant.Default(parameter));
                }
            }

            public override void Visit(ExecutableStringList statement)
            {
                string text = statement.Strings.Count == 1 ? Constant.Text(statement.Strings[0]) : null;
                if (text != null)
                {
                    Statements.Add(text);
                }
            }

            public override void Visit(Identifier name)
            {
                Names.Add(name.Value);
            }
        }
    }
}
