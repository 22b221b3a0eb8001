// Small files of the server's machine.
namespace Udfgen
{
    using System;
    using System.IO;
    using System.Text;

    // Reads the files of AWS's tools. The account that the server runs as needs the right to read them.
    internal static class Files
    {
        private const int MaxFile = 1024 * 1024;

        // Tells whether there is a file, and no folder, that the server may know of.
        public static bool Exists(string path)
        {
            return File.Exists(path);
        }

        // Returns the text of a file in UTF-8, without the byte order mark that editors of Windows put before it; null
        // when it cannot be read or has more than 1 MiB.
        public static string Read(string path)
        {
            try
            {
                // Somebody else may have it open, to write it anew or to put another in its place.
                FileShare shared = FileShare.ReadWrite | FileShare.Delete;
                using (FileStream file = new FileStream(path, FileMode.Open, FileAccess.Read, shared))
                {
                    return file.Length > MaxFile ? null : Read(file, new byte[file.Length]).TrimStart('\ufeff');
                }
            }
            catch (Exception thrown)
            {
                bool isUnread = thrown is IOException || thrown is UnauthorizedAccessException;
                // The last two mean a name that no file can have.
                if (isUnread || thrown is ArgumentException || thrown is NotSupportedException)
                {
                    return null;
                }
                throw;
            }
        }

        // Returns a path with `~` at its beginning replaced by the home of the server's account, where it has one: the
        // root of a disk, where others may write, must not stand for it.
        public static string ExpandHome(string path)
        {
            bool isBelow = path.StartsWith("~/", StringComparison.Ordinal)
                || path.StartsWith("~\\", StringComparison.Ordinal);
            string home = Home();
            return isBelow && home.Length > 0 ? home + path.Substring(1) : path;
        }

        private static string Home()
        {
            string profile = Credentials.Environment("USERPROFILE");
            return profile.Length > 0 ? profile : Credentials.Environment("HOME");
        }

        private static string Read(FileStream file, byte[] room)
        {
            int done = 0;
            int come = 1;
            while (come > 0)
            {
                come = file.Read(room, done, room.Length - done);
                done += come;
            }
            return Encoding.UTF8.GetString(room, 0, done);
        }
    }
}
