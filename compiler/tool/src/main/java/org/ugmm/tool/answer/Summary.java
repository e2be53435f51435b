package org.ugmm.tool.answer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.ugmm.tool.out.TextTable;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.Outcomes.Status;

/**
 * What the answers for all rows come to. The mean is that of the first question, over the rows that
 * have an answer above probability zero; the accuracy that of the first question for the posterior
 * of a categorical variable, over the rows that know its value.
 */
public final class Summary {
  private final RowQuestion asked;
  private final RowQuestion.@Nullable PosteriorOf judged;
  private final int judgedColumn;
  private final boolean isWritten;
  private final Map<Status, Long> counts = new EnumMap<>(Status.class);
  private long rows;
  private long zeroRows;
  private long answeredRows;
  private long judgedRows;
  private long correct;
  private double sum;
  private double lost;

  /** The largest bound of a row, NaN where none is known. */
  private double worstBound = Double.NaN;

  private @Nullable String firstNote;
  private double elapsedSeconds;

  /**
   * Nothing yet.
   *
   * @param isWritten whether the notes of rows can be read in the answers
   */
  Summary(Asker asker, boolean isWritten) {
    this.isWritten = isWritten;
    asked = asker.questions().get(0);
    RowQuestion.PosteriorOf found = null;
    int column = 0;
    for (int q = asker.questions().size() - 1; q >= 0; q--) {
      if (asker.questions().get(q) instanceof RowQuestion.PosteriorOf of && of.numStates() > 0) {
        found = of;
        column = asker.firstColumn(q);
      }
    }
    judged = found;
    judgedColumn = column;
  }

  void add(AnswerTable answers) {
    rows += answers.numRows();
    int numVariables =
        answers.numRows() == 0 ? 0 : answers.rows().values().length / answers.numRows();
    for (int r = 0; r < answers.numRows(); r++) {
      counts.merge(answers.status(r), 1L, Long::sum);
      if (answers.isRefused(r)) {
        firstNote = firstNote == null ? answers.note(r) : firstNote;
        continue;
      }
      if (!(answers.bounds[r] <= worstBound) && !Double.isNaN(answers.bounds[r])) {
        worstBound = answers.bounds[r];
      }
      double statistic = asked.statistic(answers.cells, r * answers.numColumns);
      if (Double.isNaN(statistic)) {
        zeroRows++;
      } else {
        answeredRows++;
        addToSum(statistic);
      }
      if (judged != null) {
        judge(answers, r, answers.rows().values()[r * numVariables + judged.variable()]);
      }
    }
  }

  private void judge(AnswerTable answers, int row, double actual) {
    if (judged == null || Double.isNaN(actual)) {
      return;
    }
    judgedRows++;
    int best = judged.mostProbable(answers.cells, row * answers.numColumns + judgedColumn);
    correct += best == (int) actual ? 1 : 0;
  }

  /** Kahan's sum: a mean over millions of rows keeps its last digits. */
  private void addToSum(double value) {
    double corrected = value - lost;
    double next = sum + corrected;
    lost = (next - sum) - corrected;
    sum = next;
  }

  /** Takes note of the time. */
  public void elapsed(long nanos) {
    elapsedSeconds = nanos / 1e9;
  }

  /** Rows of the table. */
  public long rows() {
    return rows;
  }

  private long count(Status status) {
    return counts.getOrDefault(status, 0L);
  }

  /** What the user should know of rows without an answer; empty where there are none. */
  public String trouble() {
    long errors = count(Status.ERROR);
    long refused = count(Status.REFUSED);
    if (errors + refused == 0) {
      return "";
    }
    return "%s rows in error, %s refused; %s: %s"
        .formatted(
            Words.count(errors),
            Words.count(refused),
            isWritten ? "see the column note, first" : "the first",
            firstNote);
  }

  /** Prints a table for people. */
  public void print(PrintStream out) {
    TextTable table = new TextTable("", "");
    table.row("rows", Words.count(rows));
    if (judgedRows > 0) {
      table.row(
          "accuracy",
          "%s (%s of %s rows)"
              .formatted(
                  Words.rounded((double) correct / judgedRows),
                  Words.count(correct),
                  Words.count(judgedRows)));
    }
    if (answeredRows > 0) {
      table.row(asked.statistic(), Double.toString(sum / answeredRows));
    }
    table.row("rows of probability zero", Words.count(zeroRows));
    table.row("refused rows", Words.count(count(Status.REFUSED)));
    table.row("rows in error", Words.count(count(Status.ERROR)));
    table.row(
        "certificates",
        counts.isEmpty()
            ? "none"
            : counts.entrySet().stream()
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

  /** Writes one JSON object. */
  public void writeJson(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("rows", rows);
    if (answeredRows > 0) {
      json.writeNumberField("mean", sum / answeredRows);
    } else {
      json.writeNullField("mean");
    }
    json.writeNumberField("zeroProbabilityRows", zeroRows);
    json.writeNumberField("refusedRows", count(Status.REFUSED));
    json.writeNumberField("errorRows", count(Status.ERROR));
    if (judgedRows > 0) {
      json.writeNumberField("accuracy", (double) correct / judgedRows);
    }
    if (!Double.isNaN(worstBound)) {
      json.writeNumberField("relativeErrorBound", worstBound);
    }
    json.writeNumberField("elapsedSeconds", elapsedSeconds);
    json.writeNumberField("rowsPerSecond", rows / elapsedSeconds);
    json.writeEndObject();
  }
}
