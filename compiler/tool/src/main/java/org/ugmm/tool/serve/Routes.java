package org.ugmm.tool.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;
import org.ugmm.engine.Circuit;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.Words;

/** Takes every request, on the selector's thread: who may ask, and what is asked. */
final class Routes extends Handler.Abstract.NonBlocking {
  private static final String MODELS = "/v1/models";
  private static final String PICTURE = "/circuit.svg";

  private final ServeOptions options;
  private final Map<String, ServedModel> models;
  private final Desk desk;
  private final Meter meter;
  private final Scheduler scheduler;
  private final Page page = new Page();
  private volatile boolean isReady;

  Routes(
      ServeOptions options,
      Map<String, ServedModel> models,
      Desk desk,
      Meter meter,
      Scheduler scheduler) {
    this.options = options;
    this.models = models;
    this.desk = desk;
    this.meter = meter;
    this.scheduler = scheduler;
  }

  /** Every model is warm. */
  void ready() {
    isReady = true;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    String path = Request.getPathInContext(request);
    Meter.Route route = route(path);
    Exchange exchange = new Exchange(request, response, callback, meter, route);
    Problem refused = refused(request, route);
    if (refused != null) {
      exchange.problem(refused);
      return true;
    }
    try {
      switch (route) {
        case QUERY, BATCH, EXPLAIN, ADVISE, IMPUTE, CHECK, EXPLORE, RELOAD ->
            post(exchange, path, route);
        default -> get(exchange, path, route);
      }
    } catch (IOException e) {
      exchange.abort(e);
    }
    return true;
  }

  private static Meter.Route route(String path) {
    if (path.startsWith(MODELS)) {
      int last = path.lastIndexOf('/');
      boolean isOfModel = last > MODELS.length();
      return switch (isOfModel ? path.substring(last + 1) : "") {
        case "query" -> Meter.Route.QUERY;
        case "batch" -> Meter.Route.BATCH;
        case "explain" -> Meter.Route.EXPLAIN;
        case "advise" -> Meter.Route.ADVISE;
        case "impute" -> Meter.Route.IMPUTE;
        case "check" -> Meter.Route.CHECK;
        case "explore" -> Meter.Route.EXPLORE;
        case "reload" -> Meter.Route.RELOAD;
        default -> Meter.Route.MODEL;
      };
    }
    return switch (path) {
      case "/healthz", "/readyz", "/metrics" -> Meter.Route.STATE;
      default -> Page.has(path) ? Meter.Route.PAGE : Meter.Route.OTHER;
    };
  }

  /*
   * A page of another site that a browser shows can send requests to this machine. Its browser names
   * that site as the origin, and a name that was made to point here as the host; both are refused.
   */
  private @Nullable Problem refused(Request request, Meter.Route route) {
    String origin = request.getHeaders().get(HttpHeader.ORIGIN);
    HttpURI uri = request.getHttpURI();
    String host = uri.getHost();
    if (options.isLoopback() && host != null && !isLocal(host)) {
      return Problem.of(
          403,
          Problem.Kind.FORBIDDEN,
          "the service is for this machine, and was asked for as '%s'".formatted(host),
          "header Host",
          "use the address that the service printed, or start it with --host");
    }
    if (origin != null && !origin.equals(uri.getScheme() + "://" + uri.getAuthority())) {
      return Problem.of(
          403,
          Problem.Kind.FORBIDDEN,
          "pages of other sites may not ask",
          "header Origin",
          "open the page that the service itself serves");
    }
    boolean isOpen =
        route == Meter.Route.PAGE
            || route == Meter.Route.STATE && !uri.getCanonicalPath().equals("/metrics");
    return isOpen || hasToken(request)
        ? null
        : Problem.of(
            401,
            Problem.Kind.UNAUTHORIZED,
            "the service asks for a token",
            "header Authorization",
            "send 'Authorization: Bearer TOKEN' with the token that it was started with");
  }

