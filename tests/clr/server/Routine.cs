// A function or procedure of T-SQL, whose body is T-SQL or a method of an assembly.

namespace Udfgen.Tests
{
    using System.Collections.Generic;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    /// <summary>
    /// What one CREATE statement declares; one of `Returns` and `Columns` is null, or both. `External` is null for a body of
    /// T-SQL, whose columns are those of its query.
    /// </summary>
    internal sealed class Routine
    {
        internal readonly TSqlStatement Declared;
        internal readonly SchemaObjectName Name;
        internal readonly IList<ProcedureParameter> Parameters;
        internal readonly MethodSpecifier External;
        internal readonly DataTypeReference Returns;
        internal readonly IList<ColumnDefinition> Columns;
        internal readonly bool IsNullOnNull;

        private Routine(ProcedureStatementBody procedure)
        {
            Declared = procedure;
            Name = procedure.ProcedureReference.Name;
            Parameters = procedure.Parameters;
            External = procedure.MethodSpecifier;
        }

        private Routine(FunctionStatementBody function)
        {
            Declared = function;
            Name = function.Name;
            Parameters = function.Parameters;
            External = function.MethodSpecifier;
            ScalarFunctionReturnType scalar = function.ReturnType as ScalarFunctionReturnType;
            TableValuedFunctionReturnType table = function.ReturnType as TableValuedFunctionReturnType;
            Returns = scalar == null ? null : scalar.DataType;
            Columns = table == null ? null : table.DeclareTableVariableBody.Definition.ColumnDefinitions;
            foreach (FunctionOption option in function.Options)
            {
                IsNullOnNull |= option.OptionKind == FunctionOptionKind.ReturnsNullOnNullInput;
            }
        }

        /// <summary>What SQL Server calls the statement in its messages.</summary>
        internal string Statement
        {
            get { return Declared is ProcedureStatementBody ? "CREATE PROCEDURE" : "CREATE FUNCTION"; }
        }

        /// <summary>Returns what a script declares with an external name, in its order.</summary>
        internal static List<Routine> Of(Script script)
        {
            return All(script).FindAll(each => each.External != null);
        }

        /// <summary>Returns what a script declares with a body of T-SQL, in its order.</summary>
        internal static List<Routine> Written(Script script)
        {
            return All(script).FindAll(each => each.External == null);
        }

        private static List<Routine> All(Script script)
        {
            Finder finder = new Finder();
            script.Tree.Accept(finder);
            return finder.Found;
        }

        private sealed class Finder : TSqlFragmentVisitor
        {
            internal readonly List<Routine> Found = new List<Routine>();

            public override void Visit(ProcedureStatementBody procedure)
            {
                Found.Add(new Routine(procedure));
            }

            public override void Visit(FunctionStatementBody function)
            {
                Found.Add(new Routine(function));
            }
        }
    }
}
