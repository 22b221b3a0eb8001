// What a constant of T-SQL is, as text. The dialect writes a hostile text as its UTF-16 in hexadecimal digits.

namespace Udfgen.Tests
{
    using System;
    using Microsoft.SqlServer.TransactSql.ScriptDom;

    internal static class Constant
    {
        /// <summary>Returns a text, also one that is cast, from its bytes or as it is; null when an expression is none.
        /// </summary>
        internal static string Text(ScalarExpression expression)
        {
            CastCall cast = expression as CastCall;
            if (cast != null)
            {
                BinaryLiteral bytes = cast.Parameter as BinaryLiteral;
                return !IsText(cast.DataType) ? null : bytes != null ? Decoded(bytes) : Text(cast.Parameter);
            }
            StringLiteral literal = expression as StringLiteral;
            return literal == null ? null : literal.Value;
        }

        /// <summary>Returns a parameter's default as text that a cast to its type reads; null for NULL.</summary>
        internal static string Default(ProcedureParameter parameter)
        {
            UnaryExpression signed = parameter.Value as UnaryExpression;
            if (signed != null)
            {
                string sign = signed.UnaryExpressionType == UnaryExpressionType.Negative ? "-" : "";
                return sign + ((Literal)signed.Expression).Value;
            }
            BinaryLiteral bytes = parameter.Value as BinaryLiteral;
            if (bytes != null)
            {
                return IsText(parameter.DataType) ? Decoded(bytes) : bytes.Value.Substring(2);
            }
            return parameter.Value is NullLiteral ? null : ((Literal)parameter.Value).Value;
        }

        private static bool IsText(DataTypeReference type)
        {
            SqlDataTypeReference known = type as SqlDataTypeReference;
            return known != null && known.SqlDataTypeOption == SqlDataTypeOption.NVarChar;
        }

        private static string Decoded(BinaryLiteral literal)
        {
            byte[] bytes = Package.Bytes(literal);
            char[] units = new char[bytes.Length / 2];
            Buffer.BlockCopy(bytes, 0, units, 0, bytes.Length);
            return new string(units);
        }
    }
}
