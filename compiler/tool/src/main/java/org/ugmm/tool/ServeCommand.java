package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.request.Limits;
import org.ugmm.tool.serve.ServeOptions;
import org.ugmm.tool.serve.ServedModel;
import org.ugmm.tool.serve.Service;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ugmm serve}: answers over HTTP until it is told to stop. */
@Command(
    name = "serve",
    description = "Answers queries as JSON over HTTP, and serves a page to explore models with.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {
      "",
      "Ends on SIGTERM or Ctrl-C, when what it accepted is answered. The environment variable",
      "UGMM_TOKEN stands for --token, which other users of the machine could see."
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ServeCommand implements Callable<Integer> {
  private static final int DRAWN_VALUES = 100_000;
  private static final long MOST_BOXES = 10_000_000;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..*",
      description =
          "The models, files of any format that is read; NAME=FILE gives a model another name than"
              + " that of its file.")
  private List<String> models;

  @Option(
      names = "--host",
      paramLabel = "NAME",
      defaultValue = "127.0.0.1",
      description = "Where to listen (default: ${DEFAULT-VALUE}, for this machine only).")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port to listen on, 0 for any that is free (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--token",
      paramLabel = "TEXT",
      description = "What clients must send as 'Authorization: Bearer TEXT'.")
  private @Nullable String token;

  @Option(
      names = "--tls-keystore",
      paramLabel = "FILE",
      description = "PKCS12 file with key and certificate: serve HTTPS.")
  private @Nullable Path keystore;

  @Option(
      names = "--tls-password",
      paramLabel = "FILE",
      description = "File whose first line is the password of the keystore.")
  private @Nullable Path keystorePassword;

  @Option(
      names = "--max-body",
      paramLabel = "SIZE",
      defaultValue = "8m",
      description = "Most bytes of a request, such as 64k or 8m (default: ${DEFAULT-VALUE}).")
  private String maxBody;

  @Option(
      names = "--max-rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Most rows of a batch (default: ${DEFAULT-VALUE}).")
  private int maxRows;

  @Option(
      names = "--queue",
      paramLabel = "N",
      defaultValue = "64",
      description =
          "Most requests that wait for a thread; more are told to come back (default:"
              + " ${DEFAULT-VALUE}).")
  private int queue;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      defaultValue = "30s",
      description = "Longest time of an answer (default: ${DEFAULT-VALUE}).")
  private String deadline;

  @Option(
      names = "--patience",
      paramLabel = "TIME",
      defaultValue = "30s",
      description =
          "How long a client may be silent, or take to send a request (default: ${DEFAULT-VALUE}).")
  private String patience;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Most connections at once; others wait (default: ${DEFAULT-VALUE}).")
  private int maxConnections;

  @Mixin private CommonOptions common;

  private final Console console;

  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    ServeOptions options = options();
    Map<String, ServedModel> served = new LinkedHashMap<>();
    for (NamedFile file : NamedFile.all(models)) {
      Callable<Compilation> loader = () -> common.compile(file.file(), List.of());
      served.put(
          file.name(),
          new ServedModel(
              file.name(), common.compile(file.file(), List.of()), loader, options.inference()));
    }
    try (Interrupt stop = new Interrupt();
        Service service = start(options, List.copyOf(served.values()))) {
      say(service.address(), served);
      service.warmUp();
      stop.await();
      if (!common.quiet) {
        console.note("stopping: what was accepted is answered");
      }
    }
    return 0;
  }

  private Service start(ServeOptions options, List<ServedModel> served) {
    try {
      return Service.start(options, served, console.err());
    } catch (IOException e) {
      throw new InputException(
          "--host %s --port %d%s: %s"
              .formatted(
                  host,
                  port,
                  keystore == null ? "" : " --tls-keystore " + keystore,
                  e.getMessage()),
          e);
    }
  }

  private ServeOptions options() {
    require(port >= 0 && port <= 65_535, "--port " + port + "; expected 0 to 65535");
    require(queue >= 1, "--queue " + queue + "; expected at least 1");
    require(maxRows >= 1, "--max-rows " + maxRows + "; expected at least 1");
    require(maxConnections >= 1, "--max-connections " + maxConnections + "; expected at least 1");
    Integer threads = common.threads;
    require(threads == null || threads >= 1, "--threads " + threads + "; expected at least 1");
    String shown = token != null ? token : System.getenv("UGMM_TOKEN");
    require(shown == null || !shown.isBlank(), "--token is empty; expected some text");
    if (keystore != null && !Files.isReadable(keystore)) {
      throw new InputException(keystore + ": cannot be read; expected a PKCS12 keystore");
    }
    Duration longest = time("--deadline", deadline);
    return new ServeOptions(
        host,
        port,
        shown,
        keystore,
        password(),
        size(maxBody),
        threads == null ? Runtime.getRuntime().availableProcessors() : threads,
        queue,
        longest,
        time("--patience", patience),
        maxConnections,
        common.inference(),
        new Limits(maxRows, DRAWN_VALUES, MOST_BOXES));
  }

  private @Nullable String password() {
    if (keystorePassword == null) {
      return null;
    }
    try {
      return Files.readString(keystorePassword).lines().findFirst().orElse("");
    } catch (IOException e) {
      throw InputException.unreadable(keystorePassword, e);
    }
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new UsageException(message);
    }
  }

  private static int size(String text) {
    long bytes = Amount.size(text);
    require(
        bytes >= 1 && bytes <= 1 << 30,
        "--max-body %s; expected bytes up to 1024m, such as 64k or 8m".formatted(text));
    return (int) bytes;
  }

  private static Duration time(String option, String text) {
    Duration time = Amount.time(text);
    if (time == null || time.isZero() || time.toDays() > 0) {
      throw new UsageException(
          "%s %s; expected a time of less than a day, such as 500ms, 30s or 5m"
              .formatted(option, text));
    }
    return time;
  }

  private void say(String address, Map<String, ServedModel> served) throws IOException {
    PrintStream out = console.out();
    if (common.json) {
      JsonGenerator json = JsonOut.open(out);
      json.writeStartObject();
      json.writeStringField("address", address);
      json.writeFieldName("models");
      json.writeArray(served.keySet().toArray(String[]::new), 0, served.size());
      json.writeEndObject();
      JsonOut.close(json);
    } else {
      out.println("serving %s".formatted(Words.some(List.copyOf(served.keySet()))));
      out.println("  page     " + address);
      out.println("  queries  %sv1/models/NAME/query".formatted(address));
      out.println("  all      %sopenapi.json".formatted(address));
    }
    out.flush();
  }
}
