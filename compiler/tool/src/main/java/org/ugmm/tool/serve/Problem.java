package org.ugmm.tool.serve;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Analysis;
import org.ugmm.compiler.model.ModelException;
import org.ugmm.engine.data.ArgumentException;
import org.ugmm.engine.data.CircuitException;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.engine.data.Why;
import org.ugmm.tool.out.InputException;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.Refusal;
import org.ugmm.tool.out.UsageException;
import org.ugmm.tool.request.RequestException;

/**
 * Why a request has no answer, as the client is told.
 *
 * @param status of HTTP
 * @param kind for programs
 * @param what is wrong, for people
 * @param where in the request; empty where it is the whole
 * @param remedy what would help; empty where nothing is known to
 * @param reason of a refusal, null for other problems
 * @param variable that it is about, null for none
 */
record Problem(
    int status,
    Kind kind,
    String what,
    String where,
    String remedy,
    Why.@Nullable Reason reason,
    @Nullable String variable) {

  /** The kinds of problems. */
  enum Kind {
    MALFORMED,
    REQUEST,
    INPUT,
    REFUSED,
    NOT_FOUND,
    METHOD,
    UNAUTHORIZED,
    FORBIDDEN,
    TOO_LARGE,
    SLOW,
    BUSY,
    DEADLINE,
    STOPPING,
    MODEL,
    FAILED
  }

  static Problem of(int status, Kind kind, String what, String where, String remedy) {
    return new Problem(status, kind, what, where, remedy, null, null);
  }

  static final Problem BUSY =
      of(503, Kind.BUSY, "too many requests wait for an answer", "", "try again in a second");

  static final Problem STOPPING =
      of(503, Kind.STOPPING, "the service is being stopped", "", "try again in some seconds");

  static final Problem DEADLINE =
      of(
          504,
          Kind.DEADLINE,
          "the answer took longer than the service allows",
          "",
          "ask with a smaller budget, give more evidence, or start the service with a later"
              + " --deadline");

  /** The problem of an exception; a failure of ours has no words of its own. */
  static Problem of(Throwable e, Analysis model) {
    if (e instanceof RequestException request) {
      return request.isMalformed()
          ? of(400, Kind.MALFORMED, text(e), request.where(), "send one JSON object in UTF-8")
          : parts(400, Kind.REQUEST, text(e), request.where(), null);
    }
    if (e instanceof UsageException) {
      return parts(400, Kind.REQUEST, text(e), "", null);
    }
    if (e instanceof ArgumentException argument) {
      return parts(
          422, Kind.INPUT, argument.problem(), where(argument.variable()), argument.variable());
    }
    if (e instanceof InputException) {
      return parts(422, Kind.INPUT, text(e), "", null);
    }
    if (e instanceof RefusedException refused) {
      return refusal(refused, model);
    }
    if (e instanceof OutOfMemoryError) {
      return of(503, Kind.BUSY, "there is not enough memory for this request", "", "ask for less");
    }
    return of(
        500,
        Kind.FAILED,
        "the service failed with %s; its log says more".formatted(e.getClass().getSimpleName()),
        "",
        "report what you asked to whoever runs the service");
  }

  /** The problem of a model that cannot be read again. */
  static Problem ofModel(Throwable e) {
    boolean isOurs =
        e instanceof ModelException
            || e instanceof CircuitException
            || e instanceof ArgumentException
            || e instanceof InputException;
    return of(
        isOurs ? 422 : 500,
        isOurs ? Kind.MODEL : Kind.FAILED,
        isOurs ? text(e) : "failed with " + e.getClass().getSimpleName(),
        "",
        "mend the file; the model that was loaded before is still served");
  }

  private static Problem refusal(RefusedException refused, Analysis model) {
    String variable = refused.variable();
    String domain = "--domain '%s=[LO,HI]'".formatted(variable == null ? "NAME" : variable);
    String remedy = "";
    if (Refusal.names(refused, "allow ENCLOSED")) {
      remedy += "; \"allow\": [\"exact\", \"enclosed\"] allows it";
    } else if (Refusal.names(refused, "allow")) {
      remedy += "; \"allow\": [\"exact\", \"enclosed\", \"estimated\"] allows estimates";
    }
    if (Refusal.names(refused, "domain")) {
      remedy += "; the service can be started with " + domain;
    }
    if (Refusal.names(refused, "budget")) {
      remedy += "; a larger \"budget\" searches longer";
    }
    String text = refused.problem(model::describe);
    String hint = refused.remedy();
    if (!hint.isEmpty() && text.endsWith("; " + hint)) {
      text = text.substring(0, text.length() - hint.length() - 2);
    }
    String help = hint + remedy;
    return new Problem(
        422,
        Kind.REFUSED,
        text,
        where(variable),
        help.startsWith("; ") ? help.substring(2) : help,
        refused.why().reason(),
        variable);
  }

  private static String where(@Nullable String variable) {
    return variable == null ? "" : "/given/" + variable.replace("~", "~0").replace("/", "~1");
  }

  /** Messages end with what was expected. */
  private static Problem parts(
      int status, Kind kind, String text, String where, @Nullable String variable) {
    int at = text.indexOf("; ");
    return new Problem(
        status,
        kind,
        at < 0 ? text : text.substring(0, at),
        where,
        at < 0 ? "" : text.substring(at + 2),
        null,
        variable);
  }

  private static String text(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  /** One JSON object and the end of its line. */
  byte[] json() {
    return json(-1);
  }

  /** The same about a row of a batch. */
  byte[] json(int row) {
    return document(
        json -> {
          if (row >= 0) {
            json.writeNumberField("row", row);
          }
          write(json);
        });
  }

  /** The same as the only field of an answer. */
  byte[] jsonWithin() {
    return document(
        json -> {
          json.writeObjectFieldStart("problem");
          write(json);
          json.writeEndObject();
        });
  }

  /** Writes the fields of an object. */
  private interface Fields {
    void write(JsonGenerator json) throws IOException;
  }

  private static byte[] document(Fields fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      JsonGenerator json = JsonOut.open(out);
      json.writeStartObject();
      fields.write(json);
      json.writeEndObject();
      JsonOut.close(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** The fields, within an object. */
  void write(JsonGenerator json) throws IOException {
    json.writeNumberField("status", status);
    json.writeStringField("kind", kind.name());
    json.writeStringField("what", what);
    json.writeStringField("where", where);
    json.writeStringField("remedy", remedy);
    if (reason != null) {
      json.writeStringField("reason", reason.name());
    }
    if (variable != null) {
      json.writeStringField("variable", variable);
    }
  }
}
