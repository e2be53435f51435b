package org.ugmm.tool.check;

import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.data.Variable;
import org.ugmm.tool.out.Words;
import org.ugmm.tool.run.Outcomes.Status;

/** What a model thinks of a whole table. */
public final class Findings {
  /** Logs below this are told by more than a double. */
  private static final double SMALLEST = -690;

  private final Compilation model;
  private final int samples;
  private final int numVariables;
  private final LongArrayList line = new LongArrayList();
  private final DoubleArrayList log = new DoubleArrayList();
  private final DoubleArrayList tail = new DoubleArrayList();

  /** Row-major [rows][variables]. */
  private final DoubleArrayList value = new DoubleArrayList();

  /** Natural logs of tails, likewise. */
  private final DoubleArrayList cell = new DoubleArrayList();

  private final List<Status> status = new ArrayList<>();
  private final List<@Nullable String> note = new ArrayList<>();
  private double rowThreshold = -1;
  private double cellThreshold = -1;

  Findings(Compilation model, int samples) {
    this.model = model;
    this.samples = samples;
    numVariables = model.circuit().numVariables();
  }

  void add(Checked checked) {
    for (int r = 0; r < checked.numRows(); r++) {
      line.add(checked.rows().records().get(r).getStartingLineNumber());
      log.add(checked.log[r]);
      tail.add(checked.tail[r]);
      status.add(checked.status(r));
      note.add(checked.note(r));
      for (int v = 0; v < numVariables; v++) {
        value.add(checked.rows().values()[r * numVariables + v]);
        cell.add(checked.cells[r * numVariables + v]);
      }
    }
  }

  /** Marks rows, and cells of all rows, of which at most a rate should be marked in error. */
  public void mark(double rate) {
    rowThreshold = Discoveries.threshold(tail.toDoubleArray(), rate);
    cellThreshold =
        Discoveries.threshold(Arrays.stream(cell.toDoubleArray()).map(Math::exp).toArray(), rate);
  }

  int numRows() {
    return line.size();
  }

  int numVariables() {
    return numVariables;
  }

  int samples() {
    return samples;
  }

  Compilation model() {
    return model;
  }

  Variable variable(int v) {
    return model.circuit().variables().get(v);
  }

  long line(int row) {
    return line.getLong(row);
  }

  double log(int row) {
    return log.getDouble(row);
  }

  double tail(int row) {
    return tail.getDouble(row);
  }

  double value(int row, int v) {
    return value.getDouble(row * numVariables + v);
  }

  /** The natural log of the tail of a cell, which may itself be too small for a double. */
  double logCell(int row, int v) {
    return cell.getDouble(row * numVariables + v);
  }

  Status status(int row) {
    return status.get(row);
  }

  @Nullable String note(int row) {
    return note.get(row);
  }

  boolean isSurprising(int row) {
    return tail(row) <= rowThreshold;
  }

  boolean isSurprising(int row, int v) {
    return Math.exp(logCell(row, v)) <= cellThreshold;
  }

  /** Number of rows with a status. */
  long count(Status wanted) {
    return status.stream().filter(s -> s == wanted).count();
  }

  /** The smallest tail probability that the drawn rows can show. */
  double resolution() {
    return 1.0 / (1 + samples);
  }

  /** Standard error of a tail probability. */
  double error(double p) {
    return Math.sqrt(p * (1 - p) / samples);
  }

  /** Writes one row for each row of the table. */
  public void writeCsv(OutputStream out) throws IOException {
    OutputStreamWriter text = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text);
    List<String> cells = new ArrayList<>();
    cells.addAll(List.of("line", "logMarginal", "tail", "tailError", "surprising", "cells"));
    for (int v = 0; v < numVariables; v++) {
      cells.add(variable(v).name() + ":tail");
    }
    cells.add("certificate");
    cells.add("note");
    csv.writeRecord(cells);
    for (int r = 0; r < numRows(); r++) {
      cells.clear();
      cells.add(Long.toString(line(r)));
      cells.add(number(log(r)));
      cells.add(number(tail(r)));
      cells.add(number(error(tail(r))));
      cells.add(isSurprising(r) ? "yes" : "");
      cells.add(String.join(" ", surprisingCells(r)));
      for (int v = 0; v < numVariables; v++) {
        double log = logCell(r, v);
        cells.add(log < SMALLEST ? Words.exp(log) : number(Math.exp(log)));
      }
      cells.add(status(r).name());
      String why = note(r);
      cells.add(why == null ? "" : why);
      csv.writeRecord(cells);
    }
    csv.flush();
  }

  private List<String> surprisingCells(int row) {
    List<String> names = new ArrayList<>();
    for (int v = 0; v < numVariables; v++) {
      if (isSurprising(row, v)) {
        names.add(variable(v).name());
      }
    }
    return names;
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : Double.toString(value);
  }
}
