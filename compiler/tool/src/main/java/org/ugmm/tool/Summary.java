package org.ugmm.tool;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.ugmm.engine.data.Certificate;
import org.ugmm.engine.data.Certificate.Kind;

/** What the answers for all rows come to. The mean is that of the rows above probability zero. */
final class Summary {
  private long rows;
  private long zeroRows;
  private long judged;
  private long correct;
  private double sum;
  private double lost;

  /** The largest bound of a row, NaN where none is known. */
  private double worstBound = Double.NaN;

  private double elapsedSeconds;
  private final Map<Kind, Long> certificates = new EnumMap<>(Kind.class);

  void add(Scores scores) {
    rows += scores.numRows;
    judged += scores.judged;
    correct += scores.correct;
    for (int r = 0; r < scores.numRows; r++) {
      if (scores.bounds.length > 0 && !(scores.bounds[r] <= worstBound)) {
        worstBound = Double.isNaN(scores.bounds[r]) ? worstBound : scores.bounds[r];
      }
      Certificate certificate = scores.certificates[r];
      certificates.merge(certificate == null ? Kind.EXACT : certificate.kind(), 1L, Long::sum);
      if (Double.isNaN(scores.statistic[r])) {
        zeroRows++;
      } else {
        addToSum(scores.statistic[r]);
      }
    }
  }

  /** Kahan's sum: a mean over millions of rows keeps its last digits. */
  private void addToSum(double value) {
    double corrected = value - lost;
    double next = sum + corrected;
    lost = (next - sum) - corrected;
    sum = next;
  }

  void elapsed(long nanos) {
    elapsedSeconds = nanos / 1e9;
  }

  long rows() {
    return rows;
  }

  void print(PrintStream out, String statistic) {
    TextTable table = new TextTable("", "");
    table.row("rows", Words.count(rows));
    if (judged > 0) {
      table.row(
          "accuracy",
          "%s (%s of %s rows)"
              .formatted(
                  Words.rounded((double) correct / judged),
                  Words.count(correct),
                  Words.count(judged)));
    }
    if (rows > zeroRows) {
      table.row(statistic, Double.toString(sum / (rows - zeroRows)));
    }
    table.row("rows of probability zero", Words.count(zeroRows));
    table.row(
        "certificates",
        certificates.isEmpty()
            ? "none"
            : certificates.entrySet().stream()
                .map(e -> Words.count(e.getValue()) + " " + e.getKey())
                .collect(Collectors.joining(", ")));
    if (!Double.isNaN(worstBound)) {
      table.row("largest relative error bound", Words.bound(worstBound));
    }
    table.row(
        "time",
        String.format(Locale.ROOT, "%.3f s, %,.0f rows/s", elapsedSeconds, rows / elapsedSeconds));
    table.print(out);
  }

  void writeJson(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("rows", rows);
    if (rows > zeroRows) {
      json.writeNumberField("mean", sum / (rows - zeroRows));
    } else {
      json.writeNullField("mean");
    }
    json.writeNumberField("zeroProbabilityRows", zeroRows);
    if (judged > 0) {
      json.writeNumberField("accuracy", (double) correct / judged);
    }
    if (!Double.isNaN(worstBound)) {
      json.writeNumberField("relativeErrorBound", worstBound);
    }
    json.writeNumberField("elapsedSeconds", elapsedSeconds);
    json.writeNumberField("rowsPerSecond", rows / elapsedSeconds);
    json.writeEndObject();
  }
}
