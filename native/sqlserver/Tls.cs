// TLS over a link.
namespace Udfgen
{
    using System;
    using System.IO;
    using System.Net.Security;

    // Reads and writes fail with IOException and nothing else. .NET Framework has it so
    // (https://github.com/microsoft/referencesource/blob/master/System/net/System/Net/SecureProtocols/_SslStream.cs,
    // ProcessRead and ProcessWrite); Mono hands on what its threads wrap up.
    internal sealed class Tls : SslStream
    {
        private const int Piece = 64 * 1024;

        // Takes a connected link, and closes it in the end.
        public Tls(Stream link)
            : base(link)
        {
        }

        // Returns how many bytes have come, 0 at the end: never bytes of two records.
        public override int Read(byte[] buffer, int offset, int count)
        {
            try
            {
                return base.Read(buffer, offset, count);
            }
            catch (AggregateException broken)
            {
                throw new IOException("the connection is broken", broken);
            }
        }

        // Writes all of the bytes, piece by piece: Mono encrypts all that it is given before it looks at the time.
        public override void Write(byte[] buffer, int offset, int count)
        {
            try
            {
                for (int done = 0; done < count; done += Piece)
                {
                    base.Write(buffer, offset + done, Math.Min(Piece, count - done));
                }
            }
            catch (AggregateException broken)
            {
                throw new IOException("the connection is broken", broken);
            }
        }
    }
}
