// The whole tree of a T-SQL fragment, without its texts and names: what is equal where only those differ.

namespace Udfgen.Tests
{
    using System;
    using System.Security.Cryptography;
    using System.Text;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    internal sealed class Shape : TSqlFragmentVisitor
    {
        private const string Data = "text";

        private readonly StringBuilder kinds = new StringBuilder();

        /// <summary>Returns the hash of what was visited, in hexadecimal digits.</summary>
        internal string Hash()
        {
            using (SHA256 hash = SHA256.Create())
            {
                byte[] digest = hash.ComputeHash(Encoding.UTF8.GetBytes(kinds.ToString()));
                return BitConverter.ToString(digest).Replace("-", "").ToLowerInvariant();
            }
        }

        public override void Visit(TSqlFragment fragment)
        {
            Add(fragment.GetType().Name);
        }

        public override void ExplicitVisit(StringLiteral literal)
        {
            Add(Data);
        }

        // A text that is no plain one is written as its bytes.
        public override void ExplicitVisit(BinaryLiteral literal)
        {
            Add(Data);
        }

        public override void ExplicitVisit(CastCall cast)
        {
            if (Constant.Text(cast) != null)
            {
                Add(Data);
                return;
            }
            base.ExplicitVisit(cast);
        }

        public override void Visit(Literal literal)
        {
            Add(literal.Value);
        }

        private void Add(string kind)
        {
            kinds.Append(kind).Append('\n');
        }
    }
}