  private static boolean isLocal(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  private boolean hasToken(Request request) {
    String token = options.token();
    if (token == null) {
      return true;
    }
    String shown = request.getHeaders().get(HttpHeader.AUTHORIZATION);
    // compared in a time that does not tell how much of it is right
    return shown != null
        && MessageDigest.isEqual(
            shown.getBytes(StandardCharsets.UTF_8),
            ("Bearer " + token).getBytes(StandardCharsets.UTF_8));
  }

  private void post(Exchange exchange, String path, Meter.Route route) {
    if (!requireMethod(exchange, "POST")) {
      return;
    }
    String name = path.substring(MODELS.length() + 1, path.lastIndexOf('/'));
    ServedModel model = models.get(name);
    if (model == null) {
      exchange.problem(noModel(name));
      return;
    }
    if (route == Meter.Route.RELOAD) {
      desk.submit(exchange, model.loaded(), () -> reload(exchange, model));
      return;
    }
    Body.read(
        exchange,
        options.bodyBytes(),
        options.patience(),
        scheduler,
        body -> {
          switch (route) {
            case QUERY -> desk.query(exchange, model.loaded(), body);
            case EXPLAIN -> desk.explain(exchange, model.loaded(), body);
            case ADVISE -> desk.advise(exchange, model.loaded(), body);
            case IMPUTE -> desk.impute(exchange, model.loaded(), body);
            case CHECK -> desk.check(exchange, model.loaded(), body);
            case EXPLORE -> desk.explore(exchange, model.loaded(), body);
            default -> desk.batch(exchange, model.loaded(), body);
          }
        });
  }

  @SuppressWarnings("IllegalCatch") // whatever a file does to its reader, the old model is served
  private static void reload(Exchange exchange, ServedModel model) {
    try {
      exchange.json(200, model.reload().description());
    } catch (Exception e) {
      exchange.problem(Problem.ofModel(e));
    }
  }

  private void get(Exchange exchange, String path, Meter.Route route) throws IOException {
    if (!requireMethod(exchange, "GET")) {
      return;
    }
    switch (route) {
      case PAGE -> page.send(exchange, path);
      case MODEL -> model(exchange, path);
      case STATE -> state(exchange, path);
      default ->
          exchange.problem(
              Problem.of(
                  404,
                  Problem.Kind.NOT_FOUND,
                  "there is nothing at this address",
                  "address",
                  "/openapi.json lists what there is"));
    }
  }

  private boolean requireMethod(Exchange exchange, String method) {
    String found = exchange.request().getMethod();
    if (found.equals(method) || found.equals("HEAD") && method.equals("GET")) {
      return true;
    }
    exchange.header("Allow", method);
    exchange.problem(
        Problem.of(
            405,
            Problem.Kind.METHOD,
            "this address takes no %s".formatted(found.length() > 20 ? "such method" : found),
            "method",
            "send " + method));
    return false;
  }

  private void state(Exchange exchange, String path) throws IOException {
    switch (path) {
      case "/healthz" -> exchange.send(200, Exchange.JSON, text("{\"status\":\"alive\"}\n"));
      case "/readyz" -> {
        if (isReady) {
          exchange.send(200, Exchange.JSON, text("{\"status\":\"ready\"}\n"));
        } else {
          exchange.send(503, Exchange.JSON, text("{\"status\":\"warming up\"}\n"));
        }
      }
      default -> exchange.send(200, Meter.contentType(), meter.text());
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void model(Exchange exchange, String path) throws IOException {
    if (path.equals(MODELS)) {
      exchange.json(200, list());
      return;
    }
    boolean isPicture = path.endsWith(PICTURE);
    int from = Math.min(path.length(), MODELS.length() + 1);
    int to = isPicture ? path.length() - PICTURE.length() : path.length();
    String name = path.substring(from, Math.max(from, to));
    ServedModel model = models.get(name);
    if (model == null) {
      exchange.problem(noModel(name));
    } else if (isPicture) {
      desk.picture(exchange, model.loaded());
    } else {
      exchange.json(200, model.loaded().description());
    }
  }

  private Problem noModel(String name) {
    return Problem.of(
        404,
        Problem.Kind.NOT_FOUND,
        "there is no model '%s'".formatted(Words.shorten(name)),
        "address",
        "the models are " + Words.some(List.copyOf(models.keySet())));
  }

  private byte[] list() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonGenerator json = JsonOut.open(out);
    json.writeStartObject();
    json.writeArrayFieldStart("models");
    for (ServedModel model : models.values()) {
      Circuit circuit = model.loaded().circuit();
      json.writeStartObject();
      json.writeStringField("name", model.name());
      json.writeStringField("format", model.loaded().compilation().format());
      json.writeNumberField("variables", circuit.numVariables());
      json.writeNumberField("nodes", circuit.numNodes());
      json.writeNumberField("edges", circuit.numEdges());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
    JsonOut.close(json);
    return out.toByteArray();
  }
}
