// Sends recordings with Java's own HttpClient, which offers HTTP/2 with every request.
// java Upload.java URL FILE...: prints the status, the version and the text of each answer.

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

public class Upload {
    private static final String BOUNDARY = "----sentivox";

    public static void main(String[] arguments) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        for (String file : Arrays.copyOfRange(arguments, 1, arguments.length)) {
            var request = HttpRequest.newBuilder(URI.create(arguments[0]))
                .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
                .POST(BodyPublishers.ofByteArray(form(Files.readAllBytes(Path.of(file)))))
                .build();
            var answer = client.send(request, BodyHandlers.ofString());
            System.out.println(answer.statusCode() + " " + answer.version() + " " + answer.body());
        }
    }

    private static byte[] form(byte[] recording) throws Exception {
        var form = new ByteArrayOutputStream();
        form.write(part("response_format\"\r\n\r\ntext\r\n"));
        form.write(part("file\"; filename=\"speech.wav\"\r\n\r\n"));
        form.write(recording);
        form.write(("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
        return form.toByteArray();
    }

    private static byte[] part(String rest) {
        String head = "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"";
        return (head + rest).getBytes(StandardCharsets.UTF_8);
    }
}
