// What a server would refuse for its collations, Msg 451, 456 and 468: this parser binds no names, so it is told by form.
// https://learn.microsoft.com/en-us/sql/t-sql/statements/collation-precedence-transact-sql

namespace Udfgen.Tests
{
    using System;
    using System.Collections.Generic;
    using System.Globalization;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    /// <summary>Collects texts of several columns without an explicit collation, and second collations of a text.
    /// </summary>
    internal sealed class Collations : TSqlFragmentVisitor
    {
        internal readonly List<string> Found = new List<string>();

        /// <summary>Tables of an install's own, whose columns have one collation.</summary>
        private static readonly List<string> Own = new List<string> { "old", "kept" };

        public override void Visit(FunctionCall call)
        {
            string name = call.FunctionName.Value.ToLowerInvariant();
            if (name == "concat" || name == "concat_ws")
            {
                Mixed(call);
            }
        }

        public override void Visit(BinaryExpression sum)
        {
            if (sum.BinaryExpressionType == BinaryExpressionType.Add)
            {
                Mixed(sum);
            }
        }

        public override void Visit(PrimaryExpression expression)
        {
            if (expression.Collation != null && Label.Of(expression).Collated > 1)
            {
                Tell(expression, "COLLATE on what has a collation");
            }
        }

        public override void Visit(BooleanComparisonExpression comparison)
        {
            ColumnReferenceExpression left = comparison.FirstExpression as ColumnReferenceExpression;
            ColumnReferenceExpression right = comparison.SecondExpression as ColumnReferenceExpression;
            bool isText = left != null && right != null && IsText(left) && IsText(right);
            if (isText && Label.Of(comparison.FirstExpression).Collated + Label.Of(right).Collated == 0 &&
                !(IsOwn(left) && IsOwn(right)))
            {
                Tell(comparison, "columns compared without a collation");
            }
        }

        private void Mixed(ScalarExpression text)
        {
            Label label = Label.Of(text);
            if (label.Columns.Count > 1 && label.Collated == 0)
            {
                Tell(text, "columns put together without a collation");
            }
        }

        private void Tell(TSqlFragment where, string what)
        {
            Found.Add(where.StartLine.ToString(CultureInfo.InvariantCulture) + ": " + what);
        }

        private static bool IsText(ColumnReferenceExpression column)
        {
            IList<Identifier> parts = column.MultiPartIdentifier.Identifiers;
            string name = parts[parts.Count - 1].Value;
            return name == "name" || name == "kind";
        }

        private static bool IsOwn(ColumnReferenceExpression column)
        {
            return Own.Contains(column.MultiPartIdentifier.Identifiers[0].Value);
        }

        /// <summary>What gives an expression its collation: columns by name, and how many COLLATE there are.</summary>
        private sealed class Label : TSqlFragmentVisitor
        {
            internal readonly SortedSet<string> Columns = new SortedSet<string>(StringComparer.OrdinalIgnoreCase);
            internal int Collated;

            internal static Label Of(ScalarExpression expression)
            {
                Label label = new Label();
                expression.Accept(label);
                return label;
            }

            public override void Visit(PrimaryExpression expression)
            {
                Collated += expression.Collation == null ? 0 : 1;
            }

            public override void Visit(ColumnReferenceExpression column)
            {
                if (column.MultiPartIdentifier != null)
                {
                    IList<Identifier> parts = column.MultiPartIdentifier.Identifiers;
                    Columns.Add(parts[parts.Count - 1].Value + " of " + parts[0].Value);
                }
            }

            /// <summary>A name out of the catalog takes any collation.</summary>
            public override void ExplicitVisit(FunctionCall call)
            {
                string name = call.FunctionName.Value.ToLowerInvariant();
                if (name != "user_name" && name != "type_name" && name != "col_name")
                {
                    base.ExplicitVisit(call);
                }
            }

            /// <summary>What another query gives has its own.</summary>
            public override void ExplicitVisit(ScalarSubquery query)
            {
            }

            /// <summary>What is asked gives no text.</summary>
            public override void ExplicitVisit(SearchedWhenClause when)
            {
                when.ThenExpression.Accept(this);
            }

            /// <summary>The value that is looked for gives no text.</summary>
            public override void ExplicitVisit(SimpleCaseExpression one)
            {
                Visit((PrimaryExpression)one);
                foreach (SimpleWhenClause when in one.WhenClauses)
                {
                    when.ThenExpression.Accept(this);
                }
                if (one.ElseExpression != null)
                {
                    one.ElseExpression.Accept(this);
                }
            }
        }
    }
}
