package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.build.Candidate;
import org.ugmm.compiler.build.ColumnBits;
import org.ugmm.compiler.build.Trained;
import org.ugmm.engine.Circuit;
import org.ugmm.tool.inspect.Inspection;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.table.LearnedTable;

/** What training tells a person, or a program. */
final class TrainReport {
  private static final int COLUMNS_SHOWN = 30;

  private final PrintStream out;
  private final LearnedTable table;
  private final LearnedTable.Request request;

  TrainReport(PrintStream out, LearnedTable table, LearnedTable.Request request) {
    this.out = out;
    this.table = table;
    this.request = request;
  }

  /** The kinds of the columns. */
  void columns(boolean isJson) throws IOException {
    if (isJson) {
      JsonGenerator json = JsonOut.open(out);
      json.writeStartObject();
      json.writeNumberField("rows", table.data().numRows());
      writeColumns(json);
      json.writeEndObject();
      JsonOut.close(json);
      return;
    }
    out.printf("%s rows%n", Words.count(table.data().numRows()));
    TextTable text = new TextTable("column", "kind", ">values", ">missing");
    for (LearnedTable.ColumnFacts column : table.columns()) {
      text.row(
          column.name(),
          column.name().equals(request.className()) ? column.kind() + ", class" : column.kind(),
          Words.count(column.values()),
          Words.count(column.missing()));
    }
    text.print(out);
  }

  /** The model that was learned. */
  void print(Trained trained, Path model, boolean isJson) throws IOException {
    if (isJson) {
      JsonGenerator json = JsonOut.open(out);
      json.writeStartObject();
      json.writeStringField("model", model.toString());
      writeFacts(json, trained);
      json.writeEndObject();
      JsonOut.close(json);
      return;
    }
    boolean hasClass = trained.accuracy() != null;
    candidates(trained, hasClass);
    out.println();
    bits(trained);
    out.println();
    out.println(
        "%s rows kept back: mean log-likelihood %s, columns independent %s"
            .formatted(
                Words.count(trained.numValid()),
                decimal(trained.valid()),
                decimal(trained.baseline())));
    Trained.Accuracy accuracy = trained.accuracy();
    if (accuracy != null && accuracy.rows() > 0) {
      out.println(
          "class '%s': %s right of %s, %s; 95 %% confidence %s to %s"
              .formatted(
                  request.className(),
                  Words.count(accuracy.right()),
                  Words.count(accuracy.rows()),
                  Words.percent(accuracy.value()),
                  Words.percent(accuracy.lo()),
                  Words.percent(accuracy.hi())));
    }
    Trained.Gain gain = trained.gain();
    if (gain != null) {
      out.println(
          "full covariances: %s (standard error %s) better on the rows kept back than the best without; %s"
              .formatted(
                  decimal(gain.mean()), decimal(gain.standardError()), Inspection.OF_BLOCKS));
    }
    Circuit circuit = trained.circuit();
    out.println(
        "%s%s: %s nodes, %s edges"
            .formatted(
                trained.isStopped() ? "stopped early; the best so far is in " : "",
                model,
                Words.count(circuit.numNodes()),
                Words.count(circuit.numEdges())));
  }

  private void candidates(Trained trained, boolean hasClass) {
    TextTable text =
        hasClass
            ? new TextTable(
                "candidate",
                ">weights",
                ">seconds",
                ">train",
                ">valid",
                ">log class",
                ">accuracy",
                ">share")
            : new TextTable("candidate", ">weights", ">seconds", ">train", ">valid", ">share");
    text.mayLeaveOut("seconds", "train", "weights");
    for (Candidate c : trained.candidates()) {
      String share = c.weight() == 0 ? "" : Words.percent(c.weight());
      String seconds = String.format(Locale.ROOT, "%.1f", c.seconds());
      String weights = Words.count(c.numWeights());
      if (hasClass) {
        text.row(
            c.label(),
            weights,
            seconds,
            decimal(c.train()),
            decimal(c.valid()),
            decimal(c.classLog()),
            decimal(c.classAccuracy()),
            share);
      } else {
        text.row(c.label(), weights, seconds, decimal(c.train()), decimal(c.valid()), share);
      }
    }
    text.print(out);
  }

