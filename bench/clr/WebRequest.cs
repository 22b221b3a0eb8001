// System.Net.HttpWebRequest, kept alive, in the mode that never sends a POST again: unsigned, unchecked, unparsed.

using System.Diagnostics;
using System.IO;
using System.Net;
using System.Text;

internal sealed class WebRequest : Loop
{
    private readonly string url;

    private WebRequest(string url)
    {
        this.url = url;
    }

    protected override object Call(long customer)
    {
        byte[] body = Encoding.UTF8.GetBytes("{\"customer\":" + customer + ",\"tier\":\"gold\",\"source\":\"sql\"}");
        HttpWebRequest request = (HttpWebRequest)System.Net.WebRequest.Create(url);
        request.Method = "POST";
        request.ContentType = "application/json";
        request.ContentLength = body.Length;
        request.AllowWriteStreamBuffering = false;
        request.Proxy = null;
        using (Stream stream = request.GetRequestStream())
        {
            stream.Write(body, 0, body.Length);
        }
        using (HttpWebResponse response = (HttpWebResponse)request.GetResponse())
        using (StreamReader reader = new StreamReader(response.GetResponseStream(), Encoding.UTF8))
        {
            return reader.ReadToEnd();
        }
    }

    public static void Main(string[] arguments)
    {
        Stopwatch watch = Stopwatch.StartNew();
        ServicePointManager.Expect100Continue = false;
        ServicePointManager.UseNagleAlgorithm = false; // else the body waits for the answer to the headers' packet
        new WebRequest(arguments[0] + "/2015-03-31/functions/score/invocations?Qualifier=live").Run(arguments, watch);
    }
}
