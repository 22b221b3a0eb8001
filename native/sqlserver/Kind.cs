// The closed list of portable types.
namespace Udfgen
{
    internal enum Kind
    {
        Boolean,
        SmallInt,
        Integer,
        BigInt,
        Decimal,
        Real,
        Double,
        Text,
        VarChar,
        Date,
        Time,
        Timestamp,
        TimestampTz,
        Uuid,
        Json,
        Bytes
    }
}
