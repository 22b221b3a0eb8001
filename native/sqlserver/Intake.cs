// What comes from a connection, taken piece by piece.
namespace Udfgen
{
    using System;
    using System.IO;

    // A buffer over a stream. All methods throw Failure `bad_response` for what is cut or too large, and whatever the
    // stream throws.
    internal sealed class Intake
    {
        private const int MaxHead = 64 * 1024;
        private const int MaxBody = 16 * 1024 * 1024;
        // As much as a record of TLS holds at most (https://www.rfc-editor.org/rfc/rfc5246#section-6.2.1). No read asks
        // for less: SslStream keeps what is left of a record and tells nobody, and the rest of a record that ends one
        // reply would pass for the next one.
        private const int Record = 16 * 1024;

        private readonly Stream stream;
        // What has come and was not taken yet stands from `from` to `to`.
        private byte[] data = new byte[2 * Record];
        private int from;
        private int to;
        private bool hasBegun;

        // Takes a stream that nobody else reads.
        public Intake(Stream stream)
        {
            this.stream = stream;
        }

        // Waits for the first bytes. Returns whether any have come before the stream ended.
        public bool Begin()
        {
            return hasBegun || Fill();
        }

        // Tells whether anything has come.
        public bool HasBegun()
        {
            return hasBegun;
        }

        // Tells whether all that has come was taken.
        public bool IsEmpty()
        {
            return from == to;
        }

        // Returns all up to and including a mark, which must come soon. Every byte is taken for a code point, which is
        // how the headers of HTTP were once defined.
        public string Until(string mark)
        {
            int searched = 0;
            int at = Find(mark, searched);
            while (at < 0)
            {
                searched = Math.Max(0, to - from - mark.Length + 1);
                RequireHead(to - from);
                More();
                at = Find(mark, searched);
            }
            RequireHead(at);
            char[] text = new char[at + mark.Length];
            for (int done = 0; done < text.Length; done++)
            {
                text[done] = (char)data[from + done];
            }
            from += text.Length;
            return new string(text);
        }

        // Returns the next bytes: as long as many are missing straight from the stream.
        public byte[] Exactly(int count)
        {
            byte[] bytes = new byte[count];
            int done = Take(bytes, 0);
            while (done < count)
            {
                if (count - done >= Record)
                {
                    done += Require(stream.Read(bytes, done, count - done));
                }
                else
                {
                    More();
                    done += Take(bytes, done);
                }
            }
            return bytes;
        }

        // Returns all until the stream ends.
        public byte[] Rest()
        {
            MemoryStream body = new MemoryStream();
            do
            {
                body.Write(data, from, to - from);
                RequireBody(body.Length);
                from = to;
            }
            while (Fill());
            return body.ToArray();
        }

        // Throws Failure when a head, or what stands for one, is too long.
        public static void RequireHead(int length)
        {
            if (length > MaxHead)
            {
                throw Reply.Malformed("has too long a head");
            }
        }

        // Throws Failure when a body is too large.
        public static void RequireBody(long size)
        {
            if (size > MaxBody)
            {
                throw Reply.Malformed("has more than " + Text.Show(MaxBody) + " bytes");
            }
        }

        // Returns how far behind `from` a mark stands, or -1.
        private int Find(string mark, int searched)
        {
            for (int at = from + searched; at <= to - mark.Length; at++)
            {
                int same = 0;
                while (same < mark.Length && data[at + same] == mark[same])
                {
                    same++;
                }
                if (same == mark.Length)
                {
                    return at - from;
                }
            }
            return -1;
        }

        // Moves what is here to the end of an array that is filled up to a place, and returns how much that was.
        private int Take(byte[] bytes, int done)
        {
            int taken = Math.Min(bytes.Length - done, to - from);
            Buffer.BlockCopy(data, from, bytes, done, taken);
            from += taken;
            return taken;
        }

        private void More()
        {
            Require(Fill() ? 1 : 0);
        }

        private static int Require(int come)
        {
            if (come == 0)
            {
                throw Reply.Malformed("was cut");
            }
            return come;
        }

        // Takes what comes next. Returns whether the stream had not ended.
        private bool Fill()
        {
            MakeRoom();
            int come = stream.Read(data, to, data.Length - to);
            hasBegun |= come > 0;
            to += come;
            return come > 0;
        }

        // Moves what was not taken yet to the front, in a larger array where less than a record's room is left.
        private void MakeRoom()
        {
            if (data.Length - to >= Record)
            {
                return;
            }
            int length = to - from;
            byte[] larger = data.Length - length < Record ? new byte[2 * data.Length] : data;
            Buffer.BlockCopy(data, from, larger, 0, length);
            data = larger;
            from = 0;
            to = length;
        }
    }
}
