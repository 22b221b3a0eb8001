// A portable type: one of a closed list of kinds, and what it is sized by.
namespace Udfgen
{
    using System.Collections.Generic;

    // As the table says it of a parameter, a result or a column.
    internal sealed class TypeFacts
    {
        private static readonly Dictionary<string, Kind> Kinds = new Dictionary<string, Kind>
        {
            { "boolean", Kind.Boolean },
            { "smallint", Kind.SmallInt },
            { "integer", Kind.Integer },
            { "bigint", Kind.BigInt },
            { "decimal", Kind.Decimal },
            { "real", Kind.Real },
            { "double", Kind.Double },
            { "text", Kind.Text },
            { "varchar", Kind.VarChar },
            { "date", Kind.Date },
            { "time", Kind.Time },
            { "timestamp", Kind.Timestamp },
            { "timestamptz", Kind.TimestampTz },
            { "uuid", Kind.Uuid },
            { "json", Kind.Json },
            { "bytes", Kind.Bytes }
        };

        public readonly Kind kind;

        // Digits of a decimal, all of them and those after the point.
        public readonly int precision;
        public readonly int scale;

        // Code points of a varchar.
        public readonly int length;
        private readonly string name;

        // Reads an entry of the table. Throws KeyNotFoundException when there is no such type.
        public TypeFacts(Facts facts)
        {
            name = facts.Text("type");
            kind = Kinds[name];
            precision = facts.Count("precision");
            scale = facts.Count("scale");
            length = facts.Count("length");
        }

        // Tells whether values are numbers, which are compared by value.
        public bool IsNumeric()
        {
            return kind >= Kind.SmallInt && kind <= Kind.Double;
        }

        // Tells whether a number is whole and in the range of smallint, integer or bigint.
        public bool IsInRange(Digits number)
        {
            long? whole = number.Whole();
            int unused = kind == Kind.SmallInt ? 48 : kind == Kind.Integer ? 32 : 0;
            return whole.HasValue && whole.Value << unused >> unused == whole.Value;
        }

        // Returns the type as the spec writes it: `decimal(5,2)`, `varchar(20)`, `bigint`.
        public string Show()
        {
            if (kind == Kind.Decimal)
            {
                return name + "(" + Text.Show(precision) + "," + Text.Show(scale) + ")";
            }
            return kind == Kind.VarChar ? name + "(" + Text.Show(length) + ")" : name;
        }
    }
}
