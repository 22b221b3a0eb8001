// A connected socket as a stream whose reads and writes keep to the deadline of a call.
namespace Udfgen
{
    using System;
    using System.IO;
    using System.Net.Sockets;

    // TLS is laid over this stream, so that the deadline holds within a handshake and within a record too. Whatever
    // goes wrong is an IOException.
    internal sealed class Link : Stream
    {
        // At most so many bytes at once: to one that wants to send or receive megabytes without waiting, Windows says
        // at times that it has no room (https://github.com/zeromq/libzmq/pull/1471,
        // https://github.com/zeromq/libzmq/pull/3297).
        private const int Piece = 64 * 1024;

        private readonly Socket socket;
        private Deadline deadline;

        // Takes a connected socket that does not block, and until when reads and writes may take.
        public Link(Socket socket, Deadline deadline)
        {
            this.socket = socket;
            this.deadline = deadline;
        }

        // Sets until when reads and writes may take from now on.
        public void Limit(Deadline deadline)
        {
            this.deadline = deadline;
        }

        // Tells whether an idle connection is open and nothing has come that was not asked for.
        public bool IsQuiet()
        {
            try
            {
                return !socket.Poll(0, SelectMode.SelectRead);
            }
            catch (SocketException)
            {
                return false;
            }
        }

        // Returns how many bytes have come, 0 at the end, never more than were asked for.
        public override int Read(byte[] buffer, int offset, int count)
        {
            for (;;)
            {
                Await(SelectMode.SelectRead);
                SocketError error;
                int come = socket.Receive(buffer, offset, Math.Min(count, Piece), SocketFlags.None, out error);
                if (!IsEarly(error))
                {
                    return come;
                }
            }
        }

        // Writes all of the bytes.
        public override void Write(byte[] buffer, int offset, int count)
        {
            int done = 0;
            while (done < count)
            {
                RequireTime();
                int size = Math.Min(count - done, Piece);
                // As a list: Mono tries again and again by itself to send what is given as an array.
                ArraySegment<byte>[] next = { new ArraySegment<byte>(buffer, offset + done, size) };
                SocketError error;
                int sent = socket.Send(next, SocketFlags.None, out error);
                if (IsEarly(error))
                {
                    Await(SelectMode.SelectWrite);
                }
                else
                {
                    done += sent;
                }
            }
        }

        // Does nothing: nothing is held back.
        public override void Flush()
        {
        }

        // Closes the socket.
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                socket.Close();
            }
            base.Dispose(disposing);
        }

        // Waits until the socket is ready, in slices.
        private void Await(SelectMode mode)
        {
            try
            {
                do
                {
                    RequireTime();
                }
                while (!socket.Poll(deadline.Slice(), mode));
            }
            catch (SocketException broken)
            {
                throw new IOException("the connection is broken", broken);
            }
        }

        private void RequireTime()
        {
            if (deadline.Left() <= 0)
            {
                throw new IOException("the time is over");
            }
        }

        // Tells whether the socket was not ready after all. Throws IOException for any other error.
        private static bool IsEarly(SocketError error)
        {
            if (error != SocketError.Success && error != SocketError.WouldBlock)
            {
                throw new IOException("the connection is broken");
            }
            return error == SocketError.WouldBlock;
        }

        public override bool CanRead
        {
            get { return true; }
        }

        public override bool CanWrite
        {
            get { return true; }
        }

        public override bool CanSeek
        {
            get { return false; }
        }

        public override long Length
        {
            get { throw new NotSupportedException(); }
        }

        public override long Position
        {
            get { throw new NotSupportedException(); }
            set { throw new NotSupportedException(); }
        }

        public override long Seek(long offset, SeekOrigin origin)
        {
            throw new NotSupportedException();
        }

        public override void SetLength(long value)
        {
            throw new NotSupportedException();
        }
    }
}
