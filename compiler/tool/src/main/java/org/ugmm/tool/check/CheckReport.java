package org.ugmm.tool.check;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.JsonOut;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.Outcomes.Status;
import org.ugmm.tool.table.ValueReader;

/**
 * What a check found, for people and for programs.
 *
 * @param rate of false discoveries
 * @param drift how another table differs, null where there is none
 */
public record CheckReport(Findings findings, double rate, @Nullable Drift drift) {
  /** Rate of false discoveries where nothing is said. */
  public static final double RATE = 0.05;

  /** Rows drawn from the model where nothing is said. */
  public static final int SAMPLES = 10_000;

  /** Fewest rows drawn, which show a tail of one in a hundred. */
  public static final int LEAST_SAMPLES = 100;

  private static final int SHOWN = 10;

  private record Cell(int row, int variable) {}

  private List<Integer> rows() {
    return IntStream.range(0, findings.numRows())
        .filter(findings::isSurprising)
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer r) -> findings.tail(r))
                .thenComparingDouble(r -> findings.log(r)))
        .toList();
  }

  private List<Cell> cells() {
    List<Cell> cells = new ArrayList<>();
    for (int r = 0; r < findings.numRows(); r++) {
      for (int v = 0; v < findings.numVariables(); v++) {
        if (findings.isSurprising(r, v)) {
          cells.add(new Cell(r, v));
        }
      }
    }
    cells.sort(Comparator.comparingDouble(c -> findings.logCell(c.row, c.variable)));
    return cells;
  }

  private String text(Cell cell) {
    return ValueReader.text(
        findings.model().variables().get(cell.variable), findings.value(cell.row, cell.variable));
  }

  /** Whether so many rows with the smallest tail that can be shown would be needed to mark one. */
  private long rowsNeeded() {
    return (long) Math.ceil(findings.resolution() * findings.numRows() / rate);
  }

  /** Prints for a person. */
  public void print(PrintStream out) {
    List<Integer> rows = rows();
    List<Cell> cells = cells();
    TextTable head = new TextTable("", "");
    head.row("rows", Words.count(findings.numRows()));
    head.row("surprising rows", Words.count(rows.size()));
    head.row("surprising cells", Words.count(cells.size()));
    head.row("false discoveries", "at most %s of each expected".formatted(Words.percent(rate)));
    head.row("refused rows", Words.count(findings.count(Status.REFUSED)));
    head.row("rows in error", Words.count(findings.count(Status.ERROR)));
    head.row(
        "certificate",
        "tails of rows estimated by %s drawn rows, standard error sqrt(p (1 - p) / %s); tails of"
                .formatted(Words.count(findings.samples()), Words.count(findings.samples()))
            + " cells exact");
    head.print(out);
    if (rowsNeeded() > 1) {
      out.println(
          "  one surprising row alone would not show: %s drawn rows see no tail below %s; draw more with --samples"
              .formatted(Words.count(findings.samples()), Words.bound(findings.resolution())));
    }
    if (!rows.isEmpty()) {
      out.println();
      TextTable table = new TextTable(">line", ">tail", ">log-density", "surprising cells");
      for (int r : rows.subList(0, Math.min(SHOWN, rows.size()))) {
        String names =
            cells.stream()
                .filter(c -> c.row == r)
                .map(c -> findings.variable(c.variable).name())
                .reduce((a, b) -> a + ", " + b)
                .orElse("none alone");
        table.row(
            Long.toString(findings.line(r)),
            Words.rounded(findings.tail(r)),
            Words.rounded(findings.log(r)),
            names);
      }
      table.print(out);
      more(out, rows.size());
    }
    if (!cells.isEmpty()) {
      out.println();
      TextTable table = new TextTable(">line", "cell", "value", ">tail");
      for (Cell c : cells.subList(0, Math.min(SHOWN, cells.size()))) {
        table.row(
            Long.toString(findings.line(c.row)),
            findings.variable(c.variable).name(),
            text(c),
            Words.exp(findings.logCell(c.row, c.variable)));
      }
      table.print(out);
      more(out, cells.size());
    }
    if (drift != null) {
      out.println();
      TextTable table =
          new TextTable("drift", "test", ">statistic", ">p", ">missing before", ">now");
      drift.columns().forEach(test -> row(table, test));
      table.row(
          drift.means().name(),
          drift.means().method(),
          Words.rounded(drift.means().statistic()),
          Words.rounded(drift.means().p()),
          "",
          "");
      table.row(
          drift.tails().name(),
          drift.tails().method(),
          Words.rounded(drift.tails().statistic()),
          Words.rounded(drift.tails().p()),
          "",
          "");
      table.print(out);
    }
  }

  private static void row(TextTable table, Drift.Test test) {
    table.row(
        test.name(),
        test.method(),
        Words.rounded(test.statistic()),
        Words.rounded(test.p()),
        Words.percent(test.firstMissing()),
        Words.percent(test.secondMissing()));
  }

  private static void more(PrintStream out, int count) {
    if (count > SHOWN) {
      out.println("  ... %s more; -o OUT writes all".formatted(Words.count(count - SHOWN)));
    }
  }

  /** Writes one JSON document. */
  public void writeJson(OutputStream out) throws IOException {
    JsonGenerator json = JsonOut.open(out);
    json.writeStartObject();
    json.writeNumberField("rows", findings.numRows());
    json.writeNumberField("falseDiscoveryRate", rate);
    json.writeNumberField("samples", findings.samples());
    json.writeNumberField("refusedRows", findings.count(Status.REFUSED));
    json.writeNumberField("errorRows", findings.count(Status.ERROR));
    json.writeArrayFieldStart("surprisingRows");
    for (int r : rows()) {
      json.writeStartObject();
      json.writeNumberField("line", findings.line(r));
      json.writeNumberField("tail", findings.tail(r));
      json.writeNumberField("tailError", findings.error(findings.tail(r)));
      json.writeNumberField("logMarginal", findings.log(r));
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("surprisingCells");
    for (Cell c : cells()) {
      json.writeStartObject();
      json.writeNumberField("line", findings.line(c.row));
      json.writeStringField("variable", findings.variable(c.variable).name());
      json.writeFieldName("value");
      JsonOut.value(
          json, findings.model().variables().get(c.variable), findings.value(c.row, c.variable));
      double log = findings.logCell(c.row, c.variable);
      json.writeNumberField("tail", Math.exp(log));
      if (log > Double.NEGATIVE_INFINITY) {
        json.writeNumberField("logTail", log);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    if (drift != null) {
      json.writeObjectFieldStart("drift");
      json.writeArrayFieldStart("columns");
      for (Drift.Test test : drift.columns()) {
        test(json, test);
      }
      json.writeEndArray();
      json.writeFieldName("meanLogDensity");
      test(json, drift.means());
      json.writeFieldName("tails");
      test(json, drift.tails());
      json.writeEndObject();
    }
    json.writeEndObject();
    JsonOut.close(json);
  }

  private static void test(JsonGenerator json, Drift.Test test) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", test.name());
    json.writeStringField("test", test.method());
    number(json, "statistic", test.statistic());
    number(json, "p", test.p());
    json.writeNumberField("missingBefore", test.firstMissing());
    json.writeNumberField("missingNow", test.secondMissing());
    json.writeEndObject();
  }

  private static void number(JsonGenerator json, String name, double value) throws IOException {
    if (Double.isNaN(value)) {
      json.writeNullField(name);
    } else {
      json.writeNumberField(name, value);
    }
  }
}
