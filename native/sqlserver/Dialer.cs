// Makes connections: to one of the addresses of a host, perhaps through a proxy, perhaps under TLS.
namespace Udfgen
{
    using System;
    using System.IO;
    using System.Net;
    using System.Net.Sockets;
    using System.Security;
    using System.Security.Authentication;
    using System.Security.Cryptography.X509Certificates;
    using System.Text;
    using System.Threading;

    // All methods throw Failure `unavailable`, that of a deadline, or SecurityException without the permission to
    // connect. A caller closes the stream of one that fails.
    internal static class Dialer
    {
        // Returns a connection to the host of a URL, which errors call `near`. The look-up of a name ends when Windows
        // ends it: .NET has no timeout for that. Each address then gets its share of the time that is left.
        public static Link Connect(Url url, string near, Deadline deadline)
        {
            IPAddress[] addresses = Resolve(url);
            Failure failure = Unresolved(url);
            for (int at = 0; at < addresses.Length; at++)
            {
                deadline.Check();
                Deadline share = deadline.Narrow(deadline.Left() / (addresses.Length - at), deadline.Late());
                try
                {
                    return Connect(new IPEndPoint(addresses[at], url.port), share);
                }
                catch (SocketException refused)
                {
                    bool isLate = refused.SocketErrorCode == SocketError.TimedOut && share.Left() <= 0;
                    string why = "cannot connect to " + near + ": " + Reason(refused.SocketErrorCode);
                    failure = isLate ? share.Late() : Unavailable(why);
                }
            }
            throw failure;
        }

        // Asks a proxy for a tunnel (https://www.rfc-editor.org/rfc/rfc9110#name-connect). In TLS the server does not
        // speak first: nothing can follow the head of the answer.
        public static void OpenTunnel(Stream link, Url origin, Deadline deadline)
        {
            Reply reply = Ask(link, "CONNECT " + origin.Place() + " HTTP/1.1\r\nHost: " + origin.Place() + "\r\n\r\n");
            deadline.Check();
            if (reply == null)
            {
                throw Unavailable("the proxy did not answer");
            }
            if (reply.status < 200 || reply.status >= 300)
            {
                Failure failure = Unavailable("the proxy answered HTTP " + Text.Show(reply.status));
                failure.Retry = reply.status >= 500;
                throw failure;
            }
        }

        // Returns a stream under TLS 1.2 over a connected one, its certificate and host name checked as Windows does it
        // with the certificates that it trusts.
        public static Stream AgreeTls(Stream link, Url origin, Deadline deadline)
        {
            Tls secure = new Tls(link);
            try
            {
                X509CertificateCollection none = new X509CertificateCollection();
                secure.AuthenticateAsClient(origin.host, none, SslProtocols.Tls12, false);
                return secure;
            }
            catch (SecurityException)
            {
                throw;
            }
            catch (ThreadAbortException)
            {
                throw;
            }
            catch (Exception broken)
            {
                deadline.Check();
                throw RefuseTls(broken);
            }
        }

        private static IPAddress[] Resolve(Url url)
        {
            try
            {
                return Dns.GetHostAddresses(url.host);
            }
            catch (SocketException)
            {
                throw Unresolved(url);
            }
            catch (ArgumentException)
            {
                // It is longer than any name can be, or an address that nobody has.
                throw Unresolved(url);
            }
        }

        private static Failure Unresolved(Url url)
        {
            return Unavailable("cannot resolve the host " + url.host);
        }

        private static Link Connect(IPEndPoint address, Deadline deadline)
        {
            Socket socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            bool isConnected = false;
            try
            {
                // A small request must leave at once, not wait for the acknowledgement of the one before.
                socket.NoDelay = true;
                socket.Blocking = false;
                Begin(socket, address);
                Finish(socket, deadline);
                isConnected = true;
                return new Link(socket, deadline);
            }
            finally
            {
                if (!isConnected)
                {
                    socket.Close();
                }
            }
        }

        private static void Begin(Socket socket, IPEndPoint address)
        {
            try
            {
                socket.Connect(address);
            }
            catch (SocketException begun)
            {
                // Windows says the one, POSIX the other.
                SocketError error = begun.SocketErrorCode;
                if (error != SocketError.WouldBlock && error != SocketError.InProgress)
                {
                    throw;
                }
            }
        }

        // Waits for what has begun. Throws SocketException.
        private static void Finish(Socket socket, Deadline deadline)
        {
            // Windows marks success only as writable, and failure only as an error.
            while (!socket.Poll(deadline.Slice(), SelectMode.SelectWrite) && !socket.Poll(0, SelectMode.SelectError))
            {
                if (deadline.Left() <= 0)
                {
                    throw new SocketException((int)SocketError.TimedOut);
                }
            }
            int error = (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error);
            if (error != 0)
            {
                throw new SocketException(error);
            }
        }

        // Returns the head of the answer to a request, or null when none comes that can be read.
        private static Reply Ask(Stream link, string request)
        {
            try
            {
                byte[] bytes = Encoding.ASCII.GetBytes(request);
                link.Write(bytes, 0, bytes.Length);
                return new ReplyReader(link).ReadHead();
            }
            catch (IOException)
            {
                return null;
            }
            catch (Failure)
            {
                return null;
            }
        }

        // Says why, in words that do not depend on the language of Windows.
        private static string Reason(SocketError error)
        {
            switch (error)
            {
                case SocketError.ConnectionRefused:
                    return "Connection refused";
                case SocketError.ConnectionReset:
                    return "Connection reset";
                case SocketError.HostUnreachable:
                    return "No route to the host";
                case SocketError.NetworkUnreachable:
                    return "Network is unreachable";
                case SocketError.TimedOut:
                    return "Connection timed out";
                default:
                    return "socket error " + Text.Show((int)error);
            }
        }

        private static Failure Unavailable(string what)
        {
            Failure failure = new Failure("unavailable", what);
            failure.Retry = true;
            return failure;
        }

        // Returns the failure of TLS in the innermost words. What the two ends do not agree about, a certificate first
        // of all, is no better the second time: only a connection that breaks may be tried again.
        private static Failure RefuseTls(Exception broken)
        {
            bool isBroken = false;
            bool isRefused = false;
            string why = "";
            for (Exception cause = broken; cause != null; cause = cause.InnerException)
            {
                isBroken |= cause is IOException;
                isRefused |= cause is AuthenticationException;
                why = cause.Message;
            }
            bool isClosed = isBroken && !isRefused;
            Failure failure = Unavailable("TLS: " + (isClosed ? "the connection was closed" : Refusal.Clean(why)));
            failure.Retry = isClosed;
            return failure;
        }
    }
}
