// A stream whose bytes come in pieces, and which ends, or is reset.
namespace Udfgen
{
    using System;
    using System.Collections.Generic;
    using System.Globalization;
    using System.IO;

    internal sealed class PiecesStream : MemoryStream
    {
        private readonly List<object> pieces;
        private readonly bool isReset;
        private int piece;
        private int at;

        // Takes pieces in hexadecimal digits, none of them empty.
        public PiecesStream(List<object> pieces, bool isReset)
        {
            this.pieces = pieces;
            this.isReset = isReset;
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (piece == pieces.Count)
            {
                if (isReset)
                {
                    throw new IOException("Connection reset");
                }
                return 0;
            }
            string hex = (string)pieces[piece];
            int come = Math.Min(count, (hex.Length - at) / 2);
            for (int done = 0; done < come; done++, at += 2)
            {
                buffer[offset + done] = byte.Parse(hex.Substring(at, 2), NumberStyles.HexNumber);
            }
            if (at == hex.Length)
            {
                piece++;
                at = 0;
            }
            return come;
        }
    }
}
