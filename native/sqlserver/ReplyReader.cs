// Reads HTTP/1.1 replies off a stream, as https://www.rfc-editor.org/rfc/rfc9112#section-6 has it.
namespace Udfgen
{
    using System.IO;

    // Reads one reply. All methods throw Failure `bad_response` for what is malformed, cut or too large, and whatever
    // the stream throws.
    internal sealed class ReplyReader
    {
        private const int MaxInterim = 16;
        private const int MaxSizeDigits = 16;
        private const int MaxLengthDigits = 19;

        private readonly Intake intake;

        // Takes a stream at the beginning of a reply.
        public ReplyReader(Stream stream)
        {
            intake = new Intake(stream);
        }

        // Waits for the first bytes. Returns whether any have come before the stream ended.
        public bool Begin()
        {
            return intake.Begin();
        }

        // Tells whether anything has come.
        public bool HasBegun()
        {
            return intake.HasBegun();
        }

        // Returns the reply with its body; interim replies before it are dropped.
        public Reply Read()
        {
            for (int count = 0; count < MaxInterim + 1; count++)
            {
                Reply reply = ReadHead();
                if (reply.status == 101)
                {
                    throw Reply.Malformed("switches to another protocol");
                }
                if (!reply.IsInterim())
                {
                    reply.CheckFraming();
                    reply.body = ReadBody(reply);
                    // Bytes beyond the end belong to nothing that was asked for.
                    reply.isKept = reply.HasLength() && reply.StaysOpen() && intake.IsEmpty();
                    return reply;
                }
            }
            throw Reply.Malformed("has too many interim replies");
        }

        // Returns a reply without its body.
        public Reply ReadHead()
        {
            return new Reply(intake.Until("\r\n\r\n"));
        }

        private byte[] ReadBody(Reply reply)
        {
            if (reply.IsBare())
            {
                return reply.body;
            }
            if (reply.IsChunked())
            {
                return ReadChunks();
            }
            return reply.HasLength() ? intake.Exactly(ReadLength(reply.Header("content-length"))) : intake.Rest();
        }

        private static int ReadLength(string text)
        {
            if (!Ascii.IsDigits(text) || text.Length > MaxLengthDigits)
            {
                throw Reply.Malformed("has a malformed length");
            }
            return ReadSize(text, 10);
        }

        // Returns the number of bytes that digits say, unless there are too many.
        private static int ReadSize(string digits, int radix)
        {
            long size = 0;
            foreach (char each in digits)
            {
                size = size * radix + DigitOf(each);
                Intake.RequireBody(size);
            }
            return (int)size;
        }

        // Returns what a hexadecimal digit stands for, or -1 for any other character.
        private static int DigitOf(char character)
        {
            int lower = character | 0x20;
            int letter = lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
            return Ascii.IsDigit(character) ? character - '0' : letter;
        }

        // Returns a body in chunks; their extensions and the trailers are read and dropped.
        private byte[] ReadChunks()
        {
            MemoryStream body = new MemoryStream();
            for (int size = ReadChunkSize(); size > 0; size = ReadChunkSize())
            {
                Intake.RequireBody(body.Length + size);
                body.Write(intake.Exactly(size), 0, size);
                byte[] end = intake.Exactly(2);
                if (end[0] != '\r' || end[1] != '\n')
                {
                    throw MalformedChunk();
                }
            }
            DropTrailers();
            return body.ToArray();
        }

        private int ReadChunkSize()
        {
            string line = intake.Until("\r\n");
            int end = line.IndexOf(';');
            string digits = line.Substring(0, end < 0 ? line.Length - 2 : end).TrimEnd(' ', '\t');
            if (digits.Length > MaxSizeDigits || !IsHex(digits))
            {
                throw MalformedChunk();
            }
            return ReadSize(digits, 16);
        }

        private static bool IsHex(string text)
        {
            foreach (char each in text)
            {
                if (DigitOf(each) < 0)
                {
                    return false;
                }
            }
            return text.Length > 0;
        }

        private static Failure MalformedChunk()
        {
            return Reply.Malformed("has a malformed chunk");
        }

        private void DropTrailers()
        {
            int length = 0;
            for (string line = intake.Until("\r\n"); line.Length > 2; line = intake.Until("\r\n"))
            {
                length += line.Length;
                Intake.RequireHead(length);
            }
        }
    }
}