  private void bits(Trained trained) {
    TextTable text =
        new TextTable("column", ">missing", ">bits alone", ">given the others", ">less");
    int shown = Math.min(COLUMNS_SHOWN, trained.columns().size());
    for (ColumnBits c : trained.columns().subList(0, shown)) {
      text.row(
          c.name(),
          Words.percent(c.missing()),
          decimal(c.alone()),
          decimal(c.given()),
          decimal(c.alone() - c.given()));
    }
    text.print(out);
    int all = table.data().variables().size();
    if (shown < all) {
      out.println(
          "  ... %s columns in all; --json has %s"
              .formatted(
                  Words.count(all),
                  trained.columns().size() == all
                      ? "them"
                      : "the first " + Words.count(trained.columns().size())));
    }
  }

  private static String decimal(double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.4f", value);
  }

  /** The column that is the class; null for none. */
  @Nullable String className() {
    return request.className();
  }

  /** What was learned from. */
  void writeTable(JsonGenerator json) throws IOException {
    json.writeNumberField("rows", table.data().numRows());
    json.writeStringField("dataSha256", table.hash());
    if (request.className() != null) {
      json.writeStringField("class", request.className());
    }
    writeColumns(json);
  }

  private void writeColumns(JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("columns");
    for (LearnedTable.ColumnFacts column : table.columns()) {
      json.writeStartObject();
      json.writeStringField("name", column.name());
      json.writeStringField("kind", column.kind());
      json.writeNumberField("values", column.values());
      json.writeNumberField("missing", column.missing());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** The card of the model: what it was learned from and how, and its scores. */
  String card(Trained trained, Map<String, Object> settings) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonOut.open(bytes)) {
      json.writeStartObject();
      for (Map.Entry<String, Object> setting : settings.entrySet()) {
        json.writeObjectField(setting.getKey(), setting.getValue());
      }
      writeFacts(json, trained);
      json.writeEndObject();
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The fields that the JSON document and the card of the model share. */
  private void writeFacts(JsonGenerator json, Trained trained) throws IOException {
    writeTable(json);
    json.writeArrayFieldStart("candidates");
    for (Candidate c : trained.candidates()) {
      json.writeStartObject();
      json.writeStringField("label", c.label());
      json.writeNumberField("weights", c.numWeights());
      number(json, "train", c.train());
      number(json, "valid", c.valid());
      number(json, "classLog", c.classLog());
      number(json, "classAccuracy", c.classAccuracy());
      json.writeNumberField("share", c.weight());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("bits");
    for (ColumnBits c : trained.columns()) {
      json.writeStartObject();
      json.writeStringField("name", c.name());
      number(json, "alone", c.alone());
      number(json, "given", c.given());
      json.writeNumberField("missing", c.missing());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberField("validRows", trained.numValid());
    number(json, "valid", trained.valid());
    number(json, "baseline", trained.baseline());
    Trained.Accuracy accuracy = trained.accuracy();
    if (accuracy != null && accuracy.rows() > 0) {
      json.writeNumberField("accuracy", accuracy.value());
      JsonOut.interval(json, "accuracyInterval", accuracy.lo(), accuracy.hi());
    }
    Trained.Gain gain = trained.gain();
    if (gain != null) {
      json.writeObjectFieldStart("fullCovariances");
      number(json, "gain", gain.mean());
      number(json, "standardError", gain.standardError());
      json.writeStringField("price", Inspection.OF_BLOCKS);
      json.writeEndObject();
    }
    json.writeBooleanField("isStopped", trained.isStopped());
  }

  /** A number, null where it is none or infinite. */
  static void number(JsonGenerator json, String name, double value) throws IOException {
    if (Double.isFinite(value)) {
      json.writeNumberField(name, value);
    } else {
      json.writeNullField(name);
    }
  }
}
