package org.ugmm.tool.request;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.tool.check.CheckReport;
import org.ugmm.tool.check.Checking;
import org.ugmm.tool.check.Drift;
import org.ugmm.tool.fill.FillLayout;
import org.ugmm.tool.fill.Filling;
import org.ugmm.tool.fill.With;
import org.ugmm.tool.run.Outcomes;
import org.ugmm.tool.run.RowWork;
import org.ugmm.tool.run.TableRun;
import org.ugmm.tool.table.Columns;
import org.ugmm.tool.table.DataTable;
import org.ugmm.tool.table.RowReader;
import org.ugmm.tool.table.TableFormat;

/**
 * A JSON document that asks about every row of a table, which is in it as the text of a CSV file.
 *
 * @param data the table
 * @param against a second one to compare it with, null for none
 * @param format what is said of the tables
 * @param with what holes are filled with
 * @param hasDoubt whether each fill has its standard deviation or probability beside it
 * @param rate of false discoveries
 * @param samples rows to draw from the model
 * @param isOfRows whether the tails of all rows are wanted in the place of a report
 * @param options how it may be answered
 */
public record TableRequest(
    String data,
    @Nullable String against,
    TableFormat format,
    With with,
    boolean hasDoubt,
    double rate,
    int samples,
    boolean isOfRows,
    InferenceOptions options) {

  /**
   * Reads which holes are to be filled: {@code data}, {@code header}, {@code missing}, {@code
   * with}, {@code uncertainty} and the options of {@link QueryRequest#read}.
   *
   * @throws RequestException if it is not JSON or not these fields
   * @throws org.ugmm.tool.out.UsageException if {@code with} is none of its values
   */
  public static TableRequest readImpute(
      byte[] text, Compilation model, InferenceOptions defaults, Limits limits) {
    return RequestReader.read(text, json -> new Reader(json, model, defaults, limits, false));
  }

  /**
   * Reads what is to be checked: {@code data}, {@code against}, {@code header}, {@code missing},
   * {@code fdr}, {@code samples}, {@code answer} and the options of {@link QueryRequest#read}.
   *
   * @throws RequestException if it is not JSON or not these fields
   */
  public static TableRequest readCheck(
      byte[] text, Compilation model, InferenceOptions defaults, Limits limits) {
    return RequestReader.read(text, json -> new Reader(json, model, defaults, limits, true));
  }

  /**
   * Writes the table that {@code impute} writes.
   *
   * @throws org.ugmm.tool.out.InputException if the table cannot be read
   * @throws IOException if this thread is interrupted
   */
  public void impute(Compilation model, Inference inference, OutputStream out) throws IOException {
    try (DataTable table = DataTable.of("data", data, format)) {
      Columns columns = Columns.of(table, model.variables(), -1);
      FillLayout layout =
          new FillLayout(
              table, model.variables(), columns.column(), with.kind() == With.Kind.DRAWS, hasDoubt);
      run(table, columns, model, new Filling(model, inference, with, layout), out);
    }
  }

  /**
   * Writes the document that {@code check --json} prints, or the table of {@code check -o}.
   *
   * @throws org.ugmm.tool.out.InputException if a table cannot be read
   * @throws org.ugmm.engine.data.RefusedException if the model cannot be drawn from
   * @throws java.util.concurrent.CancellationException if this thread is interrupted
   * @throws IOException if it is interrupted while another thread works on the table
   */
  public void check(Compilation model, Inference inference, OutputStream out) throws IOException {
    Checking first = new Checking(model, inference, samples);
    check("data", data, model, first);
    first.findings().mark(rate);
    Drift drift = null;
    if (against != null) {
      Checking second = first.ofAnother();
      check("against", against, model, second);
      drift = Drift.between(first.findings(), second.findings());
    }
    if (isOfRows) {
      first.findings().writeCsv(out);
    } else {
      new CheckReport(first.findings(), rate, drift).writeJson(out);
    }
  }

  private void check(String name, String text, Compilation model, Checking checking)
      throws IOException {
    try (DataTable table = DataTable.of(name, text, format)) {
      Columns columns = Columns.of(table, model.variables(), -1);
      run(table, columns, model, checking, OutputStream.nullOutputStream());
    }
  }

  private static void run(
      DataTable table,
      Columns columns,
      Compilation model,
      RowWork<? extends Outcomes> work,
      OutputStream out)
      throws IOException {
    RowReader reader = new RowReader(table, model.variables(), columns.column());
    new TableRun<>(table, reader, work, 1, false).run(out);
  }

  private static final class Reader extends RequestReader<TableRequest> {
    private final boolean isCheck;
    private @Nullable String data;
    private @Nullable String against;
    private boolean hasHeader = true;
    private List<String> missing = List.of();
    private With with = With.of("mean");
    private boolean hasDoubt = true;
    private double rate = CheckReport.RATE;
    private int samples = CheckReport.SAMPLES;
    private boolean isOfRows;

    Reader(
        JsonParser json,
        Compilation model,
        InferenceOptions defaults,
        Limits limits,
        boolean isCheck) {
      super(json, model, defaults, limits);
      this.isCheck = isCheck;
    }

    @Override
    String fields() {
      return isCheck
          ? "data, against, header, missing, fdr, samples, answer"
          : "data, header, missing, with, uncertainty";
    }

    @Override
    String needed() {
      return "data";
    }

    @Override
    boolean field(String field) throws IOException {
      switch (field) {
        case "data" -> data = text(field);
        case "header" -> hasHeader = bool(field);
        case "missing" -> missing = texts(field);
        default -> {
          return isCheck ? checkField(field) : imputeField(field);
        }
      }
      return true;
    }

    private boolean imputeField(String field) throws IOException {
      switch (field) {
        case "with" -> with = With.of(text(field));
        case "uncertainty" -> hasDoubt = either(field, "columns", "none");
        default -> {
          return false;
        }
      }
      return true;
    }

    private boolean checkField(String field) throws IOException {
      switch (field) {
        case "against" -> against = text(field);
        case "samples" ->
            samples = (int) integer(field, CheckReport.LEAST_SAMPLES, limits.values());
        case "answer" -> isOfRows = either(field, "rows", "report");
        case "fdr" -> {
          rate = number();
          if (!(rate > 0 && rate < 1)) {
            throw RequestException.unexpected("/fdr", "expected a rate between 0 and 1");
          }
        }
        default -> {
          return false;
        }
      }
      return true;
    }

    /** Whether a text is the first of two. */
    private boolean either(String field, String first, String second) throws IOException {
      String found = text(field);
      if (!found.equals(first) && !found.equals(second)) {
        throw RequestException.unexpected(
            "/" + field, "expected %s or %s".formatted(first, second));
      }
      return found.equals(first);
    }

    @Override
    TableRequest request(InferenceOptions options) {
      if (data == null) {
        throw RequestException.unexpected("/data", "missing; expected the text of a CSV table");
      }
      if (isOfRows && against != null) {
        throw RequestException.unexpected(
            "/against", "is compared in a report; ask for the rows without it");
      }
      TableFormat format = TableFormat.recognised(hasHeader).withMissing(missing);
      return new TableRequest(
          data, against, format, with, hasDoubt, rate, samples, isOfRows, options);
    }
  }
}
