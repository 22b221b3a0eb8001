// One connection to an origin, kept from call to call: it saves a call the connection and its TLS handshake.
namespace Udfgen
{
    using System;
    using System.Diagnostics;
    using System.IO;

    // Sends a request once and never again. .NET's own client does not promise that: on a kept connection that closes,
    // HttpWebRequest may send a POST again by itself, and a function then runs twice
    // (https://github.com/microsoft/referencesource/blob/master/System/net/System/Net/HttpWebRequest.cs,
    // DoSubmitRequestProcessing). After any failure the connection is closed: a reply may still be on its way.
    // One thread uses a wire at a time; Pool sees to that.
    internal sealed class Wire
    {
        private const long LongestIdleSeconds = 10;

        private readonly Url origin;
        private readonly Url proxy;
        private Link link;
        // The link itself, or TLS over it.
        private Stream stream;
        private long used;

        // Takes where to connect to, and through which proxy, null for none.
        public Wire(Url origin, Url proxy)
        {
            this.origin = origin;
            this.proxy = proxy;
        }

        // Sends one request, head and body, and returns its reply. Throws Failure: `unavailable` when nothing came
        // back, `bad_response` when the reply is cut or malformed, or that of a deadline; or SecurityException.
        public Reply Exchange(byte[] request, Deadline deadline, long connectMs)
        {
            bool isKept = false;
            try
            {
                if (!IsUsable())
                {
                    Open(deadline, connectMs);
                }
                link.Limit(deadline);
                bool isSent = Send(request, deadline);
                Reply reply = Receive(deadline);
                isKept = isSent && reply.isKept;
                used = Stopwatch.GetTimestamp();
                return reply;
            }
            finally
            {
                if (!isKept)
                {
                    Close();
                }
            }
        }

        // Tells whether there is a connection.
        public bool IsOpen()
        {
            return link != null;
        }

        // Tells whether the connection has been idle for longer than the other end may be trusted to keep it.
        public bool IsOld()
        {
            return Stopwatch.GetTimestamp() - used > LongestIdleSeconds * Stopwatch.Frequency;
        }

        // Closes the connection, if there is one. TLS does not say goodbye: that could wait, and lengths are known.
        public void Close()
        {
            Link oldLink = link;
            Stream oldStream = stream;
            link = null;
            stream = null;
            if (oldLink != null)
            {
                oldLink.Close();
            }
            if (oldStream != null)
            {
                oldStream.Close();
            }
        }

        // Tells whether the kept connection may be used: not idle for long, not closed by the other end, nothing to
        // read.
        private bool IsUsable()
        {
            bool isUsable = IsOpen() && !IsOld() && link.IsQuiet();
            if (!isUsable)
            {
                Close();
            }
            return isUsable;
        }

        private void Open(Deadline deadline, long connectMs)
        {
            Url next = proxy ?? origin;
            string near = (proxy == null ? "" : "the proxy ") + next.authority;
            string what = "cannot connect to " + near + " within " + Text.Show(connectMs) + " ms";
            Failure late = new Failure("unavailable", what);
            late.Retry = true;
            deadline.Enter("connecting");
            Deadline limit = deadline.Narrow(connectMs, late);
            link = Dialer.Connect(next, near, limit);
            link.Limit(limit);
            stream = origin.IsTls() ? Secure(limit) : link;
            deadline.Enter("waiting for the reply");
        }

        private Stream Secure(Deadline limit)
        {
            if (proxy != null)
            {
                Dialer.OpenTunnel(link, origin, limit);
            }
            return Dialer.AgreeTls(link, origin, limit);
        }

        // Sends a request. Returns false when the other end stopped reading, as it does before an early refusal.
        private bool Send(byte[] request, Deadline deadline)
        {
            try
            {
                stream.Write(request, 0, request.Length);
                return true;
            }
            catch (IOException)
            {
                deadline.Check();
                return false;
            }
        }

        private Reply Receive(Deadline deadline)
        {
            ReplyReader reader = new ReplyReader(stream);
            try
            {
                if (!reader.Begin())
                {
                    throw Silent("closed");
                }
                deadline.Enter("reading the reply");
                Reply reply = reader.Read();
                // .NET does not tell the end of TLS from a stream that anybody on the way has cut.
                if (origin.IsTls() && !reply.HasLength())
                {
                    throw Reply.Malformed("does not say how long it is");
                }
                return reply;
            }
            catch (IOException)
            {
                deadline.Check();
                throw reader.HasBegun() ? Reply.Malformed("was cut") : Silent("reset");
            }
        }

        private static Failure Silent(string how)
        {
            Failure failure = new Failure("unavailable", "the connection was " + how + " before a reply");
            failure.Retry = true;
            return failure;
        }
    }
}
