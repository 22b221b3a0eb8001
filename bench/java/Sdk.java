// The AWS SDK for Java 2, as AWS advises for a fast start: one client, its HTTP client and region named, a provider of
// credentials chosen. It signs and sends; types, checks and reading the JSON are left out, in its favour.
// https://docs.aws.amazon.com/sdk-for-java/latest/developer-guide/lambda-optimize-starttime.html

import java.net.URI;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.lambda.LambdaClient;

final class Sdk extends Loop {
    private final LambdaClient client;

    private Sdk(String url, SdkHttpClient http) {
        client = LambdaClient.builder()
            .region(Region.EU_WEST_1)
            .endpointOverride(URI.create(url))
            .httpClient(http)
            .credentialsProvider(EnvironmentVariableCredentialsProvider.create())
            .build();
    }

    @Override
    Object call(long customer) {
        String payload = "{\"customer\":" + customer + ",\"tier\":\"gold\",\"source\":\"sql\"}";
        return client.invoke(request -> request
            .functionName("score")
            .qualifier("live")
            .payload(SdkBytes.fromUtf8String(payload))).payload().asUtf8String();
    }

    public static void main(String[] arguments) throws Exception {
        long start = System.nanoTime();
        SdkHttpClient http =
            arguments[0].equals("apache") ? ApacheHttpClient.create() : UrlConnectionHttpClient.create();
        new Sdk(arguments[1], http).run(arguments, start);
    }
}
