// One row of a result, as SQL takes it.
namespace Udfgen
{
    using System;
    using System.Data.SqlTypes;

    // A scalar result is a row of one cell. Columns count from 0. Every method throws Exception with `[udfgen <code>]`
    // in its text, and nothing else.
    internal sealed class Row
    {
        private readonly string owner;
        private readonly object[] cells;

        // Takes the name of the binding, which errors begin with, and values as Values.Show gives them.
        public Row(string owner, object[] cells)
        {
            this.owner = owner;
            this.cells = cells;
        }

        // Returns a boolean.
        public SqlBoolean Boolean(int column)
        {
            return Cell<SqlBoolean>(column);
        }

        // Returns a smallint.
        public SqlInt16 Int16(int column)
        {
            return Cell<SqlInt16>(column);
        }

        // Returns an integer.
        public SqlInt32 Int32(int column)
        {
            return Cell<SqlInt32>(column);
        }

        // Returns a bigint.
        public SqlInt64 Int64(int column)
        {
            return Cell<SqlInt64>(column);
        }

        // Returns a decimal, with the precision and the scale that the spec gives it.
        public SqlDecimal Decimal(int column)
        {
            return Cell<SqlDecimal>(column);
        }

        // Returns a real.
        public SqlSingle Single(int column)
        {
            return Cell<SqlSingle>(column);
        }

        // Returns a double.
        public SqlDouble Double(int column)
        {
            return Cell<SqlDouble>(column);
        }

        // Returns a text, a varchar or a json.
        public SqlChars Chars(int column)
        {
            return Cell<SqlChars>(column);
        }

        // Returns bytes.
        public SqlBytes Bytes(int column)
        {
            return Cell<SqlBytes>(column);
        }

        // Returns a uuid.
        public SqlGuid Guid(int column)
        {
            return Cell<SqlGuid>(column);
        }

        // Returns a date, at midnight, or a timestamp.
        public DateTime? Date(int column)
        {
            return Cell<DateTime?>(column);
        }

        // Returns a time.
        public TimeSpan? Time(int column)
        {
            return Cell<TimeSpan?>(column);
        }

        // Returns a timestamptz, in UTC.
        public DateTimeOffset? Offset(int column)
        {
            return Cell<DateTimeOffset?>(column);
        }

        private T Cell<T>(int column)
        {
            try
            {
                return (T)cells[column];
            }
            catch (Exception thrown)
            {
                throw new Exception(Mishap.Of(thrown).Describe(owner));
            }
        }
    }
}
